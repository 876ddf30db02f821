"""Precision, recall and F1 of decisions, from counts that can be summed by story and resampled."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes, Floats
from framing.bootstrap import Interval
from framing.evaluation.proportions import limits_at_edges


def decision_counts(predicted: NDArray[np.bool_], actual: NDArray[np.bool_]) -> Floats:
    """Hits, predicted and actual of each frame, one after the other, shape (n_sentences, 3 * n_frames)."""
    return np.stack([predicted & actual, predicted, actual], axis=2).reshape(len(actual), -1).astype(float)


def sum_by_story(counts: Floats, clusters: Codes, weights: Floats | None = None) -> Floats:
    """Weighted sums of counts, shape (n_stories, n_counts)."""
    summed = np.zeros((clusters.max() + 1, counts.shape[1]))
    np.add.at(summed, clusters, counts if weights is None else counts * weights[:, None])
    return summed


def precision_recall_f1(sums: Floats) -> Floats:
    """Scores of summed `decision_counts`: precision, recall and F1 of each frame, then the mean of the defined F1.

    F1 is not defined for a frame that neither gold nor labels have.
    """
    hits, predicted, actual = np.moveaxis(sums.reshape(len(sums), -1, 3), 2, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.stack([hits / predicted, hits / actual, 2 * hits / (predicted + actual)], axis=2)
    defined = ~np.isnan(scores[:, :, 2])
    with np.errstate(invalid="ignore"):
        macro = np.nansum(scores[:, :, 2], axis=1, keepdims=True) / defined.sum(axis=1, keepdims=True)
    return np.concatenate([scores.reshape(len(sums), -1), macro], axis=1)


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
    value, *given = np.array([(score.value, score.low, score.high) for score in scores]).T
    exact = limits_at_edges(value, n, m, level)
    exact[:, 2::3] = 2 * exact[:, 2::3] / (1 + exact[:, 2::3])
    return [Interval(*row) for row in np.column_stack([value, *np.where(np.isnan(exact), given, exact)]).tolist()]
