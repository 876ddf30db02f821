"""Columns of a corpus's articles, beside the labels of its sentences."""

from dataclasses import replace

import pyarrow.parquet as pq

from framing.corpus import Corpus
from framing.corpus.store import ARTICLE_FIELDS
from framing.errors import FramingError
from framing.labelling.labels import Labels


def with_articles(labels: Labels, corpus: Corpus) -> Labels:
    """Labels with the columns that their articles came with, such as a desk or an author, and with the language.

    Parameters
    ----------
    labels : Labels
    corpus : Corpus
        That was labelled.

    Raises
    ------
    FramingError
        If labels are of another corpus, or do not name the article of a sentence.
    """
    if labels.manifest and labels.manifest["corpus"]["sha256"] != corpus.manifest["sha256"]:
        raise FramingError(f"{corpus.folder}: not the corpus that was labelled; name that one, or leave --corpus out")
    if "article_id" not in labels.table.column_names:
        raise FramingError(f"{corpus.folder}: the labels have no column article_id to find its articles by; add it")
    table, found = labels.table, pq.read_schema(corpus.folder / "articles.parquet").names
    own = [name for name in found if name == "language" or name not in ARTICLE_FIELDS]
    added = corpus.beside(table["article_id"], [name for name in own if name not in table.column_names])
    for name in added.column_names:
        table = table.append_column(name, added[name])
    return replace(labels, table=table)
