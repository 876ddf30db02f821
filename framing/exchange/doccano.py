"""doccano, text classification: one JSON object per line with ``text``, ``label`` (a list) and ``Comments``.

All other keys are metadata, which doccano keeps and writes out again; ids, coder and the ledger travel there.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from framing.codebook import Codebook
from framing.corpus.read import jsonl_rows
from framing.corpus.records import UnreadableError
from framing.exchange.labels import from_labels, to_labels
from framing.exchange.rows import Fields, Found, Item, read_rows

_BESIDE = ("coded_at", "seconds", "codebook")


def write(path: Path, items: Sequence[Item], codebook: Codebook) -> None:
    """Write an object per coder and sentence; sentences to code have an empty ``label``."""
    with path.open("w", encoding="utf-8") as stream:
        for number, item in enumerate(items, start=1):
            stream.write(json.dumps({"id": number, **_row(item, codebook)}, ensure_ascii=False) + "\n")


def _row(item: Item, codebook: Codebook) -> Fields:
    row: Fields = {"text": "", **item.drawn, "label": [], "Comments": [], "codebook": codebook.sha256}
    if item.coder:
        row["coder"] = item.coder
    if coding := item.coding:
        row |= {name: value for name in _BESIDE if (value := getattr(coding, name)) is not None}
        row |= {"label": to_labels(coding), "Comments": [coding.comment] if coding.comment else []}
    return row


def read(path: Path, _codebook: Codebook) -> Found:
    """Read what doccano exports (``all.jsonl``, or a file per user), also with labels that are frames only."""
    for line, row in read_rows(path, jsonl_rows):
        try:
            yield line, row if isinstance(row, UnreadableError) else _fields(row)
        except UnreadableError as error:
            yield line, error


def _fields(row: Fields) -> Fields | None:
    labels = row.pop("label", row.pop("labels", None))
    comments = row.pop("Comments", row.pop("comments", []))
    for name, value in (("label", labels), ("Comments", comments)):
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise UnreadableError(
                f"{name}: expected a list of text, found {value!r:.40}; export JSONL of a text classification project"
            )
    return {**row, **from_labels(labels), "comment": "\n".join(comments)} if labels else None
