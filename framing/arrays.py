"""Names for arrays that many modules pass around, and what they do with values that recur."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]  # positions among names, or counts
T = TypeVar("T")


def distinct(values: Sequence[T]) -> tuple[list[T], Codes]:
    """Values without repetition in the order of their first, and where each of `values` is among them."""
    places = {value: i for i, value in enumerate(dict.fromkeys(values))}
    return list(places), np.array([places[value] for value in values], dtype=np.intp)
