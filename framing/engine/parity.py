"""Does an accelerated form say the same as the network it was made of? On a fixed sample."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.corpus.sentences import split_sentences
from framing.resources import shipped


@dataclass(frozen=True)
class Tolerance:
    """What may differ: `flips`, share of labels; `shift`, points of an outlet's prevalence."""

    flips: float
    shift: float


@dataclass(frozen=True)
class Parity:
    """How an accelerated form differs from the network in float32.

    Parameters
    ----------
    sentences : int
        Size of the sample.
    flips : float
        Share of labels that differ, 0 to 1.
    gap : float
        Largest difference of a probability.
    shift : float
        Largest shift, over outlets and labels, of the mean probability, in points. Mean probabilities, because one
        label more already moves the counted share of an outlet with 200 sentences by half a point.
    counted_shift : float
        The same of counted shares, in points.
    """

    sentences: int
    flips: float
    gap: float
    shift: float
    counted_shift: float

    def within(self, tolerance: Tolerance) -> bool:
        """Tell whether nothing differs by more than the tolerance."""
        return self.flips <= tolerance.flips and self.shift <= tolerance.shift


def compare_forms(
    exact: tuple[Floats, NDArray[np.bool_]], other: tuple[Floats, NDArray[np.bool_]], outlets: Sequence[str]
) -> Parity:
    """Compare probabilities and decisions, each of shape (n_sentences, n_labels), of two forms of a network."""
    names, codes = np.unique(np.array(outlets), return_inverse=True)
    counts = np.bincount(codes, minlength=len(names))[:, None]

    def shift(differences: NDArray[np.float64]) -> float:
        sums = np.stack([np.bincount(codes, column, len(names)) for column in differences.T], axis=1)
        return float(100 * np.abs(sums / counts).max())

    differences = other[0] - exact[0]
    turned = other[1].astype(float) - exact[1]
    return Parity(
        sentences=len(codes),
        flips=float(np.abs(turned).mean()),
        gap=float(np.abs(differences).max()),
        shift=shift(differences),
        counted_shift=shift(turned),
    )


@dataclass(frozen=True)
class Sample:
    """Sentences to compare forms on: of the seed corpus, with the sentence before each and its outlet."""

    texts: list[str]
    previous: list[str]
    outlets: list[str]


@lru_cache(maxsize=1)
def seed_sample() -> Sample:
    """All sentences of the seed corpus, which is shipped and stays as it is."""
    sample = Sample([], [], [])
    for path in sorted((shipped("seeds") / "articles").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            article = json.loads(line)
            text = article["text"]
            sentences = [article["title"], *(text[start:end] for start, end in split_sentences(text))]
            sample.texts.extend(sentences)
            sample.previous.extend(["", *sentences[:-1]])
            sample.outlets.extend([article["outlet"]] * len(sentences))
    return sample
