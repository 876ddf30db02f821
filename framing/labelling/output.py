"""Rows of a labelled table in the format of the output: part by part, and the parts joined."""

import csv
import io
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from framing.corpus.records import as_cell, as_json
from framing.labelling.stream import TableStream
from framing.labelling.survey import Survey
from framing.labelling.tables import check_format


class TableFormat(Protocol):
    """Writes parts of a table and joins them."""

    def write(self, rows: list[dict[str, Any]], path: Path) -> None:
        """Write the rows of one part."""

    def join(self, parts: Iterable[Path], path: Path) -> None:
        """Write the whole table from its parts."""


def table_format(target: Path, stream: TableStream, survey: Survey, added: dict[str, pa.DataType]) -> TableFormat:
    """The format that the suffix of `target` names.

    Parameters
    ----------
    target : Path
    stream, survey
        The source; Parquet keeps the types of a Parquet source.
    added : dict of str to pyarrow.DataType
        Columns of labels, behind the table's own.
    """
    check_format(target)
    suffix = target.suffix.lower()
    if suffix == ".jsonl":
        return _JsonLines()
    if suffix == ".csv":
        return _Csv([*survey.columns, *added])
    return _Parquet(_schema(stream, survey, added))


class _JsonLines:
    def write(self, rows: list[dict[str, Any]], path: Path) -> None:
        with path.open("w", encoding="utf-8") as stream:
            stream.writelines(as_json(row) + "\n" for row in rows)

    def join(self, parts: Iterable[Path], path: Path) -> None:
        _concatenate(parts, path, b"")


class _Csv:
    def __init__(self, columns: list[str]) -> None:
        self._columns = columns

    def write(self, rows: list[dict[str, Any]], path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([_cell(row.get(name)) for name in self._columns] for row in rows)

    def join(self, parts: Iterable[Path], path: Path) -> None:
        header = io.StringIO(newline="")
        csv.writer(header).writerow(self._columns)
        _concatenate(parts, path, header.getvalue().encode())


class _Parquet:
    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema

    def write(self, rows: list[dict[str, Any]], path: Path) -> None:
        pq.write_table(pa.table([_array(rows, column) for column in self._schema], schema=self._schema), path)

    def join(self, parts: Iterable[Path], path: Path) -> None:
        with pq.ParquetWriter(path, self._schema) as writer:
            for part in parts:
                writer.write_table(pq.read_table(part, schema=self._schema))


def _schema(stream: TableStream, survey: Survey, added: dict[str, pa.DataType]) -> pa.Schema:
    known = {field.name: field for field in pq.read_schema(stream.path)} if _is_parquet(stream.path) else {}
    own = [known.get(name, pa.field(name, kind or pa.string())) for name, kind in survey.types.items()]
    return pa.schema([*own, *(pa.field(name, kind) for name, kind in added.items())])


def _is_parquet(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".parquet"


def _array(rows: list[dict[str, Any]], column: pa.Field) -> pa.Array:
    values = [row.get(column.name) for row in rows]
    if pa.types.is_string(column.type):
        values = [_cell(value) for value in values]
    return pa.array(values, column.type)


def _cell(value: Any) -> str | None:
    """A value as text; text is kept as it is, also ``NA``, which may be somebody's."""
    return value if value is None or isinstance(value, str) else as_cell(value)


def _concatenate(parts: Iterable[Path], path: Path, header: bytes) -> None:
    with path.open("wb") as whole:
        whole.write(header)
        for part in parts:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, whole)
