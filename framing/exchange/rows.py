"""What every format writes and reads: a sentence of the ledger with an answer, and the fields of a coding as found."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.annotation.rows import Coding
from framing.corpus.records import Rows, UnreadableError
from framing.errors import FramingError

Fields = dict[str, Any]
# Line of a file with the fields of a coding, what is wrong with it, or None where nobody has answered.
Found = Iterator[tuple[int, Fields | UnreadableError | None]]

TEXTS = ("title", "previous", "text")
ANSWER = (
    "coder", "frames", "boilerplate", "voice", "stance", "unsure", "comment", "coded_at", "seconds", "codebook",
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A sentence with one coder's answer, or with none.

    Parameters
    ----------
    drawn : dict
        Row of the ledger; without `TEXTS` where these are to stay at home, or blinded.
    coding : Coding or None
        None where the sentence is still to be coded.
    coder : str
        Whose answer it is or is to be; empty where not known.
    """

    drawn: Fields
    coding: Coding | None
    coder: str


def read_rows(path: Path, parse: Callable[[bytes, Path, str], Rows]) -> Rows:
    """Lines of a file as `parse` (a reader of `framing.corpus.read`) gives them.

    Raises
    ------
    FramingError
        If the file is missing, empty, or broken as a whole.
    """
    if not path.is_file():
        raise FramingError(f"{path}: no such file; check the path")
    data = path.read_bytes()
    if not data.strip():
        raise FramingError(f"{path}: empty file; export it again")
    try:
        yield from parse(data, path, "utf-8")
    except UnicodeDecodeError as error:
        raise FramingError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except csv.Error as error:
        raise FramingError(f"{path}: broken CSV ({error}); save it again") from None
    except UnreadableError as error:
        raise FramingError(f"{path}: {error}") from None
