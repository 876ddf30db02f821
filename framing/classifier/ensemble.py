"""Several networks that learned the same codings, whose mean teaches one more than any of them knows."""

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.classifier.frame_classifier import FrameClassifier
from framing.classifier.settings import TrainingSettings
from framing.classifier.teacher import Lessons, Says, hasten
from framing.codebook import Codebook

_DIVERGED = 2.0  # times the least loss


def ensemble_says(codebook: Codebook, settings: TrainingSettings, n_networks: int, coded: Lessons) -> Says:
    """Train the ensemble of a fold, and let its mean teach.

    Networks with other seeds err in other places, so that their mean is better than each, and one network can learn
    most of that from it (Hinton et al. 2015, section 3; Furlanello et al. 2018, Born-again neural networks, ICML, for
    pupils of the same size). At high learning rates some seed may diverge: it is left out.

    Parameters
    ----------
    codebook : Codebook
    settings : TrainingSettings
        Of one network; the others have the seeds that follow.
    n_networks : int
        In the ensemble.
    coded : Lessons
        As coded.
    """

    def says(fold: int, sentences: list[str], previous: list[str]) -> Floats:
        learned = np.flatnonzero(coded.folds != fold)
        said = []
        for number in range(n_networks):
            seed = (settings.seed + number) % 2**32
            member = FrameClassifier(codebook, settings.model_copy(update={"seed": seed}))
            member.fine_tune(*coded.of_fold(fold))
            hasten(member.network)
            said.append(member.label_probabilities(sentences, previous))
        return mean_of_converged(np.stack(said), coded.targets[fold], learned)

    return says


def mean_of_converged(said: Floats, labels: Floats, learned: NDArray[np.intp]) -> Floats:
    """Mean probabilities of the networks whose loss on what they learned is at most twice the least.

    Parameters
    ----------
    said : ndarray of float, shape (n_networks, n_sentences, n_labels)
    labels : ndarray of float, shape (n_coded, n_labels)
        Of the first sentences.
    learned : ndarray of int
        Rows that the networks learned from.

    Returns
    -------
    ndarray of float, shape (n_sentences, n_labels)
    """
    likely = np.where(labels[learned] > 0.5, said[:, learned], 1 - said[:, learned])
    losses = -np.log(np.clip(likely, 1e-7, 1)).mean(axis=(1, 2))
    return np.asarray(said[losses <= _DIVERGED * losses.min()].mean(axis=0))
