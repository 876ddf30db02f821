"""A table is read once before it is labelled: which columns it has, of which types, and whether its ids are unique."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Any

import pyarrow as pa

from framing.corpus.records import Problem, Record, as_cell
from framing.errors import FramingError
from framing.labelling.repeated import RepeatedNames, name_hash
from framing.labelling.stream import TableStream

_BLOCK = 10_000


@dataclass(frozen=True)
class TableColumns:
    """Columns of a table with a task: `article` and `order` say what comes before a sentence, if they are given."""

    id: str
    text: str
    article: str | None = None
    order: str | None = None


@dataclass
class Survey:
    """What is known of a table before it is labelled.

    Parameters
    ----------
    n_items : int
        Rows, and what could not be read.
    types : dict of str to pyarrow.DataType or None
        Of each column, in order of first appearance; None for a column of mixed kinds, which becomes text.
    """

    n_items: int = 0
    types: dict[str, pa.DataType | None] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Names of all columns."""
        return list(self.types)


def survey(stream: TableStream, columns: TableColumns, *, context: bool) -> Survey:
    """Read a table through, in bounded memory.

    Parameters
    ----------
    stream : TableStream
    columns : TableColumns
    context : bool
        Whether sentences are read with others of their article, so that the rows of an article must stand together.

    Raises
    ------
    FramingError
        If there is no row that can be read, a column is missing, an id is empty or repeated, the order of a row in
        its article is not a finite number, or the rows of an article do not stand together.
    """
    result, block = Survey(), list[dict[str, Any]]()
    reason, fault, last = "the file is empty", "", ""
    with RepeatedNames() as ids, RepeatedNames() as articles:
        for item in stream.items():
            result.n_items += 1
            if isinstance(item, Problem):
                reason = item.reason
                continue
            fault = fault or _fault(item, columns)
            ids.add(cell(item, columns.id))
            if context and (article := article_of(item, columns)) and article != last:
                articles.add(article)
                last = article
            block.append(dict(item.fields))
            if len(block) == _BLOCK:
                _add_types(result.types, block)
                block = []
        _add_types(result.types, block)
        if not result.types:
            raise FramingError(f"{stream.name}: no row could be read; {reason}")
        _check_columns(stream, columns, result)
        if fault:
            raise FramingError(fault)
        _refuse_repeated(stream, columns.id, ids.hashes())
        _refuse_scattered(stream, columns, articles.hashes())
    return result


def cell(record: Record, column: str) -> str:
    """A field as text, also where it is a structure."""
    return as_cell(record.fields.get(column))


def article_of(record: Record, columns: TableColumns) -> str:
    """The article of a row, empty where none is known."""
    return "" if columns.article is None else cell(record, columns.article)


def order_of(record: Record, column: str) -> float:
    """By which the rows of an article are ordered, not a number where the cell holds none."""
    value: Any = record.fields.get(column)
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return nan


def _fault(record: Record, columns: TableColumns) -> str:
    """What must be mended before the table can be labelled, empty if nothing."""
    if not cell(record, columns.id):
        return f"{record.place}: empty id in column {columns.id!r}; fill it"
    if columns.order and article_of(record, columns) and not isfinite(order_of(record, columns.order)):
        value = record.fields.get(columns.order)
        return f"{record.place}: expected a number in column {columns.order!r}, found {value!r:.40}; mend the cell"
    return ""


def _check_columns(stream: TableStream, columns: TableColumns, found: Survey) -> None:
    needed = [columns.id, columns.text, columns.article, columns.order]
    if missing := [name for name in needed if name and name not in found.types]:
        raise FramingError(f"{stream.name}: no column {missing[0]!r}; found {', '.join(found.types)}")


def _add_types(types: dict[str, pa.DataType | None], rows: list[dict[str, Any]]) -> None:
    """Widen the types of the columns to hold these rows too."""
    for name in dict.fromkeys(name for row in rows for name in row):
        found = _type([row.get(name) for row in rows])
        types[name] = _common(types[name], found) if name in types else found


def _type(values: list[Any]) -> pa.DataType | None:
    try:
        return pa.array(values).type
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeError):  # as of integers beyond 64 bits
        return None


def _common(one: pa.DataType | None, other: pa.DataType | None) -> pa.DataType | None:
    if one is None or other is None:
        return None
    try:
        schemas = [pa.schema([("x", kind)]) for kind in (one, other)]
        return pa.unify_schemas(schemas, promote_options="permissive").field("x").type
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def _refuse_repeated(stream: TableStream, column: str, suspects: set[int]) -> None:
    seen: dict[str, str] = {}
    for record in _records(stream) if suspects else ():
        value = cell(record, column)
        if name_hash(value) not in suspects:
            continue
        if value in seen:
            raise FramingError(f"{record.place}: id {value!r} was used before at {seen[value]}; make the ids unique")
        seen[value] = f"line {record.line}" if str(record.file) == stream.name else record.place


def _refuse_scattered(stream: TableStream, columns: TableColumns, suspects: set[int]) -> None:
    last, seen = "", set()
    for record in _records(stream) if suspects else ():
        article = article_of(record, columns) or last
        if article != last and name_hash(article) in suspects:
            if article in seen:
                raise FramingError(
                    f"{record.place}: article {article!r} goes on here after another; the model reads sentences in "
                    f"their article, so sort the table by {columns.article}"
                )
            seen.add(article)
        last = article


def _records(stream: TableStream) -> Iterator[Record]:
    return (item for item in stream.items() if isinstance(item, Record))
