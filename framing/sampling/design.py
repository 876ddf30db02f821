"""The sampling design: two stages within strata, every inclusion probability exact and known.

Stories are drawn with probability proportional to size, then sentences in each, both by randomised systematic
sampling: Goodman and Kish (1950), Controlled selection, Journal of the American Statistical Association 45,
350-372; two stages in Särndal, Swensson and Wretman (1992), Model assisted survey sampling, chapter 4.
"""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes, Floats

BAND_EDGES = (0.15, 0.5)
BANDS = ("low", "middle", "high")


@dataclass(frozen=True)
class Draw:
    """A sample and its design.

    Parameters
    ----------
    rows : ndarray of int, shape (n_drawn,)
        Positions of the drawn sentences, in random order.
    inclusion_probability : ndarray of float, shape (n_sentences,)
        Of every sentence of the population, above 0 to 1; within a stratum they sum to the expected sample size.
    per_story : ndarray of int, shape (n_strata,)
        Most sentences drawn of a story; more than asked for where a stratum has too few stories for its share.
    """

    rows: Codes
    inclusion_probability: Floats
    per_story: Codes


def draw(size: Floats, stratum: Codes, story: Codes, n: Codes, per_story: int, generator: np.random.Generator) -> Draw:
    """Draw stories within strata, then sentences within the drawn stories.

    Parameters
    ----------
    size : ndarray of float, shape (n_sentences,)
        Above 0; only ratios within a stratum matter.
    stratum, story : ndarray of int, shape (n_sentences,)
        Codes from 0; a story in two strata counts as one story in each.
    n : ndarray of int, shape (n_strata,)
        Sentences wanted per stratum, at most its number of sentences.
    per_story : int
        Sentences of a drawn story; stories with fewer are taken whole.
    generator : numpy.random.Generator

    Notes
    -----
    With s the sizes, S_u their sum in story u and S in the stratum, m stories and k sentences per story::

        pi_u = m S_u / S,   pi_i|u = k s_i / S_u,   pi_i = pi_u pi_i|u

    where any probability that would exceed 1 is 1 and the others are rescaled. m is the number of stories whose
    expected number of sentences is nearest to `n`, so the sample may be some sentences larger or smaller.
    """
    n_stories = int(story.max()) + 1
    keys, unit, count = np.unique(stratum * n_stories + story, return_inverse=True, return_counts=True)
    unit_stratum = keys // n_stories
    unit_size = _sums(unit, size, len(keys))
    m, k = _stage_sizes(unit_size, unit_stratum, count, n, per_story)
    pi_unit = inclusion_probabilities(unit_size, unit_stratum, m)
    pi_within = inclusion_probabilities(size, unit, k[unit_stratum])
    drawn = np.zeros(len(keys), dtype=bool)
    drawn[systematic_pps(pi_unit, unit_stratum, generator)] = True
    candidates = np.flatnonzero(drawn[unit])
    rows = candidates[systematic_pps(pi_within[candidates], unit[candidates], generator)]
    return Draw(generator.permutation(rows), pi_unit[unit] * pi_within, k)


