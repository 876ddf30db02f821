"""Exact limits of proportions, for where a variance cannot be estimated: rare cases, and shares of 0 or 1."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from framing.arrays import Codes, Floats
from framing.bootstrap import Interval
from framing.decisions import sum_by_story

ICC = 0.10  # intraclass correlation assumed where there is too little to estimate a variance, and in plans


def exact_limits(positive: Floats, n: Floats, m: NDArray[np.intp], level: float) -> tuple[Floats, Floats]:
    """Exact binomial limits at the effective sample size: Clopper and Pearson (1934), Biometrika 26, 404-413.

    Parameters
    ----------
    positive, n : ndarray of float, shape (n_proportions,)
        Sentences that count, of how many.
    m : ndarray of int, shape (n_proportions,)
        Stories they are from; the effective sample size is n / (1 + (n/m - 1) * 0.10).
    level : float
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = n / (1 + (n / m - 1) * ICC)
        hits = positive * effective / n
        low = np.where(hits > 0, stats.beta.ppf((1 - level) / 2, hits, effective - hits + 1), 0.0)
        high = np.where(positive < n, stats.beta.ppf((1 + level) / 2, hits + 1, effective - hits), 1.0)
    return low, high


def difference_limits(a: tuple[Floats, Floats, Floats], b: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    """Limits of a difference of independent estimates from the limits of both.

    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702:
    ``d - sqrt((a - a_low)^2 + (b_high - b)^2)`` and ``d + sqrt((a_high - a)^2 + (b - b_low)^2)``, with d = a - b.

    Parameters
    ----------
    a, b : tuple of ndarray of float, shape (n_differences,)
        Estimate, low, and high.
    """
    (one, one_low, one_high), (two, two_low, two_high) = a, b
    difference = one - two
    return difference - np.hypot(one - one_low, two_high - two), difference + np.hypot(one_high - one, two - two_low)


def limits_at_edges(share: Floats, n: Floats, m: NDArray[np.intp], level: float) -> Floats:
    """Exact limits where a share is 0 or 1 and its sentences are of two stories or more; NaN elsewhere.

    There every resample has the same share and every variance is zero, which would leave nothing to doubt.

    Returns
    -------
    ndarray of float, shape (2, n_proportions)
    """
    edge = ((share == 0) | (share == 1)) & (m > 1)
    return np.where(edge, exact_limits(np.where(edge, share * n, np.nan), n, m, level), np.nan)


def exact_at_edges(shares: Sequence[Interval], n: Floats, m: NDArray[np.intp], level: float) -> list[Interval]:
    """The intervals given, with exact limits where `limits_at_edges` has them."""
    return _with_limits(shares, limits_at_edges(_values(shares), n, m, level))


def exact_scores_at_edges(
    scores: Sequence[Interval],
    predicted: NDArray[np.bool_],
    actual: NDArray[np.bool_],
    clusters: Codes,
    level: float,
) -> list[Interval]:
    """Precision, recall and F1 of each frame, with exact limits where they are 0 or 1.

    Notes
    -----
    Precision and recall are proportions of the sentences predicted and actual, and F1 = 2 J / (1 + J) rises with the
    Jaccard index J, the proportion of hits among the sentences that are predicted or actual; its limits are those of J.
    """
    cases = np.stack([predicted, actual, predicted | actual], axis=2).reshape(len(actual), -1).astype(float)
    n, m = cases.sum(axis=0), np.count_nonzero(sum_by_story(cases, clusters), axis=0)
    exact = limits_at_edges(_values(scores), n, m, level)
    exact[:, 2::3] = 2 * exact[:, 2::3] / (1 + exact[:, 2::3])
    return _with_limits(scores, exact)


def _values(given: Sequence[Interval]) -> Floats:
    return np.array([each.value for each in given])


def _with_limits(given: Sequence[Interval], limits: Floats) -> list[Interval]:
    """The intervals given, with these limits, shape (2, n), where they are not NaN."""
    return [
        each if np.isnan(low) else Interval(each.value, low, high)
        for each, (low, high) in zip(given, limits.T.tolist(), strict=True)
    ]
