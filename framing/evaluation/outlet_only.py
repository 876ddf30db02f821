"""Frames guessed from the outlet's name alone: what a classifier could score without reading a sentence."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes, Floats


def outlet_only(
    frames: NDArray[np.bool_], outlets: Sequence[str], stories: Sequence[str], *, folds: int, seed: int
) -> NDArray[np.bool_]:
    """Predict frames from outlets, cross-validated over stories.

    A sentence has a frame if its outlet's share of sentences with it, among those learned from and moved toward the
    overall share by one sentence, reaches the threshold with the highest F1 there; so would logistic regression on
    the outlets' names decide. An outlet that is not among those learned from has the overall share.

    Parameters
    ----------
    frames : ndarray of bool, shape (n_sentences, n_frames)
    outlets, stories : sequence of str, length n_sentences
    folds : int
        At least 2; no more than there are stories are used.
    seed : int
        Of the folds.

    Returns
    -------
    ndarray of bool, shape (n_sentences, n_frames)
    """
    from framing.classifier.splits import deal

    names, outlet = np.unique(np.asarray(outlets), return_inverse=True)
    dealt = deal(frames, stories, min(folds, len(set(stories))), seed)
    predicted = np.zeros_like(frames)
    for fold in np.unique(dealt):
        learned, tested = dealt != fold, dealt == fold
        for i, column in enumerate(frames.T):
            tagged = _tagged(column[learned].astype(float), outlet[learned], len(names))
            predicted[tested, i] = tagged[outlet[tested]]
    return predicted


def _tagged(positive: Floats, outlet: Codes, n_outlets: int) -> NDArray[np.bool_]:
    """Outlets whose sentences are all tagged, shape (n_outlets,)."""
    if not positive.any():
        return np.zeros(n_outlets, dtype=bool)
    hits, sizes = np.bincount(outlet, positive, n_outlets), np.bincount(outlet, minlength=n_outlets)
    share = (hits + positive.mean()) / (sizes + 1)
    order = np.argsort(-share)
    f1 = 2 * np.cumsum(hits[order]) / (np.cumsum(sizes[order]) + hits.sum())
    return np.asarray(share >= share[order[np.argmax(f1)]])
