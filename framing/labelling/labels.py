"""Reading labels back: a labels folder, or a labelled table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from framing.arrays import Codes
from framing.artefact import Manifest, read_manifest, sha256_text
from framing.classifier.assignment import CodedFolds
from framing.classifier.folder import find
from framing.classifier.record import SplitRow, learned_from, read_split
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.labelling.tables import read_parts, read_table
from framing.stance.values import STANCES

KIND = "labels"
FOLD = "fold"  # of a corpus labelled by a model of folds: the network that scored the sentence, and its fold
BOILERPLATE_COLUMNS = ("predicted_boilerplate", "boilerplate")  # ours first, where a table had one of its own
_WORDS = {"true": "1", "false": "0"}


@dataclass(frozen=True)
class Labels:
    """Labelled sentences.

    Parameters
    ----------
    table : pyarrow.Table
        A row per sentence; per frame ``<frame>`` and, if there are probabilities, ``p_<frame>``.
    codebook : Codebook
    id_column : str
        Where the sentence ids are.
    manifest : dict
        Of the labels folder; empty for a labelled table.
    seen : frozenset of str
        SHA-256 of the text of every sentence that the model was trained or tuned on; empty for a corpus labelled out
        of fold.
    seen_stories : frozenset of str
        Stories of these, by the names of the corpus the model was trained on; empty for labels of another corpus,
        and out of fold.
    coded : frozenset of str
        SHA-256 of the text of every sentence that was coded for the model, also those it has not seen.
    folds : CodedFolds, optional
        Of a corpus labelled out of fold, whose column ``fold`` says which network scored each sentence.
    """

    table: pa.Table
    codebook: Codebook
    id_column: str
    manifest: Manifest
    seen: frozenset[str]
    seen_stories: frozenset[str]
    coded: frozenset[str] = frozenset()
    folds: CodedFolds | None = None

    def column(self, name: str) -> NDArray[Any]:
        """A column as an array; a column of empty strings if it is not there."""
        if name not in self.table.column_names:
            return np.full(len(self.table), "", dtype=object)
        return np.asarray(self.table[name].to_numpy(zero_copy_only=False))

    def names(self, column: str) -> NDArray[np.str_]:
        """A column as text, missing values empty."""
        return np.array(["" if value is None else str(value) for value in self.column(column)], dtype=str)

    def codes(self, column: str) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
        """Sorted values of a text column, and the position of each sentence's value among them, -1 where empty."""
        if column not in self.table.column_names:
            return np.array([], dtype=str), np.full(len(self.table), -1)
        encoded = pc.dictionary_encode(self.table[column].combine_chunks().cast(pa.string()))
        values = np.array(encoded.dictionary.to_pylist(), dtype=str)
        order = np.argsort(values)
        order = order[values[order] != ""]
        place = np.full(len(values) + 1, -1)  # the last is for missing values
        place[order] = np.arange(len(order))
        return values[order], place[encoded.indices.fill_null(len(values)).to_numpy()]

    @cached_property
    def positions(self) -> dict[str, int]:
        """Position of each sentence by its id."""
        return {sentence_id: i for i, sentence_id in enumerate(self.names(self.id_column).tolist())}

    @property
    def sentences(self) -> pa.Table:
        """The table with its ids as ``sentence_id``, as a corpus has them."""
        if self.id_column == "sentence_id":
            return self.table
        others = self.table.drop_columns([name for name in ("sentence_id",) if name in self.table.column_names])
        return others.rename_columns({self.id_column: "sentence_id"})

    def saw(self, sentence_id: str, text: str, story: str) -> bool:
        """Tell whether the network that labelled a sentence was trained or tuned on it or its story."""
        sha256 = sha256_text(text)
        if self.folds is not None:  # it was chosen by the story, which in another corpus may hold parts of several
            return self.folds.learned(sha256, int(self._scored_by[self.positions[sentence_id]]))
        return story in self.seen_stories or sha256 in self.seen

    @cached_property
    def _scored_by(self) -> Codes:
        return np.asarray(self.column(FOLD), dtype=np.intp)

    @cached_property
    def dates(self) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
        """Sorted ISO days, and the position of each sentence's among them, -1 where it has no valid date."""
        values, place = self.codes("date")
        written = np.array([_iso_day(value) for value in values.tolist()], dtype=str)
        days = np.unique(written[written != ""])
        at = np.where(written == "", -1, np.searchsorted(days, written))
        return days, np.append(at, -1)[place].astype(np.intp)  # the last is for sentences without a value

    @property
    def story_column(self) -> str:
        """Column of the units of independence: stories, or articles where stories are not known.

        Raises
        ------
        FramingError
            If the labels have neither.
        """
        for name in ("story", "article_id"):
            if name in self.table.column_names:
                return name
        raise FramingError(
            "the labels have neither a story nor an article_id column, without which sentences of one article "
            "would count as independent; add one of them to the table and label it again"
        )

    @cached_property
    def decisions(self) -> NDArray[np.bool_]:
        """Whether each frame applies, shape (n_sentences, n_frames)."""
        return np.column_stack([self.column(name).astype(float) > 0 for name in self.codebook.frame_names])

    @property
    def has_probabilities(self) -> bool:
        """Tell whether there is a probability of each frame; a table that people labelled may have none."""
        return all(f"p_{name}" in self.table.column_names for name in self.codebook.frame_names)

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Probability of each frame, 0 to 1, shape (n_sentences, n_frames).

        Raises
        ------
        FramingError
            If the labels have none.
        """
        if not self.has_probabilities:
            raise FramingError(
                f"the labels have no column 'p_{self.codebook.frame_names[0]}' of probabilities, which is needed here; "
                "use the output of framing label"
            )
        return np.column_stack([self.column(f"p_{name}").astype(float) for name in self.codebook.frame_names])

    @property
    def stance_targets(self) -> tuple[str, ...]:
        """Targets of the codebook toward which there are labels of stance."""
        return tuple(name for name in self.codebook.target_names if f"stance_{name}" in self.table.column_names)

    @property
    def has_voice(self) -> bool:
        """Tell whether a classifier labelled voice; a table keeps its own columns, and one may be of coders' voices."""
        return {"voice", "p_source"} <= set(self.table.column_names)

    def stance_probabilities(self, target: str) -> dict[str, NDArray[np.float64]]:
        """Probability of each stance toward a target, as `framing.evaluation.stance.fit_stance` takes them.

        Parameters
        ----------
        target : str
            Of the codebook.

        Returns
        -------
        dict of str to ndarray of float, shape (n_sentences,)
            0 to 1; NaN where the target is absent.

        Raises
        ------
        FramingError
            If the labels have none.
        """
        names = {stance: f"p_{target}_{stance}" for stance in STANCES}
        if missing := [name for name in names.values() if name not in self.table.column_names]:
            raise FramingError(f"the labels have no column {missing[0]!r}; label again with --stance")
        return {stance: self.column(name).astype(float) for stance, name in names.items()}

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
        table = read_parts(path, manifest.get("sentences", 1))
        rows = read_split(path)
        if FOLD in table.column_names:
            folds = CodedFolds.from_split(rows, 1 + max(row["fold"] for row in rows))
            return Labels(table, book, "sentence_id", manifest, frozenset(), frozenset(), _coded(rows), folds)
        seen = learned_from(rows, manifest["corpus"]["sha256"])
        return Labels(table, book, "sentence_id", manifest, *seen, _coded(rows))
    if model is None and codebook is None:
        raise FramingError(f"{path}: a table does not say its codebook; add --model (or --codebook)")
    folder = find(model) if model is not None else None
    book = Codebook.load(folder / "codebook.yaml" if folder else codebook or "")
    if folder and codebook is not None:
        Codebook.load(codebook).check_same(book.reference, str(folder))
    rows = read_split(folder) if folder else []
    return Labels(_arrow(path, book, id_column), book, id_column, {}, *learned_from(rows), _coded(rows))


