"""`framing evaluate`: labels against gold, with intervals that respect stories."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from framing.annotation import CodedSentences, read_coded
from framing.arrays import Floats
from framing.artefact import new_file, write_json
from framing.bootstrap import Interval, clustered_replicates, percentile_intervals
from framing.corpus import Corpus
from framing.errors import FramingError
from framing.labelling import Labels, read_labels


@dataclass(frozen=True)
class FrameQuality:
    """Precision, recall and F1 of one frame; `positives` sentences of the gold have it, `predicted` of the labels."""

    frame: str
    precision: Interval
    recall: Interval
    f1: Interval
    positives: int
    predicted: int


@dataclass(frozen=True)
class Evaluation:
    """Labels against gold.

    Parameters
    ----------
    frames : list of FrameQuality
    macro_f1 : Interval
        Mean F1 over the frames that gold or labels have.
    n_sentences, n_stories : int
        Gold that was evaluated.
    n_seen : int
        Gold left out because the model was trained or tuned on it.
    n_unlabelled : int
        Gold without a label.
    weighted : bool
        Whether each counts by one over the probability with which it was drawn; if not, the scores are those of the
        coded sentences, not of the corpus.
    level : float
    codebook : dict
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


def evaluate(
    labels: str | Path | Labels,
    gold: str | Path,
    *,
    model: str | Path | None = None,
    codebook: str | Path | None = None,
    corpus: str | Path | None = None,
    id_column: str = "sentence_id",
    include_seen: bool = False,
    level: float = 0.95,
    output: str | Path | None = None,
    overwrite: bool = False,
) -> Evaluation:
    """Score labels against coded sentences that the model has not seen.

    Boilerplate counts as a sentence without frames, on both sides. If all sentences were drawn with known inclusion
    probabilities, they are weighted by the inverse; those picked for training beside them are left out.

    Parameters
    ----------
    labels : str, Path or Labels
        Labels folder or labelled table; see `framing.labelling.read_labels` for `model`, `codebook`, `id_column`.
    gold : str or Path
        Coded sentences; see `framing.annotation.read_coded`.
    corpus : str or Path, optional
        Gives the gold its text and stories when the rows do not carry them; a labels folder does so too.
    include_seen : bool
        Evaluate also on what the model was trained or tuned on; such scores are too good.
    level : float
        Of the intervals.
    output : str or Path, optional
        JSON file to write the evaluation to.

    Raises
    ------
    FramingError
        If labels and gold do not belong together, or no gold is left to evaluate on.
    """
    opened = labels if isinstance(labels, Labels) else read_labels(
        labels, model=model, codebook=codebook, id_column=id_column
    )  # fmt: skip
    coded = _estimating(read_coded(Path(gold), opened.codebook, _sentences(opened, corpus), within=opened.positions))
    usable, rows, n_seen = _match(coded, opened, include_seen=include_seen)
    predicted = opened.decisions[rows] & opened.content[rows][:, None]
    stories = [coded.stories[i] for i in usable]
    probability = coded.inclusion_probability[usable]
    weighted = not np.isnan(probability).any()
    frames, macro = score_frames(
        opened.codebook.frame_names,
        predicted,
        coded.frames[usable],
        stories,
        weights=1 / probability if weighted else None,
        level=level,
    )
    result = Evaluation(
        frames=frames,
        macro_f1=macro,
        n_sentences=len(usable),
        n_stories=len(set(stories)),
        n_seen=n_seen,
        n_unlabelled=coded.n_left_out,
        weighted=weighted,
        level=level,
        codebook=opened.codebook.reference,
    )
    if output is not None:
        with new_file(Path(output), overwrite=overwrite) as partial:
            write_json(partial, result)
    return result


