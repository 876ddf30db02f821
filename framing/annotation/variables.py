"""Codings of several coders as tables: one per frame, and for boilerplate, voice and the stance toward each target."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from framing.annotation.rows import MAJORITY, Coding, instant, story_of
from framing.arrays import Codes, Floats
from framing.codebook import Codebook, Stance, Voice
from framing.errors import FramingError

Kind = Literal["frame", "boilerplate", "voice", "stance"]
ABSENT = "absent"  # the stance of a sentence toward a target that its coder left out
YES_NO = ("no", "yes")
MISSING = -1


@dataclass(frozen=True)
class Variable:
    """One thing that coders decided about each sentence.

    Parameters
    ----------
    name : str
        The frame, ``boilerplate``, ``voice``, or ``stance_`` and the target.
    kind : str
    values : tuple of str
        What a coder could choose from, whether or not anyone did.
    codes : ndarray of int8, shape (n_coders, n_sentences)
        Positions among `values`; -1 where a coder did not decide.
    """

    name: str
    kind: Kind
    values: tuple[str, ...]
    codes: NDArray[np.int8]


@dataclass(frozen=True)
class CodingTable:
    """Codings by coder and sentence.

    Parameters
    ----------
    coders : list of str, length n_coders
    sentence_ids : ndarray of str objects, shape (n_sentences,)
        In the order of their first rows.
    texts : ndarray of str objects, shape (n_sentences,)
        Empty where not known.
    stories : ndarray of int, shape (n_sentences,)
        Code of the story; of the article where no story is known.
    coded_at : ndarray of float, shape (n_sentences,)
        Seconds since 1970 of the last coding; NaN unless all codings of the sentence have a time.
    coded : ndarray of bool, shape (n_coders, n_sentences)
    variables : list of Variable
    """

    coders: list[str]
    sentence_ids: NDArray[np.object_]
    texts: NDArray[np.object_]
    stories: Codes
    coded_at: Floats
    coded: NDArray[np.bool_]
    variables: list[Variable]

    @property
    def twice(self) -> Codes:
        """Positions of the sentences that at least two coders coded."""
        return np.flatnonzero(np.count_nonzero(self.coded, axis=0) > 1)

    def part(self, sentences: Codes, coders: Sequence[int] | None = None) -> "CodingTable":
        """Codings of some sentences, in the given order, by all or some coders; stories get new codes."""
        rows = np.arange(len(self.coders)) if coders is None else np.array(coders)
        chosen = np.ix_(rows, sentences)
        return CodingTable(
            coders=[self.coders[i] for i in rows],
            sentence_ids=self.sentence_ids[sentences],
            texts=self.texts[sentences],
            stories=np.unique(self.stories[sentences], return_inverse=True)[1],
            coded_at=self.coded_at[sentences],
            coded=self.coded[chosen],
            variables=[replace(variable, codes=variable.codes[chosen]) for variable in self.variables],
        )

    def compared(self) -> "CodingTable":
        """Without variables that no two coders decided on the same sentence."""
        pairs = [v for v in self.variables if (np.count_nonzero(v.codes >= 0, axis=0) > 1).any()]
        return replace(self, variables=pairs)


def tabulate(codings: Iterable[Coding], codebook: Codebook) -> CodingTable:
    """Bring the codings of several coders into tables.

    Boilerplate counts as a sentence without frames and stance, and has no voice. A target that a stance leaves out is
    ``absent``; for rows without a stance see `told_stances`. Voice and stance are variables only if somebody coded
    them.

    Raises
    ------
    FramingError
        If a row names no coder, or a coder has two rows for a sentence.
    """
    rows = list(codings)
    coders = sorted({row.coder for row in rows})
    coder_codes = {name: i for i, name in enumerate(coders)}
    positions: dict[str, int] = {}
    sentence = np.array([positions.setdefault(row.sentence_id, len(positions)) for row in rows], dtype=np.intp)
    coder = np.array([coder_codes[row.coder] for row in rows], dtype=np.intp)
    _check_coders(rows, coder, sentence)
    texts, stories, articles = dict[int, str](), dict[int, str](), dict[int, str]()
    for place, row in zip(sentence.tolist(), rows, strict=True):
        if row.story:
            stories.setdefault(place, row.story)
        if row.article_id:
            articles.setdefault(place, row.article_id)
        if row.text:
            texts.setdefault(place, row.text)

    stories = articles | stories
    named = [stories.get(place) or story_of(name, {}) for name, place in positions.items()]

    def spread(values: Iterable[int]) -> NDArray[np.int8]:
        codes = np.full((len(coders), len(positions)), MISSING, dtype=np.int8)
        codes[coder, sentence] = np.fromiter(values, dtype=np.int8, count=len(rows))
        return codes

    coded = spread(1 for _ in rows) == 1
    return CodingTable(
        coders=coders,
        sentence_ids=np.array(list(positions), dtype=object),
        texts=np.array([texts.get(place, "") for place in range(len(positions))], dtype=object),
        stories=np.unique(named, return_inverse=True)[1],
        coded_at=_last_times(rows, sentence, len(positions)),
        coded=coded,
        variables=[
            Variable(name, kind, values, spread(codes)) for name, kind, values, codes in _decisions(rows, codebook)
        ],
    )


def _decisions(rows: list[Coding], codebook: Codebook) -> Iterable[tuple[str, Kind, tuple[str, ...], Iterable[int]]]:
    """Name, kind and possible values of each variable, and the code of each row."""
    for frame in codebook.frame_names:
        yield frame, "frame", YES_NO, (frame in row.frames and not row.boilerplate for row in rows)
    yield "boilerplate", "boilerplate", YES_NO, (row.boilerplate for row in rows)
    if any(row.voice for row in rows):
        voices = {value: code for code, value in enumerate(get_args(Voice))}
        yield "voice", "voice", tuple(voices), (voices.get(voice, MISSING) for voice in told_voices(rows))
    if any(row.stance for row in rows):
        stances = {value: code for code, value in enumerate((*get_args(Stance), ABSENT))}
        told = told_stances(rows)
        for target in codebook.target_names:
            codes = (MISSING if stance is None else stances[stance.get(target, ABSENT)] for stance in told)
            yield f"stance_{target}", "stance", tuple(stances), codes


def told_voices(rows: Sequence[Coding]) -> list[str]:
    """Voice that each coding says; empty for boilerplate, and where none is given."""
    return ["" if row.boilerplate else row.voice or "" for row in rows]


def told_stances(rows: Sequence[Coding]) -> list[dict[str, str] | None]:
    """Stance that each coding says, without the targets that are absent; None if stance was not coded.

    A row without the field is absent toward all where its coder gives stances and leaves out what is absent: says so
    nowhere, not even with an empty field, which would tell that absent and not coded are two things. Rows without a
    name may be of several people, as those of a majority are, of whom one coded stance and another did not: what they
    leave out is not coded. Boilerplate has no stance: it is absent under every name that codes stance.
    """
    if not any(row.stance for row in rows):
        return [None for _ in rows]
    coders = {row.coder for row in rows if row.stance is not None}
    explicit = {row.coder for row in rows if row.stance == {} and not row.boilerplate}
    sparing = coders - explicit - {"", MAJORITY}
    return [_told(row, row.coder in (coders if row.boilerplate else sparing)) for row in rows]


def _told(row: Coding, left_out_is_absent: bool) -> dict[str, str] | None:
    if row.stance is None and not left_out_is_absent:
        return None
    return {} if row.boilerplate else row.stance or {}


def _check_coders(rows: list[Coding], coder: Codes, sentence: Codes) -> None:
    for row in rows:
        if not row.coder:
            raise FramingError(f"{row.place}: no coder; agreement is between named coders, add the field coder")
    _, first, own = np.unique(np.stack([coder, sentence]), axis=1, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[own] != np.arange(len(rows)))
    if len(again):
        row, before = rows[again[0]], rows[first[own][again[0]]]
        raise FramingError(f"{row.place}: {row.coder} coded it before at {before.place}; keep one of the rows")


def _last_times(rows: list[Coding], sentence: Codes, n_sentences: int) -> Floats:
    times = [instant(row.coded_at).timestamp() if row.coded_at else np.inf for row in rows]
    last = np.full(n_sentences, -np.inf)
    np.maximum.at(last, sentence, times)
    return np.where(np.isinf(last), np.nan, last)
