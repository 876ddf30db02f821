"""The coding folder: the ledger of drawn sentences that `framing sample` writes, and the codings beside it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.artefact import Manifest, read_manifest
from framing.errors import FramingError

KIND = "coding"
SAMPLE = "sample.jsonl"
ANNOTATIONS = "annotations.jsonl"
CODINGS = "codings.jsonl"  # of the single coders, before adjudication


@dataclass(frozen=True)
class Ledger:
    """Drawn sentences by id, as ``sample.jsonl`` gives them, and the manifest of the draw."""

    folder: Path
    rows: dict[str, dict[str, Any]]
    manifest: Manifest


def read_ledger(folder: str | Path) -> Ledger:
    """Open a coding folder.

    Raises
    ------
    FramingError
        If the folder is not a whole coding folder or its ledger is broken.
    """
    folder = Path(folder)
    manifest = read_manifest(folder, KIND)
    path = folder / SAMPLE
    try:
        with path.open(encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        return Ledger(folder, {row["sentence_id"]: row for row in rows}, manifest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FramingError(
            f"{path}: broken ledger ({error}); bring back the file that framing sample wrote, a new draw would differ"
        ) from None
