"""Probabilities that mean what they say: a logistic curve per label, fitted on sentences the network did not see."""

import numpy as np
from numpy.typing import NDArray

MIN_SENTENCES = 20
_IDENTITY = (1.0, 0.0)
_EDGE = 1e-6
_TEMPERATURES = (0.2, 5.0)


def fit_calibration(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Slope and intercept per label on the scale of log odds.

    Platt (1999), Probabilistic outputs for support vector machines, with the log odds of the network as its score, and
    0 and 1 as targets: his smoothed ones guard against few sentences, for which there is no curve here.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n, n_labels)
        Of sentences that the network did not learn from.
    labels : ndarray of bool, shape (n, n_labels)

    Returns
    -------
    ndarray of float, shape (n_labels, 2)
        1 and 0, which change nothing, for a label with fewer than 20 sentences that have it or that lack it.
    """
    return np.array([_fit_one(p, y) for p, y in zip(probabilities.T, labels.T, strict=True)])


def calibrate(probabilities: NDArray[np.float64], calibration: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply `fit_calibration`'s curves; order within a label is kept.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n, n_labels)
    calibration : ndarray of float, shape (n_labels, 2)
    """
    slope, intercept = calibration.T
    unchanged = (slope == 1) & (intercept == 0)
    changed = 1 / (1 + np.exp(-(slope * log_odds(probabilities) + intercept)))
    return np.where(unchanged, probabilities, changed)


def calibrate_by_fold(
    probabilities: NDArray[np.float64], labels: NDArray[np.bool_], folds: NDArray[np.intp], n_folds: int
) -> NDArray[np.float64]:
    """Calibrated probabilities of each fold's sentences, by curves that were fitted on all other folds."""
    calibrated = np.empty_like(probabilities)
    for fold in range(n_folds):
        inside = folds == fold
        calibrated[inside] = calibrate(probabilities[inside], fit_calibration(probabilities[~inside], labels[~inside]))
    return calibrated


def fit_temperature(probabilities: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
    """Temperature by which exclusive labels are likeliest.

    Guo et al. (2017), On calibration of modern neural networks, ICML, section 4.2.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n, n_labels)
        Of sentences that the network did not learn from; rows sum to 1.
    labels : ndarray of int, shape (n,)
        Position of the label that each has.

    Returns
    -------
    float
        Above 1 if the network is too sure; 1, which changes nothing, for fewer than 20 sentences.
    """
    from scipy.optimize import minimize_scalar

    if len(labels) < MIN_SENTENCES:
        return 1.0
    rows = np.arange(len(labels))

    def loss(temperature: float) -> float:
        return float(-np.log(np.maximum(tempered(probabilities, temperature)[rows, labels], _EDGE)).mean())

    return float(minimize_scalar(loss, bounds=_TEMPERATURES, method="bounded").x)


def tempered(probabilities: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Probabilities of exclusive labels, shape (n, n_labels), after their logits are divided by a temperature."""
    powers = np.maximum(probabilities, np.finfo(float).tiny) ** (1 / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _fit_one(probability: NDArray[np.float64], positive: NDArray[np.bool_]) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression

    if min(positive.sum(), (~positive).sum()) < MIN_SENTENCES:
        return _IDENTITY
    model = LogisticRegression(C=1e6).fit(log_odds(probability)[:, None], positive)
    slope = float(model.coef_[0, 0])
    return (slope, float(model.intercept_[0])) if slope > 0 else _IDENTITY


def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds, between -14 and 14."""
    clipped = np.clip(probability, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(clipped / (1 - clipped)))
