"""Probabilities of sentences already computed, so that wire copy is computed once; bounded."""

import hashlib
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats

KEPT_PARTS = 20


class Memory:
    """Probabilities of what the last parts of a labelling run computed, by what the classifier reads of a sentence.

    What is remembered depends on the parts alone, not on when the process was started: each part's new entries can
    be written with it (`write`) and read back (`read`), so that a resumed run computes exactly what an undisturbed
    one does.

    Parameters
    ----------
    kept_parts : int
        How many parts back a sentence is remembered.
    """

    def __init__(self, kept_parts: int = KEPT_PARTS) -> None:
        self._known: dict[bytes, Floats] = {}
        self._parts: deque[tuple[list[bytes], Floats]] = deque()
        self._kept_parts = kept_parts

    def __contains__(self, key: bytes) -> bool:
        return key in self._known

    def recall(self, keys: Sequence[bytes]) -> Floats:
        """Probabilities of remembered keys, shape (n, n_labels)."""
        return np.array([self._known[key] for key in keys])

    def add(self, keys: list[bytes], probabilities: Floats) -> None:
        """Remember what one part computed, and forget the part that is now too far back."""
        self._parts.append((keys, probabilities))
        self._known.update(zip(keys, probabilities, strict=True))
        if len(self._parts) > self._kept_parts:
            for key in self._parts.popleft()[0]:
                del self._known[key]

    def write(self, path: Path) -> None:
        """Write the entries of the newest part."""
        keys, probabilities = self._parts[-1]
        with path.open("wb") as stream:
            np.savez(stream, keys=np.array(keys, dtype="V16"), probabilities=probabilities)

    def read(self, path: Path) -> None:
        """Remember the entries of one part again."""
        with np.load(path) as entries:
            self.add([key.tobytes() for key in entries["keys"]], entries["probabilities"])


def input_keys(texts: Sequence[str], previous: Sequence[str], members: NDArray[np.intp] | None) -> list[bytes]:
    """16 bytes that tell what a classifier reads, and by which of its networks, from any other input.

    Parameters
    ----------
    texts, previous : sequence of str, length n
        `previous` with empty strings where the context is not read.
    members : ndarray of int, shape (n,), optional
        Network that scores each sentence; None if all do.
    """
    numbers = members.tolist() if members is not None else [-1] * len(texts)
    return [
        hashlib.blake2b(f"{number}\0{before}\0{text}".encode(), digest_size=16).digest()
        for number, before, text in zip(numbers, previous, texts, strict=True)
    ]
