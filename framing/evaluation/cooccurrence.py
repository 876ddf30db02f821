"""Which frames go together in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from framing.errors import FramingError


@dataclass(frozen=True)
class CoOccurrence:
    """Frame `b` in the sentences that carry frame `a`.

    Parameters
    ----------
    a, b : str
    n : int
        Sentences with both.
    share : float
        Of the sentences with `a`, those that also have `b`, 0 to 1; NaN if none has `a`.
    lift : float
        `share` over the share of all sentences that have `b`; 1 if the frames are independent, NaN if none has
        `a` or none has `b`.
    """

    a: str
    b: str
    n: int
    share: float
    lift: float


def cooccurrence(decisions: ArrayLike, names: Sequence[str]) -> list[CoOccurrence]:
    """Count for each ordered pair of frames how often they share a sentence.

    Parameters
    ----------
    decisions : array_like of bool, shape (n_sentences, n_frames)
        0 or 1, without missing values.
    names : sequence of str, length n_frames

    Returns
    -------
    list of CoOccurrence
        By `a`, then `b`, in the order of `names`.

    Raises
    ------
    FramingError
        If decisions are not 0 or 1, or not as many to a sentence as there are names.
    """
    carried = np.asarray(decisions, dtype=float)
    if carried.ndim != 2 or carried.shape[1] != len(names):
        raise FramingError(f"decisions: expected {len(names)} per sentence, one a frame, found shape {carried.shape}")
    wrong = np.flatnonzero(~np.isin(carried, (0, 1)).all(axis=1))
    if len(wrong):
        raise FramingError(
            f"decisions: {len(wrong)} sentences have values that are not 0 or 1, the first at position {wrong[0]}; "
            "give decisions, not probabilities"
        )
    both = carried.T @ carried
    with np.errstate(invalid="ignore", divide="ignore"):
        share = both / np.diag(both)[:, None]
        lift = share / (np.diag(both) / len(carried))
    return [
        CoOccurrence(str(names[a]), str(names[b]), int(both[a, b]), float(share[a, b]), float(lift[a, b]))
        for a in range(len(names))
        for b in range(len(names))
        if a != b
    ]
