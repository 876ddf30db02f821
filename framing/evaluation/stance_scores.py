"""Scores of stance and voice against gold, with intervals that respect stories."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.annotation.coded import stances_toward
from framing.arrays import Floats
from framing.bootstrap import Interval, clustered_replicates, percentile_intervals
from framing.evaluation.decisions import decision_counts, exact_scores_at_edges, precision_recall_f1, sum_by_story
from framing.evaluation.matching import Matched
from framing.stance.values import STANCES, VOICES

Values = Sequence[str] | NDArray[np.object_] | NDArray[np.str_]


@dataclass(frozen=True)
class StanceQuality:
    """Scores of the stance toward one target.

    Parameters
    ----------
    target : str
    precision, recall, f1 : Interval
        Of its presence: whether the target is found where it is coded, with whatever stance.
    macro_f1 : Interval
        Mean F1 of the stances, over the sentences where the target is coded; one where it is not found is a miss.
    macro_f1_found : Interval
        The same over the sentences where it was also found.
    coded, labelled : dict of str to int
        Sentences with each stance.
    n_sentences : int
        With stance coded, the target absent or not.
    """

    target: str
    precision: Interval
    recall: Interval
    f1: Interval
    macro_f1: Interval
    macro_f1_found: Interval
    coded: dict[str, int]
    labelled: dict[str, int]
    n_sentences: int

    @property
    def scores(self) -> dict[str, Interval]:
        """Scores by the names of their fields."""
        return {name: getattr(self, name) for name in ("precision", "recall", "f1", "macro_f1", "macro_f1_found")}


@dataclass(frozen=True)
class VoiceQuality:
    """Scores of voice: F1 of ``source``, and its mean with the F1 of ``outlet``; sentences with each voice."""

    f1_source: Interval
    macro_f1: Interval
    coded: dict[str, int]
    labelled: dict[str, int]

    @property
    def scores(self) -> dict[str, Interval]:
        """Scores by the names of their fields."""
        return {"f1_source": self.f1_source, "macro_f1": self.macro_f1}


def stance_quality(matched: Matched, level: float = 0.95) -> list[StanceQuality]:
    """Scores per target of the codebook; none where labels or gold have no stance."""
    decided = np.flatnonzero([stance is not None for stance in matched.coded.stances])
    if not len(decided):
        return []
    return list(_by_target(matched, decided, level))


def _by_target(matched: Matched, rows: NDArray[np.intp], level: float) -> Iterator[StanceQuality]:
    stances = [matched.coded.stances[i] for i in rows]
    weights = None if matched.weights is None else matched.weights[rows]
    stories = np.array(matched.coded.stories)[rows]
    for target in matched.labels.stance_targets:
        predicted = matched.column(f"stance_{target}")[rows]
        actual = stances_toward(target, stances)
        yield score_stance(target, predicted, actual, stories, weights=weights, level=level)


def voice_quality(matched: Matched, level: float = 0.95) -> VoiceQuality | None:
    """Scores of voice where it is coded; None where labels or gold have none."""
    actual = np.array(matched.coded.voices, dtype=str)
    rows = np.flatnonzero(actual != "")
    if not len(rows) or not matched.labels.has_voice:
        return None
    weights = None if matched.weights is None else matched.weights[rows]
    stories = np.array(matched.coded.stories)[rows]
    return score_voice(matched.column("voice")[rows], actual[rows], stories, weights=weights, level=level)


def score_stance(
    target: str,
    predicted: Values,
    actual: Values,
    stories: Sequence[str] | NDArray[np.generic],
    *,
    weights: Floats | None = None,
    level: float = 0.95,
) -> StanceQuality:
    """Scores of the stance toward one target.

    Parameters
    ----------
    target : str
    predicted, actual : sequence of str, length n_sentences
        A stance, or ``absent`` (or empty).
    stories : sequence, length n_sentences
    weights : ndarray of float, shape (n_sentences,), optional
        One over the probability with which each was drawn.
    level : float
        Of the intervals, which resample whole stories.
    """
    said, truth = one_hot(predicted, STANCES), one_hot(actual, STANCES)
    found, present = (np.asarray(each.any(axis=1)) for each in (said, truth))
    counts = np.hstack(
        [
            decision_counts(found[:, None], present[:, None]),
            decision_counts(said & present[:, None], truth),
            decision_counts(said & present[:, None], truth & found[:, None]),
        ]
    )
    clusters = np.unique(np.asarray(stories), return_inverse=True)[1]
    summed = sum_by_story(counts, clusters, weights)
    with_both, with_found, with_present = np.count_nonzero(summed[:, :3], axis=0)
    behind = [with_found, with_present, with_present, with_present, with_both]
    drawn = clustered_replicates(summed, _stance_scores)
    *presence, macro, macro_found = percentile_intervals(drawn, behind, level)
    precision, recall, f1 = exact_scores_at_edges(presence, found[:, None], present[:, None], clusters, level)
    return StanceQuality(
        target, precision, recall, f1, macro, macro_found, _tally(truth, STANCES), _tally(said, STANCES), len(truth)
    )


def score_voice(
    predicted: Values,
    actual: Values,
    stories: Sequence[str] | NDArray[np.generic],
    *,
    weights: Floats | None = None,
    level: float = 0.95,
) -> VoiceQuality:
    """Scores of voice, as `score_stance`; a prediction that is neither ``outlet`` nor ``source`` is a miss."""
    said, truth = one_hot(predicted, VOICES), one_hot(actual, VOICES)
    clusters = np.unique(np.asarray(stories), return_inverse=True)[1]
    summed = sum_by_story(decision_counts(said, truth), clusters, weights)
    behind = [int(np.count_nonzero(summed[:, 3 * VOICES.index("source") + 2])), len(summed)]
    f1_source, macro = percentile_intervals(clustered_replicates(summed, _voice_scores), behind, level)
    return VoiceQuality(f1_source, macro, _tally(truth, VOICES), _tally(said, VOICES))


def _stance_scores(sums: Floats) -> Floats:
    """Presence precision, recall and F1, then macro-F1 of stance where the target is coded, and where found too."""
    presence, coded, found = np.split(sums, [3, 3 + 3 * len(STANCES)], axis=1)
    macro = [precision_recall_f1(part)[:, -1] for part in (coded, found)]
    return np.column_stack([precision_recall_f1(presence)[:, :3], *macro])


def _voice_scores(sums: Floats) -> Floats:
    """F1 of source, then macro-F1."""
    return precision_recall_f1(sums)[:, [3 * VOICES.index("source") + 2, -1]]


def one_hot(values: Sequence[Any] | NDArray[Any], names: Sequence[Any]) -> NDArray[np.bool_]:
    """Whether each sentence has each of the names, shape (n_sentences, n_names)."""
    return np.asarray(np.asarray(values, dtype=object)[:, None] == np.array(names, dtype=object), dtype=bool)


def _tally(chosen: NDArray[np.bool_], names: Sequence[str]) -> dict[str, int]:
    return dict(zip(names, chosen.sum(axis=0).tolist(), strict=True))