def _iso_day(text: str) -> str:
    """The day of an ISO date or time, empty if it is none."""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


def _arrow(path: Path, codebook: Codebook, id_column: str) -> pa.Table:
    """Columns of a labelled table: frames, probabilities and boilerplate as numbers, all others as text."""
    source = read_table(path)
    source.ids(id_column)
    forms = ("p_{}", "{}") if any(f"p_{name}" in source.columns for name in codebook.frame_names) else ("{}",)
    wanted = [form.format(name) for name in codebook.frame_names for form in forms]
    if missing := [name for name in wanted if name not in source.columns]:
        raise FramingError(
            f"{path}: no column {missing[0]!r}; expected the output of framing label with {codebook.name}"
        )
    scores = {"p_source", *(f"p_{target}_{stance}" for target in codebook.target_names for stance in STANCES)}
    columns: dict[str, Any] = {}
    for name in source.columns:
        if name in wanted:
            columns[name] = [_number(text, name, path, line) for text, line in source.cells(name)]
        elif name in scores:
            cells = source.cells(name)
            columns[name] = pa.array([_number(x, name, path, i) if x else None for x, i in cells], pa.float64())
        elif name not in BOILERPLATE_COLUMNS:
            columns[name] = [None if row.get(name) is None else str(row[name]) for row in source.rows]
    marks = next((name for name in BOILERPLATE_COLUMNS if name in source.columns), None)
    if marks:
        columns["boilerplate"] = [_number(text, marks, path, line) > 0 for text, line in source.cells(marks)]
    return pa.table(columns)


def _number(text: str, column: str, path: Path, line: int) -> float:
    try:
        return float(_WORDS.get(text.strip().lower(), text))
    except ValueError:
        raise FramingError(
            f"{path}:{line}: column {column!r}: expected a number, found {text!r}; label again"
        ) from None


def _coded(rows: Sequence[SplitRow]) -> frozenset[str]:
    return frozenset(row["sha256"] for row in rows)
