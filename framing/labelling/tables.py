"""Tables of sentences, csv, jsonl or parquet, read whole with every column kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from framing.corpus.read import read_sources
from framing.corpus.records import Problem, as_cell
from framing.errors import FramingError

FORMATS = (".csv", ".jsonl", ".parquet")


@dataclass(frozen=True)
class SentenceTable:
    """Rows as read, the line of each, and the rows that could not be read."""

    path: Path
    rows: list[dict[str, Any]]
    lines: list[int]
    problems: list[Problem]

    @cached_property
    def columns(self) -> list[str]:
        """Names of all columns, in order of first appearance."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def texts(self, column: str) -> list[str]:
        """A column as text, missing values empty, structures as JSON.

        Raises
        ------
        FramingError
            If there is no such column.
        """
        if column not in self.columns:
            raise FramingError(f"{self.path}: no column {column!r}; found {', '.join(self.columns)}")
        return [as_cell(row.get(column)) for row in self.rows]

    def cells(self, column: str) -> Iterator[tuple[str, int]]:
        """Text and line of each cell of a column."""
        return zip(self.texts(column), self.lines, strict=True)

    def ids(self, column: str) -> list[str]:
        """The id column, checked to be filled and unique.

        Raises
        ------
        FramingError
            At the first id that is missing or repeated.
        """
        seen: dict[str, int] = {}
        ids = self.texts(column)
        for value, line in self.cells(column):
            if not value:
                raise FramingError(f"{self.path}:{line}: empty id in column {column!r}; fill it")
            if value in seen:
                raise FramingError(
                    f"{self.path}:{line}: id {value!r} was used before at line {seen[value]}; make the ids unique"
                )
            seen[value] = line
        return ids


def read_parts(folder: Path, n_sentences: int) -> pa.Table:
    """Sentences of all parts of a labels folder.

    Raises
    ------
    FramingError
        If there are fewer or more than were labelled.
    """
    table = pq.read_table(sorted(folder.glob("part-*.parquet")))
    if len(table) < n_sentences:
        raise FramingError(
            f"{folder}: {len(table):,} sentences, expected {n_sentences:,}: a file part-*.parquet is missing; bring it "
            "back, or label again with --overwrite"
        )
    if len(table) > n_sentences:
        raise FramingError(
            f"{folder}: {len(table):,} sentences, expected {n_sentences:,}: files part-*.parquet of another run are "
            "among them; copy the labels into an empty folder, or label again with --overwrite"
        )
    return table


def read_table(path: Path) -> SentenceTable:
    """Read a table; rows that cannot be read become problems, the others are kept.

    Raises
    ------
    FramingError
        If the file is missing or has no row that can be read.
    """
    if not path.is_file():
        raise FramingError(f"{path}: no such table of sentences; check the path")
    rows, lines, problems = [], [], []
    for item in read_sources([path]):
        if isinstance(item, Problem):
            problems.append(item)
        else:
            rows.append(dict(item.fields))
            lines.append(item.line)
    if not rows:
        raise FramingError(f"{path}: no row could be read; {problems[0].reason if problems else 'the file is empty'}")
    return SentenceTable(path, rows, lines, problems)


def check_format(path: Path) -> None:
    """Refuse an output whose suffix names no format we write.

    Raises
    ------
    FramingError
        If the suffix is none of .csv, .jsonl, .parquet.
    """
    if path.suffix.lower() not in FORMATS:
        raise FramingError(f"{path}: unknown format {path.suffix!r}; end the name in {', '.join(FORMATS)}")
