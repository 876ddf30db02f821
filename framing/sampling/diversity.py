"""A batch of sentences that are unlike each other, so that coders do not read the same thing again and again."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from framing.arrays import Codes
from framing.sampling.design import equal_shares

_COMPONENTS = 100


def diverse(texts: Sequence[str], stratum: Codes, *, n: int, seed: int) -> Codes:
    """Choose sentences that say different things: the first of each cluster of alike ones.

    Parameters
    ----------
    texts : sequence of str, length n_candidates
        The most wanted first.
    stratum : ndarray of int, shape (n_candidates,)
        Codes from 0.
    n : int
        Sentences wanted, shared equally over strata; each stratum has a cluster for each sentence of its share.
    seed : int
        Of the clusters.

    Returns
    -------
    ndarray of int
        Positions, ascending.

    Notes
    -----
    Zhdanov (2019), Diverse mini-batch active learning, arXiv:1901.05954: of the most informative candidates, one of
    each of n k-means clusters; there the one nearest to the centre, here the most wanted. Sentences are compared by
    TF-IDF of three and four letters in a row, which knows no language, reduced to 100 dimensions.
    """
    shares = equal_shares(n, np.bincount(stratum))
    if shares.sum() == len(texts):
        return np.arange(len(texts))
    features = _features(texts, seed)
    chosen = [np.empty(0, dtype=np.intp)]
    for code in np.flatnonzero(shares):
        own = np.flatnonzero(stratum == code)
        chosen.append(own[_first_of_clusters(features[own], int(shares[code]), seed)])
    return np.sort(np.concatenate(chosen))


def _features(texts: Sequence[str], seed: int) -> Any:
    """Rows of length 1; reduced to 100 dimensions where there are more of letter sequences and of sentences."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True).fit_transform(texts)
    if min(letters.shape) <= _COMPONENTS:
        return letters.toarray()
    return normalize(TruncatedSVD(_COMPONENTS, random_state=seed).fit_transform(letters))


def _first_of_clusters(features: Any, n: int, seed: int) -> Codes:
    """Position of the first row of each cluster; where rows are too alike for n clusters, more of the first rows."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than clusters
        clusters = KMeans(n, n_init=1, random_state=seed).fit_predict(features)
    first = np.unique(clusters, return_index=True)[1]
    others = np.setdiff1d(np.arange(len(features)), first)
    return np.concatenate([first, others[: n - len(first)]])
