"""Macro-F1 of several predictions of the same sentences, and their differences."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.bootstrap import Interval, clustered_replicates, percentile_intervals
from framing.evaluation.decisions import decision_counts, precision_recall_f1, sum_by_story


def macro_f1s(
    predictions: Sequence[NDArray[np.bool_]], actual: NDArray[np.bool_], stories: Sequence[str], level: float
) -> list[Interval]:
    """Macro-F1 of each prediction, then of the first minus each of the others, whole stories resampled."""
    _, clusters = np.unique(np.asarray(stories), return_inverse=True)
    counts = np.hstack([decision_counts(predicted, actual) for predicted in predictions])

    def statistic(sums: Floats) -> Floats:
        parts = np.split(sums, len(predictions), axis=1)
        scores = np.column_stack([precision_recall_f1(part)[:, -1] for part in parts])
        return np.hstack([scores, scores[:, :1] - scores[:, 1:]])

    summed = sum_by_story(counts, clusters)
    return percentile_intervals(clustered_replicates(summed, statistic), len(summed), level)
