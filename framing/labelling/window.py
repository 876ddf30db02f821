"""Rows of a part of a corpus, and around them what the labeller reads of their articles."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from framing.labelling.labeller import Labeller

ARTICLE_ROWS = (
    2_000  # of an article are read at once, or beyond the end of a part, at most, so that memory stays bounded
)


@dataclass(frozen=True)
class Reach:
    """How many rows of a sentence's article a labeller reads before it, and after it."""

    before: int
    after: int

    @classmethod
    def of(cls, labeller: Labeller) -> Self:
        """Nothing, the sentence before, or the article."""
        if labeller.reads_articles:
            return cls(ARTICLE_ROWS, ARTICLE_ROWS)
        return cls(int(labeller.reads_previous), 0)


@dataclass(frozen=True)
class Window:
    """A part and its margins.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of the part with those around them that are of its first and of its last article.
    own : ndarray of bool, shape (n_rows,)
        Which rows are those of the part.
    """

    table: pa.Table
    own: NDArray[np.bool_]


def read_window(sentences: pq.ParquetFile, start: int, stop: int, reach: Reach) -> Window:
    """Read a part of a corpus and what a labeller reads around it.

    Parameters
    ----------
    sentences : pyarrow.parquet.ParquetFile
        Of a corpus: rows of an article stand together, in its order.
    start, stop : int
        The part: rows from `start`, which there must be, to before `stop`.
    reach : Reach
    """
    first = max(0, start - reach.before)
    table = _rows(sentences, first, stop + reach.after)
    number = np.arange(first, first + len(table))
    own = (start <= number) & (number < stop)
    articles = table["article_id"].to_numpy(zero_copy_only=False)
    mine = articles[own]
    read = own | ((number < start) & (articles == mine[0])) | ((number >= stop) & (articles == mine[-1]))
    return Window(table.filter(pa.array(read)), own[read])


def _rows(sentences: pq.ParquetFile, start: int, stop: int) -> pa.Table:
    """Rows from `start` to before `stop`; only the groups of rows that have some are read."""
    ends = np.cumsum([sentences.metadata.row_group(i).num_rows for i in range(sentences.num_row_groups)])
    first, last = np.searchsorted(ends, [start, stop - 1], side="right")
    before = int(ends[first - 1]) if first else 0
    groups = range(int(first), min(int(last) + 1, len(ends)))
    return sentences.read_row_groups(list(groups)).slice(start - before, stop - start)
