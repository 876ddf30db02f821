"""Corrected prevalence: what a classifier counts, repaired with a probability sample of coded sentences.

Design-based supervised learning (Egami, Hinck, Stewart and Wei 2023, Using imperfect surrogates for downstream
inference, arXiv 2306.04746), in its Hajek form, with sentences clustered in stories.
"""

from collections.abc import Sequence, Sized
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from framing.arrays import Floats
from framing.errors import FramingError
from framing.evaluation.clustered import ClusteredEstimates, Contrast, Grouping, weighted_means
from framing.evaluation.proportions import exact_limits
from framing.evaluation.widening import widened_contrasts

RARE_POSITIVES = 5


@dataclass(frozen=True)
class Prevalence:
    """Prevalence of a frame in one outlet.

    Parameters
    ----------
    outlet : str
    prevalence : float
        Corrected share of the outlet's sentences; the mean score, uncorrected, where there is no gold.
    se, low, high : float
        Standard error and limits for the outlet in general, of whose stories the corpus is a sample; NaN where there
        are fewer than two gold stories.
    corpus_low, corpus_high : float
        Limits for this corpus alone, where only the classifier's errors are uncertain.
    naive : float
        Share counted from predicted labels.
    n_gold, n_positive, n_stories : int
        Coded sentences, those with the frame, and the stories they are from.
    corrected : bool
        False without gold: no interval, no test.
    rare : bool
        Fewer than five coded sentences with the frame, or without it: the interval is the union with a
        Clopper-Pearson interval.
    """

    outlet: str
    prevalence: float
    se: float
    low: float
    high: float
    corpus_low: float
    corpus_high: float
    naive: float
    n_gold: int
    n_positive: int
    n_stories: int
    corrected: bool
    rare: bool


def corrected_prevalence(
    scores: ArrayLike,
    gold: ArrayLike,
    inclusion_probability: ArrayLike,
    story: Sequence[object] | NDArray[np.generic],
    outlet: Sequence[object] | NDArray[np.generic],
    *,
    level: float = 0.95,
    predicted: ArrayLike | None = None,
    weight: ArrayLike | None = None,
) -> list[Prevalence]:
    """Estimate the prevalence of a frame in each outlet from scores of all sentences and gold of a sample.

    Parameters
    ----------
    scores : array_like of float, shape (n_sentences,)
        Recalibrated probability of the frame, 0 to 1, from models that did not see the sentence's story.
    gold : array_like of float, shape (n_sentences,)
        1 or 0 where coded, NaN elsewhere.
    inclusion_probability : array_like of float, shape (n_sentences,)
        Probability with which a coded sentence was drawn, above 0 to 1; NaN where not coded.
    story, outlet : sequence, length n_sentences
    level : float
        Of the intervals.
    predicted : array_like of bool, shape (n_sentences,), optional
        Labels to count for `naive`; by default scores of at least .5.
    weight : array_like of float, shape (n_sentences,), optional
        How much each sentence counts, above 0; by default all the same. Inverse lengths of articles make the share
        that of the mean article.

    Returns
    -------
    list of Prevalence
        One per outlet, sorted by name.

    Raises
    ------
    FramingError
        If lengths differ, scores or gold are out of range, nothing is coded, or a coded sentence has no
        inclusion probability above 0 and at most 1.

    Notes
    -----
    With g the score, y the gold, w = 1/pi where coded and 0 elsewhere, W = sum(w), per outlet::

        delta = sum(w (y - g)) / W
        theta = mean(g) + delta
        z     = (g - mean(g)) / N + w (y - g - delta) / W
        SE^2  = m / (m - 1) * sum over stories of (sum of z in the story)^2,   m = stories with gold
        interval = expit(logit(theta) -+ t_{m-1} SE / (theta (1 - theta)))

    With weights a, means of g are weighted by a, and w = a / pi. For this corpus alone z has only its second term,
    times sqrt(1 - pi), so that a corpus that is coded completely has no error.
    With fewer than five gold positives (or negatives), or SE > theta (1 - theta), the interval is the union with the
    Clopper-Pearson interval at the effective sample size n / (1 + (n/m - 1) * 0.10). Where the plain interval
    theta -+ t_{m-1} SE then leaves 0 to 1, it takes the place of the logit one, cut at 0 and 1: near an edge, SE over
    theta (1 - theta) grows without bounds.
    """
    fit = fit_prevalence(scores, gold, inclusion_probability, story, outlet, predicted=predicted, weight=weight)
    return fit.records(level)


