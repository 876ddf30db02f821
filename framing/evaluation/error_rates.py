"""Error rates per group: where they differ, counting labels tells groups apart that do not differ."""

from dataclasses import dataclass

import numpy as np

from framing.evaluation.bootstrap import Interval
from framing.evaluation.clustered import ClusteredEstimates, EqualityTest, Floats, weighted_means
from framing.evaluation.evidence import Evidence

MIN_CASES = 5


@dataclass(frozen=True)
class GroupErrors:
    """Error rates of one frame's labels in one group.

    Parameters
    ----------
    group : str
    sensitivity, specificity : Interval
        Share of sentences with the frame that are labelled, and of those without that are not; weighted by inverse
        inclusion probability. No limits where the rate is 0 or 1 or the cases are of one story.
    n_positive, n_negative : int
        Coded sentences behind them.
    naive_bias : float
        Naive share minus corrected share: what the errors add to a count of labels. NaN without gold.
    """

    group: str
    sensitivity: Interval
    specificity: Interval
    n_positive: int
    n_negative: int
    naive_bias: float


@dataclass(frozen=True)
class FrameErrors:
    """Error rates of one frame's labels per group, and tests that they are the same in all groups.

    Groups with fewer than five cases do not enter a test.
    """

    frame: str
    groups: list[GroupErrors]
    equal_sensitivity: EqualityTest
    equal_specificity: EqualityTest

    @property
    def largest_bias_gap(self) -> float:
        """How far apart counting labels would put two groups that have the same share."""
        biases = [group.naive_bias for group in self.groups if not np.isnan(group.naive_bias)]
        return max(biases) - min(biases) if biases else float("nan")


def error_rates(evidence: Evidence, *, level: float = 0.95) -> list[FrameErrors]:
    """Sensitivity and specificity of the labels per frame and group, from the gold; empty without gold.

    Parameters
    ----------
    evidence : Evidence
    level : float
        Of the intervals.

    Notes
    -----
    Both are ratios of sums weighted by inverse inclusion probability, with variances clustered by story. Gold
    sentences must not have been seen by the classifier, which `Evidence` has checked.
    """
    frames = evidence.codebook.frame_names
    return [_of_frame(evidence, i, frames[i], level) for i in np.flatnonzero(evidence.correctable).tolist()]


def _of_frame(e: Evidence, i: int, frame: str, level: float) -> FrameErrors:
    groups, labels, gold = e.population.groups, e.decisions[:, i], e.gold[:, i]
    weight = np.where(e.coded, 1 / e.inclusion_probability, 0.0)
    sensitivity = weighted_means(labels.astype(float), np.where(gold == 1, weight, 0.0), groups)
    specificity = weighted_means(1.0 - labels.astype(float), np.where(gold == 0, weight, 0.0), groups)
    n_positive, n_negative = groups.total(gold == 1), groups.total(gold == 0)
    even = np.ones(len(gold))
    residual = np.where(e.coded, gold - e.scores[:, i], 0.0)
    corrected = weighted_means(e.scores[:, i], even, groups).theta + weighted_means(residual, weight, groups).theta
    bias = weighted_means(labels.astype(float), even, groups).theta - corrected
    rows = zip(
        groups.names.tolist(),
        _intervals(sensitivity, level),
        _intervals(specificity, level),
        n_positive.astype(int).tolist(),
        n_negative.astype(int).tolist(),
        bias.tolist(),
        strict=True,
    )
    return FrameErrors(
        frame,
        [GroupErrors(*row) for row in rows],
        _test(sensitivity, n_positive),
        _test(specificity, n_negative),
    )


def _intervals(rates: ClusteredEstimates, level: float) -> list[Interval]:
    return [Interval(*row) for row in np.column_stack([rates.theta, *rates.share_limits(level)]).tolist()]


def _test(rates: ClusteredEstimates, cases: Floats) -> EqualityTest:
    """Test of equality among groups with enough cases."""
    enough = np.flatnonzero(cases >= MIN_CASES)
    return ClusteredEstimates(
        rates.names[enough], rates.theta[enough], rates.n_stories[enough], rates.influence[enough]
    ).equality()
