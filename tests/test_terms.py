"""Terms that set groups apart: the formula by hand, planted terms, copies, names."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing import FramingError
from framing.evaluation import distinctive_terms

COMMON = "leaders signed agreements about energy trade during their long summit".split()
NAMES = ["Harbour Post", "Valley Times"]


def corpus(planted="sovereignty", n=30, seed=0):
    """Two groups that draw from the same words; every second story of the first adds the planted ones."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(COMMON, 5)) for _ in range(2 * n)]
    texts = [f"{text} {planted}" if i < n and i % 2 else text for i, text in enumerate(texts)]
    return texts, np.arange(2 * n), np.repeat([0, 1], n)


def of_group(found, group):
    return [term for term in found if term.group == group]


def test_z_by_hand():
    """Terms used by 5 of A's stories and 1 of B's (fish), and by 1 and 5 (bird): n is 6 in both groups, a is .6."""
    texts = ["fish"] * 5 + ["bird"] + ["fish"] + ["bird"] * 5
    found = distinctive_terms(texts, np.arange(12), [0] * 6 + [1] * 6, "AB")
    z = (np.log(5.6 / 1.6) - np.log(1.6 / 5.6)) / np.sqrt(1 / 5.6 + 1 / 1.6)
    assert [(term.group, term.term, term.n_stories, term.n_stories_elsewhere) for term in found] == [
        ("A", "fish", 5, 1),
        ("B", "bird", 5, 1),
    ]
    assert [term.z for term in found] == pytest.approx([z, z])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("planted", ["sovereignty", "mutual respect"])
def test_a_planted_term_ranks_first(planted, seed):
    first = of_group(distinctive_terms(*corpus(planted, seed=seed), NAMES), NAMES[0])[0]
    assert first.term in {planted, *planted.split()}
    assert (first.n_stories, first.n_stories_elsewhere) == (15, 0)


def test_terms_are_words_of_three_letters_and_bigrams_without_stop_words():
    texts = ["The EU didn't, on 5 May 2024, isolate Müller's allies."] * 3 + ["Quiet fields."] * 3
    found = distinctive_terms(texts, np.arange(6), [0] * 3 + [1] * 3, "AB", top=20)
    assert {term.term for term in of_group(found, "A")} == {
        "isolate", "müller", "allies", "isolate müller", "müller allies",
    }  # fmt: skip


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 59), st.integers(1, 5)), max_size=10), st.randoms(use_true_random=False))
def test_neither_copies_nor_the_order_of_sentences_matter(copies, random):
    """Sentences repeated in their story and group leave terms, counts and z as they are."""
    texts, story, group = corpus()
    rows = list(range(60)) + [i for i, times in copies for _ in range(times)]
    random.shuffle(rows)
    again = distinctive_terms([texts[i] for i in rows], story[rows], group[rows], NAMES)
    assert again == distinctive_terms(texts, story, group, NAMES)


def test_a_wire_copy_that_all_print_sets_none_apart():
    texts, story, group = corpus()
    wire = ["dockworkers walked out"] * 20
    found = distinctive_terms(texts + wire, [*story, *[100, 101] * 10], [*group, *[0] * 10, *[1] * 10], NAMES)
    assert of_group(found, NAMES[0])[0].term == "sovereignty"
    assert not any("dockworkers" in term.term for term in found)


def test_the_name_of_a_group_is_no_finding():
    found = distinctive_terms(*corpus("harbour post correspondents"), NAMES)
    terms = {term.term for term in found}
    assert "correspondents" in terms
    assert not {"harbour", "post", "harbour post"} & terms


def test_few_stories_prove_nothing_and_top_limits():
    texts, story, group = corpus()
    story = np.where(group == 0, story % 2, story)
    assert of_group(distinctive_terms(texts, story, group, NAMES), NAMES[0]) == []
    assert len(distinctive_terms(*corpus(), NAMES, top=1)) == 2


def test_of_many_sentences_a_draw_is_used():
    texts, story, group = corpus(n=300)
    one, same, other = (distinctive_terms(texts, story, group, NAMES, most=100, seed=seed) for seed in (1, 1, 2))
    assert one == same != other
    assert of_group(one, NAMES[0])[0].term == "sovereignty"
    assert max(term.n_stories for term in one) <= 100


@pytest.mark.parametrize(
    ("texts", "group"),
    [([], []), (["so it is", "as 5 of us"] * 3, [0, 1] * 3), (["fish"] * 6, [0] * 6), (["fish"] * 6, [0, 1] * 3)],
    ids=["no sentences", "no words", "one group", "one term"],
)
def test_where_nothing_can_be_told_apart_there_are_no_terms(texts, group):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert distinctive_terms(texts, np.arange(len(texts)), group, ["A", "B"]) == []


def test_codes_that_do_not_fit_are_refused():
    with pytest.raises(FramingError, match=r"group: expected a code for each of 2 sentences, found shape \(1,\)"):
        distinctive_terms(["fish", "bird"], [0, 1], [0], NAMES)
    with pytest.raises(FramingError, match="group: code 2 at position 1; expected -1 to 1"):
        distinctive_terms(["fish", "bird"], [0, 1], [0, 2], NAMES)
