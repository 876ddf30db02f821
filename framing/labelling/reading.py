"""Reading labels back: a labels folder, or a labelled table."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from framing.artefact import read_manifest
from framing.classifier.assignment import CodedFolds
from framing.classifier.folder import KIND as MODEL
from framing.classifier.folder import find
from framing.classifier.record import STANCE_SPLIT, VOICE_SPLIT, SplitRow, learned_from, read_record, read_split
from framing.codebook import Codebook
from framing.corpus import Corpus
from framing.errors import FramingError
from framing.labelling.articles import with_articles
from framing.labelling.labels import FOLD, KIND, Labels
from framing.labelling.tables import read_parts, read_table
from framing.stance.values import STANCES

_BOILERPLATE = ("predicted_boilerplate", "boilerplate")  # ours first, where a table had one of its own
_WORDS = {"true": "1", "false": "0"}


def read_labels(
    path: str | Path,
    *,
    model: str | Path | None = None,
    codebook: str | Path | None = None,
    id_column: str = "sentence_id",
    corpus: str | Path | None = None,
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
    corpus : str or Path, optional
        That was labelled: adds the columns that its articles came with, see `framing.labelling.articles`.

    Raises
    ------
    FramingError
        If there are no labels, a frame column is missing, the codebook is unknown or another one, or the corpus is
        another one; in a table also if a row cannot be read or a frame is neither 0 nor 1.
    """
    path = Path(path)
    labels = _read_folder(path, codebook) if path.is_dir() else _read_table(path, model, codebook, id_column)
    return with_articles(labels, Corpus.load(corpus)) if corpus is not None else labels


def _read_folder(path: Path, codebook: str | Path | None) -> Labels:
    manifest = read_manifest(path, KIND)
    book = Codebook.load(path / "codebook.yaml")
    book.check_same(manifest["codebook"], str(path))
    if codebook is not None:
        Codebook.load(codebook).check_same(manifest["codebook"], str(path))
    table, rows = read_parts(path, manifest["sentences"]), read_record(path, manifest.get("model", {}))
    for_stance, _ = learned_from([*read_split(path, STANCE_SPLIT), *read_split(path, VOICE_SPLIT)])
    seen, folds = learned_from(rows, manifest["corpus"]["sha256"], table), None
    if FOLD in table.column_names:  # no network has scored what it has seen, but where stories merged
        seen = frozenset(), frozenset()
        folds = CodedFolds.from_split(rows, 1 + max(row["fold"] for row in rows))
    return Labels(table, book, "sentence_id", manifest, *seen, _coded(rows), folds, for_stance)


def _read_table(path: Path, model: str | Path | None, codebook: str | Path | None, id_column: str) -> Labels:
    if model is None and codebook is None:
        raise FramingError(f"{path}: a table does not say its codebook; add --model (or --codebook)")
    folder = find(model) if model is not None else None
    book = Codebook.load(folder / "codebook.yaml" if folder else codebook or "")
    if folder and codebook is not None:
        Codebook.load(codebook).check_same(book.reference, str(folder))
    rows = read_record(folder, read_manifest(folder, MODEL)) if folder else []
    return Labels(_arrow(path, book, id_column), book, id_column, {}, *learned_from(rows), _coded(rows))


def _arrow(path: Path, codebook: Codebook, id_column: str) -> pa.Table:
    """Columns of a labelled table: frames, probabilities and boilerplate as numbers, all others as text."""
    source = read_table(path)
    if source.problems:  # shares of the rest would not be those of the table
        raise FramingError(f"{source.problems[0]}; of a labelled table every row is needed")
    source.ids(id_column)
    forms = ("p_{}", "{}") if any(f"p_{name}" in source.columns for name in codebook.frame_names) else ("{}",)
    decided = set(codebook.frame_names)
    wanted = [form.format(name) for name in codebook.frame_names for form in forms]
    if missing := [name for name in wanted if name not in source.columns]:
        raise FramingError(
            f"{path}: no column {missing[0]!r}; expected the output of framing label with {codebook.name}"
        )
    scores = {"p_source", *(f"p_{target}_{stance}" for target in codebook.target_names for stance in STANCES)}
    columns: dict[str, Any] = {}
    for name in source.columns:
        if name in wanted:
            read = _decision if name in decided else _probability
            columns[name] = [read(text, name, path, line) for text, line in source.cells(name)]
        elif name in scores:
            cells = source.cells(name)
            columns[name] = pa.array([_probability(x, name, path, i) if x else None for x, i in cells], pa.float64())
        elif name not in _BOILERPLATE:
            columns[name] = source.texts(name)
    marks = next((name for name in _BOILERPLATE if name in source.columns), None)
    if marks:
        columns["boilerplate"] = [_decision(text, marks, path, line) > 0 for text, line in source.cells(marks)]
    return pa.table(columns)


def _decision(text: str, column: str, path: Path, line: int) -> float:
    """A label, as number."""
    if (number := _probability(text, column, path, line)) not in (0, 1):
        raise FramingError(
            f"{path}:{line}: column {column!r}: expected 0 or 1, found {text!r}; a mean of several coders is no label, "
            "decide each"
        )
    return number


def _probability(text: str, column: str, path: Path, line: int) -> float:
    with suppress(ValueError):
        if 0 <= (number := float(_WORDS.get(text.strip().lower(), text))) <= 1:
            return number
    raise FramingError(
        f"{path}:{line}: column {column!r}: expected a number from 0 to 1, found {text!r}; mend it, leave out rows "
        "without a label, or label again"
    )


def _coded(rows: Sequence[SplitRow]) -> frozenset[str]:
    return frozenset(row["sha256"] for row in rows)
