"""Shared fixtures: the seed corpus and a classifier trained on it, real weights, no network."""

import json
import os
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line does, before torch is imported

from narrow_model import narrow_model

from framing import Codebook, ingest, label, train
from framing.classifier import TrainingSettings
from framing.classifier.article_context import ArticleContext
from framing.resources import shipped
from framing.stance import StanceClassifier, Targeted, VoiceClassifier

DATA = Path(__file__).parent / "data"
SEEDS = shipped("seeds")
VERBS = ("helped", "visited", "attacked")  # favourable, neutral, critical

settings.register_profile("framing", deadline=None)  # how long an example takes says more about the machine
settings.load_profile("framing")


def change(path, **values):
    """Change the JSON object in a file; None removes."""
    content = json.loads(path.read_text()) | values
    path.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Any connection but to loopback is an error: no command may touch the network."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1"}:
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """What is kept for the user, such as accelerated forms, goes to a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared():
    """Folder of real articles; tests that need it are skipped where it is not."""
    folder = Path(os.environ.get("FRAMING_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "articles" / "articles.jsonl").is_file():
        pytest.skip("needs the shared folder of real articles, which is not here")
    return folder


@pytest.fixture(scope="module")
def browser():
    """Debian's chromium, without a window; tests that need it are skipped where it is not."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs chromium, which is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def codebook():
    return Codebook.load("china-russia")


@pytest.fixture(scope="session")
def seed_corpus(tmp_path_factory):
    """The seed corpus, ingested."""
    folder = tmp_path_factory.mktemp("seeds") / "corpus"
    return ingest([SEEDS / "articles"], folder, outlet_table=SEEDS / "outlets.csv")


@pytest.fixture(scope="session")
def seed_training(seed_corpus, tmp_path_factory):
    """A classifier fine-tuned on the seed corpus: the real encoder, two epochs instead of four to save time."""
    folder = tmp_path_factory.mktemp("model") / "model"
    settings = TrainingSettings(epochs=2)
    coded, corpus = SEEDS / "annotations.jsonl", seed_corpus.corpus.folder
    return train(coded, folder, codebook="china-russia", corpus=corpus, settings=settings)


@pytest.fixture(scope="session")
def seed_labels(seed_corpus, seed_training, tmp_path_factory):
    """Folder of labels of the whole seed corpus."""
    folder = tmp_path_factory.mktemp("labels") / "labels"
    return label(seed_corpus.corpus.folder, seed_training.folder, folder).output


@pytest.fixture(scope="session")
def small_model(codebook, tmp_path_factory):
    """Folder of a model of one narrow layer that knows little; its encoder is beside it."""
    return narrow_model(tmp_path_factory.mktemp("small"), codebook)


@pytest.fixture(scope="session")
def small_stance(small_model, tmp_path_factory):
    """Folders of models of stance and voice that know little, as options of `label`."""
    folder = tmp_path_factory.mktemp("small-stance")
    settings = TrainingSettings(encoder=str(small_model.parent / "encoder"), epochs=8, head_learning_rate=0.05)
    examples = [(f"{name} {verb} the town.", name) for name in ("Ardania", "Belmora") for verb in VERBS]
    stance = StanceClassifier(settings)
    stance.fine_tune(
        [Targeted(text, [(0, len(name))]) for text, name in examples], np.arange(len(examples)) % len(VERBS)
    )
    stance.save_pretrained(folder / "stance")
    said, plain = ["“It is so,” the mayor said.", "Critics say it is late."], ["Trade rose.", "The ferry left."]
    sentences, previous = [*said, *plain, "It rained.", "It rained."], ["", "", "", "", said[0], plain[0]]
    voice = VoiceClassifier().fit(sentences, previous, np.array([True, True, False, False, True, False]))
    voice.article_context = ArticleContext(np.array([[1.0, 0.2, 0.2, 3.0, 0.0]]), np.zeros(1), np.array([0.5]))
    voice.save_pretrained(folder / "voice")
    return {"stance": folder / "stance", "voice": folder / "voice"}
