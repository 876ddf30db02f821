"""Rows of a ledger as coders may see them: who knows the outlet codes its reputation."""

from framing.artefact import sha256_text
from framing.exchange.rows import TEXTS, Fields

# Of a row of the ledger; all else may tell the outlet (ids are made of its name, a stratum is one) or the model's view.
_SHOWN = ("sentence_id", "part", *TEXTS, "sha256", "inclusion_probability", "purpose", "seed")
_LENGTH = 16


def blinded(row: Fields) -> Fields:
    """The fields that tell nothing of the outlet, with a hash in place of the id."""
    kept = {name: row[name] for name in _SHOWN if name in row}
    return kept | {"sentence_id": blind_id(row["sentence_id"])}


def blind_id(sentence_id: str) -> str:
    """What stands for an id; it begins with a letter, since Excel takes 12e45 for a number."""
    return f"s{sha256_text(sentence_id)[:_LENGTH]}"
