"""Terms that set groups apart: words and bigrams that a group's stories use more than those of all others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from framing.arrays import Codes, Floats
from framing.evaluation.profiles import story_units

MIN_STORIES = 3
PRIOR_WEIGHT = 0.1  # of the pooled counts
# Letters only. Verbs before n't are left out whole, or "isn" and "don" would count as words.
_WORD = r"(?u)\b[^\W\d_]{3,}\b(?!['’]t\b)"


@dataclass(frozen=True)
class Term:
    """A word or bigram that distinguishes a group.

    Parameters
    ----------
    group, term : str
    z : float
        Log-odds-ratio of the group against all others over its standard deviation, above 0: for ranking, not a test.
    n_stories : int
        Stories of the group that use the term.
    n_stories_elsewhere : int
        Stories of the other groups that use it, a story once for each group that has it.
    """

    group: str
    term: str
    z: float
    n_stories: int
    n_stories_elsewhere: int


def distinctive_terms(
    texts: Sequence[str],
    story: ArrayLike,
    group: ArrayLike,
    names: Sequence[str],
    *,
    top: int = 8,
    most: int = 50_000,
    seed: int = 0,
) -> list[Term]:
    """Rank the terms of each group against all other groups; give it the sentences of one frame.

    Terms are words of at least three letters and bigrams of them, lower case, without English stop words. A story
    counts once per term and group, so that copies and long articles do not dominate. Words and bigrams of a group's
    name are left out everywhere, and so are terms that fewer than three of the group's stories use.

    Parameters
    ----------
    texts : sequence of str, length n_sentences
    story : array_like of int, shape (n_sentences,)
        Code of the story, 0 or above.
    group : array_like of int, shape (n_sentences,)
        Position in `names`; -1 leaves the sentence out.
    names : sequence of str, length n_groups
    top : int
        Terms per group.
    most : int
        Of more sentences than this so many are drawn at random, and the counts of stories are those of the draw.
    seed : int
        Of the draw.

    Returns
    -------
    list of Term
        In the order of `names`, the most distinctive first; at most `top` per group, none for groups without
        sentences or if fewer than two have any.

    Raises
    ------
    FramingError
        If lengths differ or a code is out of range.

    Notes
    -----
    Log-odds-ratio with informative Dirichlet prior: Monroe, Colaresi and Quinn (2008), Fightin' Words, Political
    Analysis 16, 372-403, equations 16, 20 and 22. With y the stories of a group that use a term, n their sum over
    terms, i the group and j all others::

        a     = 0.1 (y_i + y_j),   a0 = 0.1 (n_i + n_j)
        delta = log((y_i + a) / (n_i + a0 - y_i - a)) - log((y_j + a) / (n_j + a0 - y_j - a))
        z     = delta / sqrt(1 / (y_i + a) + 1 / (y_j + a))
    """
    rows, unit, owner = story_units(story, group, names, len(texts))
    if len(rows) > most:
        drawn = np.random.default_rng(seed).choice(len(rows), most, replace=False)
        rows, unit = rows[drawn], unit[drawn]
    if len(np.unique(owner[unit])) < 2:
        return []
    terms, counts = _story_counts([texts[i] for i in rows], unit, owner, names)
    total = np.asarray(counts.sum(axis=0))
    return [term for i in range(len(names)) for term in _ranked(str(names[i]), terms, counts[[i]], total, top)]


def _story_counts(
    texts: Sequence[str], unit: Codes, owner: Codes, names: Sequence[str]
) -> tuple[NDArray[np.object_], csr_array]:
    """Terms that some stories use, and how many of each group do, shape (n_groups, n_terms)."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(binary=True, ngram_range=(1, 2), stop_words="english", token_pattern=_WORD)
    analyze = vectorizer.build_analyzer()
    if not any(analyze(text) for text in texts):  # the vectorizer would raise
        return np.array([], dtype=object), csr_array((len(names), 0))
    used = _membership(unit, len(owner)) @ csr_array(vectorizer.fit_transform(texts))
    used.data[:] = 1
    counts = _membership(owner, len(names)) @ used
    kept = np.asarray(counts.sum(axis=0)) >= MIN_STORIES
    named = {term for name in names for term in analyze(str(name))} & vectorizer.vocabulary_.keys()
    kept[[vectorizer.vocabulary_[term] for term in named]] = False
    return vectorizer.get_feature_names_out()[kept], counts[:, kept]


def _membership(parent: Codes, n_parents: int) -> csr_array:
    """Matrix that sums rows by parent, shape (n_parents, len(parent))."""
    return csr_array((np.ones(len(parent)), (parent, np.arange(len(parent)))), shape=(n_parents, len(parent)))


def _ranked(group: str, terms: NDArray[np.object_], own: csr_array, total: Floats, top: int) -> list[Term]:
    """Terms of a group, given its row of the counts; equal z in alphabetical order."""
    enough = own.data >= MIN_STORIES
    columns, stories = own.indices[enough], own.data[enough]
    elsewhere = total[columns] - stories
    z = _log_odds_z(stories, elsewhere, own.sum(), total.sum() - own.sum())
    found = [
        Term(group, terms[column], float(z[i]), int(stories[i]), int(elsewhere[i]))
        for i, column in enumerate(columns)
        if z[i] > 0
    ]
    return sorted(found, key=lambda term: (-term.z, term.term))[:top]


def _log_odds_z(own: Floats, other: Floats, n_own: float, n_other: float) -> Floats:
    """Formula of `distinctive_terms`; NaN for a term that is the only one."""
    prior, prior_total = PRIOR_WEIGHT * (own + other), PRIOR_WEIGHT * (n_own + n_other)
    a, b = own + prior, other + prior
    with np.errstate(invalid="ignore", divide="ignore"):
        delta = np.log(a / (n_own + prior_total - a)) - np.log(b / (n_other + prior_total - b))
        return np.asarray(delta / np.sqrt(1 / a + 1 / b))
