"""Corrected prevalence: the reference values, invariants, refusals."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from framing import FramingError
from framing.evaluation import benjamini_hochberg, corrected_prevalence, fit_prevalence, holm, recalibrate

NAN = float("nan")


def test_reference_values_to_nine_digits(shared):
    """Steps 2 to 5 of the estimator on a data set with scores and probabilities given."""
    with (shared / "stats" / "fixture.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    gold = np.array([float(row["y_gold"]) if row["y_gold"] else NAN for row in rows])
    pi = np.where(np.isnan(gold), NAN, [float(row["pi"]) for row in rows])
    found = corrected_prevalence(
        [float(row["g"]) for row in rows],
        gold,
        pi,
        [row["story"] for row in rows],
        [row["outlet"] for row in rows],
        predicted=[row["pred"] == "1" for row in rows],
    )
    expected = json.loads((shared / "stats" / "expected.json").read_text())["outlets"]
    assert len(found) == len(expected) == 6
    for record, reference in zip(found, expected, strict=True):
        assert record.outlet == reference["outlet"]
        assert record.prevalence == pytest.approx(reference["dsl_hajek"], abs=1e-9)
        assert record.se == pytest.approx(reference["dsl_hajek_se"], abs=1e-9)
        assert (record.low, record.high) == pytest.approx(reference["dsl_ci_rare_safe"], abs=1e-9)
        assert record.naive == pytest.approx(reference["classify_count"], abs=1e-9)
        assert (record.n_gold, record.n_stories) == (reference["gold_n"], reference["gold_clusters"])


def test_by_hand():
    """Four sentences, two coded with probability one half: mean score .5, both residuals .2, so .5 + .2."""
    (record,) = corrected_prevalence(
        [0.8, 0.8, 0.2, 0.2], [1, NAN, 1, NAN], [0.5, NAN, 0.5, NAN], ["a", "b", "c", "d"], ["A"] * 4
    )
    assert record.prevalence == pytest.approx(0.5 + (0.2 + 0.8) / 2)
    assert (record.n_gold, record.n_positive, record.n_stories, record.naive) == (2, 2, 2, 0.5)
    assert record.rare


draws = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1), st.sampled_from("AB"), st.integers(0, 9)), min_size=8)


@given(draws)
def test_with_every_sentence_coded_the_estimate_is_the_share_whatever_the_scores(rows):
    scores, gold, outlets, stories = (list(column) for column in zip(*rows, strict=True))
    for record in corrected_prevalence(scores, gold, [1.0] * len(rows), stories, outlets):
        own = [y for y, outlet in zip(gold, outlets, strict=True) if outlet == record.outlet]
        assert record.prevalence == pytest.approx(sum(own) / len(own))
        if not np.isnan(record.low):
            assert 0 <= record.low <= record.prevalence + 1e-9
            assert record.prevalence - 1e-9 <= record.high <= 1


@given(draws, st.randoms(use_true_random=False))
def test_the_order_of_sentences_does_not_matter(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, two = (
        corrected_prevalence(*([row[i] for row in data] for i in (0, 1)), [0.5] * len(data), *([row[i] for row in data] for i in (3, 2)))  # noqa: E501
        for data in (rows, shuffled)
    )  # fmt: skip
    for a, b in zip(one, two, strict=True):
        assert (a.prevalence, a.se) == pytest.approx((b.prevalence, b.se), nan_ok=True)


def test_an_outlet_without_gold_is_marked_uncorrected_and_not_tested():
    scores = [0.9, 0.2, 0.7, 0.4, 0.6, 0.1, 0.3, 0.8]
    gold = [1, 0, 1, 0, 1, 0, NAN, NAN]
    pi = [0.5] * 6 + [NAN] * 2
    fit = fit_prevalence(scores, gold, pi, list("abcdefgh"), ["A"] * 3 + ["B"] * 3 + ["C"] * 2)
    without = fit.records()[2]
    assert (without.outlet, without.corrected) == ("C", False)
    assert without.prevalence == pytest.approx(0.55)
    assert np.isnan(without.low)
    assert [(contrast.a, contrast.b) for contrast in fit.contrasts()] == [("A", "B")]


def test_a_share_next_to_nothing_is_not_anything_from_0_to_100_percent():
    """None of 40 coded sentences of ten stories has the frame; uncoded ones score a little higher than coded ones."""
    scores = np.tile([0.0, 0.01, 0.002, 0.0085], 20)
    gold, pi = np.tile([0, 0, NAN, NAN], 20), np.tile([0.5, 0.5, NAN, NAN], 20)
    (record,) = corrected_prevalence(scores, gold, pi, np.repeat(np.arange(10), 8), ["A"] * 80)
    assert 0 < record.prevalence < 0.001
    assert (record.low, record.corpus_low) == (0, 0)
    assert record.high == pytest.approx(1 - 0.025 ** (1 / (40 / 1.3)))  # exact, of 40 / (1 + 3 * .10) sentences


def test_a_rare_share_keeps_the_doubt_that_stories_cast_on_it():
    """All four coded sentences with the frame are in one story: the t-interval reaches further than the exact one."""
    story = np.repeat(np.arange(10), 4)
    (record,) = corrected_prevalence(np.full(40, 0.1), story == 0, np.full(40, 0.9), story, ["A"] * 40)
    assert record.rare
    assert record.low == 0
    assert record.high == pytest.approx(record.prevalence + stats.t.ppf(0.975, 9) * record.se)


def test_an_estimate_below_nothing_has_limits_too():
    """Scores of the ten coded sentences are far too high, those of the others low: too much is taken off."""
    scores, gold = np.array([0.9] * 10 + [0.0] * 90), np.array([1, 0] * 5 + [NAN] * 90)
    pi, story = np.where(np.isnan(gold), NAN, 0.1), np.arange(100) % 10
    (record,) = corrected_prevalence(scores, gold, pi, story, ["A"] * 100)
    assert (record.n_positive, record.rare) == (5, False)
    assert record.prevalence < 0
    assert 0 <= record.low < record.high < 1


def test_a_shared_story_takes_its_part_out_of_the_difference():
    """Two outlets that print the same stories with the same gold differ by nothing, without any doubt."""
    scores = [0.9, 0.2, 0.7, 0.4] * 2
    gold = [1, 0, 0, 1] * 2
    same = fit_prevalence(scores, gold, [0.5] * 8, list("abcd") * 2, ["A"] * 4 + ["B"] * 4).contrasts()[0]
    apart = fit_prevalence(scores, gold, [0.5] * 8, list("abcdefgh"), ["A"] * 4 + ["B"] * 4).contrasts()[0]
    assert same.difference == apart.difference == 0
    # The variances carry m/(m-1), the covariance does not: a third of the variance of four stories remains.
    assert same.se < 0.6 * apart.se


def few_alike(prevalence_of_all, n_few):
    """Two outlets that half use a frame, but the few coded stories of the first happen to lack it."""
    rng = np.random.default_rng(3)
    outlet = np.repeat(["few", "many"], 600)
    gold = (rng.random(1200) < prevalence_of_all).astype(float)
    gold[:600] = 0
    coded = np.r_[np.arange(600) < 3 * n_few, np.arange(600) < 90]
    scores = np.full(1200, prevalence_of_all)
    scores[:600] = 0.02
    story = np.arange(1200) // 3
    return fit_prevalence(
        scores,
        np.where(coded, gold, NAN),
        np.where(coded, np.r_[[n_few / 200] * 600, [0.15] * 600], NAN),
        story,
        outlet,
    )


def test_a_few_coded_stories_that_are_all_alike_prove_no_difference():
    fit = few_alike(0.25, 2)
    (contrast,) = fit.contrasts()
    low, high = fit.limits(0.95)
    assert high[0] > low[1], "the intervals of both shares overlap"
    assert contrast.p > 0.05
    assert contrast.low < 0 < contrast.high
    assert np.isnan(contrast.log_risk_ratio_se)


def test_many_coded_stories_that_are_all_alike_prove_one():
    (contrast,) = few_alike(0.25, 60).contrasts()
    assert contrast.p < 0.001
    assert contrast.high < 0


def test_a_bias_is_not_clear_where_few_coded_stories_are_alike():
    _, low, high = few_alike(0.25, 2).naive_bias(0.95)
    assert low[0] < 0 < high[0]


def test_a_ratio_takes_the_covariance_of_shared_stories_as_a_difference_does():
    """Two outlets that print the same stories: what moves one share moves the other."""
    rng = np.random.default_rng(0)
    effect = rng.normal(0, 1.5, 200)
    truth = np.concatenate([rng.random(200) < 1 / (1 + np.exp(-effect)) for _ in "AB"]).astype(float)
    fit = fit_prevalence(np.full(400, 0.5), truth, np.ones(400), np.tile(np.arange(200), 2), np.repeat(["A", "B"], 200))
    (contrast,) = fit.contrasts()
    mean = fit.general.theta.mean()
    assert contrast.log_risk_ratio_se == pytest.approx(contrast.se / mean, rel=0.03)


def test_adjusted_p_values_by_hand():
    p = [0.01, 0.04, 0.03, NAN]
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, NAN], nan_ok=True)
    assert benjamini_hochberg(p) == pytest.approx([0.03, 0.04, 0.04, NAN], nan_ok=True)
    assert np.isnan(benjamini_hochberg([NAN])).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gold": [NAN] * 4}, "no gold: no sentence is coded"),
        ({"inclusion_probability": [NAN] * 4}, "inclusion probabilities of coded sentences: 2 are out of range"),
        ({"inclusion_probability": [0, 0.5, NAN, NAN]}, "the first at position 0; expected above 0 and at most 1"),
        ({"inclusion_probability": [0.5, 1.2, NAN, NAN]}, "the first at position 1"),
        ({"gold": [2, 0, NAN, NAN]}, "gold: 1 are out of range"),
        ({"scores": [0.1, NAN, 0.2, 0.3]}, "scores: 1 are out of range, the first at position 1"),
        ({"story": ["a"]}, r"differ in length \[1, 4\]"),
    ],
)
def test_what_cannot_be_corrected_is_refused(changes, message):
    arguments = {
        "scores": [0.1, 0.9, 0.2, 0.3],
        "gold": [0, 1, NAN, NAN],
        "inclusion_probability": [0.5, 0.5, NAN, NAN],
        "story": list("abcd"),
        "outlet": ["A"] * 4,
    }
    with pytest.raises(FramingError, match=message):
        corrected_prevalence(**{**arguments, **changes})


def coded_sample(seed=0, n=400):
    """Scores that overstate by a constant on the logit scale, gold for a third of the stories."""
    rng = np.random.default_rng(seed)
    stories = rng.integers(0, 60, n)
    logit = rng.normal(-1.5, 1.5, n)
    truth = rng.random(n) < 1 / (1 + np.exp(-logit))
    gold = np.where(stories < 20, truth, NAN)
    return 1 / (1 + np.exp(-(logit + 1.5))), gold, stories, np.where(rng.random(n) < 0.5, "A", "B"), truth


def test_recalibration_takes_the_bias_out_of_the_scores():
    scores, gold, stories, outlets, truth = coded_sample()
    assert scores.mean() - truth.mean() > 0.15
    assert abs(recalibrate(scores, gold, stories, outlets).mean() - truth.mean()) < 0.05


def test_no_sentence_is_scored_by_a_model_that_saw_its_story():
    """Turning all gold of one story round moves no score in that story, and does move others."""
    scores, gold, stories, outlets, _ = coded_sample()
    before = recalibrate(scores, gold, stories, outlets)
    turned = np.where(stories == 3, 1 - gold, gold)
    after = recalibrate(scores, turned, stories, outlets)
    assert np.array_equal(before[stories == 3], after[stories == 3])
    assert not np.array_equal(before, after)


def test_gold_of_one_kind_gives_a_small_share_not_a_crash():
    scores, gold, stories, outlets, _ = coded_sample()
    flat = recalibrate(scores, np.where(np.isnan(gold), NAN, 0.0), stories, outlets)
    assert 0 < flat.max() < 0.02
