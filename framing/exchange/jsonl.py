"""JSON lines as `framing.annotation` reads them: ``codings.jsonl``, or ``annotations.jsonl`` of final codings."""

import json
from collections.abc import Sequence
from pathlib import Path

from framing.codebook import Codebook
from framing.corpus.read import jsonl_rows
from framing.exchange.rows import ANSWER, Found, Item, read_rows


def write(path: Path, items: Sequence[Item], _codebook: Codebook) -> None:
    """Write one object per coded sentence and coder: the answer, then the ledger's fields."""
    with path.open("w", encoding="utf-8") as stream:
        for item in items:
            if item.coding is None:
                continue
            answer = item.coding.model_dump(include=set(ANSWER), exclude_none=True)
            row = {"sentence_id": item.coding.sentence_id, **answer, **item.drawn}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def read(path: Path, _codebook: Codebook) -> Found:
    """Read such objects."""
    yield from read_rows(path, jsonl_rows)
