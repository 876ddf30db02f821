"""A pupil learns from a larger model of folds beside the coders, and from nothing that its fold knows."""

import json
import shutil

import numpy as np
import pytest
from ports import FRAMES, SENTENCES, STORIES, N
from typer.testing import CliRunner

from framing import Codebook, FramingError, ingest, train
from framing.artefact import read_manifest
from framing.classifier import FoldedClassifier, TrainingSettings
from framing.classifier.uncoded import Uncoded
from framing.cli.app import app


@pytest.fixture(scope="module")
def settings(small_model):
    encoder = str(small_model.parent / "encoder")
    return TrainingSettings(encoder=encoder, epochs=4, batch_size=8, head_learning_rate=0.1, folds=2)


@pytest.fixture(scope="module")
def teacher(codebook, settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher") / "model"
    FoldedClassifier(codebook, settings).fit(SENTENCES, FRAMES, stories=STORIES).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def coded(codebook, tmp_path_factory):
    rows = [
        {"sentence_id": str(i), "text": text, "story": story, "coder": "anna",
         "frames": [name for name, has in zip(codebook.frame_names, frames, strict=True) if has]}
        for i, (text, story, frames) in enumerate(zip(SENTENCES, STORIES, FRAMES, strict=True))
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("coded") / "coded.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def pupil(codebook, settings, teacher, frames=FRAMES, stories=STORIES, uncoded=None, **changes):
    taught = settings.model_copy(update={"teacher": str(teacher), **changes})
    return FoldedClassifier(codebook, taught).fit(SENTENCES, frames, stories=stories, uncoded=uncoded)


def test_it_learns_half_from_coders_and_half_from_the_teacher_of_its_own_fold(codebook, settings, teacher):
    classifier = pupil(codebook, settings, teacher)
    labels = np.column_stack([FRAMES, np.zeros(N)])
    members = FoldedClassifier.from_pretrained(teacher).members
    mixed = np.stack([(labels + member.label_probabilities(SENTENCES)) / 2 for member in members])
    np.testing.assert_allclose(classifier.lessons.targets, mixed, atol=0.01)  # of bf16
    assert np.abs(mixed[0] - mixed[1]).max() > 0.1, "the other network would be noticed"
    alone = FoldedClassifier(codebook, settings).fit(SENTENCES, FRAMES, stories=STORIES)
    np.testing.assert_array_equal(alone.lessons.targets, [labels, labels])
    assert not np.array_equal(alone.out_of_fold, classifier.out_of_fold)


def test_it_reads_as_the_teacher_of_its_own_fold_does(codebook, settings, teacher):
    taught = pupil(codebook, settings, teacher)
    reading = [read(member, SENTENCES) for member in FoldedClassifier.from_pretrained(teacher).members]
    np.testing.assert_allclose(taught.lessons.hints, reading, atol=0.02)  # of bf16
    np.testing.assert_array_equal(taught.lessons.of_all()[3], np.hstack(list(taught.lessons.hints)))
    own = np.flatnonzero(taught.folds != 1)
    np.testing.assert_array_equal(taught.lessons.of_fold(1)[3], taught.lessons.hints[1, own])


def read(classifier, sentences):
    return classifier.teach(sentences)[1]


def test_a_teacher_of_other_folds_is_refused(codebook, settings, teacher):
    other = settings.seed + 1
    with pytest.raises(FramingError, match=r"learned from story 'story .*, on which its pupil is tested"):
        pupil(codebook, settings, teacher, seed=other)
    with pytest.raises(FramingError, match=r"learned from story 'renamed .*, on which its pupil is tested"):
        pupil(codebook, settings, teacher, seed=other, stories=[f"renamed {name}" for name in STORIES])
    with pytest.raises(FramingError, match="has 2 folds, expected 3"):
        pupil(codebook, settings, teacher, folds=3)


def further(*rows):
    texts, previous, stories = zip(*rows, strict=True)
    return Uncoded(list(texts), list(previous), list(stories), "another corpus")


def test_uncoded_sentences_are_learned_as_the_teacher_says_but_not_by_who_will_score_them(codebook, settings, teacher):
    stories = [f"new story {i}" for i in range(8)]
    uncoded = further(*((f"The ferry was {i} hours late.", f"It rained {i}.", name) for i, name in enumerate(stories)))
    classifier = pupil(codebook, settings, teacher, uncoded=uncoded)
    scored_by = classifier.assign(uncoded.texts, stories, uncoded.corpus).members
    assert set(scored_by) == {0, 1}
    for fold, member in enumerate(FoldedClassifier.from_pretrained(teacher).members):
        sentences, targets, previous, _ = classifier.lessons.of_fold(fold)
        own = np.flatnonzero(scored_by != fold)
        assert sentences[-len(own) :] == [uncoded.texts[i] for i in own]
        assert previous[-len(own) :] == [uncoded.previous[i] for i in own]
        np.testing.assert_allclose(targets[-len(own) :], member.label_probabilities(sentences[-len(own) :]), atol=0.01)
    assert classifier.lessons.of_all()[0] == [*SENTENCES, *uncoded.texts]


def test_uncoded_sentences_of_a_coded_story_are_not_learned_by_who_is_tested_on_it(codebook, settings, teacher):
    named_otherwise = [(text, "", f"there {story}") for text, story in zip(SENTENCES, STORIES, strict=True)]
    more = [(f"Nobody coded this of {story}.", "", f"there {story}") for story in dict.fromkeys(STORIES)]
    lessons = pupil(codebook, settings, teacher, uncoded=further(*named_otherwise, *more)).lessons
    assert lessons.sentences == [*SENTENCES, *(text for text, _, _ in more)], "coded texts are not learned twice"
    folds = dict(zip(STORIES, lessons.folds[:N].tolist(), strict=True))
    assert lessons.folds[N:].tolist() == list(folds.values())


def test_of_very_many_uncoded_sentences_some_are_drawn():
    many = further(*((f"Sentence {i}.", "", "story") for i in range(60)), ("Sentence 7.", "", "story"))
    drawn = many.draw(["Sentence 3."], 50, seed=1)
    assert len(set(drawn)) == 50
    assert 3 not in drawn
    assert not np.array_equal(drawn, many.draw(["Sentence 3."], 50, seed=2))
    with pytest.raises(FramingError, match="has none"):
        further(("It rained.", "", "story")).draw(["It rained."], 50, seed=1)


def test_a_corpus_nobody_coded_is_learned_and_the_model_says_so(codebook, settings, teacher, coded, tmp_path):
    articles = tmp_path / "articles.jsonl"
    texts = ["The ferry was late again. Nobody complained.", f"A pact was signed. {SENTENCES[0]}"]
    rows = [{"outlet": "The Ardan Post", "title": f"Day {i}", "text": text} for i, text in enumerate(texts)]
    articles.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    corpus = ingest([articles], tmp_path / "corpus").corpus
    options = ("--encoder", settings.encoder, "--folds", 2, "--teacher", teacher)
    for name, more in (("model", ("--uncoded", corpus.folder)), ("alone", ())):
        arguments = ("train", coded, "--codebook", codebook.name, *options, *more, "-o", tmp_path / name)
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output
    uncoded = Uncoded.of(corpus)
    assert uncoded.previous[uncoded.texts.index("Nobody complained.")] == "The ferry was late again."
    n = len(uncoded.draw(SENTENCES, settings.max_uncoded, settings.seed))
    assert n == len(uncoded.texts) - 1
    manifest = read_manifest(tmp_path / "model", "model")
    assert manifest["uncoded"] == {"corpus": corpus.manifest["sha256"], "sentences": n}
    assert f"Of {n} more, which nobody coded" in (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    models = [FoldedClassifier.from_pretrained(tmp_path / name) for name in ("model", "alone")]
    epochs = [TrainingSettings().passes(half) for half in ((N + n) // 2, N // 2)]
    assert [model.settings.epochs for model in models] == epochs, "uncoded sentences are sentences, too"
    assert epochs[0] < epochs[1]
    assert not np.array_equal(*(model.label_probabilities(SENTENCES) for model in models))


def test_uncoded_sentences_need_a_teacher(codebook, settings, coded, tmp_path):
    with pytest.raises(FramingError, match="none is named; add --teacher"):
        FoldedClassifier(codebook, settings).fit(
            SENTENCES, FRAMES, stories=STORIES, uncoded=further(("It rained.", "", "story"))
        )
    with pytest.raises(FramingError, match="none is named; add --teacher"):
        train(coded, tmp_path / "model", codebook=codebook, uncoded=tmp_path)


def test_a_pupil_remembers_its_teacher_when_that_is_gone(codebook, settings, teacher, tmp_path):
    gone = tmp_path / "teacher"
    shutil.copytree(teacher, gone)
    classifier = pupil(codebook, settings, gone)
    shutil.rmtree(gone)
    classifier.save_pretrained(tmp_path / "first")
    FoldedClassifier.from_pretrained(tmp_path / "first").save_pretrained(tmp_path / "second")
    assert read_manifest(tmp_path / "second", "model")["teacher"] == read_manifest(teacher, "model")["sha256"]


def test_the_refitted_network_is_taught_too_and_says_by_whom(codebook, settings, teacher, coded, tmp_path):
    recipe = settings.model_copy(update={"refit": True, "epochs": 1})
    taught = recipe.model_copy(update={"teacher": str(teacher)})
    made = [train(coded, tmp_path / name, codebook=codebook, settings=s) for name, s in (("a", recipe), ("b", taught))]
    alone, pupil = (one.classifier.label_probabilities(SENTENCES) for one in made)
    assert not np.array_equal(alone, pupil)
    assert read_manifest(tmp_path / "b", "model")["teacher"] == read_manifest(teacher, "model")["sha256"]
    card = (tmp_path / "b" / "README.md").read_text(encoding="utf-8")
    assert "Half of what it learned of them is what the model" in card
    assert "as that model does (hints)" in card
    assert "(hints)" not in (tmp_path / "a" / "README.md").read_text(encoding="utf-8")


def test_a_teacher_of_another_codebook_is_refused_though_frames_may_have_the_same_names(codebook, settings, teacher):
    changed = Codebook.model_validate(codebook.model_dump() | {"version": "2.0"})
    with pytest.raises(FramingError, match=r"made with codebook china-russia 1.*, expected china-russia 2\.0"):
        pupil(changed, settings, teacher)
    with pytest.raises(FramingError, match=r"made with codebook china-russia 1.*, expected generic-news 1\.0"):
        pupil(Codebook.load("generic-news"), settings, teacher, frames=np.repeat(FRAMES, 2, axis=1)[:, :5])


def test_a_teacher_needs_folds(codebook, settings, teacher, coded, tmp_path):
    alone = settings.model_copy(update={"teacher": str(teacher), "folds": 1})
    with pytest.raises(FramingError, match="teaches several networks, but this is one"):
        train(coded, tmp_path / "model", codebook=codebook, settings=alone)
