"""Differences between groups, of which some have an interval that was widened: their variance is not to be trusted."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.evaluation.clustered import ClusteredEstimates, Contrast
from framing.evaluation.proportions import difference_limits


def widened_contrasts(
    estimates: ClusteredEstimates, limits: tuple[Floats, Floats], unsure: NDArray[np.bool_], level: float
) -> list[Contrast]:
    """Differences of all pairs of groups that have at least two gold stories each.

    Parameters
    ----------
    estimates : ClusteredEstimates
    limits : tuple of ndarray of float, shape (n_groups,)
        Low and high of each group, widened where `unsure`.
    unsure : ndarray of bool, shape (n_groups,)
        Where the variance is not to be trusted.
    level : float
        Of the limits.

    Notes
    -----
    Where an interval of one of both is widened, so is that of the difference, to the union with the limits from
    those of both (`framing.evaluation.proportions.difference_limits`); its p-value is at least the one by which
    these limits, taken for normal ones, would exclude zero, and the risk ratio has no standard error: a group
    whose few coded sentences are alike has a variance near zero, which would prove any difference.
    """
    place = {name: i for i, name in enumerate(estimates.names.tolist())}
    found = estimates.contrasts(level)
    one, two = np.array([(place[c.a], place[c.b]) for c in found], dtype=np.intp).reshape(-1, 2).T
    a, b = ((estimates.theta[side], limits[0][side], limits[1][side]) for side in (one, two))
    rows = zip(found, unsure[one] | unsure[two], np.column_stack(difference_limits(a, b)).tolist(), strict=True)
    return [_widened(c, low, high, level) if wide else c for c, wide, (low, high) in rows]


def _widened(c: Contrast, low: float, high: float, level: float) -> Contrast:
    """A contrast with an interval that reaches the limits given too, and the p-value that goes with them."""
    normal = NormalDist()
    toward_zero = c.difference - low if c.difference > 0 else high - c.difference
    z = abs(c.difference) * normal.inv_cdf((1 + level) / 2) / toward_zero
    p = max(c.p, 2 * normal.cdf(-z))
    return replace(c, low=min(c.low, low), high=max(c.high, high), p=p, log_risk_ratio_se=float("nan"))
