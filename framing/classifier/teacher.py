"""Learning from a larger model as well as from coders, and from sentences that only the larger model has labelled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from framing.artefact import sha256_text
from framing.classifier.assignment import SEVERAL, CodedFolds
from framing.classifier.fitting import device_has_bf16
from framing.classifier.hints import Hints
from framing.classifier.settings import TrainingSettings
from framing.classifier.uncoded import Uncoded
from framing.errors import FramingError

if TYPE_CHECKING:
    from framing.classifier.folded import FoldedClassifier

SHARE = 0.5
NO_TEACHER = (
    "uncoded sentences are for a teacher to label, and none is named; add --teacher, or name one or ask for an "
    "ensemble in the settings"
)
Lesson = tuple[list[str], NDArray[np.float64], list[str], Hints | None]
Says = Callable[[int, list[str], list[str]], tuple[NDArray[np.float64], Hints | None]]
"""Of a fold, sentences and those before them: their probabilities by who teaches the fold, shape (n, n_labels), and its
hints, if it gives any."""


@dataclass(frozen=True)
class Lessons:
    """What the networks of several folds learn from.

    Parameters
    ----------
    sentences, previous : list of str, length n
    targets : ndarray of float, shape (n_folds, n, n_labels)
        0 to 1: what the network of each fold is to say of each sentence.
    folds : ndarray of int, shape (n,)
        The fold whose network does not learn from the sentence, as it will score its story.
    hints : ndarray of float32, shape (n_folds, n, width), optional
        What the teacher of each fold reads of each sentence.
    """

    sentences: list[str]
    previous: list[str]
    targets: NDArray[np.float64]
    folds: NDArray[np.intp]
    hints: NDArray[np.float32] | None = None

    def of_fold(self, fold: int) -> Lesson:
        """Sentences, targets, previous sentences and hints for the network of a fold."""
        rows = np.flatnonzero(self.folds != fold).tolist()
        hints = None if self.hints is None else self.hints[fold, rows]
        return [self.sentences[i] for i in rows], self.targets[fold, rows], [self.previous[i] for i in rows], hints

    def of_all(self) -> Lesson:
        """Those for a network that learns from all, with the hints of every teacher side by side."""
        hints = None if self.hints is None else np.concatenate(list(self.hints), axis=1)
        return self.sentences, self.targets.mean(axis=0), self.previous, hints


def coded_lessons(
    sentences: Sequence[str], previous: Sequence[str], labels: NDArray[np.bool_], folds: NDArray[np.intp]
) -> Lessons:
    """Without a teacher: all is as coded."""
    targets = np.repeat(labels.astype(float)[None], folds.max() + 1, axis=0)
    return Lessons(list(sentences), list(previous), targets, folds)


def taught(
    coded: Lessons, known: CodedFolds, says: Says, uncoded: Uncoded | None, settings: TrainingSettings
) -> Lessons:
    """Half the codings and half what the teacher of the same fold says; of uncoded sentences what it says; its hints.

    Hinton, Vinyals and Dean (2015), Distilling the knowledge in a neural network, arXiv:1503.02531, section 2, at
    temperature 1: what a sentence is close to being is told too. The teacher of a fold has learned from the sentences
    that it teaches and from none of the fold's, so that scores out of fold stay honest. Stories that nobody coded are
    dealt to the networks as when their corpus is labelled: the one that will score a story does not learn from it.

    Parameters
    ----------
    coded : Lessons
        As coded.
    known : CodedFolds
        Folds of the coded sentences.
    says : callable
        The teacher.
    uncoded : Uncoded, optional
        Further sentences.
    settings : TrainingSettings
        How many of them at most, and the seed of their draw.

    Raises
    ------
    FramingError
        If no further sentence is uncoded.
    """
    sentences, previous, folds = coded.sentences, coded.previous, coded.folds
    if uncoded is not None:
        rows = uncoded.draw(coded.sentences, settings.max_uncoded, settings.seed).tolist()
        sentences = [*sentences, *(uncoded.texts[i] for i in rows)]
        previous = [*previous, *(uncoded.previous[i] for i in rows)]
        scored_by = known.assign(uncoded.texts, uncoded.stories, uncoded.corpus).members
        folds = np.append(folds, scored_by[rows])
    answers, hints = zip(*(says(fold, sentences, previous) for fold in range(known.n_folds)), strict=True)
    said, n = np.stack(answers), len(coded.sentences)
    said[:, :n] = mixed(coded.targets, said[:, :n])
    return Lessons(sentences, previous, said, folds, None if hints[0] is None else np.stack(hints))


def teacher_says(teacher: "FoldedClassifier", coded: Lessons, stories: Sequence[str]) -> Says:
    """Each network of a teacher, loaded from a model folder, teaches its own fold; `stories` are the coded ones'.

    Raises
    ------
    FramingError
        If the teacher has other folds.
    """
    _check_folds(teacher, coded.sentences, stories, coded.folds)
    for member in teacher.networks:
        hasten(member.network)
    return lambda fold, sentences, previous: teacher.networks[fold].teach(sentences, previous)


def mixed(coded: NDArray[np.float64], said: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half the codings, half what the teacher says."""
    return np.asarray((1 - SHARE) * coded + SHARE * said)


def hasten(network: nn.Module) -> None:
    """Let a teacher compute in bf16 where the device has it: much faster, and its pupil will not notice."""
    if device_has_bf16():
        network.to(torch.bfloat16)


def _check_folds(
    teacher: "FoldedClassifier", sentences: Sequence[str], stories: Sequence[str], folds: NDArray[np.intp]
) -> None:
    """Stories may have other names in the teacher's corpus, texts that one fold has say the same of it."""
    known, n_folds = teacher.coded_folds(), int(folds.max()) + 1
    if known.n_folds != n_folds:
        raise FramingError(
            f"teacher {teacher.folder}: has {known.n_folds} folds, expected {n_folds}; train both with as many"
        )
    for sentence, story, fold in zip(sentences, stories, folds.tolist(), strict=True):
        by_text = known.texts.get(sha256_text(sentence), SEVERAL)
        if known.stories.get(story, fold) != fold or by_text not in (fold, SEVERAL):
            raise FramingError(
                f"teacher {teacher.folder}: its network {fold} learned from story {story!r}, on which its pupil is "
                "tested; train both with the same codings, folds and seed"
            )
