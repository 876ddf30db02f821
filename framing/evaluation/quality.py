"""`framing evaluate`: labels against gold, with intervals that respect stories."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes, Floats
from framing.artefact import new_file, write_json
from framing.bootstrap import MIN_CLUSTERS, UNDEFINED, Interval, clustered_replicates, percentile_intervals
from framing.decisions import decision_counts, macro_f1, precision_recall_f1, sum_by_story
from framing.evaluation.matching import Matched, match
from framing.evaluation.probability_scores import probability_scores
from framing.evaluation.proportions import exact_scores_at_edges
from framing.evaluation.stance_scores import StanceQuality, Told, VoiceQuality, stance_quality, voice_quality
from framing.labelling import Labels, read_labels

MIN_SENTENCES = 20


@dataclass(frozen=True)
class FrameQuality:
    """Scores of one frame.

    Parameters
    ----------
    frame : str
    precision, recall, f1 : Interval
        Of the decisions. Limits are NaN with fewer than five stories to resample: with a sentence that is labelled
        with the frame, for precision; with one that is coded with it, for recall, F1 and average precision. Of
        decisions at 0 or 1 they are exact, see `framing.evaluation.proportions.exact_scores_at_edges`.
    positives, predicted : int
        Sentences that have the frame in the gold and in the labels.
    average_precision, brier, ece : Interval or None
        Of the probabilities, see `framing.evaluation.probability_scores`; None where the labels have none.
    too_few : bool
        Whether there is too little gold, and no score is given.
    """

    frame: str
    precision: Interval
    recall: Interval
    f1: Interval
    positives: int
    predicted: int
    average_precision: Interval | None = None
    brier: Interval | None = None
    ece: Interval | None = None
    too_few: bool = False

    @property
    def scores(self) -> dict[str, Interval]:
        """Scores by the names of their fields; without those of probabilities where there are none."""
        measures = ("precision", "recall", "f1", "average_precision", "brier", "ece")
        found = {measure: getattr(self, measure) for measure in measures}
        return {measure: interval for measure, interval in found.items() if interval is not None}


@dataclass(frozen=True)
class GroupQuality:
    """Scores of one group, such as an outlet, from its own coded sentences."""

    group: str
    n_sentences: int
    n_stories: int
    frames: list[FrameQuality]


@dataclass(frozen=True)
class Evaluation:
    """Labels against gold.

    Parameters
    ----------
    frames : list of FrameQuality
    macro_f1 : Interval
        Mean F1 over the frames that gold or labels have. Its limits are NaN where more than a twentieth of the
        resamples lack one of these frames.
    n_sentences, n_stories : int
        Gold that was evaluated.
    n_seen : int
        Gold left out because the model was trained or tuned on it.
    n_unlabelled : int
        Gold without a label.
    weighted : bool
        Whether each counts by one over the probability with which it was drawn; if not, because a probability is not
        known or the sample is coded in part, the scores are those of the coded sentences, not of the corpus.
    level : float
    codebook : dict
    by : str or None
        Column of the groups.
    groups : list of GroupQuality
        By name; those without a value are left out.
    n_uncoded, n_undrawn : int
        Sentences that were drawn for an estimate and are not coded; sentences that could not be drawn.
    elsewhere, in_file, learned_unknown : bool
        Whether the gold was drawn from another corpus than was labelled; whether it came in a file, which need not say
        whether all that were drawn are in it; whether it may be what the model learned from, as that is not known.
    stance : list of StanceQuality
        Per target; empty where labels or gold have no stance.
    n_seen_for_stance : int
        Gold with stance or voice left out of their scores because their classifiers were trained or tuned on it.
    n_without_stance, n_without_voice : int
        Other gold of which no stance, or no voice, is coded.
    voice : VoiceQuality or None
        None where labels or gold have none.
    """

    frames: list[FrameQuality]
    macro_f1: Interval
    n_sentences: int
    n_stories: int
    n_seen: int
    n_unlabelled: int
    weighted: bool
    level: float
    codebook: dict[str, str]
    by: str | None = None
    groups: list[GroupQuality] = field(default_factory=list)
    n_uncoded: int = 0
    n_undrawn: int = 0
    elsewhere: bool = False
    in_file: bool = False
    learned_unknown: bool = False
    stance: list[StanceQuality] = field(default_factory=list)
    voice: VoiceQuality | None = None
    n_seen_for_stance: int = 0
    n_without_stance: int = 0
    n_without_voice: int = 0

    @property
    def stands_for(self) -> str:
        """What weighted scores are those of."""
        limits = {
            "could be drawn": self.n_undrawn,
            "has labels": self.n_unlabelled,
            "the model has not seen": self.n_seen,
        }
        told = " and ".join(limit for limit, n in limits.items() if n)
        return f"the part of the corpus that {told}" if told else "the corpus"

    @property
    def coded_in_part(self) -> list[str]:
        """Which of stance and voice are not coded in all sentences, though scored: their scores have no weights."""
        stance = ["stance"] * bool(self.stance and self.n_without_stance)
        return stance + ["voice"] * bool(self.voice and self.n_without_voice)

    @property
    def has_probabilities(self) -> bool:
        """Tell whether probabilities were scored beside decisions."""
        return any(quality.ece is not None for quality in self.frames)


def evaluate(
    labels: str | Path | Labels,
    gold: str | Path,
    *,
    model: str | Path | None = None,
    codebook: str | Path | None = None,
    corpus: str | Path | None = None,
    id_column: str = "sentence_id",
    include_seen: bool = False,
    by: str | None = None,
    level: float = 0.95,
    output: str | Path | None = None,
    overwrite: bool = False,
) -> Evaluation:
    """Score labels against coded sentences that the model has not seen.

    Boilerplate counts as a sentence without frames, on both sides. If all sentences were drawn with known inclusion
    probabilities, they are weighted by the inverse; those picked for training beside them are left out. A sample that
    is coded in part is no probability sample, and one of another corpus none of this one, so they are scored without
    weights.

    Parameters
    ----------
    labels : str, Path or Labels
        Labels folder or labelled table; see `framing.labelling.read_labels` for `model`, `codebook`, `id_column`.
    gold : str or Path
        Coded sentences; see `framing.annotation.read_coded`.
    corpus : str or Path, optional
        Gives the gold its text and stories when the rows do not carry them, as a labels folder does too, and the labels
        the columns of their articles, to score by.
    include_seen : bool
        Evaluate also on what the model was trained or tuned on; such scores are too good.
    by : str, optional
        Score each group of this column too: ``outlet``, ``group``, or any other of the labels. A group with fewer
        than 20 coded sentences, or with the frame in fewer than five stories, gets no scores of the frame.
    level : float
        Of the intervals.
    output : str or Path, optional
        JSON file to write the evaluation to; see `framing.report.report_quality` for a page.

    Raises
    ------
    FramingError
        If labels and gold do not belong together, no gold is left to evaluate on, or it has no groups.
    """
    opened = labels if isinstance(labels, Labels) else read_labels(
        labels, model=model, codebook=codebook, id_column=id_column
    )  # fmt: skip
    result = score(match(opened, gold, corpus=corpus, include_seen=include_seen), by=by, level=level)
    if output is not None:
        with new_file(Path(output), overwrite=overwrite) as partial:
            write_json(partial, result)
    return result


def score(matched: Matched, *, by: str | None = None, level: float = 0.95) -> Evaluation:
    """Scores of matched sentences; see `evaluate`."""
    groups = _score_groups(matched, by, level) if by else []
    everything = np.arange(len(matched.rows))
    frames, macro = _score_rows(matched, everything, level)
    coded = matched.coded
    stories = np.array(coded.stories)
    told = Told(matched.rows, coded.stances, coded.voices, ~coded.boilerplate, stories, matched.weights)
    unseen, n_seen_for_stance = (told, 0) if matched.include_seen else told.unseen(matched.labels)
    return Evaluation(
        frames=frames,
        macro_f1=macro,
        n_sentences=len(everything),
        n_stories=len(set(coded.stories)),
        n_seen=matched.n_seen,
        n_unlabelled=matched.n_unlabelled,
        weighted=matched.weights is not None,
        level=level,
        codebook=matched.labels.codebook.reference,
        by=by,
        groups=groups,
        n_uncoded=matched.n_uncoded,
        n_undrawn=matched.n_undrawn,
        elsewhere=matched.elsewhere,
        in_file=matched.in_file,
        learned_unknown=not matched.labels.coded,
        stance=stance_quality(matched.labels, unseen, level),
        voice=voice_quality(matched.labels, unseen, level),
        n_seen_for_stance=n_seen_for_stance,
        n_without_stance=unseen.n_without_stance,
        n_without_voice=unseen.n_without_voice,
    )


def score_frames(
    names: Sequence[str],
    predicted: NDArray[np.bool_],
    actual: NDArray[np.bool_],
    stories: Sequence[str] | NDArray[np.intp],
    *,
    probabilities: Floats | None = None,
    weights: Floats | None = None,
    level: float = 0.95,
) -> tuple[list[FrameQuality], Interval]:
    """Scores per frame, and macro-F1, with story-clustered bootstrap intervals.

    Parameters
    ----------
    names : sequence of str, length n_frames
    predicted, actual : ndarray of bool, shape (n_sentences, n_frames)
    stories : sequence of str or int, length n_sentences
    probabilities : ndarray of float, shape (n_sentences, n_frames), optional
    weights : ndarray of float, shape (n_sentences,), optional
        One over the probability with which each was drawn, so that scores are those of the whole corpus.
    """
    _, clusters = np.unique(np.asarray(stories), return_inverse=True)
    summed = sum_by_story(decision_counts(predicted, actual), clusters, weights)
    scores = clustered_replicates(summed, precision_recall_f1)
    drawn = np.column_stack([scores, macro_f1(scores[:, 2::3])])
    *intervals, macro = percentile_intervals(drawn, _stories_behind(summed), level)
    intervals = exact_scores_at_edges(intervals, predicted, actual, clusters, level)
    frames = [
        FrameQuality(name, precision, recall, f1, int(actual[:, i].sum()), int(predicted[:, i].sum()))
        for i, (name, precision, recall, f1) in enumerate(
            zip(names, intervals[::3], intervals[1::3], intervals[2::3], strict=True)
        )
    ]
    if probabilities is not None:
        scored = [
            probability_scores(p, y, clusters, weights=weights, level=level)
            for p, y in zip(probabilities.T, actual.T, strict=True)
        ]
        frames = [
            replace(frame, average_precision=precision, brier=brier, ece=ece)
            for frame, (precision, brier, ece) in zip(frames, scored, strict=True)
        ]
    return frames, macro


def _stories_behind(summed: Floats) -> Codes:
    """Stories that each score is about: with the frame in the labels, in the gold, in the gold; for macro-F1 all."""
    _, predicted, actual = np.count_nonzero(summed, axis=0).reshape(-1, 3).T
    return np.append(np.column_stack([predicted, actual, actual]).ravel(), len(summed))


def _score_rows(matched: Matched, rows: Codes, level: float) -> tuple[list[FrameQuality], Interval]:
    probabilities, weights = matched.probabilities, matched.weights
    return score_frames(
        matched.labels.codebook.frame_names,
        matched.predicted[rows],
        matched.actual[rows],
        np.array(matched.coded.stories)[rows],
        probabilities=None if probabilities is None else probabilities[rows],
        weights=None if weights is None else weights[rows],
        level=level,
    )


def _score_groups(matched: Matched, by: str, level: float) -> list[GroupQuality]:
    member, stories = matched.groups(by), np.array(matched.coded.stories)
    found = []
    for name in np.unique(member[member != ""]).tolist():
        rows = np.flatnonzero(member == name)
        with_frame = [len(np.unique(stories[rows][column])) for column in matched.actual[rows].T]
        frames = [
            quality if len(rows) >= MIN_SENTENCES and n >= MIN_CLUSTERS else _without_scores(quality)
            for quality, n in zip(_score_rows(matched, rows, level)[0], with_frame, strict=True)
        ]
        found.append(GroupQuality(name, len(rows), len(np.unique(stories[rows])), frames))
    return found


def _without_scores(quality: FrameQuality) -> FrameQuality:
    return FrameQuality(
        quality.frame, UNDEFINED, UNDEFINED, UNDEFINED, quality.positives, quality.predicted, too_few=True
    )
