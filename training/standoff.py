"""Coded real sentences, kept without their text: joined again with the articles they were coded in."""

import json
from collections.abc import Iterator
from pathlib import Path

from framing.artefact import sha256_text
from framing.errors import FramingError
from framing.resources import shipped

CODED = "real/coded.jsonl"


def with_text(articles: Path) -> Iterator[dict[str, object]]:
    """Rows of ``seeds/real/coded.jsonl`` with the text of their sentence.

    Parameters
    ----------
    articles : Path
        JSON lines with id, title and text, as the sentences were cut from (start -1: the title).

    Raises
    ------
    FramingError
        If an article is missing or its text is another one.
    """
    with articles.open(encoding="utf-8") as stream:
        by_id = {article["id"]: article for article in map(json.loads, stream)}
    path = shipped("seeds") / CODED
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        row = json.loads(line)
        article = by_id.get(row["article_id"])
        if article is None:
            raise FramingError(f"{path}:{number}: article {row['article_id']} is not in {articles}")
        text = article["title"] if row["start"] < 0 else article["text"][row["start"] : row["end"]]
        if sha256_text(text) != row["sha256"]:
            raise FramingError(f"{path}:{number} (id {row['sentence_id']}): {articles} has another text there")
        yield {**row, "text": text}


def write_with_text(articles: Path, target: Path) -> Path:
    """Write the rows of `with_text` as annotations to train on; returns `target`."""
    with target.open("w", encoding="utf-8") as stream:
        for row in with_text(articles):
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return target