@dataclass(frozen=True)
class PrevalenceFit:
    """Estimates of all outlets with what is needed to compare them.

    Parameters
    ----------
    general, corpus : ClusteredEstimates
        Same shares; the variance is that for the outlet in general, and that for this corpus alone.
    naive : ClusteredEstimates
        Shares counted from labels.
    n, n_gold, n_positive : ndarray of float, shape (n_outlets,)
    """

    general: ClusteredEstimates
    corpus: ClusteredEstimates
    naive: ClusteredEstimates
    n: Floats
    n_gold: Floats
    n_positive: Floats

    def records(self, level: float = 0.95) -> list[Prevalence]:
        """Prevalence per outlet, sorted by name."""
        low, high = self.limits(level)
        corpus_low, corpus_high = self.limits(level, corpus=True)
        coded = self.n_gold > 0
        columns = (
            *(self.general.names, self.general.theta, self.general.se, low, high, corpus_low, corpus_high),
            *(self.naive.theta, self.n_gold.astype(int), self.n_positive.astype(int), self.general.n_stories),
            *(coded, coded & self.rare),
        )
        return [Prevalence(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    def limits(self, level: float, *, corpus: bool = False) -> tuple[Floats, Floats]:
        """Limits per outlet, widened where gold positives are rare; NaN with fewer than two gold stories."""
        estimates = self.corpus if corpus else self.general
        low, high = estimates.share_limits(level)
        plain_low, plain_high = estimates.limits(level)
        leaves = (plain_low <= 0) | (plain_high >= 1)
        safe_low, safe_high = np.where(leaves, (plain_low, plain_high), (low, high)).clip(0, 1)
        exact_low, exact_high = exact_limits(self.n_positive, self.n_gold, estimates.n_stories, level)
        guarded = self._guarded(estimates)
        if corpus:  # nothing is left to doubt where every sentence is coded, also at 0 or 1
            known = self.n_gold == self.n
            guarded &= ~known
            low, high = (np.where(known & np.isnan(limit), estimates.theta, limit) for limit in (low, high))
        low = np.where(guarded, np.minimum(safe_low, exact_low), low)
        return low, np.where(guarded, np.maximum(safe_high, exact_high), high)

    def contrasts(self, level: float = 0.95) -> list[Contrast]:
        """Differences of all pairs of outlets that have at least two gold stories each, see `widened_contrasts`."""
        return widened_contrasts(self.general, self.limits, self._guarded(self.general), level)

    def naive_bias(self, level: float) -> tuple[Floats, Floats, Floats]:
        """What errors add to a count of labels: naive minus corrected share, with limits; NaN without gold.

        Where the interval of the corrected share is widened, so is that of the bias, by as much as if the count of
        labels were known for sure.
        """
        difference = ClusteredEstimates(
            self.general.names,
            np.where(self.n_gold > 0, self.naive.theta - self.general.theta, np.nan),
            self.general.n_stories,
            self.naive.influence - self.general.influence,
        )
        low, high = difference.limits(level)
        share_low, share_high = self.limits(level)
        unsure = self._guarded(self.general)
        low = np.where(unsure, np.fmin(low, self.naive.theta - share_high), low)
        return difference.theta, low, np.where(unsure, np.fmax(high, self.naive.theta - share_low), high)

    def _guarded(self, estimates: ClusteredEstimates) -> NDArray[np.bool_]:
        """Where the variance is not to be trusted: with rare cases, or near 0 or 1, shape (n_outlets,)."""
        return (self.rare | estimates.near_edge) & (estimates.n_stories > 1)

    @property
    def rare(self) -> NDArray[np.bool_]:
        """Where fewer than five coded sentences have the frame, or lack it, shape (n_outlets,)."""
        return np.asarray(np.minimum(self.n_positive, self.n_gold - self.n_positive) < RARE_POSITIVES)


def fit_prevalence(
    scores: ArrayLike,
    gold: ArrayLike,
    inclusion_probability: ArrayLike,
    story: Sequence[object] | NDArray[np.generic],
    outlet: Sequence[object] | NDArray[np.generic],
    *,
    predicted: ArrayLike | None = None,
    weight: ArrayLike | None = None,
) -> PrevalenceFit:
    """Estimate as `corrected_prevalence` does, and keep what differences need."""
    g, y, pi = (np.asarray(values, dtype=float) for values in (scores, gold, inclusion_probability))
    check_lengths(g, y, pi, story, outlet)
    labels = g >= 0.5 if predicted is None else np.asarray(predicted, dtype=bool)
    counts = np.ones_like(g) if weight is None else np.asarray(weight, dtype=float)
    return fit_groups(g, y, pi, labels, Grouping.of(outlet, story), counts)


def check_lengths(scores: Floats, gold: Sized, probabilities: Sized, story: Sized, outlet: Sized) -> None:
    """Refuse inputs that do not have a value for each sentence."""
    lengths = {len(scores), len(gold), len(probabilities), len(story), len(outlet)}
    if len(lengths) > 1 or scores.ndim != 1:
        raise FramingError(f"scores, gold, probabilities, stories and outlets differ in length {sorted(lengths)}")


def fit_groups(
    g: Floats, y: Floats, pi: Floats, labels: NDArray[np.bool_], groups: Grouping, weight: Floats
) -> PrevalenceFit:
    """Estimate as `fit_prevalence` does, from arrays of shape (n_sentences,) and codes of groups and stories."""
    _check(g, y, pi, weight)
    coded = ~np.isnan(y)
    inverse = np.divide(weight, pi, out=np.zeros_like(g), where=coded)
    from_scores = weighted_means(g, weight, groups)
    from_gold = weighted_means(np.where(coded, y - g, 0.0), inverse, groups)
    theta = from_scores.theta + np.nan_to_num(from_gold.theta)
    finite = weighted_means(np.where(coded, y - g, 0.0), inverse, groups, spread=np.sqrt(1 - np.where(coded, pi, 1.0)))
    m = from_gold.n_stories
    return PrevalenceFit(
        general=ClusteredEstimates(groups.names, theta, m, from_scores.influence + from_gold.influence),
        corpus=ClusteredEstimates(groups.names, theta, m, finite.influence),
        naive=weighted_means(labels.astype(float), weight, groups),
        n=groups.total(np.ones_like(g)),
        n_gold=groups.total(coded),
        n_positive=groups.total(np.where(coded, y, 0.0)),
    )


def _check(g: Floats, y: Floats, pi: Floats, weight: Floats) -> None:
    coded = ~np.isnan(y)
    _refuse(~((g >= 0) & (g <= 1)), "scores", "expected 0 to 1 for every sentence")
    _refuse(~((weight > 0) & np.isfinite(weight)), "weights", "expected a number above 0 for every sentence")
    _refuse(coded & ~np.isin(y, (0, 1)), "gold", "expected 0 or 1, or NaN where not coded")
    if not coded.any():
        raise FramingError("no gold: no sentence is coded, so nothing can be corrected; code a sample first")
    _refuse(
        coded & ~((pi > 0) & (pi <= 1)),
        "inclusion probabilities of coded sentences",
        "expected above 0 and at most 1, as written when the sample was drawn; lost ones cannot be repaired",
    )


def _refuse(wrong: NDArray[np.bool_], what: str, expected: str) -> None:
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise FramingError(f"{what}: {int(wrong.sum())} are out of range, the first at position {first}; {expected}")
