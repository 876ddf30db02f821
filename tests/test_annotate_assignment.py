"""Who codes what: everyone the right share, evenly over the strata, and nothing coded is taken away."""

from collections import Counter

import pytest
from coding_server import BOOK, write_coding
from hypothesis import given
from hypothesis import strategies as st

from framing import FramingError
from framing.annotation.assignment import assign, assign_coders
from framing.annotation.ledger import read_ledger
from framing.annotation.rows import Coding
from framing.annotation.store import CodingStore
from framing.annotation.stored import DECISION

STRATA = st.dictionaries(st.text("abc#0123", min_size=1, max_size=5), st.sampled_from(["x", "y", "z"]), max_size=60)
CODERS = st.lists(st.sampled_from(["anna", "ben", "carl", "dora", "émile"]), min_size=1, unique=True)
SIXTY = {f"s{i}": "xyz"[i % 3] for i in range(60)}


@given(STRATA, CODERS, st.integers(0, 100), st.integers(0, 5))
def test_everything_is_coded_and_the_overlap_by_all(strata, coders, overlap, seed):
    theirs = assign(strata, coders, overlap=overlap, seed=seed)
    count = Counter(one for mine in theirs.values() for one in mine)
    assert count.keys() == strata.keys()
    assert all(len(mine) == len(set(mine)) for mine in theirs.values())
    if len(coders) > 1:
        assert set(count.values()) <= {1, len(coders)}
        assert sum(n > 1 for n in count.values()) == round(len(strata) * overlap / 100)
    sizes = [len(mine) for mine in theirs.values()]
    assert max(sizes) - min(sizes) <= 1
    for stratum in "xyz":
        held = [sum(strata[one] == stratum for one in mine) for mine in theirs.values()]
        assert max(held) - min(held) <= 1


@given(STRATA, CODERS, st.integers(0, 100), st.data())
def test_what_is_coded_stays_with_its_coder(strata, coders, overlap, data):
    before = assign(strata, coders, overlap=overlap)
    coded = {name: set(data.draw(st.lists(st.sampled_from(mine)))) if mine else set() for name, mine in before.items()}
    after = assign(strata, [*coders, "new"], overlap=overlap, coded=coded)
    assert all(coded[name] <= set(after[name]) for name in coders)
    assert set().union(*after.values()) == strata.keys()
    for name in coders:  # those they keep come in the order they came in
        kept = set(before[name]) & set(after[name])
        assert [one for one in after[name] if one in kept] == [one for one in before[name] if one in kept]


@given(STRATA, st.integers(0, 100))
def test_a_larger_overlap_holds_a_smaller_one_and_is_spread_over_strata(strata, overlap):
    def shared(percent):
        anna, ben = assign(strata, ["anna", "ben"], overlap=percent).values()
        return set(anna) & set(ben)

    assert shared(overlap) <= shared(min(100, overlap + 17))
    for stratum, size in Counter(strata.values()).items():
        expected = size * len(shared(overlap)) / len(strata)
        assert abs(sum(strata[one] == stratum for one in shared(overlap)) - expected) <= 1.5


def test_orders_are_random_differ_between_coders_and_follow_the_seed():
    one, other = (assign(SIXTY, ["anna", "ben"], seed=seed) for seed in (13, 14))
    assert one == assign(SIXTY, ["anna", "ben"], seed=13)
    assert len({tuple(order) for order in (*one.values(), *other.values(), SIXTY)}) == 5


def test_the_database_remembers_and_new_coders_get_only_what_nobody_coded(tmp_path):
    folder = write_coding(tmp_path / "coding", 40)
    store, ledger = CodingStore.create(folder, BOOK), read_ledger(folder)
    assign_coders(store, ledger, ["anna"], overlap=25, seed=5)
    first = store.assigned("anna")
    assert len(first) == 40
    for i, sentence_id in enumerate(first[:20]):
        store.record(Coding(sentence_id=sentence_id, frames=[], coder="anna"), token=str(i))
    assign_coders(store, ledger, ["ben"])
    anna, ben = store.assigned("anna"), store.assigned("ben")
    assert set(first[:20]) <= set(anna)
    assert anna[:20] == first[:20]
    assert len(set(anna) & set(ben)) == 10
    assert len(set(anna) | set(ben)) == 40
    assign_coders(store, ledger, ["ben", "anna"], overlap=25.0)
    assert (store.assigned("anna"), store.assigned("ben")) == (anna, ben)
    assign_coders(store, ledger, [], overlap=100)
    assert set(store.assigned("anna")) == set(store.assigned("ben")) == set(ledger.rows)
    with pytest.raises(FramingError, match="0 to 100"):
        assign_coders(store, ledger, [], overlap=101)


def test_what_was_coded_offline_is_not_dealt_out_again(tmp_path):
    """Anna coded before anything was dealt, and so did Zoe, who gets no sentences here."""
    folder = write_coding(tmp_path / "coding", 40)
    store, ledger = CodingStore.create(folder, BOOK), read_ledger(folder)
    ids = list(ledger.rows)
    for i, sentence_id in enumerate(ids[:16]):
        store.record(Coding(sentence_id=sentence_id, frames=[], coder="anna" if i < 12 else "zoe"), token=str(i))
    store.record(Coding(sentence_id=ids[20], frames=[], coder="eva"), token="decided", seat=DECISION)
    assign_coders(store, ledger, ["anna", "ben"], overlap=0)
    anna, ben = (set(store.assigned(name)) for name in ("anna", "ben"))
    assert set(ids[:12]) <= anna
    assert anna | ben == {*ids[:12], *ids[16:]}
    assert not anna & ben
    assert store.coders() == ["anna", "ben"]
