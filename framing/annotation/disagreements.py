"""Sentences on which coders differ, to look at and to adjudicate."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framing.annotation.agreement import value_counts
from framing.annotation.variables import CodingTable
from framing.artefact import new_file
from framing.spreadsheet import neutral


@dataclass(frozen=True)
class Disagreement:
    """What coders said of a sentence on which they differ; `text` is empty where it is not known."""

    sentence_id: str
    variable: str
    said: dict[str, str]
    text: str


def find_disagreements(table: CodingTable) -> list[Disagreement]:
    """Every sentence and variable with at least two different values, by sentence."""
    found = []
    for order, variable in enumerate(table.variables):
        different = np.count_nonzero(value_counts(variable.codes, len(variable.values)), axis=1) > 1
        for i in np.flatnonzero(different).tolist():
            codes = zip(table.coders, variable.codes[:, i].tolist(), strict=True)
            said = {coder: variable.values[code] for coder, code in codes if code >= 0}
            found.append((i, order, Disagreement(table.sentence_ids[i], variable.name, said, table.texts[i])))
    return [disagreement for *_, disagreement in sorted(found, key=lambda row: row[:2])]


def write_disagreements(disagreements: Sequence[Disagreement], output: str | Path, *, overwrite: bool = False) -> None:
    """Write disagreements as CSV: sentence, variable, a column per coder (empty: not coded), text.

    Text that a spreadsheet would run as a formula gets an apostrophe, see `framing.spreadsheet.neutral`.

    Raises
    ------
    FramingError
        If `output` exists and may not be replaced.
    """
    coders = sorted({coder for disagreement in disagreements for coder in disagreement.said})
    with new_file(Path(output), overwrite=overwrite) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["sentence_id", "variable", *map(neutral, coders), "text"])
        for d in disagreements:
            cells = [d.sentence_id, d.variable, *(d.said.get(coder, "") for coder in coders), d.text]
            writer.writerow([neutral(cell) for cell in cells])
