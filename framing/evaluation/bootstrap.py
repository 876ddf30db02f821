"""Percentile intervals from a bootstrap of whole clusters (stories)."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]

REPLICATES = 2000
_CHUNK = 100


@dataclass(frozen=True)
class Interval:
    """An estimate with the limits of its confidence interval; NaN where it is not defined."""

    value: float
    low: float
    high: float

    @property
    def has_limits(self) -> bool:
        """Tell whether there was enough to resample."""
        return not (isnan(self.low) or isnan(self.high))

    @property
    def excludes_zero(self) -> bool:
        """Tell whether zero lies outside the limits."""
        return self.low > 0 or self.high < 0


def clustered_intervals(
    counts: Floats | csr_array,
    statistic: Callable[[Floats], Floats],
    *,
    level: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> list[Interval]:
    """Intervals for statistics of summed counts, resampling whole clusters.

    Parameters
    ----------
    counts : ndarray or csr_array, shape (n_clusters, n_counts)
        Sums per cluster, such as hits and misses of a classifier per story.
    statistic : callable
        Maps sums, shape (n, n_counts), to statistics, shape (n, n_statistics); NaN where undefined.
    level : float
        Of the intervals, 0 to 1.
    replicates, seed : int

    Returns
    -------
    list of Interval, length n_statistics
        The statistic of all clusters, and the percentiles over the replicates in which it is defined. With
        fewer than two clusters nothing can be resampled and the limits are NaN.

    Notes
    -----
    Nonparametric cluster bootstrap: Davison and Hinkley (1997), Bootstrap Methods and their Application,
    section 3.8. Too narrow with few clusters.
    """
    n_clusters = counts.shape[0]
    value = statistic(np.atleast_2d(np.asarray(counts.sum(axis=0), dtype=float)))[0]
    if n_clusters < 2:
        return [Interval(float(v), float("nan"), float("nan")) for v in value]
    rng = np.random.default_rng(seed)
    drawn = []
    for start in range(0, replicates, _CHUNK):
        size = min(_CHUNK, replicates - start)
        weights = rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), size=size)
        drawn.append(statistic(np.asarray((counts.T @ weights.T).T, dtype=float)))
    with np.errstate(invalid="ignore"):
        low, high = _percentiles(np.concatenate(drawn), level)
    return [Interval(float(v), float(lo), float(hi)) for v, lo, hi in zip(value, low, high, strict=True)]


def _percentiles(drawn: Floats, level: float) -> Floats:
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="All-NaN slice")
        limits: Floats = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return limits
