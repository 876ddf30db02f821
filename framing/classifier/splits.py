"""Splits that keep a story on one side, so that no copy of a training sentence is tested."""

import warnings
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


def deal(frames: NDArray[np.bool_], stories: Sequence[str], folds: int, seed: int) -> Rows:
    """Deal stories to folds with about equal frame shares.

    Parameters
    ----------
    frames : ndarray of bool, shape (n_sentences, n_frames)
    stories : sequence of str, length n_sentences
    folds : int
        At least 2, at most the number of stories; no fold is empty.
    seed : int

    Returns
    -------
    ndarray of int, shape (n_sentences,)
        Fold of each sentence, 0 to folds - 1.
    """
    combination = frames @ (1 << np.arange(frames.shape[1]))
    if np.unique(combination, return_counts=True)[1].max() < folds:
        combination[:] = 0  # every combination of frames is too rare to be balanced: balance the sizes alone
    dealt = _dealt(combination, stories, folds, seed)
    if len(np.unique(dealt)) < folds:  # stories of very different sizes: balance the sizes alone
        dealt = _dealt(np.zeros_like(combination), stories, folds, seed)
    return dealt


def _dealt(combination: Rows, stories: Sequence[str], folds: int, seed: int) -> Rows:
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    dealt = np.empty(len(combination), dtype=np.intp)
    with warnings.catch_warnings():
        # A rare combination of frames may be in fewer stories than there are folds; it is then in some of them.
        warnings.filterwarnings("ignore", message="The least populated class")
        for fold, (_, inside) in enumerate(splitter.split(combination, combination, np.asarray(stories))):
            dealt[inside] = fold
    return dealt


def hold_out(frames: NDArray[np.bool_], stories: Sequence[str], share: float, seed: int) -> tuple[Rows, Rows]:
    """Split sentences in two, by story, with about equal frame shares on both sides.

    Parameters
    ----------
    frames : ndarray of bool, shape (n_sentences, n_frames)
    stories : sequence of str, length n_sentences
    share : float
        Of the stories on the second side, 0 to 0.5.
    seed : int

    Returns
    -------
    (ndarray of int, ndarray of int)
        Positions of the larger and the smaller side, sorted.
    """
    dealt = deal(frames, stories, max(2, min(round(1 / share), len(set(stories)))), seed)
    return np.flatnonzero(dealt != 0), np.flatnonzero(dealt == 0)


def on_one_side(texts: Sequence[str], sides: Sequence[Hashable]) -> NDArray[np.bool_]:
    """Tell of each sentence whether its very text is on its own side only, shape (n_sentences,)."""
    found: dict[str, set[Hashable]] = {}
    for text, side in zip(texts, sides, strict=True):
        found.setdefault(text, set()).add(side)
    return np.array([len(found[text]) == 1 for text in texts], dtype=bool)
