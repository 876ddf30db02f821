"""Precision, recall and F1 of decisions, from counts that can be summed by story and resampled."""

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes, Floats


def decision_counts(predicted: NDArray[np.bool_], actual: NDArray[np.bool_]) -> Floats:
    """Hits, predicted and actual of each frame, one after the other, shape (n_sentences, 3 * n_frames)."""
    return np.stack([predicted & actual, predicted, actual], axis=2).reshape(len(actual), -1).astype(float)


def sum_by_story(counts: Floats, clusters: Codes, weights: Floats | None = None) -> Floats:
    """Weighted sums of counts, shape (n_stories, n_counts)."""
    summed = np.zeros((clusters.max() + 1, counts.shape[1]))
    np.add.at(summed, clusters, counts if weights is None else counts * weights[:, None])
    return summed


def precision_recall_f1(sums: Floats) -> Floats:
    """Scores of summed `decision_counts`: precision, recall and F1 of each frame, one after the other.

    Returns
    -------
    ndarray of float, shape (len(sums), 3 * n_frames)
        NaN where undefined: precision of a frame that is never predicted, recall of one that gold never has, and F1
        of one that neither has.
    """
    hits, predicted, actual = np.moveaxis(sums.reshape(len(sums), -1, 3), 2, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.stack([hits / predicted, hits / actual, 2 * hits / (predicted + actual)], axis=2)
    return scores.reshape(len(sums), -1)


def macro_f1(f1: Floats) -> Floats:
    """Mean F1 over the frames that have one throughout the first row; over others it would be another statistic.

    Parameters
    ----------
    f1 : ndarray of float, shape (n, ..., n_frames)
        First that of all stories, as from `framing.bootstrap.clustered_replicates`.

    Returns
    -------
    ndarray of float, shape (n, ...)
        NaN where one of these frames is undefined, everywhere if there is none.
    """
    defined = ~np.isnan(f1[0]).any(axis=tuple(range(f1.ndim - 2)))
    return f1[..., defined].mean(axis=-1) if defined.any() else np.full(f1.shape[:-1], np.nan)


def two_decimals(score: float) -> str:
    """A score as it is printed, without a minus before zero; a dash where it is undefined."""
    return "-" if np.isnan(score) else f"{score:z.2f}"
