"""Real articles that nobody coded: smaller models learn what larger ones say of them."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from framing import ingest
from framing.corpus.sentences import split_sentences

_TELLING = 40  # characters; shorter sentences, credits and the like, stand in many articles


def uncoded_corpus(shared: Path, output: Path) -> Path:
    """Corpus of the articles of the pool, made below `output` unless it is there.

    Those that have a sentence of more than 40 characters in common with an article of ``articles.jsonl`` are left out:
    the coded ones are there, and the gold ones, on which the models are judged.
    """
    corpus = output / "pool"
    if not corpus.is_dir():
        chosen = output / "pool.jsonl"
        with chosen.open("w", encoding="utf-8") as stream:
            stream.writelines(
                json.dumps(article, ensure_ascii=False) + "\n" for article in _chosen(shared / "articles")
            )
        ingest([chosen], corpus)
    return corpus


def _chosen(folder: Path) -> Iterator[dict[str, Any]]:
    with (folder / "articles.jsonl").open(encoding="utf-8") as stream:
        known = {sentence for line in stream for sentence in _telling(json.loads(line)["text"])}
    with gzip.open(folder / "pool.jsonl.gz", "rt", encoding="utf-8") as stream:
        for article in map(json.loads, stream):
            if known.isdisjoint(_telling(article["text"])):
                yield {name: article[name] for name in ("outlet", "date", "title", "text")}


def _telling(text: str) -> Iterator[str]:
    return (text[start:end] for start, end in split_sentences(text) if end - start > _TELLING)
