"""Which of the networks of a cross-fitted model scores which sentence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from framing.artefact import sha256_text
from framing.classifier.record import SplitRow

_NONE = -1


@dataclass(frozen=True)
class Assignment:
    """Who scores each sentence.

    Parameters
    ----------
    members : ndarray of int, shape (n_sentences,)
        Number of the network, which is the number of the fold it did not see.
    coded : ndarray of bool, shape (n_sentences,)
        Whether the sentence's story has coded sentences; its decisions are then by the thresholds of that fold.
    """

    members: NDArray[np.intp]
    coded: NDArray[np.bool_]

    def __getitem__(self, rows: slice | NDArray[np.intp]) -> "Assignment":
        return Assignment(self.members[rows], self.coded[rows])


@dataclass(frozen=True)
class CodedFolds:
    """Folds of the coded sentences.

    Parameters
    ----------
    n_folds : int
    stories : mapping of str to int
        Fold of each coded story.
    texts : mapping of str to int
        Fold of each coded text, by its SHA-256; -1 for a text that is in several folds.
    corpus : str or None
        Hash of the corpus whose story names these are.
    """

    n_folds: int
    stories: Mapping[str, int]
    texts: Mapping[str, int]
    corpus: str | None

    @classmethod
    def from_split(cls, rows: Sequence[SplitRow], n_folds: int) -> Self:
        """Folds as recorded in ``split.jsonl``."""
        texts: dict[str, int] = {}
        for row in rows:
            if texts.setdefault(row["sha256"], row["fold"]) != row["fold"]:
                texts[row["sha256"]] = _NONE
        corpus = rows[0].get("corpus") if rows else None
        return cls(n_folds, {row["story"]: row["fold"] for row in rows}, texts, corpus)

    def assign(self, sentences: Sequence[str], stories: Sequence[str], corpus: str | None = None) -> Assignment:
        """Choose one network for every story, one that did not see it.

        A coded story goes to the network of its fold. In the corpus the model was trained on it is known by its name;
        in another one by texts that no other story there has, the fold of most of them. Every other story goes to a
        network chosen by a hash of its name. It could be scored by all of them, but the mean of several networks is
        another kind of score than that of one, with less noise: a correction learned on the coded sentences would then
        not hold for the uncoded ones. This way both get scores of the same kind, from one network that was trained
        without their story and has nothing to do with what the story says.

        Parameters
        ----------
        sentences, stories : sequence of str, length n_sentences
            All sentences of the corpus, since a story is recognised by any of its sentences.
        corpus : str, optional
            Hash of the corpus.
        """
        numbers = {name: number for number, name in enumerate(dict.fromkeys(stories))}
        places = _integers((numbers[story] for story in stories), len(stories))
        if corpus is not None and corpus == self.corpus:
            known = _integers((self.stories.get(name, _NONE) for name in numbers), len(numbers))
        else:
            known = self._recognised(sentences, places, len(numbers))
        hashed = _integers((int(sha256_text(name)[:16], 16) % self.n_folds for name in numbers), len(numbers))
        members = np.where(known != _NONE, known, hashed)
        return Assignment(members[places], (known != _NONE)[places])

    def _recognised(self, sentences: Sequence[str], places: NDArray[np.intp], n_stories: int) -> NDArray[np.intp]:
        """Fold of each story by its texts, -1 for a story without a coded text of its own."""
        homes: dict[str, set[int]] = {}
        for text, place in zip(sentences, places.tolist(), strict=True):
            sha256 = sha256_text(text)
            if self.texts.get(sha256, _NONE) != _NONE:
                homes.setdefault(sha256, set()).add(place)
        votes = np.zeros((n_stories, self.n_folds), dtype=int)
        for sha256, stories in homes.items():
            if len(stories) == 1:  # credits and the like, which many stories share, tell no story from another
                votes[next(iter(stories)), self.texts[sha256]] += 1
        return np.where(votes.max(axis=1) > 0, votes.argmax(axis=1), _NONE)


def _integers(values: Iterable[int], n: int) -> NDArray[np.intp]:
    return np.fromiter(values, dtype=np.intp, count=n)
