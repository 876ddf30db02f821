"""One network from several folds: calibrated and judged out of fold, small on disk, the same when loaded."""

import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import nn

from framing import FrameClassifier, train
from framing.annotation import read_coded
from framing.classifier import FoldedClassifier, TrainingSettings
from framing.classifier.article_context import article_features
from framing.classifier.calibration import calibrate, fit_calibration
from framing.classifier.columns import OUT_OF_FOLD
from framing.classifier.rounding import pack, round_weights, unpack
from framing.classifier.surroundings import Surroundings
from framing.classifier.training import scorer
from framing.evaluation.leakage import leakage

SENTENCES = ["The two neighbours pledged to deepen their partnership.", "Exports of wheat rose by a fifth."]
MATRICES = hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(-4, 4, width=32))


@pytest.fixture(scope="module")
def refitted(seed_corpus, codebook, tmp_path_factory):
    """A short training on some stories of the seed corpus, in the way the shipped model is made."""
    folder = tmp_path_factory.mktemp("refit")
    coded = read_coded(SEEDS / "annotations.jsonl", codebook, seed_corpus.corpus.sentences())
    wanted = set(sorted(set(coded.stories))[:12])
    lines = (SEEDS / "annotations.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line, story in zip(lines, coded.stories, strict=True) if story in wanted]
    (folder / "coded.jsonl").write_text("".join(kept), encoding="utf-8")
    settings = TrainingSettings(epochs=1, folds=2, refit=True, context="article", weights="int8", max_tokens=48)
    return train(
        folder / "coded.jsonl", folder / "model", codebook=codebook, corpus=seed_corpus.corpus.folder, settings=settings
    )


def test_the_model_is_one_network_of_a_quarter_of_the_size(refitted):
    assert isinstance(refitted.classifier, FrameClassifier)
    assert (refitted.folder / "model.safetensors").stat().st_size < 25e6  # 22.7 million parameters
    assert refitted.n_train == len(refitted.classifier.record)
    assert {row["part"] for row in refitted.classifier.record} == {"train"}
    assert "networks that did not see the story" in (refitted.folder / "README.md").read_text(encoding="utf-8")


def test_it_gives_the_same_probabilities_when_loaded(refitted):
    loaded = FrameClassifier.from_pretrained(refitted.folder)
    np.testing.assert_array_equal(loaded.predict_proba(SENTENCES), refitted.classifier.predict_proba(SENTENCES))
    assert loaded.calibration == refitted.classifier.calibration
    assert loaded.article_context.as_dict() == refitted.classifier.article_context.as_dict()


def test_articles_are_read_when_labelling_as_they_were_when_learning(refitted):
    classifier = FrameClassifier.from_pretrained(refitted.folder)
    texts, articles = [*SENTENCES, *SENTENCES[::-1]], ["a", "a", "b", "b"]
    folded = FoldedClassifier(classifier.codebook, classifier.settings)
    alone = FrameClassifier.from_pretrained(refitted.folder)
    alone.calibration = {name: [1.0, 0.0] for name in alone.labels}  # as networks of folds are
    folded.members = [alone]
    folds = np.zeros(4, dtype=int)
    surroundings = Surroundings(texts, ["", texts[0], "", texts[2]], articles, np.arange(4))
    learned, usual = surroundings.features(folds, scorer(classifier, folded))
    labelled = article_features(classifier.label_probabilities(texts), articles, usual)
    np.testing.assert_allclose(learned, labelled, atol=1e-5)


@given(MATRICES)
def test_rounded_weights_are_written_exactly_and_hardly_differ(weights):
    layer = nn.Linear(weights.shape[1], weights.shape[0])
    layer.weight = nn.Parameter(torch.from_numpy(weights.copy()))
    round_weights(layer)
    rounded = layer.weight.detach()
    step = np.abs(weights).max(axis=1, keepdims=True) / 127
    assert (np.abs(rounded.numpy() - weights) <= step * 0.51 + 1e-6).all()
    assert torch.equal(unpack(pack(layer.state_dict()))["weight"], rounded)


def test_probabilities_mean_what_they_say_after_calibration():
    generator = np.random.default_rng(1)
    truth = generator.beta(0.5, 2, (40_000, 1))
    labels = generator.random(truth.shape) < truth
    odds = np.log(truth / (1 - truth))
    overconfident = 1 / (1 + np.exp(-(2.5 * odds + 1)))
    curve = fit_calibration(overconfident, labels)
    np.testing.assert_allclose(curve, [[0.4, -0.4]], atol=0.05)
    np.testing.assert_allclose(calibrate(overconfident, curve), truth, atol=0.03)


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 60), st.just(2)), elements=st.floats(0, 1)), st.randoms())
def test_calibration_keeps_the_order_and_the_range(probabilities, random):
    labels = np.array([[random.random() < 0.5 for _ in row] for row in probabilities])
    calibrated = calibrate(probabilities, fit_calibration(probabilities, labels))
    assert ((calibrated >= 0) & (calibrated <= 1)).all()
    for before, after in zip(probabilities.T, calibrated.T, strict=True):
        assert (np.diff(after[np.argsort(before)]) >= 0).all()


