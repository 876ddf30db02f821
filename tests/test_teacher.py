"""A pupil learns from a larger model of folds beside the coders, and from nothing that its fold knows."""

import json

import numpy as np
import pytest

from framing import Codebook, FramingError, train
from framing.artefact import read_manifest
from framing.classifier import FoldedClassifier, TrainingSettings

N = 60
STORIES = [f"story {i // 4}" for i in range(N)]
SENTENCES = [f"{'Trade' if i % 3 else 'Talks'} between the ports went on for day {i}." for i in range(N)]
FRAMES = np.array([[i % 3 == 0, i % 5 == 0, i % 3 != 0] for i in range(N)])


@pytest.fixture(scope="module")
def settings(small_model):
    encoder = str(small_model.parent / "encoder")
    return TrainingSettings(encoder=encoder, epochs=4, batch_size=8, head_learning_rate=0.1, folds=2)


@pytest.fixture(scope="module")
def teacher(codebook, settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher") / "model"
    FoldedClassifier(codebook, settings).fit(SENTENCES, FRAMES, stories=STORIES).save_pretrained(folder)
    return folder


def pupil(codebook, settings, teacher, frames=FRAMES, stories=STORIES, **changes):
    taught = settings.model_copy(update={"teacher": str(teacher), **changes})
    return FoldedClassifier(codebook, taught).fit(SENTENCES, frames, stories=stories)


def test_it_learns_half_from_coders_and_half_from_the_teacher_of_its_own_fold(codebook, settings, teacher):
    classifier = pupil(codebook, settings, teacher)
    labels = np.column_stack([FRAMES, np.zeros(N)])
    members = FoldedClassifier.from_pretrained(teacher).members
    mixed = np.stack([(labels + member.label_probabilities(SENTENCES)) / 2 for member in members])
    np.testing.assert_allclose(classifier.targets, mixed, atol=0.01)  # of bf16
    assert np.abs(mixed[0] - mixed[1]).max() > 0.1, "the other network would be noticed"
    alone = FoldedClassifier(codebook, settings).fit(SENTENCES, FRAMES, stories=STORIES)
    np.testing.assert_array_equal(alone.targets, [labels, labels])
    assert not np.array_equal(alone.out_of_fold, classifier.out_of_fold)


def test_a_teacher_of_other_folds_is_refused(codebook, settings, teacher):
    other = settings.seed + 1
    with pytest.raises(FramingError, match=r"learned from story 'story .*, on which its pupil is tested"):
        pupil(codebook, settings, teacher, seed=other)
    with pytest.raises(FramingError, match=r"learned from story 'renamed .*, on which its pupil is tested"):
        pupil(codebook, settings, teacher, seed=other, stories=[f"renamed {name}" for name in STORIES])
    with pytest.raises(FramingError, match="has 2 folds, expected 3"):
        pupil(codebook, settings, teacher, folds=3)


def test_the_refitted_network_is_taught_too_and_says_by_whom(codebook, settings, teacher, tmp_path):
    rows = [
        {"sentence_id": str(i), "text": text, "story": story, "coder": "anna",
         "frames": [name for name, has in zip(codebook.frame_names, frames, strict=True) if has]}
        for i, (text, story, frames) in enumerate(zip(SENTENCES, STORIES, FRAMES, strict=True))
    ]  # fmt: skip
    coded = tmp_path / "coded.jsonl"
    coded.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    recipe = settings.model_copy(update={"refit": True, "epochs": 1})
    taught = recipe.model_copy(update={"teacher": str(teacher)})
    made = [train(coded, tmp_path / name, codebook=codebook, settings=s) for name, s in (("a", recipe), ("b", taught))]
    alone, pupil = (one.classifier.label_probabilities(SENTENCES) for one in made)
    assert not np.array_equal(alone, pupil)
    assert read_manifest(tmp_path / "b", "model")["teacher"] == read_manifest(teacher, "model")["sha256"]
    assert "Half of what it learned is what the model" in (tmp_path / "b" / "README.md").read_text(encoding="utf-8")


def test_a_teacher_of_other_labels_is_refused(settings, teacher):
    other = Codebook.load("generic-news")
    with pytest.raises(FramingError, match="has labels cooperation, anti_western, economic, boilerplate, expected con"):
        pupil(other, settings, teacher, frames=np.repeat(FRAMES, 2, axis=1))


def test_a_teacher_needs_folds():
    with pytest.raises(FramingError, match="folds: must be as many as those of the teacher"):
        TrainingSettings.checked({"teacher": "china-russia-large"}, "recipe.yaml")
