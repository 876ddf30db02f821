"""A table of labels, as ActiveTigger and similar tools take and give: CSV, one column with all labels of a row.

Columns ``id``, ``text``, ``labels`` (joined with ``|``), ``user``, ``timestamp`` and ``comment``, which are those of
ActiveTigger's annotations, then the ledger's. ActiveTigger wants ids that occur once: export one coder at a time.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from framing.codebook import Codebook
from framing.corpus.records import UnreadableError
from framing.errors import FramingError
from framing.exchange.cells import number, read_csv, text, write_csv
from framing.exchange.labels import from_labels, to_labels
from framing.exchange.rows import Fields, Found, Item

SEPARATOR = "|"
_SEPARATORS = re.compile(r"[|,;]")  # names of the codebook hold none of them
_IDS = ("sentence_id", "id_external", "id", "column_1")  # the nameless first column is the index that pandas writes
_LABELS = ("labels", "label")
_OWN = ("id", "text", "labels", "user", "timestamp", "comment", "seconds", "codebook")


def write(path: Path, items: Sequence[Item], codebook: Codebook) -> None:
    """Write a row per coder and sentence; sentences to code have no labels."""
    beside = [name for name in (items[0].drawn if items else {}) if name not in {"sentence_id", "text"}]
    write_csv(path, [*_OWN, *beside], (_cells(item, codebook) for item in items))


def _cells(item: Item, codebook: Codebook) -> Fields:
    cells: Fields = {**item.drawn, "id": item.drawn["sentence_id"], "user": item.coder, "codebook": codebook.sha256}
    if coding := item.coding:
        cells |= {name: getattr(coding, name) for name in ("comment", "seconds", "codebook")}
        cells |= {"labels": SEPARATOR.join(to_labels(coding)), "timestamp": coding.coded_at}
    return cells


def read(path: Path, _codebook: Codebook) -> Found:
    """Read such a table.

    Also one with ``label`` for ``labels``, ids in ``sentence_id`` or ``id_external``, commas or semicolons for ``|``.
    """
    for line, row in read_csv(path):
        try:
            yield line, row if isinstance(row, UnreadableError) else _fields(row, path)
        except UnreadableError as error:
            yield line, error


def _fields(row: Fields, path: Path) -> Fields | None:
    ids, labels = (next((name for name in names if name in row), None) for names in (_IDS, _LABELS))
    if ids is None or labels is None:
        raise FramingError(f"{path}: expected columns id and labels, found {', '.join(row)}; name them so")
    cells = {name: text(value) for name, value in row.items()}
    if not (given := [label for part in _SEPARATORS.split(cells[labels]) if (label := part.strip())]):
        return None
    renamed = {"sentence_id": cells[ids], "coder": cells.get("user"), "coded_at": cells.get("timestamp")}
    return {**cells, "seconds": number(cells.get("seconds", ""), "seconds"), **renamed, **from_labels(given)}