def test_few_positives_leave_probabilities_alone():
    probabilities = np.linspace(0, 1, 100)[:, None]
    labels = probabilities > 0.9
    np.testing.assert_array_equal(calibrate(probabilities, fit_calibration(probabilities, labels)), probabilities)


def test_the_folder_keeps_what_every_sentence_got_out_of_fold(refitted):
    """So that calibration and scores by outlet can be looked at without training again."""
    table = pq.read_table(refitted.folder / "out-of-fold.parquet").to_pandas()
    assert len(table) == refitted.n_train
    assert set(table.groupby("story").fold.nunique()) == {1}
    assert table.p_economic.between(0, 1).all()
    assert not (table.boilerplate & (table.economic == 1)).any()


def test_leakage_scores_it_by_the_folds_it_was_judged_by(refitted, seed_corpus, codebook, tmp_path):
    from sklearn.metrics import f1_score

    corpus, coded = seed_corpus.corpus.folder, refitted.folder.parent / "coded.jsonl"
    table = pq.read_table(refitted.folder / OUT_OF_FOLD).to_pandas().set_index("sentence_id")
    gold = read_coded(coded, codebook, seed_corpus.corpus.sentences())
    folds = {}
    for text, fold in zip(gold.texts, table.fold.loc[gold.sentence_ids], strict=True):
        folds.setdefault(text, set()).add(fold)
    alone = np.array([len(folds[text]) == 1 for text in gold.texts])
    decided = table.loc[gold.sentence_ids, list(codebook.frame_names)].to_numpy()
    result = leakage(coded, refitted.folder, corpus=corpus)
    assert result.baseline.n_out_of_fold == refitted.n_test
    assert result.baseline.n_sentences == alone.sum() == refitted.n_test
    scores = f1_score(gold.frames[alone], decided[alone], average=None, zero_division=np.nan)
    assert result.baseline.model.value == pytest.approx(np.nanmean(scores))
    assert f"has seen {refitted.n_test:,} of these sentences; there its decisions are" in result.baseline.words
    new = {"sentence_id": "new#1", "frames": ["economic"], "text": "Prices of grain rose again.", "outlet": "Elsewhere"}
    more = tmp_path / "more.jsonl"
    more.write_text(coded.read_text("utf-8") + json.dumps(new) + "\n", encoding="utf-8")
    with_new = leakage(more, refitted.folder, corpus=corpus).baseline
    assert (with_new.n_sentences, with_new.n_out_of_fold) == (refitted.n_test + 1, refitted.n_test)
    model = shutil.copytree(refitted.folder, tmp_path / "model")
    (model / OUT_OF_FOLD).unlink()
    without = leakage(coded, model, corpus=corpus).baseline
    assert np.isnan(without.model.value)
    assert "train with --folds and without refit" in without.words
