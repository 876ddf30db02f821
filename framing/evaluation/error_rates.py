"""Error rates per group: where they differ, counting labels tells groups apart that do not differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from framing.arrays import Floats
from framing.bootstrap import Interval
from framing.evaluation.clustered import ClusteredEstimates, EqualityTest, Grouping, weighted_means
from framing.evaluation.evidence import Evidence
from framing.evaluation.proportions import exact_at_edges

MIN_CASES = 5
MIN_STORIES = 10


@dataclass(frozen=True)
class GroupErrors:
    """Error rates of one frame's labels in one group.

    Parameters
    ----------
    group : str
    sensitivity, specificity : Interval
        Share of sentences with the frame that are labelled, and of those without that are not; weighted by inverse
        inclusion probability. No limits where the cases are of one story.
    n_positive, n_negative : int
        Coded sentences behind them.
    naive_bias : Interval
        Naive share minus corrected share: what the errors add to a count of labels, at this group's own share. NaN
        without gold.
    """

    group: str
    sensitivity: Interval
    specificity: Interval
    n_positive: int
    n_negative: int
    naive_bias: Interval


@dataclass(frozen=True)
class FrameErrors:
    """Error rates of one frame's labels per group, and tests that they are the same in all groups.

    Groups with fewer than five cases or ten stories of them do not enter a test; without any error among the others
    there is nothing to test.
    """

    frame: str
    groups: list[GroupErrors]
    equal_sensitivity: EqualityTest
    equal_specificity: EqualityTest


def error_rates(evidence: Evidence, *, level: float = 0.95) -> list[FrameErrors]:
    """Sensitivity and specificity of the labels per frame and group, from the gold; empty without gold.

    Parameters
    ----------
    evidence : Evidence
    level : float
        Of the intervals.

    Notes
    -----
    Both are ratios of sums weighted by inverse inclusion probability, with variances clustered by story. Where a rate
    is 0 or 1 and leaves no variance, limits are exact, see `framing.evaluation.proportions.exact_at_edges`. Gold
    sentences must not have been seen by the classifier, which `Evidence` has checked. The tests take variances about
    the rate that all groups would have in common (score tests; Boos 1992, American Statistician 46, 327-333), so that
    a group without errors counts too, and pool them: where few stories happen to have no error, their own spread about
    that rate is far below what chance does. A story's squared sum of weighted deviations is taken to be proportional
    to its squared weight, s^2 W_u^2, with s^2 from the stories of all groups.
    """
    frames = evidence.codebook.frame_names
    return [_of_frame(evidence, i, frames[i], level) for i in np.flatnonzero(evidence.correctable).tolist()]


def _of_frame(e: Evidence, i: int, frame: str, level: float) -> FrameErrors:
    groups, labels, gold = e.population.groups, e.decisions[:, i].astype(float), e.gold[:, i]
    weight = np.where(e.coded, 1 / e.inclusion_probability, 0.0)
    everything = np.ones(len(gold), dtype=bool)
    positive, negative = np.where(gold == 1, weight, 0.0), np.where(gold == 0, weight, 0.0)
    rows = zip(
        groups.names.tolist(),
        _intervals(labels, positive, groups, level),
        _intervals(1 - labels, negative, groups, level),
        groups.total(gold == 1).astype(int).tolist(),
        groups.total(gold == 0).astype(int).tolist(),
        [
            Interval(*row)
            for row in np.column_stack(e.fit(i, everything, np.ones(len(gold))).naive_bias(level)).tolist()
        ],
        strict=True,
    )
    tests = equal_rates(labels, positive, groups), equal_rates(1 - labels, negative, groups)
    return FrameErrors(frame, [GroupErrors(*row) for row in rows], *tests)


def _intervals(values: Floats, weights: Floats, groups: Grouping, level: float) -> list[Interval]:
    rates, n = weighted_means(values, weights, groups), groups.total(weights > 0)
    found = [Interval(*row) for row in np.column_stack([rates.theta, *rates.share_limits(level)]).tolist()]
    return exact_at_edges(found, n, rates.n_stories, level)


def equal_rates(values: Floats, weights: Floats, groups: Grouping) -> EqualityTest:
    """Score test that all groups with enough cases have one rate, see `error_rates`; parameters of `weighted_means`."""
    used: NDArray[np.bool_] = weights > 0
    enough = (groups.total(used) >= MIN_CASES) & (groups.count_stories(used) >= MIN_STORIES)
    kept = np.where(enough[groups.member], weights, 0.0)
    pooled = float((kept * values).sum() / kept.sum()) if kept.any() else float("nan")
    rates = weighted_means(values, kept, groups, about=pooled)
    rows = np.flatnonzero(enough)
    influence = _with_pooled_variance(rates.influence[rows], groups.by_story(kept)[rows], groups.total(kept)[rows])
    return ClusteredEstimates(rates.names[rows], rates.theta[rows], rates.n_stories[rows], influence).equality()


def _with_pooled_variance(influence: csr_array, weights: csr_array, totals: Floats) -> csr_array:
    """Influences, rescaled per group so that their squares add up to what all groups together say.

    Parameters
    ----------
    influence, weights : csr_array, shape (n_groups, n_stories)
        Of stories on the rate of each group, and sums of their weights.
    totals : ndarray of float, shape (n_groups,)
        Sums of weights.
    """
    own, squared = _sum_of_squares(influence), _sum_of_squares(weights)
    if not own.size or not own.all():
        return influence
    pooled = (own * totals**2).sum() / squared.sum() * squared / totals**2
    return csr_array(influence.multiply(np.sqrt(pooled / own)[:, None]))


def _sum_of_squares(values: csr_array) -> Floats:
    return np.asarray(values.multiply(values).sum(axis=1)).ravel()
