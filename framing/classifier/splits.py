"""Splits that keep a story on one side, so that no copy of a training sentence is tested."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


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
    from sklearn.model_selection import StratifiedGroupKFold

    folds = max(2, min(round(1 / share), len(set(stories))))
    combination = frames @ (1 << np.arange(frames.shape[1]))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    import warnings

    with warnings.catch_warnings():
        # A rare combination of frames may be in fewer stories than there are folds; it is then in some of them.
        warnings.filterwarnings("ignore", message="The least populated class")
        large, small = next(splitter.split(frames, combination, np.asarray(stories)))
    return np.sort(large), np.sort(small)
