"""The outlet table: rows that are read in whichever way they are written, and rows that are refused."""

import pytest

from framing import FramingError, ingest
from framing.corpus.outlets import OutletTable

HEADER = "outlet,domain,group,agency\n"


def load(tmp_path, rows, header=HEADER, name="t.csv"):
    (tmp_path / name).write_text(header + rows)
    return OutletTable.load(tmp_path / name)


@pytest.mark.parametrize(("cell", "is_agency"), [(cell, True) for cell in ("yes", "Y", "TRUE", "1", "x")] + [
    (cell, False) for cell in ("no", "N", "False", "0", "")
])  # fmt: skip
def test_an_agency_is_yes_or_no_in_the_usual_forms(tmp_path, cell, is_agency):
    assert load(tmp_path, f"Vellmar Wire,,,{cell}\n").agency_names == (("Vellmar Wire",) if is_agency else ())


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("A,,,maybe\n", r"t\.csv:2: agency 'maybe', expected yes, no or an empty cell; mend the cell"),
        ("A,,left,\nA,,right,\n", r"t\.csv:3: outlet 'A' has the group 'right' here and 'left' at line 2; .*mend"),
        ("A,a.example,,\nB,www.a.example,,\n", r":3: domain 'a\.example' has the outlet 'B' here and 'A' at line 2"),
        ("A,a.example b.example,,\n", r":2: domain 'a\.example b\.example', expected one such as example\.org; mend"),
        ("A,a.example\n", r":2: expected 4 columns, found 2; mend the row"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_its_line(tmp_path, rows, message):
    with pytest.raises(FramingError, match=message):
        load(tmp_path, rows)


def test_a_table_without_rows_knows_no_outlet(tmp_path):
    assert load(tmp_path, "").outlets == ()


def test_an_outlet_may_have_several_domains_and_its_group_in_one_row_only(tmp_path):
    table = load(tmp_path, "A,a.example,left,yes\nA,a-news.example,,\n")
    assert (table.by_url("a-news.example/x"), table.group_of("A")) == ("A", "left")


@pytest.mark.parametrize("domain", ["https://www.vellmar.example/", "WWW.Vellmar.example", "vellmar.example/news"])
def test_a_domain_is_read_as_urls_are(tmp_path, domain):
    assert load(tmp_path, f"Vellmar Post,{domain},,\n").by_url("http://vellmar.example/news/1") == "Vellmar Post"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found_as_in_tables_of_articles(tmp_path, delimiter):
    rows = "Vellmar Post,vellmar.example,left,\n".replace(",", delimiter)
    assert load(tmp_path, rows, HEADER.replace(",", delimiter)).group_of("Vellmar Post") == "left"


def test_a_table_that_is_not_utf_8_is_told_from_a_wrong_path(tmp_path):
    (tmp_path / "t.csv").write_bytes(f"{HEADER}Präsens,,,\n".encode("cp1252"))
    with pytest.raises(FramingError, match=r"t\.csv: outlet table is not UTF-8 text \(byte 29\); save it as UTF-8"):
        OutletTable.load(tmp_path / "t.csv")


def test_case_and_spaces_of_an_outlet_cost_no_group_unless_they_tell_two_apart(tmp_path):
    table = load(tmp_path, "Vellmar Post,,left,\nThe Echo,,left,\nTHE ECHO,,right,\n")
    groups = {name: table.group_of(name) for name in ("VELLMAR  post", "The Echo", "THE ECHO", "the echo", "Other")}
    assert groups == {"VELLMAR  post": "left", "The Echo": "left", "THE ECHO": "right", "the echo": "", "Other": ""}


def test_articles_have_the_group_of_their_outlet_in_another_case(tmp_path):
    (tmp_path / "t.csv").write_text(f"{HEADER}Vellmar Post,,left,\n")
    (tmp_path / "a.csv").write_text("outlet,text\nVELLMAR POST,The council met.\n")
    summary = ingest([tmp_path / "a.csv"], tmp_path / "corpus", outlet_table=tmp_path / "t.csv")
    assert [(article.outlet, article.group) for article in summary.articles] == [("VELLMAR POST", "left")]
