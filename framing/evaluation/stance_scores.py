"""Scores of stance and voice against gold, with intervals that respect stories."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.annotation.coded import stances_toward
from framing.arrays import Codes, Floats
from framing.bootstrap import Interval, clustered_replicates, percentile_intervals
from framing.decisions import decision_counts, macro_f1, precision_recall_f1, sum_by_story
from framing.evaluation.proportions import exact_scores_at_edges
from framing.labelling import Labels
from framing.stance.values import STANCES, VOICES

Values = Sequence[str] | NDArray[np.object_] | NDArray[np.str_]


@dataclass(frozen=True)
class Told:
    """What coders said of stance and voice, one position per sentence in every field.

    Parameters
    ----------
    rows : ndarray of int, shape (n_sentences,)
        Position of each among the labels.
    stances, voices : list, length n_sentences
        See `framing.annotation.CodedSentences`.
    content : ndarray of bool, shape (n_sentences,)
        Not coded as boilerplate, which has no voice.
    stories : ndarray, shape (n_sentences,)
    weights : ndarray of float, shape (n_sentences,), optional
        One over the probability with which each was drawn. Not used where stance, or voice, is coded in part, since
        what is coded then is no probability sample.
    """

    rows: Codes
    stances: list[dict[str, str] | None]
    voices: list[str]
    content: NDArray[np.bool_]
    stories: NDArray[np.generic]
    weights: Floats | None = None

    @property
    def n_without_stance(self) -> int:
        """Sentences of which no stance is coded, not even that it is absent."""
        return sum(stance is None for stance in self.stances)

    @property
    def n_without_voice(self) -> int:
        """Sentences of content of which no voice is coded."""
        return int(np.count_nonzero(self.content & (np.array(self.voices) == "")))

    def unseen(self, labels: Labels) -> tuple["Told", int]:
        """Those that the classifiers of stance and voice have not seen; how many with stance or voice they have."""
        kept = labels.unseen_for_stance(self.rows)
        seen = np.setdiff1d(np.arange(len(self.rows)), kept)
        return self.take(kept), sum(self.stances[i] is not None or self.voices[i] != "" for i in seen)

    def take(self, places: Codes) -> "Told":
        """Those at the given positions."""
        return Told(
            self.rows[places],
            [self.stances[i] for i in places],
            [self.voices[i] for i in places],
            self.content[places],
            self.stories[places],
            None if self.weights is None else self.weights[places],
        )


@dataclass(frozen=True)
class StanceQuality:
    """Scores of the stance toward one target.

    Parameters
    ----------
    target : str
    precision, recall, f1 : Interval
        Of its presence: whether the target is found where it is coded, with whatever stance.
    macro_f1 : Interval
        Mean F1 of the stances that gold or labels have, over the sentences where the target is coded; one where it is
        not found is a miss. Its limits are NaN where more than a twentieth of the resamples lack one of these stances.
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


def stance_quality(labels: Labels, told: Told, level: float = 0.95) -> list[StanceQuality]:
    """Scores per target of the codebook; none where labels or gold have no stance."""
    decided = told.take(np.flatnonzero([stance is not None for stance in told.stances]))
    if not len(decided.rows):
        return []
    return [
        score_stance(
            target,
            labels.names(f"stance_{target}", decided.rows),
            stances_toward(target, decided.stances),
            decided.stories,
            weights=None if told.n_without_stance else decided.weights,
            level=level,
        )
        for target in labels.stance_targets
    ]


def voice_quality(labels: Labels, told: Told, level: float = 0.95) -> VoiceQuality | None:
    """Scores of voice where it is coded; None where labels or gold have none."""
    spoken = told.take(np.flatnonzero([voice != "" for voice in told.voices]))
    if not len(spoken.rows) or not labels.has_voice:
        return None
    said = labels.names("voice", spoken.rows)
    weights = None if told.n_without_voice else spoken.weights
    return score_voice(said, spoken.voices, spoken.stories, weights=weights, level=level)


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
    scores = clustered_replicates(summed, precision_recall_f1)
    of_coded, of_found = np.split(scores[:, 5::3], 2, axis=1)  # F1 of the stances, behind three scores of presence
    drawn = np.column_stack([scores[:, :3], macro_f1(of_coded), macro_f1(of_found)])
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
    source = 3 * VOICES.index("source") + 2
    scores = clustered_replicates(summed, precision_recall_f1)
    drawn = np.column_stack([scores[:, source], macro_f1(scores[:, 2::3])])
    behind = [int(np.count_nonzero(summed[:, source])), len(summed)]
    f1_source, macro = percentile_intervals(drawn, behind, level)
    return VoiceQuality(f1_source, macro, _tally(truth, VOICES), _tally(said, VOICES))


def one_hot(values: Sequence[Any] | NDArray[Any], names: Sequence[Any]) -> NDArray[np.bool_]:
    """Whether each sentence has each of the names, shape (n_sentences, n_names)."""
    return np.asarray(np.asarray(values, dtype=object)[:, None] == np.array(names, dtype=object), dtype=bool)


def _tally(chosen: NDArray[np.bool_], names: Sequence[str]) -> dict[str, int]:
    return dict(zip(names, chosen.sum(axis=0).tolist(), strict=True))
