"""Rows of the ledger: each drawn sentence with its text, its context and its part in the design."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow.compute as pc

from framing.annotation.rows import Purpose
from framing.arrays import Codes
from framing.artefact import sha256_text
from framing.corpus import Corpus
from framing.sampling.design import BANDS, Draw, score_bands
from framing.sampling.population import Population

_COLUMNS = ("sentence_id", "article_id", "index", "part", "story", "outlet", "date", "text")


def ledger_rows(
    corpus: Corpus, population: Population, drawn: Draw, purpose: Purpose, seed: int
) -> Iterator[dict[str, Any]]:
    """Rows of ``sample.jsonl``, in the order of the draw."""
    positions = population.rows[drawn.rows]
    rows = population.sentences.select(_COLUMNS).take(positions)
    titles = _titles(corpus, rows["article_id"].to_pylist())
    fields = (
        rows.to_pylist(),
        _previous(population, positions),
        population.stratum[drawn.rows],
        _bands(population, drawn.rows),
        drawn.inclusion_probability[drawn.rows].tolist(),
    )
    for row, previous, stratum, band, probability in zip(*fields, strict=True):
        yield row | {
            "title": titles[row["article_id"]],
            "sha256": sha256_text(row["text"]),
            "previous": previous,
            "stratum": population.names[stratum],
            "band": band,
            "inclusion_probability": probability if purpose == "estimate" else None,
            "purpose": purpose,
            "seed": seed,
        }


def _titles(corpus: Corpus, article_ids: list[str]) -> dict[str, str]:
    articles = corpus.articles(["article_id", "title"])
    wanted = articles.filter(pc.is_in(articles["article_id"], pc.unique(article_ids)))
    return dict(zip(wanted["article_id"].to_pylist(), wanted["title"].to_pylist(), strict=True))


def _previous(population: Population, positions: Codes) -> list[str]:
    """Sentence before each in its article, empty for the first."""
    own = population.sentences["article_id"].take(positions)
    before = population.sentences.select(["article_id", "text"]).take(np.maximum(positions - 1, 0))
    same_article = pc.equal(own, before["article_id"]).to_numpy() & (positions > 0)
    return [text if same else "" for text, same in zip(before["text"].to_pylist(), same_article, strict=True)]


def _bands(population: Population, drawn: Codes) -> list[str] | list[None]:
    if not population.has_scores:
        return [None] * len(drawn)
    return [BANDS[band] for band in score_bands(population.scores[drawn])]
