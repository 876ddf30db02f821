"""Per-label thresholds from held-out probabilities."""

import numpy as np
from numpy.typing import NDArray

DEFAULT = 0.5
MIN_POSITIVES = 5
_LOWEST, _HIGHEST = 0.1, 0.9


def best_threshold(probabilities: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Threshold with the highest F1.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n,)
    positive : ndarray of bool, shape (n,)

    Returns
    -------
    float
        Between .1 and .9; .5 when there are fewer than five positives to learn it from. Of thresholds with
        equal F1 the one nearest .5.
    """
    if positive.sum() < MIN_POSITIVES:
        return DEFAULT
    candidates = np.round(np.arange(_LOWEST, _HIGHEST + 0.005, 0.01), 2)
    predicted = probabilities[:, None] >= candidates
    hits = (predicted & positive[:, None]).sum(axis=0)
    f1 = 2 * hits / np.maximum(predicted.sum(axis=0) + positive.sum(), 1)
    best = candidates[f1 >= f1.max() - 1e-12]
    return float(best[np.argmin(np.abs(best - DEFAULT))])
