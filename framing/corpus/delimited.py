"""Delimited text, CSV and the like, to rows by the names of their columns."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

from framing.corpus.records import Rows, UnreadableError

_LONGEST = 2**31 - 1  # characters in a cell; the csv module takes no more where a C long has 32 bits, as on Windows


def csv_records(lines: Iterable[str], suffix: str) -> Rows:
    """Rows of CSV, or of TSV by the suffix ``.tsv``, by the columns of the first, from lines of text with their ends.

    CSV has the delimiter that its first line has most of. A quote that is not closed costs the line it stands in:
    those behind it are read as rows of their own.
    """
    csv.field_size_limit(_LONGEST)
    header_line, lines = _first_line(lines)
    source = _Lines(lines)
    delimiter = "\t" if suffix == ".tsv" else max(",;\t", key=header_line.count)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
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
            yield line, UnreadableError(f"expected {len(header)} columns, found {len(values)}; mend the row")


def _first_line(lines: Iterable[str]) -> tuple[str, Iterator[str]]:
    """The first line that is not blank, and all lines."""
    rest, head = iter(lines), [""]
    while not head[-1].strip() and (line := next(rest, None)) is not None:
        head.append(line)
    return head[-1], chain(head[1:], rest)


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
