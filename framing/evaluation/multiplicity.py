"""p-values adjusted for many tests."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from framing.arrays import Floats


def holm(p: ArrayLike) -> Floats:
    """Adjusted p-values that control the family-wise error; NaN stays NaN and does not count.

    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    values = np.asarray(p, dtype=float)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    adjusted = np.full(len(values), np.nan)
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Adjusted p-values that control the false discovery rate; NaN stays NaN and does not count.

    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
    """
    values = np.asarray(p, dtype=float)
    tested = ~np.isnan(values)
    adjusted = np.full(len(values), np.nan)
    if tested.any():
        adjusted[tested] = stats.false_discovery_control(values[tested])
    return adjusted
