"""Example sentences, drawn by a stated rule: at random, so that they are typical rather than clear."""

from dataclasses import dataclass

import numpy as np

from framing.evaluation.evidence import Evidence
from framing.labelling import Labels

EXAMPLES = 4


@dataclass(frozen=True)
class Example:
    """A sentence with a frame's label, and the probability behind it."""

    text: str
    group: str
    date: str
    probability: float


def draw_examples(evidence: Evidence, labels: Labels, *, n: int = EXAMPLES, seed: int = 0) -> dict[str, list[Example]]:
    """Draw sentences with each frame, each of another group.

    Parameters
    ----------
    evidence : Evidence
    labels : Labels
        Those the evidence was gathered from, for text, date and probability.
    n : int
        Per frame, at most.
    seed : int
        Of the draw.
    """
    if "text" not in labels.table.column_names:
        return {frame: [] for frame in evidence.codebook.frame_names}
    rng = np.random.default_rng(seed)
    groups, rows = evidence.population.groups, evidence.population.rows
    found = {}
    for i, frame in enumerate(evidence.codebook.frame_names):
        chosen: dict[int, int] = {}
        for sentence in rng.permutation(np.flatnonzero(evidence.decisions[:, i])):
            chosen.setdefault(int(groups.member[sentence]), int(sentence))
            if len(chosen) == n:
                break
        table = labels.table.take(rows[list(chosen.values())]).to_pylist() if chosen else []
        found[frame] = [
            Example(str(row["text"]), str(groups.names[group]), str(row.get("date") or ""), float(row[f"p_{frame}"]))
            for group, row in zip(chosen, table, strict=True)
        ]
    return found
