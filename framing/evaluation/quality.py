"""`framing evaluate`: labels against gold, with intervals that respect stories."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.annotation import CodedSentences, read_coded
from framing.artefact import new_file, sha256_text, write_json
from framing.corpus import Corpus
from framing.errors import FramingError
from framing.evaluation.bootstrap import Floats, Interval, clustered_intervals
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
        Mean F1 over the frames.
    n_sentences, n_stories : int
        Gold that was evaluated.
    n_seen : int
        Gold left out because the model was trained or tuned on it.
    n_unlabelled : int
        Gold without a label.
    level : float
    codebook : dict
    """

    frames: list[FrameQuality]
    macro_f1: Interval
    n_sentences: int
    n_stories: int
    n_seen: int
    n_unlabelled: int
    level: float
    codebook: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as written to JSON."""
        return asdict(self)


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

    Boilerplate counts as a sentence without frames, on both sides.

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
    sentences = (
        Corpus.load(corpus).sentences() if corpus else opened.table.rename_columns({opened.id_column: "sentence_id"})
    )
    coded = read_coded(Path(gold), opened.codebook, sentences)
    usable, rows, n_seen = _match(coded, opened, include_seen=include_seen)
    predicted = opened.decisions[rows] & opened.content[rows][:, None]
    stories = [coded.stories[i] for i in usable]
    frames, macro = score_frames(opened.codebook.frame_names, predicted, coded.frames[usable], stories, level=level)
    result = Evaluation(
        frames, macro, len(usable), len(set(stories)), n_seen, len(coded) - len(usable) - n_seen, level,
        opened.codebook.reference,
    )  # fmt: skip
    if output is not None:
        with new_file(Path(output), overwrite=overwrite) as partial:
            write_json(partial, result.as_dict())
    return result


def score_frames(
    names: Sequence[str],
    predicted: NDArray[np.bool_],
    actual: NDArray[np.bool_],
    stories: Sequence[str],
    *,
    level: float = 0.95,
) -> tuple[list[FrameQuality], Interval]:
    """Precision, recall and F1 per frame, and macro-F1, with story-clustered bootstrap intervals.

    Parameters
    ----------
    names : sequence of str, length n_frames
    predicted, actual : ndarray of bool, shape (n_sentences, n_frames)
    stories : sequence of str, length n_sentences
    """
    _, clusters = np.unique(np.asarray(stories), return_inverse=True)
    counts = np.stack([predicted & actual, predicted, actual], axis=2).reshape(len(actual), -1).astype(float)
    summed = np.zeros((clusters.max() + 1, counts.shape[1]))
    np.add.at(summed, clusters, counts)
    intervals = clustered_intervals(summed, _precision_recall_f1, level=level)
    totals = counts.sum(axis=0).reshape(-1, 3).astype(int)
    frames = [
        FrameQuality(
            name, intervals[3 * i], intervals[3 * i + 1], intervals[3 * i + 2], int(totals[i, 2]), int(totals[i, 1])
        )
        for i, name in enumerate(names)
    ]
    return frames, intervals[-1]


def _precision_recall_f1(sums: Floats) -> Floats:
    """Columns: precision, recall, F1 of each frame, then macro-F1; F1 of a frame without positives is NaN."""
    hits, predicted, actual = np.moveaxis(sums.reshape(len(sums), -1, 3), 2, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.stack([hits / predicted, hits / actual, 2 * hits / (predicted + actual)], axis=2)
    macro = np.nan_to_num(scores[:, :, 2]).mean(axis=1, keepdims=True)
    return np.concatenate([scores.reshape(len(sums), -1), macro], axis=1)


def _match(
    coded: CodedSentences, labels: Labels, *, include_seen: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    positions = {sentence_id: i for i, sentence_id in enumerate(labels.column(labels.id_column))}
    usable, rows, n_seen = [], [], 0
    for i, (sentence_id, text, story) in enumerate(zip(coded.sentence_ids, coded.texts, coded.stories, strict=True)):
        if sentence_id not in positions:
            continue
        if not include_seen and (sha256_text(text) in labels.seen or story in labels.seen_stories):
            n_seen += 1
            continue
        usable.append(i)
        rows.append(positions[sentence_id])
    if not usable:
        raise FramingError(_nothing_left(n_seen, len(coded)))
    return np.array(usable, dtype=np.intp), np.array(rows, dtype=np.intp), n_seen


def _nothing_left(n_seen: int, n: int) -> str:
    if n_seen:
        return (
            f"all {n_seen} labelled gold sentences were seen in training; code sentences of other stories, "
            "or add --include-seen to get scores that are too good"
        )
    return f"none of the {n} gold sentences is among the labels; check that their sentence ids belong together"
