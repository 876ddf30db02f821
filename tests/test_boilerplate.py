"""Boilerplate: what is set apart, and what is not."""

import json

import pytest

from framing.corpus.boilerplate import is_boilerplate
from framing.corpus.text import repair_line


@pytest.mark.parametrize(
    "row",
    [
        "Photo: Len Arkwright",
        "By Hattie Penrose, quay reporter",
        "Read more: Why the college boiler has outlived three principals",
        "Reporting by Ilya Motrenko; Editing by Tom Harrowgate",
        "Sign up for The Tideline, our free Friday letter.",
        "MOSCOW, December 26.",
        "/TASS/.",
        "* * *",
        "(Jane Doe/Agency via Getty Images)",
        "The views do not necessarily reflect those of the paper.",
        "ADVERTISEMENT",
    ],
)
def test_is_set_apart(row):
    assert is_boilerplate(row)


@pytest.mark.parametrize(
    "row",
    [
        "The photo shows two ministers shaking hands.",
        "By Tuesday the ferry had stopped.",
        "Read the treaty closely and its gaps appear.",
        "In Moscow, December was mild.",
        "Corvane Wire reported that the talks had failed.",
        "He signed up for the navy in 1999.",
        "The views of both capitals reflect a shared interest.",
        "Published in 1999, the book argued for a treaty.",
        "This report was written by the ministry.",
        "Growth figures do not necessarily reflect the real economy, Wang said.",
        "This report is part of a broader campaign by Beijing.",
        "A photo by a local resident showed the tanks.",
        "Close a port and the town dies.",
    ],
)
def test_prose_is_kept(row):
    assert not is_boilerplate(row)


def test_on_real_coded_rows_nine_in_ten_marks_are_right(shared):
    """Precision matters most here: a marked sentence leaves the denominator."""
    marked = right = 0
    for line in (shared / "coded" / "coded.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if is_boilerplate(repair_line(row["text"])):
            marked += 1
            right += row["boilerplate"]
    assert marked > 150
    assert right / marked >= 0.9
