"""Reading labels back: a labels folder, or a labelled table."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from framing.artefact import Manifest, read_manifest
from framing.classifier.training import SPLIT
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.labelling.tables import read_table

KIND = "labels"


@dataclass(frozen=True)
class Labels:
    """Labelled sentences.

    Parameters
    ----------
    table : pyarrow.Table
        A row per sentence; per frame ``p_<frame>`` and ``<frame>``.
    codebook : Codebook
    id_column : str
        Where the sentence ids are.
    manifest : dict
        Of the labels folder; empty for a labelled table.
    seen : dict of str to str
        SHA-256 of the text of every sentence that the model was trained or tuned on, with the part.
    seen_stories : frozenset of str
    """

    table: pa.Table
    codebook: Codebook
    id_column: str
    manifest: Manifest
    seen: dict[str, str]
    seen_stories: frozenset[str]

    def column(self, name: str) -> NDArray[Any]:
        """A column as an array; a column of empty strings if it is not there."""
        if name not in self.table.column_names:
            return np.full(len(self.table), "", dtype=object)
        return np.asarray(self.table[name].to_numpy(zero_copy_only=False))

    @cached_property
    def decisions(self) -> NDArray[np.bool_]:
        """Whether each frame applies, shape (n_sentences, n_frames)."""
        return np.column_stack([self.column(name).astype(float) > 0 for name in self.codebook.frame_names])

    @cached_property
    def content(self) -> NDArray[np.bool_]:
        """True where a sentence is article content, shape (n_sentences,)."""
        return np.asarray(self.column("boilerplate") != True)  # noqa: E712  (a missing value counts as content)


def read_labels(
    path: str | Path,
    *,
    model: str | Path | None = None,
    codebook: str | Path | None = None,
    id_column: str = "sentence_id",
) -> Labels:
    """Open a labels folder or a labelled table.

    Parameters
    ----------
    path : str or Path
        Folder written by `framing label`, or a csv, jsonl or parquet file.
    model : str or Path, optional
        The model that labelled a table; gives the codebook and the record of what it saw.
    codebook : str or Path, optional
        Codebook of a table when the model is not at hand.
    id_column : str
        Of a table.

    Raises
    ------
    FramingError
        If there are no labels, a frame column is missing, or the codebook is unknown or another one.
    """
    path = Path(path)
    if path.is_dir():
        manifest = read_manifest(path, KIND)
        book = Codebook.load(path / "codebook.yaml")
        book.check_same(manifest["codebook"], str(path))
        if codebook is not None:
            Codebook.load(codebook).check_same(manifest["codebook"], str(path))
        table = pq.read_table(sorted(path.glob("part-*.parquet")))
        return Labels(table, book, "sentence_id", manifest, *_seen(path / SPLIT))
    if model is None and codebook is None:
        raise FramingError(f"{path}: a table does not say its codebook; add --model (or --codebook)")
    book = Codebook.load(Path(model) / "codebook.yaml") if model is not None else Codebook.load(codebook or "")
    table = _arrow(path, book, id_column)
    return Labels(table, book, id_column, {}, *_seen(Path(model) / SPLIT if model is not None else None))


def _arrow(path: Path, codebook: Codebook, id_column: str) -> pa.Table:
    source = read_table(path)
    ids = source.ids(id_column)
    wanted = [column for name in codebook.frame_names for column in (f"p_{name}", name)]
    if missing := [name for name in wanted if name not in source.columns]:
        raise FramingError(
            f"{path}: no column {missing[0]!r}; expected the output of framing label with {codebook.name}"
        )
    columns: dict[str, Any] = {name: [float(value) for value in source.texts(name)] for name in wanted}
    for name in ("text", "outlet", "story", "article_id", "date"):
        if name in source.columns:
            columns[name] = source.texts(name)
    return pa.table({id_column: ids, **columns})


def _seen(path: Path | None) -> tuple[dict[str, str], frozenset[str]]:
    if path is None or not path.is_file():
        return {}, frozenset()
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    learned = [row for row in rows if row["part"] != "test"]
    return {row["sha256"]: row["part"] for row in learned}, frozenset(row["story"] for row in learned)