def score_frames(
    names: Sequence[str],
    predicted: NDArray[np.bool_],
    actual: NDArray[np.bool_],
    stories: Sequence[str] | NDArray[np.intp],
    *,
    weights: Floats | None = None,
    level: float = 0.95,
) -> tuple[list[FrameQuality], Interval]:
    """Precision, recall and F1 per frame, and macro-F1, with story-clustered bootstrap intervals.

    Parameters
    ----------
    names : sequence of str, length n_frames
    predicted, actual : ndarray of bool, shape (n_sentences, n_frames)
    stories : sequence of str or int, length n_sentences
    weights : ndarray of float, shape (n_sentences,), optional
        One over the probability with which each was drawn, so that scores are those of the whole corpus.
    """
    _, clusters = np.unique(np.asarray(stories), return_inverse=True)
    counts = np.stack([predicted & actual, predicted, actual], axis=2).reshape(len(actual), -1).astype(float)
    summed = np.zeros((clusters.max() + 1, counts.shape[1]))
    np.add.at(summed, clusters, counts if weights is None else counts * weights[:, None])
    drawn = clustered_replicates(summed, _precision_recall_f1)
    intervals = percentile_intervals(drawn, len(summed), level)
    totals = counts.sum(axis=0).reshape(-1, 3).astype(int)
    frames = [
        FrameQuality(
            name, intervals[3 * i], intervals[3 * i + 1], intervals[3 * i + 2], int(totals[i, 2]), int(totals[i, 1])
        )
        for i, name in enumerate(names)
    ]
    return frames, intervals[-1]


def _precision_recall_f1(sums: Floats) -> Floats:
    """Columns: precision, recall and F1 of each frame, then the mean of the F1 that are defined.

    F1 is not defined for a frame that neither gold nor labels have.
    """
    hits, predicted, actual = np.moveaxis(sums.reshape(len(sums), -1, 3), 2, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.stack([hits / predicted, hits / actual, 2 * hits / (predicted + actual)], axis=2)
    defined = ~np.isnan(scores[:, :, 2])
    with np.errstate(invalid="ignore"):
        macro = np.nansum(scores[:, :, 2], axis=1, keepdims=True) / defined.sum(axis=1, keepdims=True)
    return np.concatenate([scores.reshape(len(sums), -1), macro], axis=1)


def _sentences(labels: Labels, corpus: str | Path | None) -> pa.Table:
    """Where the gold finds its text, story and outlet: the corpus if one is given, else the labels."""
    if corpus is None:
        return labels.sentences
    opened = Corpus.load(corpus)
    if labels.manifest and labels.manifest["corpus"]["sha256"] != opened.manifest["sha256"]:
        raise FramingError(f"{corpus}: not the corpus that was labelled; leave --corpus out, the labels have its text")
    return opened.sentences()


def _estimating(coded: CodedSentences) -> CodedSentences:
    """Without the sentences that were picked for training, where others were drawn."""
    drawn = np.flatnonzero(~np.isnan(coded.inclusion_probability))
    picked = sum(purpose == "training" for purpose in coded.purposes)
    return coded.take(drawn) if picked and len(drawn) else coded


def _match(
    coded: CodedSentences, labels: Labels, *, include_seen: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Positions of usable gold among the coded and among the labels, and how many were seen in training."""
    fresh = [
        i
        for i, (text, story) in enumerate(zip(coded.texts, coded.stories, strict=True))
        if include_seen or not labels.saw(text, story)
    ]
    n_seen = len(coded) - len(fresh)
    if not fresh:
        raise FramingError(_nothing_left(n_seen, coded.n_left_out))
    rows = [labels.positions[coded.sentence_ids[i]] for i in fresh]
    return np.array(fresh, dtype=np.intp), np.array(rows, dtype=np.intp), n_seen


def _nothing_left(n_seen: int, n: int) -> str:
    if n_seen:
        return (
            f"all {n_seen} labelled gold sentences were seen in training; code sentences of other stories, "
            "or add --include-seen to get scores that are too good"
        )
    return f"none of the {n} gold sentences is among the labels; check that their sentence ids belong together"
