"""Several networks of a fold learn the codings, and their mean teaches the network that stays."""

import numpy as np
import pytest

from framing import FrameClassifier, FramingError
from framing.classifier import FoldedClassifier, TrainingSettings
from framing.classifier.ensemble import mean_of_converged
from framing.classifier.uncoded import Uncoded

N = 60
STORIES = [f"story {i // 4}" for i in range(N)]
SENTENCES = [f"{'Trade' if i % 3 else 'Talks'} between the ports went on for day {i}." for i in range(N)]
FRAMES = np.array([[i % 3 == 0, i % 5 == 0, i % 3 != 0] for i in range(N)])
UNCODED = Uncoded(["The ferry was late.", "It rained."], ["", ""], ["another", "a third"], "another corpus")


@pytest.fixture(scope="module")
def settings(small_model):
    encoder = str(small_model.parent / "encoder")
    return TrainingSettings(encoder=encoder, epochs=4, batch_size=8, head_learning_rate=0.1, folds=2, ensemble=2)


def test_a_fold_learns_half_from_coders_and_half_from_the_mean_of_its_ensemble(codebook, settings):
    classifier = FoldedClassifier(codebook, settings).fit(SENTENCES, FRAMES, stories=STORIES, uncoded=UNCODED)
    labels, sentences = np.column_stack([FRAMES, np.zeros(N)]), [*SENTENCES, *UNCODED.texts]
    assert classifier.lessons.sentences == sentences
    for fold in (0, 1):
        learned = np.flatnonzero(classifier.folds != fold)
        said = []
        for seed in (settings.seed, settings.seed + 1):
            alone = settings.model_copy(update={"seed": seed, "folds": 1, "ensemble": 1})
            network = FrameClassifier(codebook, alone)
            network.fine_tune([SENTENCES[i] for i in learned], labels[learned])
            said.append(network.label_probabilities(sentences))
        assert np.abs(said[0] - said[1]).max() > 0.05, "one of them alone would be noticed"
        mean = np.mean(said, axis=0)
        mean[:N] = (mean[:N] + labels) / 2
        np.testing.assert_allclose(classifier.lessons.targets[fold], mean, atol=0.02)  # of bf16


def test_a_network_that_diverged_does_not_teach():
    labels = np.array([[1.0], [0.0], [1.0], [0.0]])
    good, better = np.array([[0.9], [0.2], [0.4], [0.6]]), np.array([[0.93], [0.15], [0.3], [0.5]])
    said = np.stack([good, np.full((4, 1), 0.5), better])
    learned = np.array([0, 1])
    np.testing.assert_allclose(mean_of_converged(said, labels, learned), (good + better) / 2)
    unsure = np.stack([good, 1 - good])
    np.testing.assert_array_equal(mean_of_converged(unsure, 1 - labels, learned), 1 - good)


@pytest.mark.parametrize("other", [{"folds": 1}, {"folds": 2, "teacher": "china-russia-large"}])
def test_an_ensemble_needs_folds_and_no_teacher(other):
    with pytest.raises(FramingError, match=r"recipe\.yaml: setting ensemble: needs folds of 2 or more, .* found 3"):
        TrainingSettings.checked({"ensemble": 3, **other}, "recipe.yaml")
