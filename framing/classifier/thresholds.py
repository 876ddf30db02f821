"""Per-label thresholds from held-out probabilities, and decisions by them."""

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


def best_thresholds(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """`best_threshold` of each label, shape (n_labels,); both arguments have shape (n, n_labels)."""
    return np.array([best_threshold(p, y) for p, y in zip(probabilities.T, labels.T, strict=True)])


def thresholds_by_fold(
    probabilities: NDArray[np.float64], labels: NDArray[np.bool_], folds: NDArray[np.intp], n_folds: int
) -> NDArray[np.float64]:
    """Thresholds for the sentences of each fold, chosen on the sentences of all other folds.

    So a sentence's own label, and those of its story, have no part in the choice of the threshold it is judged by.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n, n_labels)
        Out of fold.
    labels : ndarray of bool, shape (n, n_labels)
    folds : ndarray of int, shape (n,)
        0 to n_folds - 1.

    Returns
    -------
    ndarray of float, shape (n_folds, n_labels)
    """
    return np.stack([best_thresholds(probabilities[folds != fold], labels[folds != fold]) for fold in range(n_folds)])


def decide(probabilities: NDArray[np.float64], thresholds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each label applies; where the last one, boilerplate, does, no other does.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n, n_labels)
    thresholds : ndarray of float, shape (n_labels,) or (n, n_labels)
    """
    decided = probabilities >= thresholds
    decided[:, :-1] &= ~decided[:, -1:]
    return decided
