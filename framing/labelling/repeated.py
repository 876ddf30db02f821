"""Which of many names come twice, without keeping them in memory."""

import hashlib
import tempfile
from array import array
from types import TracebackType
from typing import Self

import numpy as np

_BUFFERED = 100_000
_AT_ONCE = 4_000_000


class RepeatedNames:
    """Collects 8-byte hashes of names on disk, and finds those that came more than once.

    A context manager. Two names may share a hash, so whoever asks looks at the names themselves.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)
        self._buffer = array("Q")
        self._n = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, name: str) -> None:
        """Take in one more name."""
        self._buffer.append(name_hash(name))
        self._n += 1
        if len(self._buffer) >= _BUFFERED:
            self._flush()

    def hashes(self) -> set[int]:
        """Hashes that came more than once."""
        self._flush()
        n_slices = self._n // _AT_ONCE + 1
        return {found for number in range(n_slices) for found in self._repeated(number, n_slices)}

    def _repeated(self, number: int, n_slices: int) -> list[int]:
        """Those among every `n_slices`-th hash, so that no more than about `_AT_ONCE` are sorted at a time."""
        self._file.seek(0)
        chosen = []
        while block := self._file.read(8 * _BUFFERED):
            hashes = np.frombuffer(block, dtype=np.uint64)
            chosen.append(hashes[hashes % n_slices == number])
        values, counts = np.unique(np.concatenate(chosen), return_counts=True) if chosen else (np.array([]),) * 2
        found: list[int] = values[counts > 1].tolist()
        return found

    def _flush(self) -> None:
        self._buffer.tofile(self._file)
        self._buffer = array("Q")


def name_hash(name: str) -> int:
    """The hash that `RepeatedNames` knows a name by."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "little")
