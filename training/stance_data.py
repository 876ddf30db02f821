"""Sentences with a stance: NewsMTSC and our own coding, as one kind of example."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from framing.codebook import Codebook, Target
from framing.evaluation.name_swap import NameSwap, countries
from framing.stance.inputs import Targeted
from framing.stance.mentions import MentionFinder
from framing.stance.values import STANCES

NEWSMTSC = "newsmtsc"
_POLARITY = {1: "favourable", 0: "neutral", -1: "critical"}


@dataclass(frozen=True)
class Example:
    """A sentence with one target, its stance, and where it is from."""

    sentence: Targeted
    stance: int
    target: str
    story: str
    sentence_id: str
    text: str
    mentioned: bool = True


def newsmtsc(path: Path) -> list[Example]:
    """Rows of a file of NewsMTSC (Hamborg and Donnay 2021); the target is a person, named by its mention."""
    examples = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sentence = Targeted(row["sentence"], [(row["from"], row["to"])])
        stance = STANCES.index(_POLARITY[int(row["polarity"])])
        story = "-".join(row["id"].split("_")[:2])
        examples.append(Example(sentence, stance, NEWSMTSC, f"{NEWSMTSC}:{story}", row["id"], row["sentence"]))
    return examples


def coded(rows: Iterable[dict[str, Any]], codebook: Codebook) -> list[Example]:
    """One example for each stance of coded sentences; a target without a mention is implied."""
    find = MentionFinder(codebook.targets)
    return [
        example
        for row in rows
        if row.get("stance")
        for example in _examples(row, row["text"], find(row["text"]), codebook.targets)
    ]


def renamed(rows: Iterable[dict[str, Any]], codebook: Codebook, share: float, seed: int) -> list[Example]:
    """As `coded`, but in a share of the sentences all countries have exchanged their names.

    So that the network learns what is said of a target and not what is usually said of China.
    """
    rng = np.random.default_rng(seed)
    swap = NameSwap(*zip(*countries(), strict=True))
    finders = cache(lambda step: MentionFinder(swapped_targets(codebook.targets, swap, step)))
    examples: list[Example] = []
    for row in rows:
        step = int(rng.integers(1, len(swap.bearers))) if rng.random() < share else 0
        if not row.get("stance"):
            continue
        if step:
            text = swap(row["text"], step)
            examples += _examples(row, text, finders(step)(text), swapped_targets(codebook.targets, swap, step))
        else:
            examples += coded([row], codebook)
    return examples


def swapped_targets(targets: Sequence[Target], swap: NameSwap, step: int) -> list[Target]:
    """Targets that are mentioned by the names that their countries got."""
    return [
        target.model_copy(update={"aliases": tuple(swap(alias, step) for alias in target.aliases)})
        for target in targets
    ]


def _examples(
    row: dict[str, Any], text: str, found: dict[str, list[tuple[int, int]]], targets: Sequence[Target]
) -> Iterator[Example]:
    aliases = {target.name: target.aliases[0] for target in targets}
    for name, stance in row["stance"].items():
        spans = found.get(name)
        sentence = Targeted(text, spans) if spans else Targeted.implied(aliases[name], text)
        yield Example(sentence, STANCES.index(stance), name, row["story"], row["sentence_id"], row["text"], bool(spans))
