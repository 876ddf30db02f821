"""Profiles of groups, the distances between them, and frames that go together."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from framing import FramingError
from framing.evaluation import compare_profiles, cooccurrence

A, B, C = [0.5, 0.1], [0.1, 0.5], [0.45, 0.15]


def simulated(rng, shares, stories=30, size=6):
    """Decisions, stories and groups; two in three sentences of a story say what the story says."""
    group = np.repeat(np.arange(len(shares)), stories * size)
    story = np.repeat(np.arange(len(shares) * stories), size)
    of_story = rng.random((len(shares) * stories, 2)) < np.repeat(shares, stories, axis=0)
    own = rng.random((len(group), 2)) < np.asarray(shares)[group]
    decisions = np.where(rng.random((len(group), 1)) < 2 / 3, of_story[story], own)
    return decisions, story, group


def test_profiles_by_hand():
    """Both frames are half and half, no frame is none; sentences without a group count nowhere."""
    decisions = [[1, 1, 0], [0, 0, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]]
    found = compare_profiles(
        decisions, [0, 0, 1, 2, 3], [0, 0, 1, 1, -1], ["a", "b"], frame_names=["x", "y", "z"], permutations=20
    )
    assert found.profiles == pytest.approx(np.array([[0.25, 0.25, 0, 0.5], [0, 0, 1, 0]]))
    assert (found.groups, found.labels) == (("a", "b"), ("x", "y", "z", "none"))
    assert found.distances == pytest.approx(np.array([[0, 1], [1, 0]]))


def test_probabilities_are_spread_with_none_as_the_product():
    found = compare_profiles([[0.5, 0.5], [0, 0]], [0, 1], [0, 1], ["a", "b"], permutations=20)
    assert found.profiles[0] == pytest.approx([0.4, 0.4, 0.2])
    assert found.labels == ("frame 1", "frame 2", "none")


# Single precision: scipy's distance overflows on the smallest numbers of double precision.
probabilities = st.floats(0, 1, width=32, allow_subnormal=False)
sentences = st.tuples(
    st.tuples(*[st.sampled_from([0.0, 1.0]) | probabilities] * 3), st.integers(0, 5), st.integers(-1, 2)
)
data = st.lists(sentences, min_size=3).filter(lambda rows: {0, 1, 2} <= {group for *_, group in rows})


@given(data)
def test_distances_are_those_of_scipy(rows):
    found = compare_profiles(*(list(column) for column in zip(*rows, strict=True)), "abc", permutations=10)
    assert found.profiles.sum(axis=1) == pytest.approx(np.ones(3))
    for one, two in combinations(range(3), 2):
        expected = np.nan_to_num(jensenshannon(found.profiles[one], found.profiles[two], base=2))
        assert found.distances[one, two] == pytest.approx(expected, abs=1e-6)
    for matrix in (found.distances, found.chance):
        assert np.array_equal(matrix, matrix.T)
        assert (np.diag(matrix) == 0).all()
        assert ((matrix >= 0) & (matrix <= 1)).all()
    assert (found.p >= 1 / 11).all()
    assert (found.p <= 1).all()
    assert sorted(found.order) == [0, 1, 2]


@given(data, st.randoms(use_true_random=False))
def test_the_order_of_sentences_does_not_matter(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, two = (
        compare_profiles(*(list(column) for column in zip(*order, strict=True)), "abc", permutations=20)
        for order in (rows, shuffled)
    )
    assert one.profiles == pytest.approx(two.profiles)
    assert one.distances == pytest.approx(two.distances, abs=1e-6)
    assert one.chance == pytest.approx(two.chance, abs=1e-6)
    assert np.array_equal(one.p, two.p)


def test_groups_that_are_alike_are_seldom_told_apart_though_stories_repeat_themselves():
    """Dealing sentences instead of stories would call far more than one in twenty different."""
    p = np.array(
        [
            compare_profiles(*simulated(np.random.default_rng(seed), [A, A]), "ab", seed=seed).p[0, 1]
            for seed in range(200)
        ]
    )
    assert (p <= 0.05).mean() < 0.1
    assert 0.4 < p.mean() < 0.6


def test_groups_that_print_the_same_are_at_no_distance():
    decisions = [[1, 0], [0, 1], [0, 0]] * 2
    found = compare_profiles(decisions, [0, 1, 2] * 2, [0] * 3 + [1] * 3, ["a", "b"])
    assert (found.distances[0, 1], found.p[0, 1]) == (0, 1)


def test_groups_that_differ_are_told_apart_and_neighbours_stand_together():
    shares = [A, B, C, B]
    found = compare_profiles(*simulated(np.random.default_rng(0), shares, stories=60), ["a", "b", "like a", "like b"])
    different = found.distances > found.chance
    assert different.tolist() == [[i % 2 != j % 2 for j in range(4)] for i in range(4)]
    assert (found.p[different] < 0.01).all()
    order = [found.groups[i].removeprefix("like ") for i in found.order]
    assert order in (["a", "a", "b", "b"], ["b", "b", "a", "a"])
    assert {frozenset(map(int, row[:2])) for row in found.linkage[:2]} == {frozenset({0, 2}), frozenset({1, 3})}


def test_the_seed_decides():
    one, same, other = (
        compare_profiles(*simulated(np.random.default_rng(0), [A, C]), "ab", seed=seed).chance[0, 1]
        for seed in (1, 1, 2)
    )
    assert one == same != other


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frames": [[0], [1.5], [1]]}, "frames: 1 sentences have values that are not 0 to 1, the first at position 1"),
        ({"frames": [[0], [np.nan], [1]]}, "not 0 to 1, the first at position 1; leave out sentences without labels"),
        ({"frames": [0, 1, 1]}, r"frames: expected an array of sentences by frames, found shape \(3,\)"),
        ({"story": [0, 1]}, r"story: expected a code for each of 3 sentences, found shape \(2,\)"),
        ({"story": ["x", "y", "z"]}, "story: expected integer codes, found <U1; numpy.unique makes codes"),
        ({"story": [0, -1, 2]}, "story: code -1 at position 1; expected at least 0"),
        ({"group": [0, 1, 2]}, "group: code 2 at position 2; expected -1 to 1, a position among the names"),
        ({"group": [0, 0, -1]}, "1 groups have no sentence, the first is 'b'"),
        ({"names": ["a"], "group": [0, 0, 0]}, "at least two groups, found 1"),
        ({"frame_names": ["x", "y"]}, "frame_names: expected a name for each of 1 frames, found 2"),
        ({"permutations": 0}, "permutations: expected at least 1, found 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(changes, message):
    arguments = {"frames": [[0], [1], [1]], "story": [0, 1, 2], "group": [0, 1, 1], "names": ["a", "b"]}
    with pytest.raises(FramingError, match=message):
        compare_profiles(**{**arguments, **changes})


def test_co_occurrence_by_hand():
    """Two of four sentences have x, one of them also y; y is in one of four, z in none."""
    found = {(pair.a, pair.b): pair for pair in cooccurrence([[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]], "xyz")}
    assert list(found) == [("x", "y"), ("x", "z"), ("y", "x"), ("y", "z"), ("z", "x"), ("z", "y")]
    xy, yx, xz, zx = (found[pair] for pair in (("x", "y"), ("y", "x"), ("x", "z"), ("z", "x")))
    assert (xy.n, xy.share, xy.lift) == (1, 0.5, 2)
    assert (yx.n, yx.share, yx.lift) == (1, 1, 2)
    assert (xz.n, xz.share) == (0, 0)
    assert np.isnan([xz.lift, zx.share, zx.lift]).all()


@given(st.lists(st.tuples(*[st.booleans()] * 3), min_size=1))
def test_lift_is_the_same_both_ways_and_shares_are_shares(rows):
    found = {(pair.a, pair.b): pair for pair in cooccurrence(rows, "xyz")}
    for (a, b), pair in found.items():
        assert pair.n == sum(row["xyz".index(a)] and row["xyz".index(b)] for row in rows)
        assert pair.lift == pytest.approx(found[b, a].lift, nan_ok=True)
        assert np.isnan(pair.share) or 0 <= pair.share <= 1


def test_probabilities_and_missing_names_are_refused_by_co_occurrence():
    with pytest.raises(FramingError, match="1 sentences have values that are not 0 or 1, the first at position 1"):
        cooccurrence([[0, 1], [0.4, 1]], "xy")
    with pytest.raises(FramingError, match=r"expected 3 per sentence, one a frame, found shape \(1, 2\)"):
        cooccurrence([[0, 1]], "xyz")
