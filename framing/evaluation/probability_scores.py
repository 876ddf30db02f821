"""Scores of probabilities: average precision, Brier score, expected calibration error."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import eye_array

from framing.arrays import Codes, Floats
from framing.bootstrap import Interval, clustered_replicates, percentile_intervals

REPLICATES = 500
MOST_BINS = 10
SENTENCES_PER_BIN = 10


def probability_scores(
    probability: Floats,
    actual: NDArray[np.bool_],
    clusters: Codes,
    *,
    weights: Floats | None = None,
    level: float = 0.95,
) -> tuple[Interval, Interval, Interval]:
    """Average precision, Brier score and expected calibration error of one frame, resampling whole stories.

    Parameters
    ----------
    probability : ndarray of float, shape (n_sentences,)
        0 to 1.
    actual : ndarray of bool, shape (n_sentences,)
    clusters : ndarray of int, shape (n_sentences,)
        Story of each sentence, from 0, none left out.
    weights : ndarray of float, shape (n_sentences,), optional
        Above 0; one over the probability with which each sentence was drawn.
    level : float

    Returns
    -------
    (Interval, Interval, Interval)
        Average precision is NaN where no sentence has the frame, its limits where fewer than five stories have it;
        those of the other two where fewer than five have it or lack it, as they claim too much then.

    Notes
    -----
    Average precision is the sum over distinct probabilities, from high to low, of precision times the gain in recall,
    without interpolation (as scikit-learn's `average_precision_score`). The Brier (1950) score is the mean squared
    difference of probability and coding.

    The expected calibration error (Naeini, Cooper and Hauskrecht, 2015, AAAI) is the mean over bins, weighted by their
    mass, of the distance between mean probability and share of coded sentences; here with bins of equal mass (Nixon et
    al., 2019, CVPR workshops, there adaptive calibration error): ten, or fewer so that each holds about ten sentences.
    Sentences of the same probability share a bin. Since distances cannot be negative, chance alone makes it larger
    than zero, the more the fewer the sentences, and each replicate adds chance of its own; so the replicates are moved
    to have the estimate as their mean before the limits are read off.
    """
    n_clusters = int(clusters.max()) + 1
    statistic = _statistic(probability, actual, clusters, weights)
    # A resample is a weight per story; with the identity in place of counts the statistic is given these weights.
    drawn = clustered_replicates(eye_array(n_clusters, format="csr"), statistic, replicates=REPLICATES)
    drawn[1:, 2] += drawn[0, 2] - drawn[1:, 2].mean()
    n_with, n_without = (len(np.unique(clusters[which])) for which in (actual, ~actual))
    rarer = min(n_with, n_without)
    precision, brier, ece = percentile_intervals(drawn, [n_with, rarer, rarer], level)
    return precision, brier, Interval(ece.value, float(np.maximum(ece.low, 0.0)), ece.high)


def equal_mass_bins(mass: Floats, n_bins: int) -> Codes:
    """Bin of each distinct probability, by the middle of its mass.

    Parameters
    ----------
    mass : ndarray of float, shape (n, n_probabilities)
        Weights of the distinct probabilities, in their order; each row is binned by itself.
    n_bins : int

    Returns
    -------
    ndarray of int, shape (n, n_probabilities)
        0 to n_bins - 1.
    """
    reached = np.cumsum(mass, axis=1)
    place = (reached - mass / 2) / reached[:, -1:]
    return np.minimum(n_bins * place, n_bins - 1).astype(np.intp)


def number_of_bins(n_sentences: int) -> int:
    """Ten, or fewer so that each holds about ten sentences; at least one."""
    return int(np.clip(n_sentences // SENTENCES_PER_BIN, 1, MOST_BINS))


def _statistic(
    probability: Floats, actual: NDArray[np.bool_], clusters: Codes, weights: Floats | None
) -> Callable[[Floats], Floats]:
    """Map weights of stories, shape (n, n_stories), to the three scores, shape (n, 3)."""
    order = np.argsort(-probability, kind="stable")
    p, y, story = probability[order], actual[order].astype(float), clusters[order]
    own = np.ones(len(order)) if weights is None else weights[order]
    starts = np.flatnonzero(np.append(True, np.diff(p) != 0))
    n_bins = number_of_bins(len(order))

    def scores(drawn: Floats) -> Floats:
        sentence = drawn[:, story] * own
        mass = np.add.reduceat(sentence, starts, axis=1)
        hits = np.add.reduceat(sentence * y, starts, axis=1)
        brier = sentence @ (p - y) ** 2 / sentence.sum(axis=1)
        return np.column_stack(
            [_average_precision(mass, hits), brier, _calibration_error(mass, hits, p[starts], n_bins)]
        )

    return scores


def _average_precision(mass: Floats, hits: Floats) -> Floats:
    found = np.cumsum(hits, axis=1)
    with np.errstate(invalid="ignore"):
        precision = np.nan_to_num(found / np.cumsum(mass, axis=1))  # 0 of 0 where nothing of the resample is reached
        return np.asarray((hits * precision).sum(axis=1) / found[:, -1])


def _calibration_error(mass: Floats, hits: Floats, probability: Floats, n_bins: int) -> Floats:
    """Sum over bins of the distance between summed probability and hits, over the whole mass."""
    row = np.arange(len(mass))[:, None]
    bins = (row * n_bins + equal_mass_bins(mass, n_bins)).ravel()
    excess = np.bincount(bins, (mass * probability - hits).ravel(), len(mass) * n_bins).reshape(-1, n_bins)
    return np.asarray(np.abs(excess).sum(axis=1) / mass.sum(axis=1))
