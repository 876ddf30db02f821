"""A pupil learns from a larger model of folds beside the coders, and from nothing that its fold knows."""

import numpy as np
import pytest

from framing import Codebook, FramingError
from framing.classifier import FoldedClassifier, TrainingSettings

N = 48
STORIES = [f"story {i // 4}" for i in range(N)]
SENTENCES = [f"{'Trade' if i % 3 else 'Talks'} between the ports went on for day {i}." for i in range(N)]
FRAMES = np.array([[i % 3 == 0, i % 5 == 0, i % 3 != 0] for i in range(N)])


@pytest.fixture(scope="module")
def settings(small_model):
    return TrainingSettings(encoder=str(small_model.parent / "encoder"), epochs=1, folds=2)


@pytest.fixture(scope="module")
def teacher(codebook, settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher") / "model"
    FoldedClassifier(codebook, settings).fit(SENTENCES, FRAMES, stories=STORIES).save_pretrained(folder)
    return folder


def pupil(codebook, settings, teacher, frames=FRAMES, **changes):
    taught = settings.model_copy(update={"teacher": str(teacher), **changes})
    return FoldedClassifier(codebook, taught).fit(SENTENCES, frames, stories=STORIES)


def test_it_learns_half_from_coders_and_half_from_the_teacher_of_its_own_fold(codebook, settings, teacher):
    classifier = pupil(codebook, settings, teacher)
    labels = np.column_stack([FRAMES, np.zeros(N)])
    for member, targets in zip(FoldedClassifier.from_pretrained(teacher).members, classifier.targets, strict=True):
        np.testing.assert_allclose(targets, (labels + member.label_probabilities(SENTENCES)) / 2, atol=0.01)  # bf16
    alone = FoldedClassifier(codebook, settings).fit(SENTENCES, FRAMES, stories=STORIES)
    np.testing.assert_array_equal(alone.targets, [labels, labels])
    assert not np.array_equal(alone.out_of_fold, classifier.out_of_fold)


def test_a_teacher_of_other_folds_is_refused(codebook, settings, teacher):
    with pytest.raises(FramingError, match="knows stories that its pupil is tested on"):
        pupil(codebook, settings, teacher, seed=settings.seed + 1)
    with pytest.raises(FramingError, match="knows stories that its pupil is tested on"):
        pupil(codebook, settings, teacher, folds=3)


def test_a_teacher_of_other_labels_is_refused(settings, teacher):
    other = Codebook.load("generic-news")
    with pytest.raises(FramingError, match="has labels cooperation, anti_western, economic, boilerplate, expected con"):
        pupil(other, settings, teacher, frames=np.repeat(FRAMES, 2, axis=1))


def test_a_teacher_needs_folds():
    with pytest.raises(FramingError, match="folds: must be as many as those of the teacher"):
        TrainingSettings.checked({"teacher": "china-russia-large"}, "recipe.yaml")
