"""One coded row: read, validated against the codebook, with errors that name file, line and id."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.codebook import Codebook
from framing.errors import FramingError

STANCES = ("favourable", "neutral", "critical")
VOICES = ("outlet", "source")


@dataclass(frozen=True)
class Coding:
    """A coder's decision on one sentence; `extra` holds the other fields of the row (text, outlet, date ...)."""

    sentence_id: str
    coder: str
    boilerplate: bool
    frames: tuple[str, ...]
    voice: str
    stance: dict[str, str]
    extra: dict[str, Any]
    place: str


def read_codings(path: Path, codebook: Codebook) -> Iterator[Coding]:
    """Read ``annotations.jsonl``: one JSON object per coder and sentence.

    Parameters
    ----------
    path : Path
        Rows have ``sentence_id`` and ``frames`` (a list of names), and may have ``coder``, ``boilerplate``,
        ``voice``, ``stance`` (target to value) and any other field.
    codebook : Codebook
        Names that the rows may use.

    Raises
    ------
    FramingError
        At the first row that is broken or does not fit the codebook, or if the file is missing or empty.
    """
    if not path.is_file():
        raise FramingError(f"{path}: no such file of coded sentences; check the path")
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
    place = f"{place} (id {row['sentence_id']})"
    _known("frame", row["frames"], codebook.frame_names, place, codebook)
    stance = row.get("stance") or {}
    _known("target", stance, codebook.target_names, place, codebook)
    _known("stance", stance.values(), STANCES, place, codebook)
    voice = row.get("voice") or "outlet"
    _known("voice", [voice], VOICES, place, codebook)
    used = {"sentence_id", "coder", "boilerplate", "frames", "voice", "stance"}
    return Coding(
        sentence_id=str(row["sentence_id"]),
        coder=str(row.get("coder", "")),
        boilerplate=bool(row.get("boilerplate", False)),
        frames=tuple(row["frames"]),
        voice=voice,
        stance=stance,
        extra={name: value for name, value in row.items() if name not in used},
        place=place,
    )


def _known(what: str, found: Any, allowed: tuple[str, ...], place: str, codebook: Codebook) -> None:
    for name in found:
        if name not in allowed:
            raise FramingError(
                f"{place}: {what} {name!r} is not in codebook {codebook.name} {codebook.version} "
                f"({', '.join(allowed) or 'which has none'}); use the codebook these rows were coded with"
            )
