"""Frame profiles of groups, the distances between them, and how far apart chance alone would put them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform
from scipy.special import entr

from framing.arrays import Codes, Floats
from framing.errors import FramingError

PERMUTATIONS = 200
NONE = "none"
_OPTIMAL_ORDER = 100  # groups; the optimal order of leaves is cubic in their number
_TIE = 1e-6  # distances closer than this differ by rounding only


@dataclass(frozen=True)
class Profiles:
    """Frame profiles of groups and the distances between them.

    Parameters
    ----------
    groups : tuple of str, length n_groups
    labels : tuple of str, length n_frames + 1
        Of the columns of `profiles`: the frames, then ``none``.
    profiles : ndarray of float, shape (n_groups, n_frames + 1)
        Rows sum to 1.
    distances : ndarray of float, shape (n_groups, n_groups)
        Jensen-Shannon distance, 0 (the same profile) to 1 (nothing in common).
    chance : ndarray of float, shape (n_groups, n_groups)
        Distance that 95 percent of the permutations stay below.
    p : ndarray of float, shape (n_groups, n_groups)
        Share of permutations with at least this distance; not adjusted for the number of pairs, 1 on the diagonal.
    linkage : ndarray of float, shape (n_groups - 1, 4)
        Average linkage of the distances, as `scipy.cluster.hierarchy` has it.
    order : ndarray of int, shape (n_groups,)
        Positions of the groups from one end of the dendrogram to the other.
    """

    groups: tuple[str, ...]
    labels: tuple[str, ...]
    profiles: Floats
    distances: Floats
    chance: Floats
    p: Floats
    linkage: Floats
    order: Codes


def compare_profiles(
    frames: ArrayLike,
    story: ArrayLike,
    group: ArrayLike,
    names: Sequence[str],
    *,
    frame_names: Sequence[str] | None = None,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Profiles:
    """Frame profile of each group, and the distance between each two with what chance alone would give.

    Parameters
    ----------
    frames : array_like, shape (n_sentences, n_frames)
        Decisions, 0 or 1, or probabilities, 0 to 1.
    story : array_like of int, shape (n_sentences,)
        Code of the story, 0 or above.
    group : array_like of int, shape (n_sentences,)
        Position in `names`; -1 leaves the sentence out.
    names : sequence of str, length n_groups
        At least two groups, each with a sentence.
    frame_names : sequence of str, length n_frames, optional
        For the labels; by default the frames are numbered.
    permutations, seed : int

    Raises
    ------
    FramingError
        If lengths differ, a value or a code is out of range, a group has no sentence, or there are fewer than two.

    Notes
    -----
    A sentence is one unit, spread over the frames and none: ``q_f = g_f`` and ``q_none = prod(1 - g_f)``, divided
    by their sum; with decisions these are equal parts of its frames. A profile is the mean over the group's sentences.

    The distance is the square root of the Jensen-Shannon divergence to base 2: Lin (1991), IEEE Transactions on
    Information Theory 37, 145-151; a metric by Endres and Schindelin (2003), ibid. 49, 1858-1860.

    For the reference whole units, the sentences of a story in one group, are dealt anew to the groups, each group
    keeping its number of units. With k of m permuted distances at least as large, ``p = (1 + k) / (1 + m)``: Phipson
    and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9, article 39. Units are dealt from
    the pool of all groups: the hypothesis of a pair is that no group differs from any other. It is too easily
    rejected for two groups whose stories vary more than those of the rest.
    """
    g = _checked_frames(frames)
    labels = _labels(frame_names, g.shape[1])
    rows, unit, owner = story_units(story, group, names, len(g))
    _check_groups(owner, names)
    if permutations < 1:
        raise FramingError(f"permutations: expected at least 1, found {permutations}")
    sums = _sums(unit, _spread(g[rows]))
    profiles = _group_profiles(owner, sums)
    distances = _pair_distances(profiles)
    rng = np.random.default_rng(seed)
    permuted = np.empty((permutations, len(distances)), dtype=np.float32)  # a thousand groups have half a million pairs
    for row in permuted:
        row[:] = _pair_distances(_group_profiles(rng.permutation(owner), sums))
    p = squareform((1 + (permuted >= distances - _TIE).sum(axis=0)) / (1 + permutations))
    np.fill_diagonal(p, 1.0)
    tree = linkage(distances, "average", optimal_ordering=len(names) <= _OPTIMAL_ORDER)
    return Profiles(
        groups=tuple(str(name) for name in names),
        labels=labels,
        profiles=profiles,
        distances=squareform(distances),
        chance=squareform(np.quantile(permuted, 0.95, axis=0)),
        p=p,
        linkage=tree,
        order=leaves_list(tree).astype(np.intp),
    )


def story_units(
    story: ArrayLike, group: ArrayLike, names: Sequence[str], n_sentences: int
) -> tuple[Codes, Codes, Codes]:
    """Units of evidence: the sentences of a story in one group.

    Parameters
    ----------
    story, group : array_like of int, shape (n_sentences,)
        Codes from 0; group -1 is left out.
    names : sequence of str
        Of the groups.
    n_sentences : int

    Returns
    -------
    rows : ndarray of int, shape (n_counted,)
        Positions of the sentences that have a group.
    unit : ndarray of int, shape (n_counted,)
        Unit of each of them.
    owner : ndarray of int, shape (n_units,)
        Group of each unit, ascending.

    Raises
    ------
    FramingError
        If lengths differ or a code is out of range.
    """
    stories = _checked_codes("story", story, n_sentences, 0, None)
    groups = _checked_codes("group", group, n_sentences, -1, len(names) - 1)
    rows = np.flatnonzero(groups >= 0)
    if not len(rows):
        return rows, rows, rows
    width = int(stories.max()) + 1
    keys, unit = np.unique(groups[rows] * width + stories[rows], return_inverse=True)
    return rows, unit, keys // width


def _checked_frames(frames: ArrayLike) -> Floats:
    g = np.asarray(frames, dtype=float)
    if g.ndim != 2 or g.shape[1] == 0:
        raise FramingError(f"frames: expected an array of sentences by frames, found shape {g.shape}")
    wrong = np.flatnonzero(~((g >= 0) & (g <= 1)).all(axis=1))
    if len(wrong):
        raise FramingError(
            f"frames: {len(wrong)} sentences have values that are not 0 to 1, the first at position {wrong[0]}; "
            "leave out sentences without labels"
        )
    return g


def _checked_codes(what: str, codes: ArrayLike, n_sentences: int, low: int, high: int | None) -> Codes:
    values = np.asarray(codes)
    if values.shape != (n_sentences,):
        raise FramingError(f"{what}: expected a code for each of {n_sentences} sentences, found shape {values.shape}")
    if n_sentences and not np.issubdtype(values.dtype, np.integer):
        raise FramingError(f"{what}: expected integer codes, found {values.dtype}; numpy.unique makes codes of names")
    wrong = np.flatnonzero((values < low) | (values > (np.inf if high is None else high)))
    if len(wrong):
        limits = f"at least {low}" if high is None else f"{low} to {high}, a position among the names"
        raise FramingError(f"{what}: code {values[wrong[0]]} at position {wrong[0]}; expected {limits}")
    return values.astype(np.intp)


def _labels(frame_names: Sequence[str] | None, n_frames: int) -> tuple[str, ...]:
    names = [f"frame {i + 1}" for i in range(n_frames)] if frame_names is None else [str(name) for name in frame_names]
    if len(names) != n_frames:
        raise FramingError(f"frame_names: expected a name for each of {n_frames} frames, found {len(names)}")
    return (*names, NONE)


def _check_groups(owner: Codes, names: Sequence[str]) -> None:
    if len(names) < 2:
        raise FramingError(f"profiles are compared of at least two groups, found {len(names)}")
    empty = np.setdiff1d(np.arange(len(names)), owner)
    if len(empty):
        raise FramingError(f"{len(empty)} groups have no sentence, the first is {names[empty[0]]!r}; leave them out")


def _spread(g: Floats) -> Floats:
    """One unit per sentence over the frames and none, shape (n_sentences, n_frames + 1)."""
    parts = np.column_stack([g, np.prod(1 - g, axis=1)])
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))


def _sums(members: Codes, values: Floats) -> Floats:
    """Sums of the rows of each member, shape (n_members, n_columns)."""
    return np.stack([np.bincount(members, column) for column in values.T]).astype(float, copy=False).T


def _group_profiles(owner: Codes, sums: Floats) -> Floats:
    """Profiles of the groups that own the units; the parts of a sentence sum to 1, so that no count is needed."""
    totals = _sums(owner, sums)
    return np.asarray(totals / totals.sum(axis=1, keepdims=True))


def _pair_distances(profiles: Floats) -> Floats:
    """Jensen-Shannon distances of all pairs, in the order of `scipy.spatial.distance.pdist`."""
    one, two = np.triu_indices(len(profiles), k=1)
    entropy = entr(profiles).sum(axis=1)
    middle = entr((profiles[one] + profiles[two]) / 2).sum(axis=1)
    divergence = (middle - (entropy[one] + entropy[two]) / 2) / np.log(2)
    return np.asarray(np.sqrt(np.clip(divergence, 0.0, 1.0)))
