"""Rows of a table with the sentence before each, and why a row cannot be labelled."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from framing.corpus.records import Problem, Record, UnreadableError, as_text
from framing.errors import FramingError
from framing.labelling.survey import TableColumns, cell


@dataclass(frozen=True)
class TextRow:
    """A row that can be labelled: its fields, its sentence, and the sentence before."""

    fields: dict[str, Any]
    text: str
    previous: str


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
        for item in checked:
            yield item if isinstance(item, Problem) else TextRow(dict(item[0].fields), item[1], "")
        return
    for _, together in groupby(checked, _ArticleOf(columns.article)):
        yield from _with_context(list(together), columns)


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


def _with_context(items: list[tuple[Record, str] | Problem], columns: TableColumns) -> Iterator[TextRow | Problem]:
    rows = [item for item in items if not isinstance(item, Problem)]
    order = [row.fields.get(columns.order) for row, _ in rows] if columns.order else list(range(len(rows)))
    before = iter(previous_texts([columns.article] * len(rows), order, [text for _, text in rows]))
    for item in items:
        yield item if isinstance(item, Problem) else TextRow(dict(item[0].fields), item[1], next(before))


def previous_texts(articles: Sequence[Any], order: Sequence[Any], texts: Sequence[str]) -> list[str]:
    """Text before each sentence in its article, empty for the first.

    Raises
    ------
    FramingError
        If the order is not of numbers.
    """
    previous = [""] * len(texts)
    by_article: dict[Any, list[int]] = {}
    for position, article in enumerate(articles):
        by_article.setdefault(article, []).append(position)
    for positions in by_article.values():
        positions.sort(key=lambda position: _order_key(order[position]))
        for before, after in pairwise(positions):
            previous[after] = texts[before]
    return previous


def _order_key(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise FramingError(f"--order-column: expected numbers, found {value!r}; mend the column") from None
