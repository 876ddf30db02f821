"""The inverse power law that learning curves follow."""

from dataclasses import dataclass

import numpy as np

from framing.arrays import Floats

_EXPONENTS = np.arange(0.01, 1.005, 0.01)


@dataclass(frozen=True)
class PowerLaw:
    """``F(n) = a - b n^-c``, one law or many at once.

    Parameters
    ----------
    a, b, c : ndarray of float, all of one shape
        The score that it nears (at most 1), what is missing at n = 1 (0 or more), and how fast that shrinks (.01 to 1).
    """

    a: Floats
    b: Floats
    c: Floats

    def at(self, n: float) -> Floats:
        """Scores after `n` sentences, of the shape of `a`."""
        return np.asarray(self.a - self.b * n**-self.c)


def fit_power_law(sizes: Floats, scores: Floats) -> PowerLaw:
    """Fit a law to every row of scores.

    Parameters
    ----------
    sizes : ndarray of float, shape (n_sizes,)
        Sentences learned from, above 0, ascending, at least three that differ.
    scores : ndarray of float, shape (..., n_sizes)
        0 to 1, or NaN.

    Returns
    -------
    PowerLaw
        Of shape (...); NaN where a score of the row is.

    Notes
    -----
    Weighted least squares of an inverse power law, later sizes with more weight since they say more about what comes:
    Figueroa et al. (2012), Predicting sample size required for classification performance, BMC Medical Informatics and
    Decision Making 12:8. Their weights grow with the rank of the size; here they are n^2, because the first some dozen
    sentences teach faster than the law of those that follow. On power laws among others: Viering and Loog (2022), The
    shape of learning curves: a review, IEEE Transactions on Pattern Analysis and Machine Intelligence 45, 7799-7819.

    The law is linear in a and b once c is given (Golub and Pereyra 1973, SIAM Journal on Numerical Analysis 10,
    413-432), so they have a closed form, and c is searched on a grid of .01: no starting values, no local minima,
    and all replicates of a bootstrap at once.
    """
    weights = sizes**2 / (sizes @ sizes)
    best, lowest = np.full((3, *scores.shape[:-1]), np.nan), np.full(scores.shape[:-1], np.inf)
    for c in _EXPONENTS:
        a, b = _given_exponent(sizes**-c, scores, weights)
        error = (scores - a[..., None] + b[..., None] * sizes**-c) ** 2 @ weights
        best = np.where(error < lowest, np.stack([a, b, np.full_like(a, c)]), best)
        lowest = np.minimum(error, lowest)
    return PowerLaw(*best)


def _given_exponent(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Best a and b of y = a - b x within a <= 1 and b >= 0; at most one of the two limits is in the way."""
    centred = x - x @ weights
    b = np.maximum(-(y @ (weights * centred)) / (centred**2 @ weights), 0)
    a = y @ weights + b * (x @ weights)
    b_below_one = (1 - y) @ (weights * x) / (x**2 @ weights)
    return np.minimum(a, 1), np.where(a > 1, b_below_one, b)
