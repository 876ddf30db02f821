"""The coding database: what it counts is what settling the answers gives."""

import tempfile
from pathlib import Path

from coding_server import BOOK, write_coding
from hypothesis import given, settings
from hypothesis import strategies as st

from framing.annotation.folder import settle
from framing.annotation.ledger import read_ledger
from framing.annotation.rows import Coding
from framing.annotation.store import DECISION, CodingStore

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
@given(ANSWERS)
def test_the_tally_agrees_with_settling_every_answer(answers):
    with tempfile.TemporaryDirectory() as name:
        folder = write_coding(Path(name) / "coding", 3)
        store, ids = CodingStore.create(folder, BOOK), list(read_ledger(folder).rows)
        for i, (seat, which, values) in enumerate(answers):
            store.record(Coding(sentence_id=ids[which], coder=seat or "dora", **values), token=str(i), seat=seat)
        settled = settle(store.codings(), store.decisions())
        coded = {coding.sentence_id for coding in store.codings()}
        assert store.tally() == (len(coded), len(settled.disputed))
