"""What readers hand on: raw records, and problems with their place and remedy."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

from framing.errors import FramingError


@dataclass(frozen=True)
class Record:
    """One raw article as found in a source.

    Parameters
    ----------
    fields : mapping of str to object
        Column or key and value, as read.
    file : Path
        Where it was found.
    line : int
        1-based line or row in the file; 0 when the file is one article.
    source : Path
        The folder or file the user named; folder names below it may give the outlet.
    """

    fields: Mapping[str, Any]
    file: Path
    line: int
    source: Path

    @property
    def name(self) -> str:
        """Name of the file without its format, where the file is one article; else empty."""
        return "" if self.line else Path(self.file.name.removesuffix(".gz")).stem

    @property
    def place(self) -> str:
        """``file:line``, or the file alone."""
        return f"{self.file}:{self.line}" if self.line else str(self.file)


@dataclass(frozen=True)
class Problem:
    """Something that could not be read, or was read with a loss.

    `reason` is one line: what was expected, what was found, and the remedy.
    """

    file: str
    line: int
    reason: str
    article_id: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        what = f" (id {self.article_id})" if self.article_id else ""
        return f"{where}{what}: {self.reason}"

    def as_dict(self) -> dict[str, object]:
        """Row of ``rejected.jsonl`` or ``warnings.jsonl``."""
        return {"file": self.file, "line": self.line, "article_id": self.article_id, "reason": self.reason}


class UnreadableError(FramingError):
    """A file or row that cannot be read; becomes a `Problem`, the rest goes on."""


Rows = Iterator[tuple[int, dict[str, Any] | UnreadableError]]  # with the number of the line

MISSING = {"NA", "NaN"}  # as R and pandas write missing values to CSV


def as_text(value: Any) -> str:
    """Text of a field as read: missing values (None, NaN) are empty, bytes are UTF-8, a list of text is paragraphs.

    Raises
    ------
    UnreadableError
        If the value is a structure that is no text.
    """
    if value is None or (isinstance(value, float) and isnan(value)):
        return ""
    if isinstance(value, str):
        return "" if value in MISSING else value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise UnreadableError(f"bytes that are not UTF-8 text ({error.reason}); write the column as text") from None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # spreadsheets and R write ids as 17.0
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n\n".join(value)
    if isinstance(value, list | dict):
        raise UnreadableError(f"expected text, found {type(value).__name__} {value!r:.40}; name another column")
    return str(value)


def as_cell(value: Any) -> str:
    """Text of any field: structures as JSON, all else as `as_text` has it, but bytes that are not UTF-8 escaped."""
    if isinstance(value, list | dict):
        return as_json(value)
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else as_text(value)


def as_json(value: Any) -> str:
    """As JSON, where a number that is not finite is null and what JSON does not know, as a date, is text."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        finite = json.loads(json.dumps(value, default=str), parse_constant=lambda _: None)
        return json.dumps(finite, ensure_ascii=False)
