"""Rows of a table with their place in their article, and why a row cannot be labelled."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from framing.corpus.records import Problem, Record, UnreadableError, as_text
from framing.labelling.survey import TableColumns, article_of, cell, order_of
from framing.labelling.window import ARTICLE_ROWS


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
        A key of what is read together; empty for a row without an article, which is read alone.
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
        The rows of an article stand together; one of more than `ARTICLE_ROWS` is read in pieces of that length.
    columns : TableColumns
    """
    checked = (item if isinstance(item, Problem) else _checked(item, columns) for item in items)
    place = 0
    for _, together in groupby(checked, _ArticleOf(columns)):
        while rows := list(islice(together, ARTICLE_ROWS)):
            yield from _with_context(rows, place, columns)
            place += len(rows)


class _ArticleOf:
    """Key of the article that an item stands in; a problem, or a row without an article, counts to the one before."""

    def __init__(self, columns: TableColumns) -> None:
        self._columns, self._last = columns, ""

    def __call__(self, item: tuple[Record, str] | Problem) -> str:
        if not isinstance(item, Problem):
            self._last = article_of(item[0], self._columns) or self._last
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
    items: list[tuple[Record, str] | Problem], first: int, columns: TableColumns
) -> Iterator[TextRow | Problem]:
    """The items of one article or piece, and rows without an article among them; places begin at `first`."""
    rows = {i: item for i, item in enumerate(items) if not isinstance(item, Problem)}
    own = [i for i, (record, _) in rows.items() if article_of(record, columns)]
    if order := columns.order:
        own.sort(key=lambda i: order_of(rows[i][0], order))
    before = dict(zip(own, ["", *(rows[i][1] for i in own)], strict=False))
    placed = {
        i: TextRow(dict(rows[i][0].fields), rows[i][1], before.get(i, ""), str(first) if i in before else "", place)
        for place, i in enumerate([*own, *(i for i in rows if i not in before)], start=first)
    }
    for i, item in enumerate(items):
        yield item if isinstance(item, Problem) else placed[i]
