"""Small labels to compare, and gold for them."""

import json

import pyarrow as pa

from framing import Codebook
from framing.labelling import Labels

BOOK = Codebook.load("china-russia")


def make_labels(rows, seen=frozenset(), **columns):
    """Labels from (outlet, story, cooperation, anti_western, economic[, boilerplate]); other columns by name."""
    table = {
        "sentence_id": [f"s{i}" for i in range(len(rows))],
        "article_id": [row[1] for row in rows],
        "text": [f"Sentence {i}." for i in range(len(rows))],
        "outlet": [row[0] for row in rows],
        "story": [row[1] for row in rows],
        "date": ["2024-05-06"] * len(rows),
        "boilerplate": [bool(row[5]) if len(row) > 5 else False for row in rows],
        **columns,
    }
    for i, name in enumerate(BOOK.frame_names):
        table[name] = [int(row[2 + i] >= 0.5) for row in rows]
        table[f"p_{name}"] = [float(row[2 + i]) for row in rows]
    return Labels(pa.table(table), BOOK, "sentence_id", {}, frozenset(seen), frozenset())


def write_gold(path, coded, probability=0.5, **fields):
    """Codings from sentence number to frames; other fields are the same for all."""
    known = {} if probability is None else {"inclusion_probability": probability}
    rows = [{"sentence_id": f"s{i}", "frames": frames, **known, **fields} for i, frames in coded.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
