"""Differences between groups, of which some have an interval that was widened: their variance is not to be trusted."""

from collections.abc import Callable
from dataclasses import replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.evaluation.clustered import ClusteredEstimates, Contrast
from framing.evaluation.proportions import difference_limits

_TESTED = 0.95  # level of the limits that p-values are read off


def widened_contrasts(
    estimates: ClusteredEstimates,
    limits: Callable[[float], tuple[Floats, Floats]],
    unsure: NDArray[np.bool_],
    level: float,
) -> list[Contrast]:
    """Differences of all pairs of groups that have at least two gold stories each.

    Parameters
    ----------
    estimates : ClusteredEstimates
    limits : callable
        Low and high of each group, widened where `unsure`, shape (n_groups,), at a level.
    unsure : ndarray of bool, shape (n_groups,)
        Where the variance is not to be trusted.
    level : float
        Of the intervals.

    Notes
    -----
    Where an interval of one of both is widened, so is that of the difference, to the union with the limits from
    those of both (`framing.evaluation.proportions.difference_limits`); its p-value is at least the one by which
    these limits at 95%, taken for normal ones, would exclude zero, whatever the `level`, and the risk ratio has no
    standard error: a group whose few coded sentences are alike has a variance near zero, which would prove any
    difference.
    """
    place = {name: i for i, name in enumerate(estimates.names.tolist())}
    found = estimates.contrasts(level)
    one, two = np.array([(place[c.a], place[c.b]) for c in found], dtype=np.intp).reshape(-1, 2).T

    def joined(level: float) -> list[tuple[float, float]]:
        low, high = limits(level)
        a, b = ((estimates.theta[side], low[side], high[side]) for side in (one, two))
        return list(zip(*(limit.tolist() for limit in difference_limits(a, b)), strict=True))

    rows = zip(found, (unsure[one] | unsure[two]).tolist(), joined(level), joined(_TESTED), strict=True)
    return [_widened(c, shown, tested) if wide else c for c, wide, shown, tested in rows]


def _widened(c: Contrast, shown: tuple[float, float], tested: tuple[float, float]) -> Contrast:
    """A contrast with an interval that reaches `shown` too, and the p-value that goes with the limits `tested`."""
    normal, (low, high) = NormalDist(), tested
    toward_zero = c.difference - low if c.difference > 0 else high - c.difference
    z = abs(c.difference) * normal.inv_cdf((1 + _TESTED) / 2) / toward_zero
    p = max(c.p, 2 * normal.cdf(-z))
    return replace(c, low=min(c.low, shown[0]), high=max(c.high, shown[1]), p=p, log_risk_ratio_se=float("nan"))
