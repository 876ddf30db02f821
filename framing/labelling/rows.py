"""Rows of a table with their place in their article, and why a row cannot be labelled."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from framing.corpus.records import Problem, Record, UnreadableError, as_text
from framing.errors import FramingError
from framing.labelling.survey import TableColumns, cell


@dataclass(frozen=True)
class TextRow:
    """A row that can be labelled.

    Parameters
    ----------
    fields : dict of str to Any
    text : str
        Its sentence.
    previous : str
        The sentence before it in its article, empty for the first.
    article : str
        Empty if the table has no column of articles.
    place : int
        By which the rows of each article are in their order and the articles in that of the table.
    """

    fields: dict[str, Any]
    text: str
    previous: str
    article: str
    place: int


def text_rows(items: Iterable[Record | Problem], columns: TableColumns) -> Iterator[TextRow | Problem]:
    """Rows in order, those of an article with their context; what cannot be labelled comes as a `Problem`.

    Parameters
    ----------
    items : iterable of Record or Problem
        The rows of an article stand together.
    columns : TableColumns
    """
    checked = (item if isinstance(item, Problem) else _checked(item, columns) for item in items)
    if columns.article is None:
        for place, item in enumerate(checked):
            yield item if isinstance(item, Problem) else TextRow(dict(item[0].fields), item[1], "", "", place)
        return
    place = 0
    for article, together in groupby(checked, _ArticleOf(columns.article)):
        rows = list(together)
        yield from _with_context(rows, article, place, columns.order)
        place += len(rows)


class _ArticleOf:
    """Key of the article that an item belongs to; a problem counts to the one before."""

    def __init__(self, column: str) -> None:
        self._column, self._last = column, ""

    def __call__(self, item: tuple[Record, str] | Problem) -> str:
        if not isinstance(item, Problem):
            self._last = cell(item[0], self._column)
        return self._last


def _checked(record: Record, columns: TableColumns) -> tuple[Record, str] | Problem:
    """The row and its sentence, or why it cannot be labelled."""
    where = str(record.file), record.line
    name = cell(record, columns.id)
    try:
        text = as_text(record.fields.get(columns.text))
        json.dumps(dict(record.fields), ensure_ascii=False, default=str).encode()
    except UnreadableError as error:
        return Problem(*where, f"column {columns.text!r}: {error}", name)
    except UnicodeEncodeError:
        return Problem(*where, "half a character (a lone surrogate), which is no text; mend the row", _printable(name))
    if not text.strip():
        return Problem(*where, f"no text in column {columns.text!r}; fill it", name)
    return record, text


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _with_context(
    items: list[tuple[Record, str] | Problem], article: str, first: int, order: str | None
) -> Iterator[TextRow | Problem]:
    """The items of one article; `first` is the place of its first sentence.

    Raises
    ------
    FramingError
        If the order is not of numbers.
    """
    rows = [item for item in items if not isinstance(item, Problem)]
    sequence = list(range(len(rows)))
    if order:
        sequence.sort(key=lambda position: _order_key(rows[position][0].fields.get(order)))
    placed, previous = {}, ""
    for place, position in enumerate(sequence, start=first):
        record, text = rows[position]
        placed[position] = TextRow(dict(record.fields), text, previous, article, place)
        previous = text
    labelled = (placed[position] for position in range(len(rows)))
    for item in items:
        yield item if isinstance(item, Problem) else next(labelled)


def _order_key(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise FramingError(f"--order-column: expected numbers, found {value!r}; mend the column") from None
