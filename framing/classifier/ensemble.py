"""Several networks that learned the same codings, whose mean teaches one more than any of them knows."""

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.classifier.frame_classifier import FrameClassifier
from framing.classifier.settings import TrainingSettings
from framing.classifier.teacher import Lessons, Says, hasten
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.progress import note

_BEHIND = 0.1  # of the way from knowing all to knowing nothing


def ensemble_says(codebook: Codebook, settings: TrainingSettings, n_networks: int, coded: Lessons) -> Says:
    """An ensemble as a teacher: asked about a fold, it trains its networks, and their mean is what it says.

    Networks with other seeds err in other places, so that their mean is better than each, and one network can learn
    most of that from it (Hinton et al. 2015, section 4; Furlanello et al. 2018, Born-again neural networks, ICML, for
    pupils of the same size). At high learning rates some seed may diverge: it is left out, and a note says so.

    Parameters
    ----------
    codebook : Codebook
    settings : TrainingSettings
        Of one network; the others have the seeds that follow.
    n_networks : int
        In the ensemble.
    coded : Lessons
        As coded.

    Returns
    -------
    callable
        See `framing.classifier.teacher.Says`. Raises a FramingError if no network of a fold learned anything.
    """

    def says(fold: int, sentences: list[str], previous: list[str]) -> tuple[Floats, None]:
        learned = np.flatnonzero(coded.folds != fold)
        said = []
        for number in range(n_networks):
            seed = (settings.seed + number) % 2**32
            member = FrameClassifier(codebook, settings.model_copy(update={"seed": seed, "weights": "float32"}))
            member.fine_tune(*coded.of_fold(fold))
            hasten(member.network)
            said.append(member.label_probabilities(sentences, previous))
        answers, labels = np.stack(said), coded.targets[fold]
        teaching = converged(answers[:, learned], labels[learned])
        if not teaching.any():
            raise FramingError(
                f"ensemble of fold {fold}: none of its {n_networks} networks learned its codings; lower learning_rate"
            )
        if left_out := [str(settings.seed + i) for i in np.flatnonzero(~teaching)]:
            note(f"ensemble of fold {fold}: left out, as they learned less than the others: seed {', '.join(left_out)}")
        return np.asarray(answers[teaching].mean(axis=0)), None

    return says


def converged(said: Floats, labels: Floats) -> NDArray[np.bool_]:
    """Tell which networks learned what they were to learn, shape (n_networks,).

    Those whose loss exceeds the least by no more than a tenth of the loss of one that knows how frequent labels are and
    nothing else; none if it is not below that loss.

    Parameters
    ----------
    said : ndarray of float, shape (n_networks, n_sentences, n_labels)
        Probabilities of the sentences that they learned from; NaN from a network that diverged altogether.
    labels : ndarray of float, shape (n_sentences, n_labels)
        0 or 1.
    """
    losses = np.array([_loss(each, labels) for each in said])
    ignorant = _loss(np.broadcast_to(labels.mean(axis=0), labels.shape), labels)
    losses[np.isnan(losses)] = np.inf
    return np.asarray((losses < ignorant) & (losses <= losses.min() + _BEHIND * ignorant))


def _loss(probabilities: Floats, labels: Floats) -> float:
    """Mean cross-entropy."""
    likely = np.where(labels > 0.5, probabilities, 1 - probabilities)
    return float(-np.log(np.clip(likely, 1e-7, 1)).mean())
