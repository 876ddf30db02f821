"""Names swapped in coded sentences: what a model makes of the same words about others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from framing.annotation import CodedSentences
from framing.arrays import Codes, Floats
from framing.evaluation.name_swap import NameSwap, outlet_swap, place_swap

if TYPE_CHECKING:
    from framing.classifier import Classifier

MIN_CHANGED = 20  # a share of fewer sentences says little
Decisions = NDArray[np.bool_]
Scorer = Callable[[Codes, Sequence[str], Sequence[str]], tuple[Floats, Decisions]]
"""Positions of coded sentences, texts in their places and those before: probabilities and decisions per frame."""


@dataclass(frozen=True)
class Change:
    """Absolute change of one frame's probability, its mean and 95th percentile, and the share of decisions flipped."""

    frame: str
    mean: float
    p95: float
    flipped: float


@dataclass(frozen=True)
class Swap:
    """What swapping names of a kind does to the sentences that have one; `n_seen` of them the model learned from."""

    kind: str
    n_changed: int
    n_seen: int
    changes: list[Change]

    @property
    def words(self) -> str:
        """The result in a sentence."""
        if self.n_changed < MIN_CHANGED:
            found = "No" if not self.changes else f"Only {self.n_changed:,}"
            return f"{found} coded sentences have names of {self.kind} that could be swapped: too few to judge by."
        most = max(self.changes, key=lambda change: change.flipped)
        text = (
            f"With other {self.kind} in the same sentence, {100 * most.flipped:.1f}% of the decisions on {most.frame} "
            f"flip, of all frames the most ({self.n_changed:,} sentences)."
        )
        if self.kind == "countries":
            text += " Where a frame is about a certain country, some should."
        if self.n_seen:
            text += (
                f" The model was trained or tuned on {self.n_seen:,} of these sentences or their stories, and may be "
                "surer of them than of new ones."
            )
        return text


def swaps(classifier: "Classifier", coded: CodedSentences, score: Scorer, unseen: Codes, seed: int) -> list[Swap]:
    """What swapping the names of outlets, and those of countries, does to coded sentences.

    Parameters
    ----------
    classifier : Classifier
        Its codebook names the countries.
    coded : CodedSentences
    score : callable
        See `Scorer`.
    unseen : ndarray of int
        Positions of those that the model has not learned from.
    seed : int
        Of the names that stand in for others.
    """
    outlets = sorted(set(coded.outlets))
    kinds = {"outlets": outlet_swap(outlets), "countries": place_swap(classifier.codebook, outlets)}
    return [
        _swapped(classifier, coded, score, unseen, kind, swap, seed) if swap else Swap(kind, 0, 0, [])
        for kind, swap in kinds.items()
    ]


def _swapped(
    classifier: "Classifier", coded: CodedSentences, score: Scorer, unseen: Codes, kind: str, swap: NameSwap, seed: int
) -> Swap:
    steps = np.random.default_rng(seed).integers(1, len(swap.bearers), size=len(coded)).tolist()
    texts = [swap(text, step) for text, step in zip(coded.texts, steps, strict=True)]
    previous = [swap(text, step) for text, step in zip(coded.previous, steps, strict=True)]
    read = classifier.settings.context == "previous"
    rows = [i for i in range(len(coded)) if texts[i] != coded.texts[i] or (read and previous[i] != coded.previous[i])]
    if not rows:
        return Swap(kind, 0, 0, [])
    at, before = np.array(rows, dtype=np.intp), coded.take(np.array(rows, dtype=np.intp))
    old, was = score(at, before.texts, before.previous)
    new, now = score(at, [texts[i] for i in rows], [previous[i] for i in rows])
    moved = np.abs(new - old)
    columns = (moved.mean(axis=0), np.quantile(moved, 0.95, axis=0), (was != now).mean(axis=0))
    changes = [
        Change(name, *values)
        for name, *values in zip(classifier.codebook.frame_names, *(c.tolist() for c in columns), strict=True)
    ]
    return Swap(kind, len(rows), int(np.count_nonzero(~np.isin(at, unseen))), changes)
