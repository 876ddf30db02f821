"""Which of the networks of a cross-fitted model scores which sentence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from framing.artefact import sha256_text
from framing.classifier.record import SplitRow

SEVERAL = -1  # in place of the fold of a text that several have


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
                texts[row["sha256"]] = SEVERAL
        corpus = rows[0].get("corpus") if rows else None
        return cls(n_folds, {row["story"]: row["fold"] for row in rows}, texts, corpus)

    def learned(self, sha256: str, member: int) -> bool:
        """Tell whether a network has learned a text, given its SHA-256.

        Texts that were coded in several folds, such as credits, count as not learned: any network has learned them,
        and a probability sample must not lose them.
        """
        return self.texts.get(sha256, SEVERAL) not in (SEVERAL, member)

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
        return self.recognise(zip(sentences, stories, strict=True), corpus).assign(stories)

    def recognise(self, sentences: Iterable[tuple[str, str]], corpus: str | None = None) -> "StoryFolds":
        """Find the coded stories of a corpus, which may be larger than memory.

        Parameters
        ----------
        sentences : iterable of (str, str)
            Text and story of all its sentences; not read where stories are known by name.
        corpus : str, optional
            Hash of the corpus.
        """
        if corpus is not None and corpus == self.corpus:
            return StoryFolds(self.n_folds, self.stories)
        homes: dict[str, set[str]] = {}
        for text, story in sentences:
            sha256 = sha256_text(text)
            if self.texts.get(sha256, SEVERAL) != SEVERAL and len(homes.setdefault(sha256, set())) < 2:
                homes[sha256].add(story)
        votes: dict[str, list[int]] = {}
        for sha256, stories in homes.items():
            if len(stories) == 1:  # credits and the like, which many stories share, tell no story from another
                votes.setdefault(next(iter(stories)), [0] * self.n_folds)[self.texts[sha256]] += 1
        return StoryFolds(self.n_folds, {story: int(np.argmax(counts)) for story, counts in votes.items()})


@dataclass(frozen=True)
class StoryFolds:
    """Folds of the coded stories of one corpus, which say who scores any of its sentences.

    Parameters
    ----------
    n_folds : int
    known : mapping of str to int
        Fold of each coded story.
    """

    n_folds: int
    known: Mapping[str, int]

    def assign(self, stories: Sequence[str]) -> Assignment:
        """The network for each sentence, by its story; see `CodedFolds.assign`."""
        names = list(dict.fromkeys(stories))
        chosen = {name: self.known.get(name, int(sha256_text(name)[:16], 16) % self.n_folds) for name in names}
        coded = np.fromiter((story in self.known for story in stories), dtype=np.bool_, count=len(stories))
        return Assignment(_integers((chosen[story] for story in stories), len(stories)), coded)


def _integers(values: Iterable[int], n: int) -> NDArray[np.intp]:
    return np.fromiter(values, dtype=np.intp, count=n)
