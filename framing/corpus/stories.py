"""Stories: articles that share text (wire copy, reprints, truncated copies), found by MinHash, verified by overlap.

Broder (1997), On the resemblance and containment of documents; banding after Leskovec, Rajaraman and Ullman,
Mining of Massive Datasets, chapter 3.
"""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SHINGLE_WORDS = 5
MIN_SHINGLES = 25  # with fewer (about 30 words) a few shared phrases would make a copy
MIN_WORDS = 8
CONTAINMENT = 0.5
# 128 bands of 2 rows find a pair of Jaccard similarity .2 (a copy cut to a fifth) with probability .995, one of
# .1 with .72; unrelated articles share hardly any five words, so few pairs are looked at in vain.
_BANDS, _ROWS = 128, 2
_WORD = re.compile(r"\w+")

Shingles = NDArray[np.uint64]


def group_stories(texts: Sequence[str]) -> NDArray[np.intp]:
    """Group near-duplicate texts.

    Parameters
    ----------
    texts : sequence of str
        Article texts without boilerplate.

    Returns
    -------
    ndarray of int, shape (n_texts,)
        For each text the position of the first text of its story; its own position when it stands alone.

    Notes
    -----
    Two texts are of one story when at least half of the five-word shingles of the shorter one occur in the
    other (containment, so that a truncated copy counts); stories are the connected components. Texts of fewer
    than about 30 words are grouped only when they say the same word for word, and texts of fewer than 8 words
    never. Copies cut to less than a fifth may be missed.
    """
    shingled = [_shingles(text) for text in texts]
    parent = np.arange(len(texts))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = int(parent[item])
        return item

    for one, two in _same_words(texts):
        a, b = sorted((root(one), root(two)))
        parent[b] = a
    for one, two in _candidates(shingled):
        a, b = sorted((root(one), root(two)))
        if a != b and _containment(shingled[one], shingled[two]) >= CONTAINMENT:
            parent[b] = a
    return np.array([root(item) for item in range(len(texts))], dtype=np.intp)


def _same_words(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of short texts that say the same, each with the first that said it."""
    first: dict[tuple[str, ...], int] = {}
    pairs = []
    for item, text in enumerate(texts):
        words = tuple(_WORD.findall(text.lower()))
        if MIN_WORDS <= len(words) < MIN_SHINGLES + SHINGLE_WORDS:
            pairs.append((first.setdefault(words, item), item))
    return pairs


def _shingles(text: str) -> Shingles:
    words = _WORD.findall(text.lower())
    joined = (" ".join(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1))
    hashes = {int.from_bytes(hashlib.blake2b(s.encode(), digest_size=8).digest()) for s in joined}
    return np.array(sorted(hashes), dtype=np.uint64)


def _containment(one: Shingles, two: Shingles) -> float:
    shared = np.intersect1d(one, two, assume_unique=True).size
    return float(shared / min(one.size, two.size))


def _candidates(shingled: Sequence[Shingles]) -> list[tuple[int, int]]:
    """Pairs that share a band of their MinHash signatures, in order."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
    empty = MinHash(num_perm=_BANDS * _ROWS, seed=1, hashfunc=_as_32_bit)
    pairs: set[tuple[int, int]] = set()
    for item, shingles in enumerate(shingled):
        if shingles.size < MIN_SHINGLES:
            continue
        signature = empty.copy()
        signature.update_batch(shingles)
        pairs.update((other, item) for other in index.query(signature))
        index.insert(item, signature, check_duplication=False)
    return sorted(pairs)


def _as_32_bit(value: np.uint64) -> int:
    return int(value) & 0xFFFFFFFF
