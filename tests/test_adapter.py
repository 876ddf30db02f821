"""Adapters beside an encoder that stays as it is: they learn, are small on disk, and fit that encoder only."""

import json
import shutil

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from framing import FrameClassifier, FramingError
from framing.classifier import TrainingSettings
from framing.classifier.weights import find_encoder

SENTENCES = [
    "Exports of wheat through the port rose by a fifth.",
    "Turnover of the two ports reached a record last year.",
    "The two neighbours pledged to deepen their partnership.",
    "The ministers praised a friendship without limits.",
] * 6


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """The default encoder as a local folder, as a user would have one of their own."""
    return shutil.copytree(find_encoder("all-MiniLM-L6-v2"), tmp_path_factory.mktemp("encoders") / "mine")


@pytest.fixture(scope="module")
def adapted(encoder, codebook, tmp_path_factory):
    settings = TrainingSettings(encoder=str(encoder), adapter_rank=8, epochs=6, learning_rate=2e-3)
    frames = [["economic"], ["economic"], ["cooperation"], ["cooperation"]] * 6
    labels = np.array([[name in row for name in (*codebook.frame_names, "boilerplate")] for row in frames])
    classifier = FrameClassifier(codebook, settings)
    classifier.fine_tune(SENTENCES, labels)
    classifier.adjust(classifier.label_probabilities(SENTENCES), labels)
    return classifier


@pytest.fixture(scope="module")
def folder(adapted, tmp_path_factory):
    path = tmp_path_factory.mktemp("adapted") / "model"
    adapted.save_pretrained(path)
    return path


def test_it_learns(adapted):
    probabilities = adapted.predict_proba(["Trade in timber grew.", "Both sides spoke of deep mutual trust."])
    cooperation, _, economic = probabilities.T
    assert economic.argmax() == 0
    assert cooperation.argmax() == 1


def test_the_folder_is_small_and_gives_the_same_probabilities(adapted, folder):
    assert (folder / "model.safetensors").stat().st_size < 1e6  # the encoder has 91 MB
    loaded = FrameClassifier.from_pretrained(folder)
    np.testing.assert_array_equal(loaded.predict_proba(SENTENCES), adapted.predict_proba(SENTENCES))


def test_an_encoder_that_is_not_here_is_not_fetched_for_a_model(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "model")
    manifest = json.loads((tmp_path / "model" / "framing.json").read_text())
    manifest["settings"]["encoder"] = "colleague/encoder"
    (tmp_path / "model" / "framing.json").write_text(json.dumps(manifest))
    with pytest.raises(FramingError, match=r"colleague/encoder: .*; fetch it first, as by hf download"):
        FrameClassifier.from_pretrained(tmp_path / "model")


def test_another_encoder_is_refused(folder, encoder):
    weights = load_file(encoder / "model.safetensors")
    save_file(weights | {"pooler.dense.bias": weights["pooler.dense.bias"] + 1}, encoder / "model.safetensors")
    with pytest.raises(FramingError, match="trained beside an encoder with sha256"):
        FrameClassifier.from_pretrained(folder)
    save_file(weights, encoder / "model.safetensors")
    assert FrameClassifier.from_pretrained(folder)


def test_adapters_are_in_the_upper_half_or_in_all_layers(adapted, codebook):
    everywhere = FrameClassifier(codebook, adapted.settings.model_copy(update={"adapter_layers": "all", "epochs": 1}))
    everywhere.fine_tune(SENTENCES[:4], np.eye(4))
    upper, every = (
        {int(name.split(".")[2]) for name in classifier.network.adapter.matrices}
        for classifier in (adapted, everywhere)
    )
    assert upper == {3, 4, 5}
    assert every == set(range(6))
