"""Coded real sentences, kept without their text: joined again with the articles they were coded in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from framing.artefact import sha256_text
from framing.corpus import Corpus
from framing.corpus.sentences import split_sentences
from framing.errors import FramingError
from framing.resources import shipped

CODED, EXTENSION = "coded.jsonl", "extension.jsonl"
RECODINGS = ("recodings.jsonl", "recodings-2.jsonl")  # a later one decides
ADJUDICATOR = "adjudicator"
_LONGEST = 800
_PLACE = ("sentence_id", "article_id", "text")


def with_text(articles: Path, corpus: Path) -> Iterator[dict[str, Any]]:
    """Rows of ``seeds/real`` to train on, with the text of their sentence and the story of their article.

    Labels that a second reader disputed are those of the adjudicator. Sentences that the corpus cuts alike have its id,
    so that they are found in their article there.

    Parameters
    ----------
    articles : Path
        JSON lines with id, title and text, as the sentences were cut from (start -1: the title).
    corpus : Path
        Corpus that `framing ingest` made of them, for stories and ids.

    Raises
    ------
    FramingError
        If an article is missing or its text is another one.
    """
    by_id = read_articles(articles)
    sentences = Corpus.load(corpus).sentences()
    articles_of = sentences["article_id"].to_pylist()
    stories = dict(zip(articles_of, sentences["story"].to_pylist(), strict=True))
    ids: dict[tuple[str, str], list[str]] = {}
    for name, article_id, text in zip(*(sentences[c].to_pylist() for c in _PLACE), strict=True):
        ids.setdefault((article_id, text), []).append(name)
    recoded = (row for name in RECODINGS for _, row in _rows(name))
    adjudicated = {row["sentence_id"]: row for row in recoded if row["coder"] == ADJUDICATOR}
    for name in (CODED, EXTENSION):
        for row, text in placed(name, by_id):
            decided = adjudicated.get(row["sentence_id"], row)
            labels = {field: decided[field] for field in ("frames", "boilerplate", "coder")}
            found = ids.get((row["article_id"], text))
            known = {
                "sentence_id": found.pop(0) if found else f"coded:{row['sentence_id']}",
                "story": stories[row["article_id"]],
            }
            yield {**row, **labels, "text": text, "previous": _before(by_id[row["article_id"]], row["start"]), **known}


def read_articles(path: Path) -> dict[str, dict[str, Any]]:
    """Articles of JSON lines, by their id."""
    with path.open(encoding="utf-8") as stream:
        return {article["id"]: article for article in map(json.loads, stream)}


def placed(name: str, articles: dict[str, dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Rows of a file of ``seeds/real`` with article and character span, and the text there.

    Raises
    ------
    FramingError
        If an article is missing or its text is another one.
    """
    for place, row in _rows(name):
        article = articles.get(row["article_id"])
        if article is None:
            raise FramingError(f"{place}: article {row['article_id']} is not among the articles; take the whole file")
        text = article["title"] if row["start"] < 0 else article["text"][row["start"] : row["end"]]
        if sha256_text(text) != row["sha256"]:
            raise FramingError(f"{place} (id {row['sentence_id']}): the article has another text there")
        yield row, text


def _before(article: dict[str, Any], start: int) -> str:
    """The sentence before a place in an article; the title before its first sentence, nothing before the title."""
    if start < 0:
        return ""
    text = article["text"][max(0, start - _LONGEST) : start]
    spans = split_sentences(text)
    return text[slice(*spans[-1])] if spans else str(article["title"])


def write_with_text(articles: Path, corpus: Path, target: Path) -> Path:
    """Write the rows of `with_text` as annotations; returns `target`."""
    with target.open("w", encoding="utf-8") as stream:
        for row in with_text(articles, corpus):
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return target


def _rows(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    path = shipped("seeds") / "real" / name
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        yield f"{path}:{number}", json.loads(line)
