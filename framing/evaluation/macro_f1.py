"""Macro-F1 of several predictions of the same sentences, and their differences."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from framing.bootstrap import Interval, clustered_replicates, percentile_intervals
from framing.decisions import decision_counts, macro_f1, precision_recall_f1, sum_by_story


def macro_f1s(
    predictions: Sequence[NDArray[np.bool_]], actual: NDArray[np.bool_], stories: Sequence[str], level: float
) -> list[Interval]:
    """Macro-F1 of each prediction, then of the first minus each of the others, whole stories resampled."""
    _, clusters = np.unique(np.asarray(stories), return_inverse=True)
    counts = np.hstack([decision_counts(predicted, actual) for predicted in predictions])
    summed = sum_by_story(counts, clusters)
    f1 = clustered_replicates(summed, precision_recall_f1)[:, 2::3]
    scores = np.column_stack([macro_f1(part) for part in np.split(f1, len(predictions), axis=1)])
    return percentile_intervals(np.hstack([scores, scores[:, :1] - scores[:, 1:]]), len(summed), level)
