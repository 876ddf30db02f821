"""Recalibration: from classifier scores to probabilities of the frame in each outlet, cross-fitted by story."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from framing.arrays import Floats

FOLDS = 5
RIDGE = 1.0  # inverse penalty of slope and outlet terms; the pooled intercept is free
_EDGE = 1e-4  # a score of 0 or 1 would have no logit


def recalibrate(
    scores: ArrayLike,
    gold: ArrayLike,
    story: Sequence[object] | NDArray[np.generic],
    outlet: Sequence[object] | NDArray[np.generic],
    *,
    seed: int = 0,
) -> Floats:
    """Cross-fitted probability that a sentence has the frame, given its score and its outlet.

    Parameters
    ----------
    scores : array_like of float, shape (n_sentences,)
        Probability from the classifier, 0 to 1, out of fold where gold was used to train it.
    gold : array_like of float, shape (n_sentences,)
        1 or 0 where coded, NaN elsewhere.
    story, outlet : sequence, length n_sentences
    seed : int
        Of the deal.

    Returns
    -------
    ndarray of float, shape (n_sentences,)
        No sentence is scored by a model that saw its story: a sentence of a gold story gets the model of the
        other folds, all others the mean of the models.

    Notes
    -----
    Ridge logistic regression on the logit of the score with one slope for all outlets and shrunken outlet terms.
    Where a fold leaves gold of one kind only, its model is the smoothed share of positives.
    """
    x = np.clip(np.asarray(scores, dtype=float), _EDGE, 1 - _EDGE)
    x = np.log(x / (1 - x))
    y = np.asarray(gold, dtype=float)
    coded = ~np.isnan(y)
    _, member = np.unique(_plain(outlet), return_inverse=True)
    _, cluster = np.unique(_plain(story), return_inverse=True)
    fold = _deal(cluster, coded, seed)
    models = [_fit(x, y, member, coded & (fold != k)) for k in range(min(FOLDS, fold.max() + 1))]
    everywhere = np.stack([_predict(model, x, member) for model in models])
    result: Floats = everywhere.mean(axis=0)
    dealt = fold >= 0
    result[dealt] = everywhere[fold[dealt], np.flatnonzero(dealt)]
    return result


def _plain(names: Sequence[object] | NDArray[np.generic]) -> NDArray[np.generic]:
    """Codes as they are, anything else as text, which sorts whatever it was."""
    values = np.asarray(names)
    return values if np.issubdtype(values.dtype, np.integer) else values.astype(str)


def _deal(cluster: NDArray[np.intp], coded: NDArray[np.bool_], seed: int) -> NDArray[np.intp]:
    """Fold of each sentence of a gold story; -1 for sentences of stories without gold."""
    of_story = np.full(cluster.max() + 1, -1)
    stories = np.random.default_rng(seed).permutation(np.unique(cluster[coded]))
    of_story[stories] = np.arange(len(stories)) % FOLDS
    return of_story[cluster]


_Model = tuple[float, float, Floats]


def _fit(x: Floats, y: Floats, member: NDArray[np.intp], rows: NDArray[np.bool_]) -> _Model:
    """Intercept, slope, and a term per outlet."""
    from scipy.sparse import csr_array, hstack
    from sklearn.linear_model import LogisticRegression

    n_outlets = member.max() + 1
    positives, n = float(y[rows].sum()), int(rows.sum())
    if positives in {0.0, float(n)}:
        share = (positives + 0.5) / (n + 1)
        return float(np.log(share / (1 - share))), 0.0, np.zeros(n_outlets)
    dummies = csr_array((np.ones(n), (np.arange(n), member[rows])), shape=(n, n_outlets))
    model = LogisticRegression(C=RIDGE, max_iter=1000)
    model.fit(hstack([csr_array(x[rows, None]), dummies]).tocsr(), y[rows])
    return float(model.intercept_[0]), float(model.coef_[0, 0]), np.asarray(model.coef_[0, 1:])


def _predict(model: _Model, x: Floats, member: NDArray[np.intp]) -> Floats:
    intercept, slope, terms = model
    result: Floats = 1 / (1 + np.exp(-(intercept + slope * x + terms[member])))
    return result
