"""Several networks of a fold learn the codings, and their mean teaches the network that stays."""

import json

import numpy as np
import pytest
from ports import FRAMES, SENTENCES, STORIES, N

from framing import FrameClassifier, FramingError, ingest, train
from framing.classifier import FoldedClassifier, TrainingSettings
from framing.classifier.ensemble import converged
from framing.classifier.uncoded import Uncoded
from framing.cli.console import changed_settings
from framing.stance.classifier import StanceClassifier

UNCODED = Uncoded(["The ferry was late.", "It rained."], ["", ""], ["another", "a third"], "another corpus")


@pytest.fixture(scope="module")
def settings(small_model):
    encoder = str(small_model.parent / "encoder")
    return TrainingSettings(encoder=encoder, epochs=16, batch_size=8, head_learning_rate=0.02, folds=2, ensemble=2)


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
        np.testing.assert_allclose(classifier.lessons.targets[fold], mean, atol=0.01)  # of bf16


def test_networks_that_learned_less_or_diverged_do_not_teach():
    labels = np.array([[1.0], [0.0], [1.0], [0.0]])
    better, good = np.array([[0.95], [0.05], [0.95], [0.05]]), np.array([[0.9], [0.1], [0.9], [0.1]])
    less, nothing, broken = 0.5 + (good - 0.5) / 2, np.full((4, 1), 0.5), np.full((4, 1), np.nan)
    said = np.stack([broken, good, less, nothing, better])
    assert converged(said, labels).tolist() == [False, True, False, False, True]
    assert not converged(np.stack([broken, nothing, 1 - good]), labels).any()


def test_an_ensemble_that_learned_nothing_is_an_error(codebook, settings):
    hasty = settings.model_copy(update={"learning_rate": 1e3, "head_learning_rate": 1e6})
    with pytest.raises(
        FramingError, match=r"ensemble of fold 0: none of its 2 networks learned .* lower learning_rate"
    ):
        FoldedClassifier(codebook, hasty).fit(SENTENCES, FRAMES, stories=STORIES)


def test_training_with_an_ensemble_and_sentences_nobody_coded(codebook, settings, tmp_path):
    """Of the corpus that the codings are of, too: no network learns an uncoded sentence of a story it is scored on."""
    articles = tmp_path / "articles.jsonl"
    texts = [f"{SENTENCES[i]} The ferry of day {i} was late again." for i in range(N)]
    rows = [{"outlet": "The Ardan Post", "title": f"Day {i}", "text": text} for i, text in enumerate(texts)]
    articles.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    corpus = ingest([articles], tmp_path / "corpus").corpus
    frames = dict(zip(SENTENCES, FRAMES, strict=True))
    coded = [
        {"sentence_id": row["sentence_id"], "coder": "anna",
         "frames": [name for name, has in zip(codebook.frame_names, frames[row["text"]], strict=True) if has]}
        for row in corpus.sentences().to_pylist() if row["text"] in frames
    ]  # fmt: skip
    (tmp_path / "coded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in coded), encoding="utf-8")
    recipe = settings.model_copy(update={"epochs": None})
    result = train(
        tmp_path / "coded.jsonl", tmp_path / "model", codebook=codebook, corpus=corpus.folder, uncoded=corpus.folder,
        settings=recipe,
    )  # fmt: skip
    assert result.n_uncoded > 0
    lessons, folded = result.classifier.lessons, result.classifier
    uncoded = Uncoded.of(corpus)
    scored_by = dict(
        zip(uncoded.texts, folded.assign(uncoded.texts, uncoded.stories, uncoded.corpus).members, strict=True)
    )
    assert all(scored_by[text] == fold for text, fold in zip(lessons.sentences, lessons.folds, strict=True))
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert f"is what the mean of 2 others says. Of {result.n_uncoded} more, which nobody coded" in card
    assert FoldedClassifier.from_pretrained(tmp_path / "model").settings.ensemble == 2


def test_one_network_or_stance_has_no_ensemble(codebook, settings):
    with pytest.raises(FramingError, match="teaches several networks, but this is one"):
        FrameClassifier(codebook, settings).fit(SENTENCES, FRAMES, stories=STORIES)
    with pytest.raises(FramingError, match="setting ensemble: is for frames only"):
        StanceClassifier(settings).fine_tune([], np.empty(0, dtype=int))


def test_folds_on_the_command_line_suffice_for_an_ensemble_in_a_file(tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("ensemble: 3")
    assert changed_settings("framing train", recipe, folds=5).ensemble == 3
    with pytest.raises(FramingError, match=r"framing train with .*recipe\.yaml: setting ensemble: needs folds of 2"):
        changed_settings("framing train", recipe, folds=None)


@pytest.mark.parametrize("other", [{"folds": 1}, {"folds": 2, "teacher": "china-russia-large"}])
def test_an_ensemble_needs_folds_and_no_teacher(other):
    with pytest.raises(FramingError, match=r"recipe\.yaml: setting ensemble: needs folds of 2 or more, .* found 3"):
        TrainingSettings.checked({"ensemble": 3, **other}, "recipe.yaml")
