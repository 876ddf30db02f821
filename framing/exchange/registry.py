"""The formats by name, and which of them a file is in."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from framing.codebook import Codebook
from framing.errors import FramingError
from framing.exchange import doccano, jsonl, label_studio, sheets, table
from framing.exchange.rows import Found, Item


@dataclass(frozen=True)
class Format:
    """A format of codings.

    Parameters
    ----------
    suffixes : tuple of str
        Of its files; the first format that has a suffix is the one it stands for when writing.
    write, read : callable
    config : callable or None
        Text of a file that sets up the tool, written beside the codings as ``.xml``.
    has_uncoded : bool
        Whether sentences that nobody has coded are written too, to be coded there.
    """

    suffixes: tuple[str, ...]
    write: Callable[[Path, Sequence[Item], Codebook], None]
    read: Callable[[Path, Codebook], Found]
    config: Callable[[Codebook], str] | None = None
    has_uncoded: bool = True


FORMATS = {
    "jsonl": Format((".jsonl",), jsonl.write, jsonl.read, has_uncoded=False),
    "label-studio": Format((".json",), label_studio.write, label_studio.read, label_studio.labelling_config),
    "doccano": Format((".jsonl",), doccano.write, doccano.read),
    "csv": Format((".csv", ".tsv"), sheets.to_csv, sheets.from_csv),
    "xlsx": Format((".xlsx",), sheets.to_xlsx, sheets.from_xlsx),
    "table": Format((".csv", ".tsv"), table.write, table.read),
}


def name_of_format(path: Path, given: str | None = None, *, reading: bool = False) -> str:
    """Name of the format of a file: as given, else by its suffix and, for `reading`, its first line.

    Raises
    ------
    FramingError
        If there is no such format, or none has that suffix.
    """
    if given is not None:
        if given not in FORMATS:
            raise FramingError(f"--format {given}: no such format; expected one of {', '.join(FORMATS)}")
        return given
    suffix = path.name.lower().removesuffix(".imported")
    names = [name for name, form in FORMATS.items() if suffix.endswith(form.suffixes)]
    if not names:
        raise FramingError(f"{path}: no format is known by this name; add --format, one of {', '.join(FORMATS)}")
    if reading and len(names) > 1 and path.is_file() and _has_labels(path):
        return names[-1]
    return names[0]


def _has_labels(path: Path) -> bool:
    """Whether the first line has one field for all labels, as doccano's rows and tables of labels have."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        line = stream.readline()
    if line.startswith("{"):
        try:
            names = set(json.loads(line))
        except ValueError:
            return False
    else:
        names = {name.strip(' "\r\n') for name in line.replace(";", ",").replace("\t", ",").split(",")}
    return bool(names & {"label", "labels"})
