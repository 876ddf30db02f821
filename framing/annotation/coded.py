"""Coded sentences as arrays: codings joined with their text, story, outlet and context."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from framing.annotation.folder import read_final
from framing.annotation.ledger import read_ledger
from framing.annotation.rows import Coding, known_story, story_of
from framing.annotation.settling import differences
from framing.annotation.variables import ABSENT, told_stances, told_voices
from framing.artefact import sha256_text
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.progress import note

T = TypeVar("T")
_COLUMNS = ("sentence_id", "article_id", "index", "text", "story", "outlet")


@dataclass(frozen=True)
class CodedSentences:
    """Coded sentences, one position per sentence in every field.

    Parameters
    ----------
    sentence_ids, texts, previous, stories, outlets, coders : list of str, length n_sentences
        `previous` is the sentence before, empty where there is none or it is not known. `stories` are the
        units of splitting and resampling; the article id where the story is not known.
    frames : ndarray of bool, shape (n_sentences, n_frames)
        Columns in the codebook's order; all false for boilerplate.
    boilerplate : ndarray of bool, shape (n_sentences,)
    inclusion_probability : ndarray of float, shape (n_sentences,)
        Probability with which the sentence was drawn, above 0 to 1; NaN where it is not known.
    purposes : list of str, length n_sentences
        ``estimate``, ``training``, or empty where not said.
    voices : list of str, length n_sentences
        ``outlet``, ``source``, or empty where not coded and for boilerplate.
    stances : list of dict of str to str, or None, length n_sentences
        Stance toward each target that is there; None where stance was not coded.
    n_left_out : int
        Coded sentences that were not asked for.
    n_uncoded : int
        Sentences that were drawn for an estimate and are not coded, as far as a coding folder, or ``n_drawn`` in the
        rows of a file, tells.
    """

    sentence_ids: list[str]
    texts: list[str]
    previous: list[str]
    stories: list[str]
    outlets: list[str]
    coders: list[str]
    frames: NDArray[np.bool_]
    boilerplate: NDArray[np.bool_]
    inclusion_probability: NDArray[np.float64]
    purposes: list[str]
    voices: list[str]
    stances: list[dict[str, str] | None]
    n_left_out: int = 0
    n_uncoded: int = 0

    def __len__(self) -> int:
        return len(self.sentence_ids)

    def take(self, rows: NDArray[np.intp]) -> "CodedSentences":
        """Sentences at the given positions; what was left out or is uncoded stays counted."""

        def pick(values: list[T]) -> list[T]:
            return [values[i] for i in rows]

        return CodedSentences(
            pick(self.sentence_ids),
            pick(self.texts),
            pick(self.previous),
            pick(self.stories),
            pick(self.outlets),
            pick(self.coders),
            self.frames[rows],
            self.boilerplate[rows],
            self.inclusion_probability[rows],
            pick(self.purposes),
            pick(self.voices),
            pick(self.stances),
            self.n_left_out,
            self.n_uncoded,
        )


def stances_toward(target: str, stances: Sequence[dict[str, str] | None] | NDArray[np.object_]) -> NDArray[np.object_]:
    """Stance toward one target as an array of objects: ``absent`` where it is not there, None where not coded."""
    return np.array([None if stance is None else stance.get(target, ABSENT) for stance in stances], dtype=object)


def read_coded(
    path: Path | Sequence[Path],
    codebook: Codebook,
    sentences: pa.Table | None = None,
    *,
    within: Collection[str] | None = None,
) -> CodedSentences:
    """Read codings and join them with the sentences of a corpus, or with the text that the rows carry.

    Parameters
    ----------
    path : Path or sequence of Path
        ``annotations.jsonl``, one row per sentence, or a coding folder; several are read as one, in which a
        sentence that some of them code alike counts once, as the first has it.
    codebook : Codebook
        Codebook of the rows.
    sentences : pyarrow.Table, optional
        Where text, story, outlet and order of a ``sentence_id`` are found. Rows of other sentences need their
        ``text``, and ``story`` or ``article_id`` to say what belongs together, unless their ids do
        (``article-1#4``); a note on standard error counts those that are stories of their own for want of them.
    within : collection of str, optional
        Ids of sentences; codings of others are left out and counted as `n_left_out`.

    Raises
    ------
    FramingError
        If a row is broken, a sentence is coded twice in one file or differently in two, is not in the corpus, or has
        another text there.
    """
    paths = [path] if isinstance(path, Path) else path
    by_path = [list(read_final(one, codebook)) for one in paths]
    codings = _once(by_path)
    counts = Counter(coding.sentence_id for own in by_path for coding in own)
    if n_again := sum(n > 1 for n in counts.values()):
        what = "1 sentence is" if n_again == 1 else f"{n_again:,} sentences are"
        note(f"{', '.join(map(str, paths))}: {what} coded alike in several of these and counted once")
    stances = {coding.sentence_id: told for coding, told in zip(codings, told_stances(codings), strict=True)}
    n_all, n_uncoded = len(codings), sum(map(_count_uncoded, paths, by_path))
    if within is not None:
        codings = [coding for coding in codings if coding.sentence_id in within]
    known = _near(sentences, codings) if sentences is not None else {}
    rows = [_joined(coding, known) for coding in codings]
    _note_alone(paths, codings, rows)
    frames = [[name in coding.frames and not coding.boilerplate for name in codebook.frame_names] for coding in codings]
    return CodedSentences(
        [coding.sentence_id for coding in codings],
        [str(row["text"]) for row in rows],
        _previous({coding.sentence_id: row for coding, row in zip(codings, rows, strict=True)}, known),
        [story_of(coding.sentence_id, row) for coding, row in zip(codings, rows, strict=True)],
        [str(row.get("outlet") or "") for row in rows],
        [coding.coder for coding in codings],
        np.array(frames, dtype=bool).reshape(len(codings), len(codebook.frame_names)),
        np.array([coding.boilerplate for coding in codings], dtype=bool),
        np.array([coding.inclusion_probability for coding in codings], dtype=float),  # None becomes NaN
        [coding.purpose or "" for coding in codings],
        told_voices(codings),
        [stances[coding.sentence_id] for coding in codings],
        n_all - len(codings),
        n_uncoded,
    )


def _count_uncoded(path: Path, codings: list[Coding]) -> int:
    """Sentences drawn for an estimate that are not coded, as the ledger of a folder or the rows of a file tell."""
    if not path.is_dir():
        # samples of one size in one file are taken for one
        told = Counter(coding.n_drawn for coding in codings if coding.n_drawn)
        return sum(max(n_drawn - n_coded, 0) for n_drawn, n_coded in told.items())
    coded = {coding.sentence_id for coding in codings}
    rows = read_ledger(path).rows.values()
    return sum(row["purpose"] == "estimate" and row["sentence_id"] not in coded for row in rows)


def _once(by_path: Sequence[list[Coding]]) -> list[Coding]:
    """The first coding of each sentence; a second one has to be of another file or folder, and the same."""
    first: dict[str, tuple[int, Coding]] = {}
    for number, own in enumerate(by_path):
        for coding in own:
            source, before = first.setdefault(coding.sentence_id, (number, coding))
            if before is not coding:
                _refuse_another(before, coding, one_source=source == number)
    return [coding for _, coding in first.values()]


def _refuse_another(before: Coding, coding: Coding, *, one_source: bool) -> None:
    if one_source:
        raise FramingError(f"{coding.place}: coded before at {before.place}; keep one adjudicated row per sentence")
    if before.text and coding.text and _plain(before.text) != _plain(coding.text):
        raise FramingError(
            f"{coding.place}: another text than at {before.place}, {before.text[:60]!r}; give codings of one corpus"
        )
    if differences([before, coding]):
        raise FramingError(
            f"{coding.place}: coded as {_said(coding)}, but at {before.place} as {_said(before)}; decide which is "
            "right and code it alike in both, or leave one of the two out"
        )


def _said(coding: Coding) -> str:
    what = "boilerplate" if coding.boilerplate else ", ".join(sorted(coding.frames)) or "no frame"
    voice = [f"voice {coding.voice}"] if coding.voice else []
    stance = [f"{value} toward {name}" for name, value in (coding.stance or {}).items()]
    return ", ".join([what, *voice, *(["absent toward all"] if coding.stance == {} else stance)])


def _note_alone(paths: Sequence[Path], codings: list[Coding], rows: list[Mapping[str, Any]]) -> None:
    alone = sum(not known_story(coding.sentence_id, row) for coding, row in zip(codings, rows, strict=True))
    if alone > 1:
        note(
            f"{', '.join(map(str, paths))}: {alone:,} of {len(codings):,} coded sentences have no story or article_id "
            "and count as stories of their own; where some are of one article, scores are too good: add article_id to "
            "their rows"
        )


def _near(sentences: pa.Table, codings: list[Coding]) -> dict[str, Mapping[str, Any]]:
    """Coded sentences and the others of their articles, by id."""
    table = sentences.select([name for name in _COLUMNS if name in sentences.column_names])
    coded = pc.is_in(table["sentence_id"], pa.array([coding.sentence_id for coding in codings], pa.string()))
    if "article_id" in table.column_names:
        coded = pc.or_(coded, pc.is_in(table["article_id"], table["article_id"].filter(coded)))
    return {row["sentence_id"]: row for row in table.filter(coded).to_pylist()}


def _previous(rows: Mapping[str, Mapping[str, Any]], known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Sentence before each: as the row gives it, else of the corpus or of the other coded rows of its article."""
    texts = {_place(*item): item[1]["text"] for item in (*known.items(), *rows.items()) if "text" in item[1]}

    def before(sentence_id: str, row: Mapping[str, Any]) -> str:
        article, index = _place(sentence_id, row)
        if "previous" in row or index is None:
            return str(row.get("previous", ""))
        return str(texts.get((article, index - 1), "")) if article else ""

    return [before(*item) for item in rows.items()]


def _place(sentence_id: str, row: Mapping[str, Any]) -> tuple[str, int | None]:
    """The article, which the id may name, empty where it is not known; and the place in it."""
    return str(row.get("article_id") or sentence_id.rpartition("#")[0]), _index(row)


def _index(row: Mapping[str, Any]) -> int | None:
    """The place in the article; None where it is missing, or a table has another column of that name."""
    number = str(row.get("index")).removesuffix(".0")
    return int(number) if number.isascii() and number.isdigit() else None


def _joined(coding: Coding, known: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Fields of the corpus, completed by those of the row itself."""
    own, found = coding.known(), known.get(coding.sentence_id, {})
    row = {**own, **{name: value for name, value in found.items() if value not in {None, ""}}}
    if "text" not in row:
        raise FramingError(
            f"{coding.place}: no text of this sentence, neither in the row nor in the corpus or the labels; "
            "add the text to the row, or --corpus with the corpus it was drawn from"
        )
    other = "text" in own and _plain(own["text"]) != _plain(row["text"])
    if other or (coding.sha256 and coding.sha256 != sha256_text(row["text"])):
        raise FramingError(
            f"{coding.place}: the corpus or the labels have another text for this sentence, {str(row['text'])[:60]!r}, "
            "than was coded; use those the sentences were drawn from, whose ids count the headline as 0"
        )
    return row


def _plain(text: str) -> str:
    """Text whose white space and composed characters do not matter."""
    return " ".join(normalize("NFC", text).split())
