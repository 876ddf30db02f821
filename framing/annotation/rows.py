"""One coded row: read, validated against the codebook, with errors that name file, line and id."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from framing.codebook import Codebook, Stance, Voice
from framing.errors import FramingError


def instant(iso: str) -> datetime:
    """Point in time of an ISO 8601 text; one without a time zone is taken for UTC.

    Raises
    ------
    ValueError
        If it is no such text.
    """
    try:
        found = datetime.fromisoformat(iso)
    except ValueError:
        raise ValueError("expected a time in ISO 8601, such as 2024-05-06T14:30:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _check_time(iso: str) -> str:
    instant(iso)
    return iso


_Id = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Time = Annotated[str, AfterValidator(_check_time)]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Purpose = Literal["estimate", "training"]
MAJORITY = "majority"  # stands as the coder of what a majority decided

_KNOWN = ("text", "previous", "article_id", "index", "story", "outlet")


class Coding(BaseModel):
    """A coder's decision on one sentence, as a row of ``annotations.jsonl`` gives it.

    Only `sentence_id` and `frames` are needed. `text`, `story` and the like are used where no corpus gives them;
    any other field is passed over. `inclusion_probability` (above 0 to 1) and `purpose` come from the ledger in a
    coding folder; exported rows have them, and in `n_drawn` how many sentences were drawn for an estimate. `codebook`
    is the SHA-256 of the codebook the row was coded with. `coded_at` is ISO 8601, `seconds` how long the sentence took
    to code.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    sentence_id: _Id
    frames: list[str]
    coder: _Id = ""
    boilerplate: bool = False
    voice: str | None = None
    stance: dict[str, str] | None = None
    unsure: bool = False
    comment: str = ""
    coded_at: _Time | None = None
    seconds: _Seconds | None = None
    text: _Text | None = None
    previous: str | None = None
    sha256: str | None = None
    article_id: _Id | None = None
    index: int | None = None
    story: _Id | None = None
    outlet: str | None = None
    inclusion_probability: float | None = None
    purpose: Purpose | None = None
    n_drawn: Annotated[int, Field(ge=1)] | None = None
    codebook: str | None = None
    place: str = ""

    def says_the_same(self, other: "Coding") -> bool:
        """Whether two codings have the same values: frames, boilerplate, voice, stance; not coded is another one."""
        return self._values() == other._values()

    def _values(self) -> tuple[object, ...]:
        return frozenset(self.frames), self.boilerplate, self.voice, self.stance

    def known(self) -> dict[str, Any]:
        """Fields that can stand in for those of the corpus, where they are given."""
        return {name: value for name in _KNOWN if (value := getattr(self, name)) is not None}


def story_of(sentence_id: str, known: Mapping[str, Any]) -> str:
    """Story of a sentence as far as it is known; else the sentence is a story of its own."""
    return known_story(sentence_id, known) or sentence_id


def known_story(sentence_id: str, known: Mapping[str, Any]) -> str:
    """Story of a sentence by what is known of it; else its article, which its id may name; else empty."""
    return str(known.get("story") or known.get("article_id") or sentence_id.rpartition("#")[0])


def read_codings(path: Path, codebook: Codebook) -> Iterator[Coding]:
    """Read ``annotations.jsonl``: one JSON object per coder and sentence.

    Parameters
    ----------
    path : Path
        Rows as in `Coding`. For coding folders see `framing.annotation.folder`.
    codebook : Codebook
        Names that the rows may use.

    Raises
    ------
    FramingError
        At the first row that is broken or does not fit the codebook, or if the file is missing or empty.
    """
    if not path.is_file():
        raise FramingError(f"{path}: no such file of coded sentences; check the path")
    if path.suffix.lower() in {".csv", ".tsv", ".xlsx"}:
        raise FramingError(f"{path}: a table, expected JSON lines; bring it into a coding folder with framing import")
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise FramingError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    if not any(line.strip() for line in lines):
        raise FramingError(f"{path}: empty file; expected one JSON object per coded sentence")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _coding(line, f"{path}:{number}", codebook)


def _coding(line: str, place: str, codebook: Codebook) -> Coding:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise FramingError(f"{place}: broken JSON ({error}); mend the line") from None
    if not isinstance(row, dict) or "sentence_id" not in row or "frames" not in row:
        raise FramingError(f"{place}: expected an object with sentence_id and frames, found {line[:60]!r}")
    return check_coding(row, place, codebook)


def check_coding(row: dict[str, Any], place: str, codebook: Codebook) -> Coding:
    """A row as a coding, checked against the codebook; it has `sentence_id` and `frames`, `place` is its file and line.

    Raises
    ------
    FramingError
        If a field has another type than `Coding` says, or a value that is not in the codebook.
    """
    place = f"{place} (id {row['sentence_id']})"
    try:
        coding = Coding.model_validate({**row, "place": place})
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(step) for step in problem["loc"])
        raise FramingError(f"{place}: {name}: {problem['msg']}, found {problem['input']!r:.60}; mend the row") from None
    _check_design(coding, codebook)
    stance = coding.stance or {}
    _check_names("frame", coding.frames, codebook.frame_names, place, codebook)
    _check_names("target", stance, codebook.target_names, place, codebook)
    _check_values("stance", stance.values(), get_args(Stance), place)
    _check_values("voice", [coding.voice] if coding.voice else [], get_args(Voice), place)
    return coding


def _check_design(coding: Coding, codebook: Codebook) -> None:
    probability = coding.inclusion_probability
    if probability is not None and not 0 < probability <= 1:
        raise FramingError(
            f"{coding.place}: inclusion_probability {probability}: expected above 0 to 1, as written when the sample "
            "was drawn; lost or zero ones cannot be repaired, code a sample drawn by framing sample"
        )
    if probability is not None and coding.purpose == "training":
        raise FramingError(
            f"{coding.place}: inclusion_probability {probability} of a sentence picked for training, expected none; "
            "remove the field, picked sentences never enter an estimate"
        )
    if coding.codebook is not None and coding.codebook != codebook.sha256:  # hashed only where a row asks for it
        raise FramingError(
            f"{coding.place}: coded with another codebook ({str(coding.codebook)[:12]}) than {codebook.name} "
            f"{codebook.version} ({codebook.sha256[:12]}); use the codebook this row was coded with, or code it again"
        )


def _check_names(what: str, found: Iterable[str], allowed: tuple[str, ...], place: str, codebook: Codebook) -> None:
    for name in found:
        if name not in allowed:
            raise FramingError(
                f"{place}: {what} {name!r} is not in codebook {codebook.name} {codebook.version} "
                f"({', '.join(allowed) or 'which has none'}); use the codebook these rows were coded with"
            )


def _check_values(what: str, found: Iterable[str], allowed: tuple[str, ...], place: str) -> None:
    for value in found:
        if value not in allowed:
            values = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
            raise FramingError(f"{place}: {what} {value!r:.60} is unknown; write {values}")
