"""Delimited text, CSV and the like, to rows by the names of their columns."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from framing.corpus.records import Rows, UnreadableError

_DELIMITERS = ",;\t|"
_PEEKED = 20  # lines behind the first that tell which delimiter it is
_MOST = 0.5  # of them
_LONGEST = 2**31 - 1  # characters in a cell; the csv module takes no more where a C long has 32 bits, as on Windows


def csv_records(lines: Iterable[str], suffix: str) -> Rows:
    """Rows of CSV, or of TSV by the suffix ``.tsv``, by the columns of the first, from lines of text with their ends.

    CSV has the delimiter that fits its first rows best. A quote that is not closed costs the line it stands in: those
    behind it are read as rows of their own.
    """
    csv.field_size_limit(_LONGEST)
    head, lines = _first_lines(lines)
    source = _Lines(lines)
    reader = csv.reader(source, delimiter="\t" if suffix == ".tsv" else _delimiter(head), strict=True)
    header = _csv_header(reader)
    while True:
        line = source.begin_row()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, UnreadableError(f"broken CSV ({error}){source.read_again()}; mend the quotes of the row")
            continue
        if len(values) == len(header):
            yield line, dict(zip(header, values, strict=True))
        elif values:
            note = title_note(header, len(values))
            yield line, UnreadableError(f"expected {len(header)} columns, found {len(values)}; mend the row{note}")


def _first_lines(lines: Iterable[str]) -> tuple[list[str], Iterator[str]]:
    """The first line that is not blank and some behind it, and all lines."""
    rest, above = iter(lines), [""]
    while not above[-1].strip() and (line := next(rest, None)) is not None:
        above.append(line)
    behind = list(islice(rest, _PEEKED))
    return [above[-1], *behind], chain(above[1:], behind, rest)


def _delimiter(head: Sequence[str]) -> str:
    """The one that the first line has most of, unless most rows are not as wide by it: then the one that fits most."""
    found = [delimiter for delimiter in _DELIMITERS if delimiter in head[0]] or [","]
    usual = max(found, key=head[0].count)
    return usual if _alike(head, usual) >= _MOST else max(found, key=lambda delimiter: _alike(head, delimiter))


def _alike(head: Sequence[str], delimiter: str) -> float:
    """Share of the rows that are as wide as the first."""
    try:
        first, *widths = [len(row) for row in csv.reader(head, delimiter=delimiter) if row] or [0]
    except csv.Error:
        return 0.0
    return widths.count(first) / max(len(widths), 1)


def _csv_header(reader: Iterator[list[str]]) -> list[str]:
    try:
        return column_names([name.strip() for name in _first_row(reader)])
    except csv.Error as error:
        raise UnreadableError(f"expected names of columns in the first line ({error}); mend its quotes") from None


class _Lines(Iterator[str]):
    """Lines, of which those of the row that is being read can be read again, all but its first."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._row: list[str] = []
        self._before = 0

    def __next__(self) -> str:
        self._row.append(self._again.popleft() if self._again else next(self._lines))
        return self._row[-1]

    def begin_row(self) -> int:
        """Where the next row begins, as a 1-based line."""
        self._before += len(self._row)
        self._row.clear()
        return self._before + 1

    def read_again(self) -> str:
        """Go back to the second line of the row, if it has one; says so."""
        last = self._before + len(self._row)
        note = f", the lines up to {last} are read as rows of their own" if len(self._row) > 1 else ""
        self._again.extendleft(reversed(self._row[1:]))
        del self._row[1:]
        return note


def _first_row(reader: Iterable[list[str]]) -> list[str]:
    """The row of column names; blank lines and the ``sep=;`` that Excel wants above it are passed over."""
    return next((row for row in reader if any(map(str.strip, row)) and not row[0].startswith("sep=")), [])


def column_names(names: list[str]) -> list[str]:
    """Column names; a nameless one is called by its place."""
    named = [name or f"column_{i}" for i, name in enumerate(names, start=1)]
    if twice := next((name for name in named if named.count(name) > 1), None):
        raise UnreadableError(f"two columns are named {twice!r}; rename one")
    return named


def title_note(names: Iterable[str], width: int = 0) -> str:
    """Remedy where what was read as names of columns, for rows of that width, seems to be a line above them."""
    first, *others = [*names] or [""]
    nameless = sum(name == f"column_{i}" for i, name in enumerate(others, start=2))
    if first.startswith("#") or nameless > len(others) // 2 or (not others and width > 1):
        return f"; if {first!r} is a title or a comment, remove what stands above the names of the columns"
    return ""
