"""Sentences with a stance: NewsMTSC and our own coding, as one kind of example."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from framing.annotation.variables import ABSENT
from framing.codebook import Codebook, Target
from framing.evaluation.name_swap import NameSwap, countries
from framing.stance.inputs import Targeted, targeted
from framing.stance.mentions import MentionFinder
from framing.stance.values import OUTCOMES

NEWSMTSC = "newsmtsc"
_POLARITY = {1: "favourable", 0: "neutral", -1: "critical"}


@dataclass(frozen=True)
class Example:
    """A sentence with one target, its stance or absence (a position in `OUTCOMES`), and where it is from."""

    sentence: Targeted
    outcome: int
    target: str
    story: str
    sentence_id: str
    text: str


def newsmtsc(path: Path) -> list[Example]:
    """Rows of a file of NewsMTSC (Hamborg and Donnay 2021); the target is a person, named by its mention."""
    examples = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sentence = Targeted(row["sentence"], [(row["from"], row["to"])])
        stance = OUTCOMES.index(_POLARITY[int(row["polarity"])])
        story = "-".join(row["id"].split("_")[:2])
        examples.append(Example(sentence, stance, NEWSMTSC, f"{NEWSMTSC}:{story}", row["id"], row["sentence"]))
    return examples


def coded(rows: Iterable[dict[str, Any]], codebook: Codebook) -> list[Example]:
    """What the network is asked about coded sentences; each row has ``text`` and ``previous``."""
    find = MentionFinder(codebook.targets)
    return [example for row in rows for example in _examples(row, targeted(find, row["text"], row["previous"]))]


def renamed(rows: Iterable[dict[str, Any]], codebook: Codebook, share: float, seed: int) -> list[Example]:
    """As `coded`, but in a share of the sentences all countries have exchanged their names.

    So that the network learns what is said of a target and not what is usually said of China.
    """
    rng = np.random.default_rng(seed)
    swap = NameSwap(*zip(*countries(), strict=True))
    finders = cache(lambda step: MentionFinder(swapped_targets(codebook.targets, swap, step)))
    examples: list[Example] = []
    for row in rows:
        if rng.random() < share:
            step = int(rng.integers(1, len(swap.bearers)))
            text, previous = swap(row["text"], step), swap(row["previous"], step)
            examples += _examples(row, targeted(finders(step), text, previous))
        else:
            examples += coded([row], codebook)
    return examples


def swapped_targets(targets: Sequence[Target], swap: NameSwap, step: int) -> list[Target]:
    """Targets that are mentioned by the names that their countries got."""
    return [
        target.model_copy(update={"aliases": tuple(swap(alias, step) for alias in target.aliases)})
        for target in targets
    ]


def _examples(row: dict[str, Any], asked: dict[str, Targeted]) -> Iterator[Example]:
    for name, sentence in asked.items():
        outcome = OUTCOMES.index(row["stance"].get(name, ABSENT))
        yield Example(sentence, outcome, name, row["story"], row["sentence_id"], row["text"])
