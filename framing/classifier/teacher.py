"""Learning from a larger model as well as from coders: its probabilities are mixed with the coded labels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from framing.artefact import sha256_text
from framing.classifier.assignment import SEVERAL
from framing.classifier.fitting import device_has_bf16
from framing.errors import FramingError

if TYPE_CHECKING:
    from framing.classifier.folded import FoldedClassifier

SHARE = 0.5


def taught(
    teacher: "FoldedClassifier",
    names: Sequence[str],
    sentences: Sequence[str],
    previous: Sequence[str],
    labels: NDArray[np.float64],
    stories: Sequence[str],
    folds: NDArray[np.intp],
) -> NDArray[np.float64]:
    """What the network of each fold is to learn: half the codings, half what the teacher's network of that fold says.

    Hinton, Vinyals and Dean (2015), Distilling the knowledge in a neural network, arXiv:1503.02531, section 2, at
    temperature 1: what a sentence is close to being is told too. The teacher's network has learned from the sentences
    that it teaches and from none of the fold's, so that scores out of fold stay honest.

    Parameters
    ----------
    teacher : FoldedClassifier
        Loaded from a model folder.
    names : sequence of str, length n_labels
        Of the labels.
    sentences, previous, stories : sequence of str, length n
    labels : ndarray of float, shape (n, n_labels)
        0 or 1, as coded.
    folds : ndarray of int, shape (n,)
        Of the coded sentences.

    Returns
    -------
    ndarray of float, shape (n_folds, n, n_labels)
        0 to 1.

    Raises
    ------
    FramingError
        If the teacher has other labels or other folds.
    """
    if tuple(teacher.labels) != tuple(names):
        raise FramingError(
            f"teacher {teacher.folder}: has labels {', '.join(teacher.labels)}, expected {', '.join(names)}; "
            "name a model of this codebook"
        )
    _check_folds(teacher, sentences, stories, folds)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.autocast(device, torch.bfloat16, enabled=device_has_bf16()):
        said = [member.label_probabilities(sentences, previous) for member in teacher.networks]
    return np.asarray((1 - SHARE) * labels + SHARE * np.stack(said))


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
