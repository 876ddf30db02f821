"""Does an accelerated form say the same as the network it was made of? On a fixed sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framing.engine.sample import Judgement


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
        Size of the sample; of a network of stance, sentences by targets.
    flips : float
        Share of labels that differ, 0 to 1; where a row has just one label, share of rows.
    gap : float
        Largest difference of a probability.
    shift : float
        Largest shift, over outlets (and targets) and labels, of the mean probability, in points. Mean ones, because one
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


def compare_forms(exact: Judgement, other: Judgement) -> Parity:
    """Compare what two forms of a network say of the same sentences."""
    names, codes = np.unique(np.array(exact.groups), return_inverse=True)
    counts = np.bincount(codes, minlength=len(names))[:, None]

    def shift(differences: NDArray[np.float64]) -> float:
        sums = np.stack([np.bincount(codes, column, len(names)) for column in differences.T], axis=1)
        return float(100 * np.abs(sums / counts).max())

    differences = other.probabilities - exact.probabilities
    turned = other.decided.astype(float) - exact.decided
    return Parity(
        sentences=len(codes),
        flips=float(turned.any(axis=1).mean() if exact.exclusive else np.abs(turned).mean()),
        gap=float(np.abs(differences).max()),
        shift=shift(differences),
        counted_shift=shift(turned),
    )
