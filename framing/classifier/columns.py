"""Columns of labels, the same in every table that has them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from framing.annotation import CodedSentences
from framing.classifier.record import SplitRow
from framing.classifier.splits import on_one_side

OUT_OF_FOLD = "out-of-fold.parquet"


def label_columns(
    frames: Sequence[str], probabilities: NDArray[np.float64], decided: NDArray[np.bool_], boilerplate: str
) -> dict[str, NDArray[Any]]:
    """Per frame ``p_<frame>`` (probability) and ``<frame>`` (0 or 1), and a column named `boilerplate`.

    Parameters
    ----------
    frames : sequence of str, length n_frames
    probabilities, decided : ndarray, shape (n_sentences, n_frames + 1)
        Of the frames and of boilerplate; decided boilerplate has no frames.
    """
    columns: dict[str, NDArray[Any]] = {}
    for i, name in enumerate(frames):
        columns[f"p_{name}"] = np.round(probabilities[:, i], 6)
        columns[name] = (decided[:, i] & ~decided[:, -1]).astype(np.int8)
    columns[boilerplate] = decided[:, -1]
    return columns


def write_out_of_fold(
    folder: Path, coded: CodedSentences, folds: NDArray[np.intp], columns: dict[str, NDArray[Any]]
) -> None:
    """Write the labels that coded sentences got from networks that did not see their story, without their text."""
    table = pa.table(
        {
            "sentence_id": coded.sentence_ids,
            "story": coded.stories,
            "outlet": coded.outlets,
            "fold": folds.astype(np.int16),
            **columns,
        }
    )
    pq.write_table(table, folder / OUT_OF_FOLD)


def read_out_of_fold(
    folder: Path, frames: Sequence[str], record: Sequence[SplitRow]
) -> dict[tuple[str, str], NDArray[np.bool_]]:
    """Decisions on coded sentences by networks that did not see their story, where the model folder has them.

    Parameters
    ----------
    folder : Path
    frames : sequence of str, length n_frames
    record : sequence of SplitRow
        Of the same training run.

    Returns
    -------
    dict of (str, str) to ndarray of bool, shape (n_frames,)
        By id and SHA-256 of the text; without texts that are in several folds, and empty where there is no such file.
    """
    if not (folder / OUT_OF_FOLD).is_file():
        return {}
    table = pq.read_table(folder / OUT_OF_FOLD, columns=["sentence_id", "fold", *frames])
    decided = np.column_stack([table[name].to_numpy() > 0 for name in frames])
    hashes = {row["sentence_id"]: row["sha256"] for row in record}
    ids = table["sentence_id"].to_pylist()
    alone = on_one_side([hashes[sentence_id] for sentence_id in ids], table["fold"].to_pylist())
    return {(ids[i], hashes[ids[i]]): decided[i] for i in np.flatnonzero(alone)}
