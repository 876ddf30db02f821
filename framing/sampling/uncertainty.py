"""Sentences to learn from: those the model is least sure of. Picked, not drawn: they can enter no estimate."""

import numpy as np

from framing.arrays import Codes, Floats
from framing.sampling.design import equal_shares


def least_sure(
    scores: Floats, thresholds: Floats, stratum: Codes, story: Codes, text: Codes, *, n: int, per_story: int
) -> Codes:
    """Pick sentences whose score of a frame is nearest to its threshold: uncertainty sampling.

    Lewis and Gale (1994), A sequential algorithm for training text classifiers, SIGIR, 3-12.

    Parameters
    ----------
    scores : ndarray of float, shape (n_sentences, n_frames)
    thresholds : ndarray of float, shape (n_frames,)
    stratum, story, text : ndarray of int, shape (n_sentences,)
        Codes from 0; no text is picked twice.
    n : int
        Sentences wanted, shared equally over strata.
    per_story : int
        Most sentences of a story.

    Returns
    -------
    ndarray of int
        Positions, the least sure first.
    """
    order = np.argsort(np.abs(scores - thresholds).min(axis=1), kind="stable")
    order = order[_rank_within(text[order]) == 0]
    order = order[_rank_within(story[order]) < per_story]
    shares = equal_shares(n, np.bincount(stratum[order], minlength=int(stratum.max()) + 1))
    return np.asarray(order[_rank_within(stratum[order]) < shares[stratum[order]]])


def _rank_within(group: Codes) -> Codes:
    """How many of the same group come before each."""
    by_group = np.argsort(group, kind="stable")
    ordered = group[by_group]
    ranks = np.empty(len(group), dtype=np.intp)
    ranks[by_group] = np.arange(len(group)) - np.searchsorted(ordered, ordered)
    return ranks