def stories_to_draw(stratum: Codes, story: Codes, n: Codes, per_story: int) -> Codes:
    """Stories per stratum that `draw` takes of sentences of equal size, shape (n_strata,); parameters as there."""
    n_stories = int(story.max()) + 1
    keys, count = np.unique(stratum * n_stories + story, return_counts=True)
    m, _ = _stage_sizes(count.astype(np.float64), keys // n_stories, count, n, per_story)
    return m


def inclusion_probabilities(size: Floats, group: Codes, n: Codes) -> Floats:
    """Probabilities proportional to size that sum to `n` in each group, none above 1.

    Parameters
    ----------
    size : ndarray of float, shape (n_units,)
        Above 0.
    group : ndarray of int, shape (n_units,)
        Codes from 0.
    n : ndarray of int, shape (n_groups,)
        Units to draw per group; a group with no more units than that is taken whole.

    Returns
    -------
    ndarray of float, shape (n_units,)
        Units whose share of `n` reaches 1 are certain, and the rest share what is left, until none exceeds 1.
    """
    pi = np.ones(len(size))
    free = (np.bincount(group, minlength=len(n)) > n)[group]
    over = free
    while over.any():
        left = n - np.bincount(group[~free], minlength=len(n))
        total = _sums(group[free], size[free], len(n))
        pi[free] = left[group[free]] * size[free] / total[group[free]]
        over = free & (pi >= 1)
        pi[over] = 1.0
        free &= ~over
    return pi


def systematic_pps(pi: Floats, group: Codes, generator: np.random.Generator) -> Codes:
    """Randomised systematic sampling: fixed size in each group, exactly the given inclusion probabilities.

    Units are put in random order and laid end to end, each as long as its probability; from a random start in
    the first unit of length every whole step hits the unit that is drawn.

    Parameters
    ----------
    pi : ndarray of float, shape (n_units,)
        Above 0 to 1; sums to a whole number in each group.
    group : ndarray of int, shape (n_units,)

    Returns
    -------
    ndarray of int
        Positions of the drawn units.
    """
    order = np.lexsort((generator.random(len(pi)), group))
    _, first, member, count = np.unique(group[order], return_index=True, return_inverse=True, return_counts=True)
    before = np.concatenate([[0.0], np.cumsum(pi[order])])
    upper = before[1:] - before[first][member]
    last = first + count - 1
    upper[last] = np.rint(upper[last])  # so that rounding cannot change the size of the sample
    lower = np.concatenate([[0.0], upper[:-1]])
    lower[first] = 0.0
    start = 1.0 - generator.random(len(first))[member]
    hit = np.floor(upper - start) > np.floor(lower - start)
    return np.asarray(order[hit])


def equal_shares(n: int, available: Codes) -> Codes:
    """Share `n` equally; a stratum with less than its share gives all it has, and the others share the rest.

    Parameters
    ----------
    n : int
    available : ndarray of int, shape (n_strata,)

    Returns
    -------
    ndarray of int, shape (n_strata,)
        Sums to `n`, or to all there is if that is less; what does not divide goes to the largest strata.
    """
    shares = np.zeros_like(available)
    left = n
    ascending = np.argsort(available, kind="stable")
    for position, i in enumerate(ascending):
        shares[i] = min(available[i], left // (len(available) - position))
        left -= shares[i]
    return shares


def score_bands(scores: Floats) -> Codes:
    """Band of each sentence by its highest frame probability: 0 below .15, 1 below .5, 2 from there.

    Parameters
    ----------
    scores : ndarray of float, shape (n_sentences, n_frames)
    """
    return np.asarray(np.digitize(scores.max(axis=1), BAND_EDGES))


def band_sizes(stratum: Codes, band: Codes, uniform_share: float) -> Floats:
    """Sizes that spread the sample over the bands of a stratum, and still reach every sentence.

    Parameters
    ----------
    stratum, band : ndarray of int, shape (n_sentences,)
        Codes from 0.
    uniform_share : float
        0 to 1; with 1 all sentences of a stratum have the same size.

    Returns
    -------
    ndarray of float, shape (n_sentences,)
        ``u / N + (1 - u) / (B N_b)`` with u the uniform share, N the sentences of the stratum, B its bands and
        N_b the sentences of the band; sums to 1 in each stratum.
    """
    n_bands = int(band.max()) + 1
    cell = stratum * n_bands + band
    in_cell = np.bincount(cell, minlength=(int(stratum.max()) + 1) * n_bands)
    bands_present = (in_cell.reshape(-1, n_bands) > 0).sum(axis=1)
    in_stratum = np.bincount(stratum)
    even, by_band = 1 / in_stratum[stratum], 1 / (bands_present[stratum] * in_cell[cell])
    return np.asarray(uniform_share * even + (1 - uniform_share) * by_band)


def _sums(group: Codes, values: NDArray[np.generic], n_groups: int) -> Floats:
    """Sum of the values of each group."""
    return np.asarray(np.bincount(group, values, minlength=n_groups), dtype=np.float64)


def _stage_sizes(unit_size: Floats, unit_stratum: Codes, count: Codes, n: Codes, per_story: int) -> tuple[Codes, Codes]:
    """Stories to draw, and sentences to draw of each, per stratum."""
    m, k = np.zeros_like(n), np.zeros_like(n)
    bounds = np.searchsorted(unit_stratum, np.arange(len(n) + 1))
    for i, wanted in enumerate(n):
        own = slice(bounds[i], bounds[i + 1])
        k[i] = _sentences_per_story(count[own], wanted, per_story)
        m[i] = _number_of_stories(unit_size[own], np.minimum(count[own], k[i]), wanted)
    return m, k


def _sentences_per_story(count: Codes, n: int, per_story: int) -> int:
    """`per_story`, or as many more as it takes to get `n` out of all stories."""
    return bisect_left(range(int(count.max()) + 1), n, lo=per_story, key=lambda k: np.minimum(count, k).sum())


def _number_of_stories(size: Floats, sentences: Codes, n: int) -> int:
    """Number of stories whose expected number of sentences is nearest to `n`."""
    one_group = np.zeros(len(size), dtype=np.intp)

    def expected(m: int) -> float:
        return float(inclusion_probabilities(size, one_group, np.array([m])) @ sentences)

    enough = bisect_left(range(len(size)), float(n), lo=1, key=expected)
    return min(max(enough - 1, 1), enough, key=lambda m: abs(expected(m) - n))
