"""Where labels go wrong: reliability, precision against recall, frames taken for others, the worst errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes, Floats
from framing.bootstrap import Interval, clustered_replicates, percentile_intervals
from framing.decisions import sum_by_story
from framing.evaluation.matching import Matched
from framing.evaluation.probability_scores import equal_mass_bins, number_of_bins
from framing.evaluation.proportions import exact_at_edges

WORST = 10
CURVE_POINTS = 200


@dataclass(frozen=True)
class ReliabilityBin:
    """Sentences of similar probability, from `low` to `high`: their mean probability and the share coded."""

    low: float
    high: float
    mean: float
    share: Interval
    n: int


@dataclass(frozen=True)
class Curve:
    """Precision at each recall, from the highest threshold to the lowest; at most 200 points of it."""

    threshold: list[float]
    recall: list[float]
    precision: list[float]


@dataclass(frozen=True)
class Mistake:
    """A sentence that was labelled wrongly, with the probability of the frame in question."""

    sentence_id: str
    outlet: str
    text: str
    probability: float


@dataclass(frozen=True)
class FrameDiagnosis:
    """One frame: the share coded with it, and among others the most confident mistakes, at most ten of a kind."""

    frame: str
    base_rate: float
    reliability: list[ReliabilityBin]
    curve: Curve
    false_positives: list[Mistake]
    false_negatives: list[Mistake]


@dataclass(frozen=True)
class Confusion:
    """Sentences that are coded with exactly these frames: the share that the labels give each frame, and none.

    Sentences can have several frames, so `shares`, in the codebook's order, and `none` may sum to more than 1.
    """

    coded: list[str]
    n: int
    shares: list[float]
    none: float


@dataclass(frozen=True)
class Diagnosis:
    """What a quality report shows beside the scores; no `frames` where the labels have no probabilities."""

    frames: list[FrameDiagnosis]
    confusion: list[Confusion]


def diagnose(matched: Matched, *, level: float = 0.95) -> Diagnosis:
    """Look into the errors of matched sentences; shares are weighted by one over the inclusion probability.

    Parameters
    ----------
    matched : Matched
    level : float
        Of the intervals.
    """
    names, weights = matched.labels.codebook.frame_names, matched.weights
    mass = np.ones(len(matched.rows)) if weights is None else weights
    confusion = confuse(names, matched.predicted, matched.actual, mass)
    if matched.probabilities is None:
        return Diagnosis([], confusion)
    _, story = np.unique(np.array(matched.coded.stories), return_inverse=True)
    frames = []
    for i, name in enumerate(names):
        p, actual = matched.probabilities[:, i], matched.actual[:, i]
        wrong = matched.predicted[:, i] != actual
        frames.append(
            FrameDiagnosis(
                name,
                float(np.average(actual, weights=mass)),
                reliability(p, actual, story, mass, level=level),
                precision_recall(p, actual, mass),
                _mistakes(matched, np.flatnonzero(wrong & ~actual), -p, p),
                _mistakes(matched, np.flatnonzero(wrong & actual), p, p),
            )
        )
    return Diagnosis(frames, confusion)


def reliability(
    probability: Floats, actual: NDArray[np.bool_], story: Codes, mass: Floats, *, level: float = 0.95
) -> list[ReliabilityBin]:
    """Bins of equal mass, as of the expected calibration error, with story-clustered intervals of their shares.

    Parameters
    ----------
    probability, mass : ndarray of float, shape (n_sentences,)
    actual : ndarray of bool, shape (n_sentences,)
    story : ndarray of int, shape (n_sentences,)
    level : float
    """
    distinct, place = np.unique(probability, return_inverse=True)
    n_bins = number_of_bins(len(probability))
    bins = equal_mass_bins(np.bincount(place, mass, len(distinct)).astype(float)[None], n_bins)[0][place]
    shares = _shares(actual, bins, story, mass, level)
    found = []
    for i, share in enumerate(shares):
        p, own = probability[bins == i], mass[bins == i]
        if len(p):
            mean = float(np.average(p, weights=own))
            found.append(ReliabilityBin(float(p.min()), float(p.max()), mean, share, len(p)))
    return found


def precision_recall(probability: Floats, actual: NDArray[np.bool_], mass: Floats) -> Curve:
    """Precision and recall at each distinct probability as the threshold; empty if no sentence has the frame.

    Parameters
    ----------
    probability, mass : ndarray of float, shape (n_sentences,)
    actual : ndarray of bool, shape (n_sentences,)
    """
    if not actual.any():
        return Curve([], [], [])
    order = np.argsort(-probability, kind="stable")
    p, tagged, hits = probability[order], np.cumsum(mass[order]), np.cumsum((mass * actual)[order])
    last = np.flatnonzero(np.append(np.diff(p) != 0, True))  # of the sentences of one probability
    shown = last[np.unique(np.linspace(0, len(last) - 1, CURVE_POINTS).round().astype(int))]
    recall, precision = hits[shown] / hits[-1], hits[shown] / tagged[shown]
    return Curve(p[shown].tolist(), recall.tolist(), precision.tolist())


def confuse(
    names: Sequence[str], predicted: NDArray[np.bool_], actual: NDArray[np.bool_], mass: Floats
) -> list[Confusion]:
    """Labels by combination of coded frames, the commonest combination first.

    Parameters
    ----------
    names : sequence of str, length n_frames
    predicted, actual : ndarray of bool, shape (n_sentences, n_frames)
    mass : ndarray of float, shape (n_sentences,)
    """
    combinations, member, counts = np.unique(actual, axis=0, return_inverse=True, return_counts=True)
    labelled = np.column_stack([predicted, ~predicted.any(axis=1)])
    rows = []
    for i in np.argsort(-counts, kind="stable"):
        own = member.ravel() == i
        *shares, none = np.average(labelled[own], axis=0, weights=mass[own]).tolist()
        coded = [name for name, has in zip(names, combinations[i], strict=True) if has]
        rows.append(Confusion(coded, int(counts[i]), shares, none))
    return rows


def _shares(actual: NDArray[np.bool_], bins: Codes, story: Codes, mass: Floats, level: float) -> list[Interval]:
    """Share that is coded in each bin."""
    inside = bins[:, None] == np.arange(bins.max() + 1)
    counts = sum_by_story(np.hstack([inside & actual[:, None], inside]).astype(float), story, mass)

    def shares(sums: Floats) -> Floats:
        positive, both = np.split(sums, 2, axis=1)
        with np.errstate(invalid="ignore"):
            return np.asarray(positive / both)

    n_stories = (np.split(counts, 2, axis=1)[1] > 0).sum(axis=0)
    found = percentile_intervals(clustered_replicates(counts, shares), n_stories, level)
    return exact_at_edges(found, inside.sum(axis=0).astype(float), n_stories, level)


def _mistakes(matched: Matched, rows: Codes, order: Floats, probability: Floats) -> list[Mistake]:
    """The first of the rows by an order, with their texts."""
    worst = rows[np.argsort(order[rows], kind="stable")][:WORST].tolist()
    outlets, coded = matched.outlets, matched.coded
    return [Mistake(coded.sentence_ids[i], str(outlets[i]), coded.texts[i], float(probability[i])) for i in worst]
