"""Columns of labels, the same in every table that has them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from framing.annotation import CodedSentences

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
