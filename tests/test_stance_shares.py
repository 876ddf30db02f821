"""Corrected stance shares and net stance."""

import numpy as np
import pytest

from framing.evaluation.stance import fit_stance

STANCES = ("favourable", "neutral", "critical", "absent")
N_STORIES, PER_STORY = 60, 8


def corpus(seed, shares):
    """Sentences of outlets with the given shares of `STANCES`; a classifier that is wrong more often about b."""
    rng = np.random.default_rng(seed)
    outlet = np.repeat(list(shares), N_STORIES * PER_STORY)
    story = np.repeat(np.arange(len(shares) * N_STORIES), PER_STORY)
    truth = np.concatenate([rng.choice(STANCES, N_STORIES * PER_STORY, p=p) for p in shares.values()]).astype(object)
    wrong = rng.random(len(truth)) < np.where(outlet == "b", 0.3, 0.1)
    said = np.where(wrong & (truth == "neutral"), "critical", truth)
    columns = {stance: np.where(said == "absent", np.nan, np.where(said == stance, 0.8, 0.1)) for stance in STANCES[:3]}
    return columns, truth, story, outlet


SHARES = {"a": (0.2, 0.3, 0.1, 0.4), "b": (0.1, 0.5, 0.1, 0.3)}


def test_a_corpus_that_is_coded_completely_gives_its_own_shares():
    columns, truth, story, outlet = corpus(1, SHARES)
    for record in fit_stance(columns, truth, np.ones(len(truth)), story, outlet).records():
        own = truth[outlet == record.outlet]
        for stance in STANCES[:3]:
            assert record.shares[stance].prevalence == pytest.approx((own == stance).mean())
        assert record.net.value == pytest.approx((own == "favourable").mean() - (own == "critical").mean())


def test_a_sample_repairs_what_the_classifier_adds():
    errors, covered = [], []
    for seed in range(20):
        columns, truth, story, outlet = corpus(seed, SHARES)
        drawn = np.random.default_rng(seed + 100).random(len(truth)) < 0.4
        gold = np.where(drawn, truth, None)
        fit = fit_stance(columns, gold, np.where(drawn, 0.4, np.nan), story, outlet)
        b = fit.records()[1]
        errors.append((b.shares["critical"].naive - 0.1, b.shares["critical"].prevalence - 0.1))
        covered.append(b.net.low <= 0.0 <= b.net.high)  # the true net stance of b
    naive, corrected = np.mean(errors, axis=0)
    assert naive > 0.1
    assert abs(corrected) < 0.02
    assert np.mean(covered) >= 0.8


def test_outlets_are_compared_by_net_stance():
    columns, truth, story, outlet = corpus(3, {"a": (0.5, 0.3, 0.0, 0.2), "b": (0.0, 0.3, 0.5, 0.2)})
    drawn = np.random.default_rng(4).random(len(truth)) < 0.4
    fit = fit_stance(columns, np.where(drawn, truth, None), np.where(drawn, 0.4, np.nan), story, outlet)
    (contrast,) = fit.contrasts()
    a, b = fit.records()
    assert contrast.difference == pytest.approx(a.net.value - b.net.value)
    assert contrast.low > 0.8
    assert contrast.p < 1e-6
    assert a.net.low <= a.net.value <= a.net.high


def test_a_few_coded_sentences_that_are_all_alike_prove_no_difference_of_net_stance():
    """Of outlet a two stories are coded, by chance without the target: its net stance has a variance near zero."""
    columns, truth, story, outlet = corpus(6, {"a": (0.1, 0.1, 0.1, 0.7), "b": (0.4, 0.2, 0.1, 0.3)})
    stories = np.unique(story[outlet == "a"])
    absent = [s for s in stories if (truth[story == s][:3] == "absent").all()][:2]
    place = np.arange(len(story)) - np.searchsorted(story, story)
    drawn = (outlet == "b") | (np.isin(story, absent) & (place < 3))
    fit = fit_stance(columns, np.where(drawn, truth, None), np.where(drawn, 0.1, np.nan), story, outlet)
    a, b = fit.records()
    assert a.net.low < b.net.low < b.net.high < a.net.high, "that of a says next to nothing"
    (contrast,) = fit.contrasts()
    assert contrast.low < 0 < contrast.high
    assert contrast.p > 0.05


def test_a_stance_that_nobody_coded_has_no_share():
    columns, truth, story, outlet = corpus(5, {"a": (0.3, 0.4, 0.0, 0.3), "b": (0.3, 0.4, 0.0, 0.3)})
    fit = fit_stance(columns, truth, np.ones(len(truth)), story, outlet)
    assert [record.shares["critical"].prevalence for record in fit.records()] == pytest.approx([0, 0], abs=1e-9)
    assert all(record.shares["critical"].rare for record in fit.records())


def test_net_stance_among_the_sentences_about_the_target_does_not_depend_on_how_many_there_are():
    """Outlet b speaks of the target half as often as a, and says the same of it: two favourable to one critical."""
    covered, gaps = [], []
    for seed in range(20):
        columns, truth, story, outlet = corpus(seed, {"a": (0.4, 0.2, 0.2, 0.2), "b": (0.2, 0.1, 0.1, 0.6)})
        drawn = np.random.default_rng(seed + 100).random(len(truth)) < 0.4
        fit = fit_stance(columns, np.where(drawn, truth, None), np.where(drawn, 0.4, np.nan), story, outlet)
        a, b = fit.among_intervals(0.95)
        covered += [each.low <= 0.25 <= each.high for each in (a, b)]
        gaps.append((fit.net.theta[0] - fit.net.theta[1], a.value - b.value))
    assert np.mean(covered) >= 0.85
    assert np.mean(gaps, axis=0) == pytest.approx([0.1, 0], abs=0.03)


def test_what_is_coded_completely_has_the_ratio_of_its_counts():
    columns, truth, story, outlet = corpus(1, SHARES)
    fit = fit_stance(columns, truth, np.ones(len(truth)), story, outlet)
    for name, among in zip("ab", fit.among_intervals(0.95), strict=True):
        own = truth[(outlet == name) & (truth != "absent")]
        assert among.value == pytest.approx((own == "favourable").mean() - (own == "critical").mean())


def test_a_target_that_hardly_any_coded_sentence_is_about_has_no_such_ratio():
    columns, truth, story, outlet = corpus(2, {"a": (0.2, 0.3, 0.1, 0.4), "b": (0.0, 0.0, 0.0, 1.0)})
    a, b = fit_stance(columns, truth, np.ones(len(truth)), story, outlet).among_intervals(0.95)
    assert a.has_limits
    assert np.isnan([b.value, b.low, b.high]).all()
