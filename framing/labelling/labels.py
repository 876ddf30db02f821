"""`Labels`: labelled sentences, and what is known of their classifiers."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from framing.arrays import Codes
from framing.artefact import Manifest, sha256_text
from framing.classifier.assignment import CodedFolds
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.stance.values import STANCES

KIND = "labels"
FOLD = "fold"  # of a corpus labelled by a model of folds: the network that scored the sentence, and its fold


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
        Stories of these: by name in the corpus the model was trained on, in another one by their texts; empty out of
        fold.
    coded : frozenset of str
        SHA-256 of the text of every sentence that was coded for the model, also those it has not seen.
    folds : CodedFolds, optional
        Of a corpus labelled out of fold, whose column ``fold`` says which network scored each sentence.
    seen_for_stance : frozenset of str
        SHA-256 of the text of every sentence that the classifiers of stance and voice were trained or tuned on; empty
        where it is not known.
    """

    table: pa.Table
    codebook: Codebook
    id_column: str
    manifest: Manifest
    seen: frozenset[str]
    seen_stories: frozenset[str]
    coded: frozenset[str] = frozenset()
    folds: CodedFolds | None = None
    seen_for_stance: frozenset[str] = frozenset()

    def column(self, name: str) -> NDArray[Any]:
        """A column as an array; a column of empty strings if it is not there."""
        if name not in self.table.column_names:
            return np.full(len(self.table), "", dtype=object)
        return np.asarray(self.table[name].to_numpy(zero_copy_only=False))

    def names(self, column: str, rows: Codes | None = None) -> NDArray[np.str_]:
        """A column as text, of all sentences or of those at `rows`; empty where it has no value or is not there."""
        values, code = self.codes(column)
        return np.append(values, "")[code if rows is None else code[rows]]

    def codes(self, column: str) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
        """Sorted values of a text column, and the position of each sentence's value among them, -1 where empty.

        Space around a value is no part of it.
        """
        if column not in self.table.column_names:
            return np.array([], dtype=str), np.full(len(self.table), -1)
        encoded = pc.dictionary_encode(self.table[column].combine_chunks().cast(pa.string()))
        written = np.array([text.strip() for text in encoded.dictionary.to_pylist()], dtype=str)
        values, place = np.unique(written, return_inverse=True)
        empty = int("" in values)  # and then first
        place = np.append(place - empty, -1)  # the last is for missing values
        return values[empty:], place[encoded.indices.fill_null(len(written)).to_numpy()]

    @cached_property
    def positions(self) -> dict[str, int]:
        """Position of each sentence by its id."""
        ids = self.table[self.id_column].cast(pa.string()).to_pylist()  # as they are, with space around them
        return {sentence_id: i for i, sentence_id in enumerate(ids)}

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

    def unseen_for_stance(self, rows: Codes) -> Codes:
        """Which of the sentences at `rows`, by their place there, the classifiers of stance and voice have not seen."""
        if not self.seen_for_stance:
            return np.arange(len(rows))
        texts = self.table["text"].take(pa.array(rows)).to_pylist()
        return np.flatnonzero([sha256_text(text) not in self.seen_for_stance for text in texts])

    @cached_property
    def _scored_by(self) -> Codes:
        return np.asarray(self.column(FOLD), dtype=np.intp)

    @cached_property
    def dates(self) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
        """Sorted ISO days, and the position of each sentence's among them, -1 where it has no valid date."""
        values, place = self.codes("date")
        written = np.array([iso_day(value) for value in values.tolist()], dtype=str)
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


def iso_day(text: str) -> str:
    """The day of an ISO date or time, empty if it is none."""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""
