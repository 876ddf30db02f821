"""The corpus folder: ``articles.parquet``, ``sentences.parquet``, rejects and warnings."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from framing.artefact import Manifest, read_manifest

KIND = "corpus"

ARTICLE_FIELDS: dict[str, pa.DataType] = {
    "article_id": pa.string(),
    "outlet": pa.string(),
    "group": pa.string(),
    "origin": pa.string(),
    "date": pa.string(),
    "title": pa.string(),
    "text": pa.string(),
    "url": pa.string(),
    "language": pa.string(),
    "story": pa.string(),
    "n_sentences": pa.int32(),
    "file": pa.string(),
    "line": pa.int32(),
}
SENTENCE_FIELDS: dict[str, pa.DataType] = {
    "sentence_id": pa.string(),
    "article_id": pa.string(),
    "index": pa.int32(),
    "part": pa.string(),
    "start": pa.int32(),
    "end": pa.int32(),
    "text": pa.string(),
    "boilerplate": pa.bool_(),
    "outlet": pa.string(),
    "group": pa.string(),
    "origin": pa.string(),
    "date": pa.string(),
    "story": pa.string(),
}


@dataclass(frozen=True)
class Corpus:
    """A corpus folder.

    ``articles.parquet`` has a row per article: its id, outlet, group, origin (agency that wrote it first, where
    the article says so), ISO date, title, repaired text, URL, language, story, and every other column of the
    source as text. ``sentences.parquet`` has a row per sentence, the headline first: `start` and `end` are
    character offsets into the article's title or text, as `part` (``headline`` or ``body``) says.
    """

    folder: Path
    manifest: Manifest

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Open a corpus folder.

        Raises
        ------
        FramingError
            If the folder is not a whole corpus.
        """
        return cls(Path(folder), read_manifest(Path(folder), KIND))

    def articles(self, columns: list[str] | None = None) -> pa.Table:
        """Table of the articles."""
        return pq.read_table(self.folder / "articles.parquet", columns=columns)

    def beside(self, article_ids: pa.ChunkedArray, columns: list[str]) -> pa.Table:
        """Columns of the articles with these ids, a row for each id; missing where there is no such article."""
        articles = self.articles(["article_id", *columns])
        known = articles["article_id"].combine_chunks()
        return articles.select(columns).take(pc.index_in(article_ids.cast(pa.string()), value_set=known))

    def sentences(self, columns: list[str] | None = None) -> pa.Table:
        """Table of the sentences, in article order."""
        return pq.read_table(self.folder / "sentences.parquet", columns=columns)


def previous_sentences(table: pa.Table) -> list[str]:
    """Text before each sentence in its article, empty for the first and where the article is not known.

    The table is in the order of its articles.
    """
    rows = zip(table["article_id"].to_pylist(), table["text"].to_pylist(), strict=True)
    return [text if own and article == own else "" for (article, text), (own, _) in pairwise([(None, ""), *rows])]
