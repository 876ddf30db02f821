"""Outlets left out: what a quick classifier loses on outlets that it has not learned from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framing.annotation import CodedSentences
from framing.arrays import Codes, Floats
from framing.bootstrap import UNDEFINED, Interval
from framing.classifier.settings import LEAST_CODED, TrainingSettings
from framing.evaluation.macro_f1 import macro_f1s

MOST_FOLDS = 20
Decisions = NDArray[np.bool_]


@dataclass(frozen=True)
class Transfer:
    """Macro-F1 of a quick classifier with stories or whole outlets left out, and the first minus the second.

    `n_training` is the mean number of sentences that it learned from, the same on both sides. Where a fold leaves too
    few to learn from, because outlets share their stories, the scores are NaN and there are no folds.
    """

    stories: Interval
    outlets: Interval
    difference: Interval
    n_folds: int
    n_training: float

    @property
    def words(self) -> str:
        """The result in a sentence."""
        if not self.n_folds:
            return (
                "Not tested: what is of a story that is tested is not learned from, and outlets share so many of their "
                f"stories that fewer than {LEAST_CODED} sentences are left for some; code stories that only one has."
            )
        points = round(-100 * self.difference.value) + 0  # no minus before zero
        return (
            f"On outlets it has not learned from, a quick classifier differs by {points:+d} "
            f"points of macro-F1 from new stories of known outlets, having learned from as many sentences "
            f"({self.n_training:,.0f} on average). It is logistic regression on embeddings of the "
            "encoder before fine-tuning, since fine-tuning again for every outlet would take too long: its difference "
            "is a guide, its level is not the model's."
        )


def transfer(coded: CodedSentences, settings: TrainingSettings, *, seed: int, level: float) -> Transfer:
    """Leave out stories at random, and whole outlets, and compare the scores.

    Parameters
    ----------
    coded : CodedSentences
        Of at least two outlets and two stories.
    settings : TrainingSettings
        Give the encoder, used before fine-tuning.
    seed : int
        Of the folds, and of what the larger side loses.
    level : float
        Of the intervals.
    """
    from framing.classifier.inference import embed
    from framing.classifier.splits import deal

    outlets, stories = np.array(coded.outlets), np.unique(coded.stories, return_inverse=True)[1]
    n_folds = min(len(np.unique(outlets)), int(stories.max()) + 1, MOST_FOLDS)
    embeddings = embed(coded.texts, settings, coded.previous)
    dealt = deal(coded.frames, coded.stories, n_folds, seed), _outlet_folds(outlets, n_folds)
    learned = equal_training(*dealt, stories, seed)
    if min(map(len, learned[0])) < LEAST_CODED:
        return Transfer(UNDEFINED, UNDEFINED, UNDEFINED, 0, float(np.mean(list(map(len, learned[0])))))
    predicted = [_left_out(embeddings, coded.frames, folds, rows) for folds, rows in zip(dealt, learned, strict=True)]
    stories_out, outlets_out, difference = macro_f1s(predicted, coded.frames, coded.stories, level)
    return Transfer(stories_out, outlets_out, difference, n_folds, float(np.mean([len(rows) for rows in learned[0]])))


def _outlet_folds(outlets: NDArray[np.str_], n_folds: int) -> Codes:
    """Fold of each sentence, outlets whole, folds of about equal size."""
    from sklearn.model_selection import GroupKFold

    folds = np.empty(len(outlets), dtype=np.intp)
    for fold, (_, inside) in enumerate(GroupKFold(n_folds).split(outlets, groups=outlets)):
        folds[inside] = fold
    return folds


def equal_training(by_story: Codes, by_outlet: Codes, stories: Codes, seed: int) -> tuple[list[Codes], list[Codes]]:
    """Sentences to learn from for each fold of stories, and for each of outlets, as many for the one as for the other.

    None is of a story that the fold has a part of. That takes more from folds of outlets, which share stories, so the
    larger side loses stories at random until it is as small: else the difference were one of training data too.

    Parameters
    ----------
    by_story, by_outlet : ndarray of int, shape (n_sentences,)
        Fold of each sentence; as many folds in both.
    stories : ndarray of int, shape (n_sentences,)
        From 0.
    seed : int

    Returns
    -------
    (list of ndarray of int, list of ndarray of int)
        Positions of sentences, an array per fold.
    """
    place = np.random.default_rng(seed).permutation(int(stories.max()) + 1)[stories]
    pairs: tuple[list[Codes], list[Codes]] = ([], [])
    for fold in range(int(by_story.max()) + 1):
        sides = [np.flatnonzero(~np.isin(stories, stories[folds == fold])) for folds in (by_story, by_outlet)]
        size = min(len(rows) for rows in sides)
        for found, rows in zip(pairs, sides, strict=True):
            found.append(rows[np.argsort(place[rows], kind="stable")[:size]])
    return pairs


def _left_out(embeddings: Floats, frames: Decisions, folds: Codes, learned: Sequence[Codes]) -> Decisions:
    """Decisions on each fold by a quick classifier of the sentences to learn from for it."""
    from framing.classifier.quick import fit_predict

    predicted = np.zeros_like(frames)
    for fold, training in enumerate(learned):
        tested = np.flatnonzero(folds == fold)
        predicted[tested] = fit_predict(embeddings, frames, training, tested)
    return predicted
