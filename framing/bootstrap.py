"""Percentile intervals from a bootstrap of whole clusters (stories)."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from framing.arrays import Floats

REPLICATES = 2000
MIN_CLUSTERS = 5
MOST_UNDEFINED = 0.05  # of the replicates; with more, limits would be those of another statistic
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

    def __neg__(self) -> "Interval":
        """The same difference seen from the other side."""
        return Interval(-self.value, -self.high, -self.low)


UNDEFINED = Interval(nan, nan, nan)


def clustered_replicates(
    counts: Floats | csr_array, statistic: Callable[[Floats], Floats], *, replicates: int = REPLICATES, seed: int = 0
) -> Floats:
    """Statistics of summed counts, resampling whole clusters.

    Parameters
    ----------
    counts : ndarray or csr_array, shape (n_clusters, n_counts)
        Sums per cluster, such as hits and misses of a classifier per story.
    statistic : callable
        Maps sums, shape (n, n_counts), to statistics, shape (n, n_statistics); NaN where undefined.
    replicates, seed : int

    Returns
    -------
    ndarray of float, shape (1 + replicates, n_statistics)
        First the statistic of all clusters as they are, then one row per replicate.

    Notes
    -----
    Nonparametric cluster bootstrap: Davison and Hinkley (1997), Bootstrap Methods and their Application,
    section 3.8.
    """
    n_clusters = counts.shape[0]
    rng = np.random.default_rng(seed)
    drawn = [statistic(np.atleast_2d(np.asarray(counts.sum(axis=0), dtype=float)))]
    for start in range(0, replicates, _CHUNK):
        size = min(_CHUNK, replicates - start)
        weights = rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), size=size)
        drawn.append(statistic(np.asarray((counts.T @ weights.T).T, dtype=float)))
    return np.concatenate(drawn)


def percentile_intervals(drawn: Floats, n_clusters: ArrayLike, level: float = 0.95) -> list[Interval]:
    """Value and percentile limits per column of `clustered_replicates`.

    Parameters
    ----------
    drawn : ndarray of float, shape (1 + replicates, n_statistics)
    n_clusters : int or array_like of int, shape (n_statistics,)
        Clusters behind each statistic, such as the stories with the frame for its recall. With fewer than five a
        bootstrap says nothing and the limits are NaN; likewise where more than a twentieth of the replicates are
        undefined, and where all replicates are 0 or all 1, as of scores without any error, which leaves nothing to
        doubt.
    level : float
        Of the intervals, 0 to 1.
    """
    certain = np.isin(drawn[0], (0, 1)) & (np.isnan(drawn[1:]) | np.isclose(drawn[1:], drawn[0])).all(axis=0)
    enough = np.broadcast_to(np.asarray(n_clusters) >= MIN_CLUSTERS, drawn.shape[1:])
    limits = np.full((2, drawn.shape[1]), np.nan)
    defined = np.count_nonzero(~np.isnan(drawn[1:]), axis=0)
    usable = enough & ~certain & (defined > 0) & (defined >= (1 - MOST_UNDEFINED) * (len(drawn) - 1))
    limits[:, usable] = np.nanquantile(drawn[1:, usable], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [Interval(*row) for row in np.column_stack([drawn[0], *limits]).tolist()]
