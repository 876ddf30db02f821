"""The coding database: what it counts is what settling the answers gives."""

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from coding_server import BOOK, write_coding
from hypothesis import given, settings
from hypothesis import strategies as st

from framing import Codebook, FramingError
from framing.annotation.ledger import read_ledger
from framing.annotation.rows import MAJORITY, Coding
from framing.annotation.settling import settle
from framing.annotation.store import CodingStore
from framing.annotation.stored import DECISION

VALUES = st.fixed_dictionaries(
    {
        "frames": st.lists(st.sampled_from(BOOK.frame_names), unique=True),
        "voice": st.sampled_from([None, "outlet"]),
        "stance": st.sampled_from(
            [None, {}, {"west": "critical", "china": "neutral"}, {"china": "neutral", "west": "critical"}]
        ),
        "boilerplate": st.booleans(),
        "unsure": st.booleans(),
        "comment": st.sampled_from(["", "so"]),
    }
)
ANSWERS = st.lists(
    st.tuples(st.sampled_from(["anna", "ben", "carl", DECISION]), st.integers(0, 2), VALUES), max_size=12
)


@settings(max_examples=30, deadline=None)
@given(ANSWERS, st.sampled_from(["dora", MAJORITY]))
def test_the_tally_agrees_with_settling_every_answer(answers, by):
    with tempfile.TemporaryDirectory() as name:
        folder = write_coding(Path(name) / "coding", 3)
        store, ids = CodingStore.create(folder, BOOK), list(read_ledger(folder).rows)
        for i, (seat, which, values) in enumerate(answers):
            store.record(Coding(sentence_id=ids[which], coder=seat or by, **values), token=str(i), seat=seat)
        settled = settle(store.codings(), store.decisions())
        coded = {coding.sentence_id for coding in store.codings()}
        assert store.tally() == (len(coded), len(settled.disputed))


@pytest.fixture
def store(tmp_path):
    return CodingStore.create(write_coding(tmp_path / "coding", 6), BOOK)


def test_of_many_first_starts_one_makes_the_database(tmp_path):
    folder = write_coding(tmp_path / "coding", 3)

    def start(_):
        with suppress(FramingError):
            return CodingStore.create(folder, BOOK).secret()

    with ThreadPoolExecutor(8) as pool:
        made = [secret for secret in pool.map(start, range(8)) if secret]
    assert made == [CodingStore.open(folder).secret()]
    with pytest.raises(FramingError, match="exists already"):
        CodingStore.create(folder, BOOK)
    assert not list(folder.glob(".*"))


def test_dealing_is_all_or_nothing(store):
    store.assign_all(lambda *_: {"anna": ["Outlet-0-0#0"], "ben": ["Outlet-1-0#1"]}, {"seed": "1"})
    store.record(Coding(sentence_id="Outlet-0-0#0", frames=[], coder="anna"), token="1")

    def breaks(known, coded):
        assert (known, coded) == (["anna", "ben"], {"anna": {"Outlet-0-0#0"}})
        return {"anna": [], "ben": ["Outlet-1-0#1", "Outlet-1-0#1"]}  # the second twice

    with pytest.raises(FramingError):
        store.assign_all(breaks, {"seed": "2"})
    assert (store.assigned("anna"), store.setting("seed"), store.deals()) == (["Outlet-0-0#0"], "1", 1)
    assert store.n_complete() == 1
    store.record(Coding(sentence_id="Outlet-1-0#1", frames=[], coder="ben"), token="2")
    store.record(Coding(sentence_id="Outlet-1-0#1", frames=[], coder="eva"), token="3", seat=DECISION)
    assert store.n_complete() == 2


def test_a_rule_never_replaces_what_a_person_decided_meanwhile(store):
    ids = ["Outlet-0-0#0", "Outlet-1-0#1", "Outlet-2-0#2", "Outlet-3-0#3"]
    store.decide_by_rule("majority", [Coding(sentence_id=one, frames=[], coder="majority") for one in ids[:2]], [])
    for i in (1, 2):
        store.record(Coding(sentence_id=ids[i], frames=["economic"], coder="eva"), token=str(i), seat=DECISION)
    again = [Coding(sentence_id=ids[i], frames=["cooperation"], coder="majority") for i in (2, 3)]
    store.decide_by_rule("majority", again, ids[:2])
    kept = {one: (coding.coder, coding.frames) for one, coding in store.decisions().items()}
    assert kept == {ids[1]: ("eva", ["economic"]), ids[2]: ("eva", ["economic"]), ids[3]: ("majority", ["cooperation"])}
    old = Coding(sentence_id=ids[0], frames=[], coder="majority", codebook="0" * 64)
    with pytest.raises(FramingError, match="coded with codebook"):
        store.decide_by_rule("majority", [old], [])


def test_answers_chosen_before_somebody_coded_are_refused(store):
    first, newer = (Coding(sentence_id="Outlet-0-0#0", frames=frames, coder="anna") for frames in ([], ["economic"]))
    assert store.record_all([("1", first)], read_until=0) == 1
    store.record(newer, token="2")
    with pytest.raises(FramingError, match=r"somebody coded meanwhile; run the import again"):
        store.record_all([("3", first)], read_until=1)
    assert store.answer("anna", "Outlet-0-0#0").frames == ["economic"]
    assert store.record_all([("3", first)], read_until=store.history()[-1].id) == 1


def test_what_is_to_review_is_found_by_the_index(store):
    store.record(Coding(sentence_id="Outlet-0-0#0", frames=[], coder="anna"), token="1")
    book = Codebook.model_validate(json.loads(BOOK.model_dump_json()) | {"version": "99"})
    store.revise(book, lambda answers: answers, replaces=BOOK.sha256, changes="[]")
    assert store.to_review("anna") == {"Outlet-0-0#0"}
    store.record(Coding(sentence_id="Outlet-0-0#0", frames=[], coder="anna"), token="2")
    assert store.to_review("anna") == set()


@pytest.mark.parametrize("coded", [False, True], ids=["made anew", "opened"])
def test_where_sqlite_may_not_write_the_error_says_so_in_one_line(tmp_path, coded):
    folder = write_coding(tmp_path / "coding", 2)
    if coded:
        CodingStore.create(folder, BOOK)
    limit = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); runpy.run_module('framing')"
    arguments = ["annotate", str(folder), "--coder", "anna", "--no-browser", "--port", "0"]
    done = subprocess.run([sys.executable, "-c", limit, *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "room on the disk" in done.stderr
    assert list(folder.glob("*.partial*")) == []
