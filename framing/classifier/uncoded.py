"""Sentences of a corpus that nobody coded, for a teacher to label and its pupils to learn."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from framing.corpus import Corpus, previous_sentences
from framing.errors import FramingError


@dataclass(frozen=True)
class Uncoded:
    """Sentences of a corpus; some may be coded.

    Parameters
    ----------
    texts, previous, stories : list of str, length n
        `previous` is the sentence before each, empty where there is none.
    corpus : str
        Hash of the corpus whose story names these are.
    """

    texts: list[str]
    previous: list[str]
    stories: list[str]
    corpus: str

    @classmethod
    def of(cls, corpus: Corpus) -> Self:
        """Its sentences, without those that `framing ingest` took for boilerplate."""
        table = corpus.sentences(["article_id", "story", "text", "boilerplate"])
        table = table.append_column("previous", [previous_sentences(table)])
        table = table.filter(np.logical_not(table["boilerplate"].to_numpy()))
        texts, previous, stories = (table[name].to_pylist() for name in ("text", "previous", "story"))
        return cls(texts, previous, stories, corpus.manifest["sha256"])

    def draw(self, coded: Iterable[str], most: int, seed: int) -> NDArray[np.intp]:
        """Rows of texts that are not coded, each once, where it stands first: all, or `most` drawn at random.

        Raises
        ------
        FramingError
            If there are none.
        """
        firsts = dict(zip(reversed(self.texts), reversed(range(len(self.texts))), strict=True))
        rows = sorted(firsts[text] for text in firsts.keys() - set(coded))
        if not rows:
            raise FramingError("the corpus to learn uncoded sentences from has none; name one that was not all coded")
        return np.sort(np.random.default_rng(seed).permutation(rows)[:most])
