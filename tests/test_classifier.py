"""The classifier on real weights: it learns, it is reproducible, it saves and loads, it refuses what is unsafe."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import DATA, SEEDS, change
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.torch import load_file, save_file
from transformers import BertModel, RobertaModel

from framing import Codebook, FrameClassifier, FramingError, train
from framing.annotation import read_coded
from framing.artefact import sha256_file, sha256_text
from framing.classifier import FoldedClassifier, TrainingSettings
from framing.classifier.assignment import Assignment
from framing.classifier.fitting import load_encoder, new_network
from framing.classifier.folder import find
from framing.classifier.inference import embed
from framing.classifier.inputs import batches, encode, overlong
from framing.classifier.splits import hold_out
from framing.classifier.thresholds import best_threshold
from framing.classifier.weights import find_encoder
from framing.codebook import Frame
from framing.labelling import Labeller, label_batch, read_labels
from framing.resources import shipped
from framing.stance import StanceClassifier, VoiceClassifier

SENTENCES = [
    "The two neighbours pledged to deepen their partnership and trust.",
    "Exports of wheat through the port rose by a fifth to 2.1 million tonnes.",
    "Washington clings to bloc confrontation and preaches rules that it breaks itself.",
    "The delegation landed at noon.",
]


def test_it_learned_something(seed_training):
    """Held-out macro-F1 of the seed corpus after two epochs; a classifier that tags at random reaches .2."""
    assert seed_training.macro_f1 > 0.55
    probabilities = seed_training.classifier.predict_proba(SENTENCES)
    assert probabilities.shape == (4, 3)
    cooperation, anti_western, economic = probabilities.T
    assert cooperation.argmax() == 0
    assert economic.argmax() == 1
    assert anti_western.argmax() == 2


def test_saved_and_loaded_gives_the_same_probabilities(seed_training):
    loaded = FrameClassifier.from_pretrained(seed_training.folder)
    np.testing.assert_array_equal(loaded.predict_proba(SENTENCES), seed_training.classifier.predict_proba(SENTENCES))
    assert loaded.codebook == Codebook.load("china-russia")
    assert set(loaded.thresholds) == {"cooperation", "anti_western", "economic", "boilerplate"}


def test_a_sentence_gets_the_same_labels_alone_and_in_company(seed_training):
    together = seed_training.classifier.predict_proba(SENTENCES)
    alone = np.concatenate([seed_training.classifier.predict_proba([sentence]) for sentence in SENTENCES])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_dropout_is_as_the_settings_say_while_learning_and_nowhere_after(small_model):
    settings = TrainingSettings(encoder=str(small_model.parent / "encoder"), dropout=0.3)
    rates = [module.p for module in new_network(settings, 4)[0].modules() if isinstance(module, torch.nn.Dropout)]
    assert len(rates) > 2, "in the encoder and before the head"
    assert set(rates) == {0.3}
    assert not any(module.training for module in FrameClassifier.from_pretrained(small_model).network.modules())


def test_it_learns_in_bf16_where_only_the_processor_has_it_and_then_computes_in_float32(
    codebook, small_model, tmp_path, monkeypatch
):
    monkeypatch.setattr("framing.classifier.fitting.has_bf16", lambda: True)
    encoder = str(small_model.parent / "encoder")
    classifier = FrameClassifier(codebook, TrainingSettings(encoder=encoder, epochs=1))
    classifier.fine_tune(SENTENCES, np.eye(4, dtype=bool))
    classifier.thresholds = dict.fromkeys(classifier.labels, 0.5)
    seen = []
    classifier.network.encoder.encoder.register_forward_hook(
        lambda *args: seen.append(args[-1].last_hidden_state.dtype)
    )
    said = classifier.label_probabilities(SENTENCES)
    assert set(seen) == {torch.float32}
    classifier.save_pretrained(tmp_path / "model")
    np.testing.assert_array_equal(
        FrameClassifier.from_pretrained(tmp_path / "model").label_probabilities(SENTENCES), said
    )


def test_a_series_of_pandas_is_read_in_its_order_whatever_its_index(codebook, small_model):
    series = pd.Series(SENTENCES, index=[3, 2, 1, 0])
    one = FrameClassifier.from_pretrained(small_model)
    said = one.predict_proba(SENTENCES, SENTENCES[::-1])
    np.testing.assert_array_equal(one.predict_proba(series, pd.Series(SENTENCES[::-1], index=series.index)), said)
    folded = FoldedClassifier(codebook, TrainingSettings(folds=2))
    folded.members = [one, one]
    assignment = Assignment(np.array([0, 1, 0, 1]), np.ones(4, dtype=bool))
    np.testing.assert_array_equal(folded.out_of_fold_probabilities(series, series, assignment)[:, :-1], said)
    assert label_batch(Labeller(one), series, series)["p_economic"] == pytest.approx(said[:, 2], abs=1e-6)


def test_sentences_of_a_series_are_learned_with_their_own_labels(codebook, small_model):
    settings = TrainingSettings(encoder=str(small_model.parent / "encoder"), epochs=1)
    frames, series = np.eye(4, 3, dtype=bool), pd.Series(SENTENCES, index=[3, 2, 1, 0])
    fitted = [FrameClassifier(codebook, settings).fit(texts, frames, previous=texts) for texts in (SENTENCES, series)]
    np.testing.assert_array_equal(*(classifier.label_probabilities(SENTENCES) for classifier in fitted))


def test_no_sentences_no_rows(seed_training):
    assert seed_training.classifier.predict_proba([]).shape == (0, 3)


def test_the_model_folder_records_what_it_saw_without_leaks(seed_training, seed_corpus):
    rows = [json.loads(line) for line in (seed_training.folder / "split.jsonl").read_text().splitlines()]
    texts = dict(zip(*seed_corpus.corpus.sentences(["sentence_id", "text"]).to_pydict().values(), strict=True))
    assert all(row["sha256"] == sha256_text(texts[row["sentence_id"]]) for row in rows)
    stories = {part: {row["story"] for row in rows if row["part"] == part} for part in ("train", "validation", "test")}
    assert len(set.union(*stories.values())) == sum(map(len, stories.values())), "a story is on two sides"
    counts = json.loads((seed_training.folder / "framing.json").read_text())["counts"]
    assert counts == {part: sum(row["part"] == part for row in rows) for part in stories}


def test_the_card_names_coders_scores_and_limits(seed_training):
    card = (seed_training.folder / "README.md").read_text()
    assert "agreed" in card
    assert f"Macro-F1 {seed_training.macro_f1:.2f}" in card
    assert "biased, differently for each outlet" in card


def small_data():
    """72 coded sentences on other topics, with the other shipped codebook."""
    return read_coded(DATA / "generic_news.jsonl", Codebook.load("generic-news"))


@pytest.mark.parametrize("context", ["none", "previous"])
def test_same_seed_same_weights_and_another_codebook_works(tmp_path, context):
    settings = TrainingSettings(epochs=1, context=context, max_tokens=48)
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        summary = train(DATA / "generic_news.jsonl", folder, codebook="generic-news", settings=settings)
        assert [score.frame for score in summary.scores] == list(Codebook.load("generic-news").frame_names)
    one, two = ((folder / "model.safetensors").read_bytes() for folder in folders)
    assert one == two


def test_context_is_read_where_the_settings_say_so():
    coded = small_data()
    settings = TrainingSettings(epochs=1, context="previous", max_tokens=48)
    classifier = FrameClassifier(Codebook.load("generic-news"), settings)
    classifier.fit(coded.texts, coded.frames, stories=coded.stories, previous=coded.previous)
    alone = classifier.predict_proba(coded.texts[:3])
    behind = classifier.predict_proba(coded.texts[:3], ["The mayor called the plan a fraud."] * 3)
    assert np.abs(alone - behind).max() > 1e-4


def test_previous_sentences_come_from_the_same_article():
    coded = small_data()
    assert coded.previous[0] == ""
    assert coded.previous[1] == coded.texts[0]
    starts = [i for i, sentence_id in enumerate(coded.sentence_ids) if sentence_id.endswith("#0")]
    assert all(coded.previous[i] == "" for i in starts)


@pytest.mark.parametrize("folds", [1, 2])
def test_a_codebook_of_one_frame_is_trained(tmp_path, small_model, folds):
    frame = Frame(name="trade", label="Trade", definition="Goods are exchanged.")
    book = Codebook(
        name="one", version="1", language="en", title="-", unit="A sentence.", boilerplate="-", frames=[frame]
    )
    rows = [
        {"sentence_id": f"a{i}#0", "text": f"{'Exports rose' if i % 2 else 'It rained'} in week {i}.", "story": f"s{i}",
         "outlet": "Daily", "frames": ["trade"] * (i % 2), "coder": "anna"}
        for i in range(60)
    ]  # fmt: skip
    (tmp_path / "coded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = TrainingSettings(encoder=str(small_model.parent / "encoder"), epochs=1, folds=folds)
    trained = train(tmp_path / "coded.jsonl", tmp_path / "model", codebook=book, settings=settings)
    (score,) = trained.scores
    assert (score.frame, 0 <= score.f1 <= 1) == ("trade", True)
    assert score.positives == (30 if folds > 1 else trained.n_test // 2)
    assert trained.left_out == ""


@pytest.mark.parametrize(("folds", "where"), [(1, "part"), (2, "fold")])
def test_sentences_that_are_not_scored_are_counted_in_the_card(tmp_path, small_model, folds, where):
    """Every story has one sentence that all of them have."""
    book = Codebook.load("generic-news")
    rows = [json.loads(row) for row in (DATA / "generic_news.jsonl").read_text(encoding="utf-8").splitlines()]
    stories = sorted({row["article_id"] for row in rows})
    rows += [{"sentence_id": f"{one}#99", "article_id": one, "frames": [], "text": "It rained."} for one in stories]
    (tmp_path / "coded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = TrainingSettings(encoder=str(small_model.parent / "encoder"), epochs=1, folds=folds)
    trained = train(tmp_path / "coded.jsonl", tmp_path / "model", codebook=book, settings=settings)
    n_learned = 0 if folds > 1 else trained.n_train + trained.n_validation
    assert n_learned + trained.n_test + trained.n_repeated == len(rows)
    left_out = f"sentences ({trained.n_repeated} left out, whose very text is also in another {where});"
    assert trained.n_repeated > 0
    assert left_out in (trained.folder / "README.md").read_text()


def test_several_codings_are_learned_from_together(tmp_path, small_model, capsys):
    """As after coding a second batch, which may have sentences of the first if they are coded alike."""
    book = Codebook.load("generic-news")
    rows = (DATA / "generic_news.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    first.write_text("".join(rows[:40]), encoding="utf-8")
    second.write_text("".join(rows[40:]), encoding="utf-8")
    settings = TrainingSettings(encoder=str(small_model.parent / "encoder"), epochs=1, folds=2)
    trained = train([first, second], tmp_path / "model", codebook=book, settings=settings)
    assert trained.n_train == len(rows)
    second.write_text("".join(rows[30:]), encoding="utf-8")
    again = train([first, second], tmp_path / "again", codebook=book, settings=settings)
    assert again.n_train == len(rows)
    assert "10 sentences are coded alike in several of these and counted once" in capsys.readouterr().err


def test_arrays_of_another_shape_are_refused_before_anything_is_learned(codebook):
    frames = np.zeros((2, 2), dtype=bool)
    for classifier in (FrameClassifier(codebook), FoldedClassifier(codebook, TrainingSettings(folds=2))):
        with pytest.raises(FramingError, match=r"expected shape \(2, 3\).* found \(2, 2\)"):
            classifier.fit(["One.", "Two."], frames, stories=["a", "b"])


def test_a_folder_that_happens_to_have_the_name_of_a_shipped_model_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "voice").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find("voice") == shipped("models") / "voice"
    (tmp_path / "voice" / "framing.json").write_text("{}")
    assert find("voice") == Path("voice")


@pytest.fixture(scope="module")
def tokenizer():
    return load_encoder(TrainingSettings().encoder)[1]


texts = st.lists(st.sampled_from(["trade", "Ankhpur-Tarel", "€", "🚢", " ", "  ", "ß", "2.1", "ﷺ"])).map("".join)


@given(st.lists(st.tuples(texts, texts), max_size=5), st.integers(8, 20))
def test_overlong_is_what_would_be_read_further_if_it_could(tokenizer, pairs, most):
    sentences, previous = [text for text, _ in pairs], [text for _, text in pairs]
    whole = encode(tokenizer, sentences, previous, 500)
    assert overlong(tokenizer, sentences, previous, most).tolist() == [len(row["input_ids"]) > most for row in whole]


def test_unfitted_says_what_to_do():
    with pytest.raises(FramingError, match="call fit, or load one"):
        FrameClassifier(Codebook.load("china-russia")).predict(["x"])


def test_one_story_cannot_be_split():
    classifier = FrameClassifier(Codebook.load("china-russia"))
    with pytest.raises(FramingError, match="at least two stories"):
        classifier.fit(["x"] * 4, np.ones((4, 3), dtype=bool), stories=["a"] * 4)


@pytest.fixture
def model_copy(seed_training, tmp_path):
    return shutil.copytree(seed_training.folder, tmp_path / "model")


def test_model_without_weights_is_refused(model_copy):
    (model_copy / "model.safetensors").unlink()
    with pytest.raises(FramingError, match="model folder without weights"):
        FrameClassifier.from_pretrained(model_copy)


def test_a_model_without_its_tokenizer_is_refused(small_model, small_stance, tmp_path):
    for load, source in ((FrameClassifier, small_model), (StanceClassifier, small_stance["stance"])):
        copy = shutil.copytree(source, tmp_path / load.__name__)
        (copy / "tokenizer.json").unlink()
        with pytest.raises(FramingError, match=r"model folder without tokenizer\.json; copy the whole folder again$"):
            load.from_pretrained(copy)


def test_a_vocabulary_without_tokenizer_json_is_a_tokenizer(small_model, tmp_path):
    model = shutil.copytree(small_model, tmp_path / "model")
    words = json.loads((model / "tokenizer.json").read_text())["model"]["vocab"]
    (model / "tokenizer.json").unlink()
    change(model / "framing.json", files=None)  # as models of before, which came to have one or the other
    (model / "vocab.txt").write_text("".join(f"{word}\n" for word in sorted(words, key=words.get)))
    whole, other = (FrameClassifier.from_pretrained(folder) for folder in (small_model, model))
    np.testing.assert_array_equal(other.predict_proba(SENTENCES), whole.predict_proba(SENTENCES))


@pytest.mark.parametrize(
    ("name", "changes", "found"),
    [
        ("framing.json", {"sha256": None}, "found no 'sha256'"),
        ("framing.json", {"settings": None}, "found no 'settings'"),
        ("framing.json", {"settings": {"colour": "red"}}, "setting colour: no such setting, expected one of encoder, "),
        ("framing.json", {"settings": []}, "setting : Input should be"),
        ("config.json", {"model_type": "abacus"}, "model type `abacus` but Transformers does not recognize"),
        ("tokenizer.json", {"model": "broken"}, "tokenizer do not fit"),
        ("tokenizer.json", {"added_tokens": None}, "tokenizer do not fit"),
    ],
    ids=str,
)
def test_a_model_folder_that_was_changed_is_one_line_with_a_remedy(
    small_model, small_stance, tmp_path, name, changes, found
):
    for load, source in ((FrameClassifier, small_model), (StanceClassifier, small_stance["stance"])):
        folder = shutil.copytree(source, tmp_path / load.__name__)
        change(folder / "framing.json", files=None)  # as models of before, whose other files have no hash
        change(folder / name, **changes)
        with pytest.raises(FramingError, match=rf"^{folder}.*{found}.*; copy the whole folder again[^\n]*$"):
            load.from_pretrained(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
def test_a_changed_configuration_or_tokenizer_is_refused_where_the_model_has_its_hash(
    small_model, small_stance, tmp_path, name
):
    for load, source in ((FrameClassifier, small_model), (StanceClassifier, small_stance["stance"])):
        folder = shutil.copytree(source, tmp_path / load.__name__)
        change(folder / name)  # the same in other bytes
        with pytest.raises(
            FramingError, match=rf"{name}: wrong hash, expected sha256 .*, found .*; the file is damaged"
        ):
            load.from_pretrained(folder)
        change(folder / "framing.json", files=None)
        assert load.from_pretrained(folder).network, "models of before have no such hashes"


def test_hashes_of_another_form_are_one_line_and_none_stands_for_that_of_the_weights(small_model, tmp_path):
    folder = shutil.copytree(small_model, tmp_path / "model")
    for files in (["config.json"], {"config.json": 1}):
        change(folder / "framing.json", files=files)
        with pytest.raises(FramingError, match=rf"^{folder}: expected a model as framing writes it, found [^\n]*$"):
            FrameClassifier.from_pretrained(folder)
    (folder / "model.safetensors").write_bytes((small_model.parent / "encoder" / "model.safetensors").read_bytes())
    change(folder / "framing.json", files={"model.safetensors": sha256_file(folder / "model.safetensors")})
    with pytest.raises(FramingError, match=r"model\.safetensors: wrong hash"):
        FrameClassifier.from_pretrained(folder)


@pytest.mark.parametrize("thresholds", [{"cooperation": 0.5, "anti_western": 0.5, "economic": 0.5}, {}])
def test_a_model_without_a_threshold_is_refused(small_model, tmp_path, thresholds):
    folder = shutil.copytree(small_model, tmp_path / "model")
    change(folder / "framing.json", thresholds=thresholds)
    with pytest.raises(
        FramingError, match=r"no threshold of (boilerplate|cooperation); copy the whole folder again, or"
    ):
        FrameClassifier.from_pretrained(folder)


def test_a_model_of_voice_without_its_hash_is_refused(small_stance, tmp_path):
    folder = shutil.copytree(small_stance["voice"], tmp_path / "voice")
    change(folder / "framing.json", sha256=None)
    with pytest.raises(FramingError, match="expected a voice-model as framing writes it, found no 'sha256'; copy"):
        VoiceClassifier.from_pretrained(folder)


def test_weights_with_a_wrong_hash_are_refused(model_copy):
    path = model_copy / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(FramingError, match=r"wrong hash, expected sha256 .*, found .*; the file is damaged"):
        FrameClassifier.from_pretrained(model_copy)


def test_pickles_and_remote_code_are_refused(model_copy):
    (model_copy / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(FramingError, match="pickled weights can run code and are refused"):
        FrameClassifier.from_pretrained(model_copy)
    (model_copy / "pytorch_model.bin").unlink()
    config = json.loads((model_copy / "config.json").read_text())
    (model_copy / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "x.Y"}}))
    with pytest.raises(FramingError, match="wants to run code of its own"):
        FrameClassifier.from_pretrained(model_copy)
    (model_copy / "config.json").write_text(json.dumps(config))
    (model_copy / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": ["x.Y", None]}}))
    with pytest.raises(FramingError, match=r"tokenizer_config\.json: the model wants to run code of its own"):
        FrameClassifier.from_pretrained(model_copy)


@pytest.mark.parametrize(
    "entries",
    [
        {"attn_implementation": "kernels-community/vllm-flash-attn3"},
        {"_attn_implementation": "flash_attention_2"},
        {"text_config": {"attn_implementation": {"": "kernels-community/flash-attn"}}},
    ],
    ids=str,
)
def test_attention_that_may_be_code_from_the_hub_is_refused(small_model, tmp_path, entries):
    for source, load in (
        (small_model, FrameClassifier.from_pretrained),
        (small_model.parent / "encoder", find_encoder),
    ):
        folder = shutil.copytree(source, tmp_path / source.name)
        change(folder / "config.json", **entries)
        with pytest.raises(
            FramingError, match=r"config\.json: _?attn_implementation is .*, expected eager or sdpa, .*"
        ):
            load(str(folder))
    change(folder / "config.json", **dict.fromkeys(entries) | {"attn_implementation": "eager"})
    assert load(str(folder)), "torch has it"


@pytest.mark.parametrize(("make", "reserved"), [(BertModel, 0), (RobertaModel, 2)])
def test_inputs_are_as_long_as_the_encoder_holds_at_most(small_model, tmp_path, make, reserved):
    """RoBERTa's kind counts positions from behind that of padding."""
    encoder = shutil.copytree(small_model.parent / "encoder", tmp_path / "encoder")
    config = json.loads((encoder / "config.json").read_text()) | {"max_position_embeddings": 40, "pad_token_id": 1}
    make(make.config_class(**config)).save_pretrained(encoder)
    fits = TrainingSettings(encoder=str(encoder), max_tokens=40 - reserved)
    assert embed(["Trade rose. " * 50], fits).shape == (1, 32)
    with pytest.raises(
        FramingError, match=rf"encoder: max_tokens 41, expected {fits.max_tokens} at most, .*; lower it"
    ):
        embed(["Trade rose."], fits.model_copy(update={"max_tokens": 41}))


def test_a_model_whose_inputs_would_be_longer_than_its_encoder_holds_is_refused(small_model, tmp_path):
    folder = shutil.copytree(small_model, tmp_path / "model")
    settings = json.loads((folder / "framing.json").read_text())["settings"]
    change(folder / "framing.json", settings=settings | {"max_tokens": 1000})
    with pytest.raises(FramingError, match=r"framing\.json: max_tokens 1000, expected 512 at most"):
        FrameClassifier.from_pretrained(folder)


def test_an_encoder_folder_is_accepted_and_checked(tmp_path):
    assert find_encoder(find_encoder("all-MiniLM-L6-v2")) == find_encoder("all-MiniLM-L6-v2")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(FramingError, match=r"model folder without weights \(\*\.safetensors\)"):
        find_encoder(str(tmp_path))
    with pytest.raises(FramingError, match="no such folder, and not a Hugging Face id"):
        find_encoder("./nowhere")


def test_an_encoder_without_its_tokenizer_is_refused(small_model, tmp_path):
    encoder = shutil.copytree(small_model.parent / "encoder", tmp_path / "encoder")
    for path in encoder.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(FramingError, match=r"encoder: model folder without tokenizer\.json"):
        load_encoder(str(encoder))


def test_a_classifier_that_is_fitted_again_has_nothing_of_before_and_says_what_it_learned_from(codebook, small_model):
    settings = TrainingSettings(encoder=str(small_model.parent / "encoder"), epochs=2, head_learning_rate=0.05)
    texts = [f"{'Trade' if i % 3 else 'Talks'} went on for day {i}." for i in range(160)]
    frames = np.array([[i % 3 == 0, i % 5 == 0, i % 3 != 0] for i in range(160)])
    stories = [f"story {i // 4}" for i in range(160)]
    once, twice = (FrameClassifier(codebook, settings) for _ in range(2))
    twice.fit(texts[:80], frames[:80], stories=stories[:80])
    twice.taught_by, first = "another", twice.record
    for classifier in (once, twice):
        classifier.fit(texts, frames, stories=stories)
    assert (twice.calibration, twice.thresholds, twice.taught_by) == (once.calibration, once.thresholds, "")
    assert twice.record == once.record != first
    assert {row["sha256"] for row in twice.record} == {sha256_text(text) for text in texts}
    kept = [twice.record[i]["part"] for i in twice.validation_rows]
    assert set(kept) == {"validation"}
    whole = FrameClassifier(codebook, settings).fit(texts, frames.astype(int), stories=stories)
    assert whole.calibration == once.calibration, "0 and 1 are as good as False and True"
    with pytest.raises(FramingError, match="expected 0 or 1, whether each applies"):
        whole.fit(texts, frames * 0.5, stories=stories)


def test_weights_of_another_network_are_refused_and_a_pooler_is_not_missed(small_model, tmp_path):
    with pytest.raises(FramingError, match=r"\d+ tensors of the network, such as embeddings\.\S+, are not"):
        load_encoder(str(small_model))
    encoder = shutil.copytree(small_model.parent / "encoder", tmp_path / "encoder")
    weights = load_file(encoder / "model.safetensors")
    pooled = [name for name in weights if name.startswith("pooler.")]
    assert pooled
    save_file({name: weights[name] for name in weights.keys() - set(pooled)}, encoder / "model.safetensors")
    assert load_encoder(str(encoder))


def test_unknown_model_names_what_is_there():
    with pytest.raises(FramingError, match="no such model folder; shipped by name:"):
        FrameClassifier.from_pretrained("no-such-model")


@given(
    hnp.arrays(bool, st.tuples(st.integers(20, 60), st.just(3))),
    st.integers(4, 12),
    st.sampled_from([0.15, 0.2, 0.3]),
    st.integers(0, 5),
)
def test_a_story_is_never_on_two_sides(frames, n_stories, share, seed):
    stories = [str(i % n_stories) for i in range(len(frames))]
    large, small = hold_out(frames, stories, share, seed)
    assert sorted([*large, *small]) == list(range(len(frames)))
    assert not {stories[i] for i in large} & {stories[i] for i in small}
    assert len(small) > 0


@given(
    hnp.arrays(float, st.integers(10, 80), elements=st.floats(0, 1)).flatmap(
        lambda p: st.tuples(st.just(p), hnp.arrays(bool, len(p)))
    )
)
def test_no_threshold_on_the_grid_is_better(data):
    probabilities, positive = data
    chosen = best_threshold(probabilities, positive)
    assert 0.1 <= chosen <= 0.9
    if positive.sum() < 5:
        assert chosen == 0.5
        return

    def f1(threshold):
        predicted = probabilities >= threshold
        return 2 * (predicted & positive).sum() / (predicted.sum() + positive.sum())

    assert all(f1(chosen) >= f1(candidate) - 1e-12 for candidate in np.round(np.arange(0.1, 0.905, 0.01), 2))


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(10, 200))
def test_batches_hold_every_sentence_once_within_the_limit(lengths, limit):
    encoded = [{"input_ids": [0] * n} for n in lengths]
    groups = list(batches(encoded, limit))
    assert sorted(i for group in groups for i in group) == list(range(len(lengths)))
    assert all(len(group) == 1 or len(group) * max(lengths[i] for i in group) <= limit for group in groups)


def test_settings_files_are_checked(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("epochs: 3\n")
    assert TrainingSettings.load(path).epochs == 3
    path.write_text("epochs: 0\n")
    with pytest.raises(FramingError, match=r"s\.yaml: setting epochs"):
        TrainingSettings.load(path)
    path.write_text("epochs: [broken\n")
    with pytest.raises(FramingError, match=r"s\.yaml: settings could not be read") as error:
        TrainingSettings.load(path)
    assert "\n" not in str(error.value)
    path.write_text("epoch: 3\n")
    with pytest.raises(FramingError, match=r"s\.yaml: setting epoch"):
        TrainingSettings.load(path)
    path.write_text("refit: true\n")
    with pytest.raises(FramingError, match=r"s\.yaml: setting refit: needs folds of 2 or more, .*, found True$"):
        TrainingSettings.load(path)
    path.write_text("refit: true\nfolds: 2\n")
    assert TrainingSettings.load(path).refit


@pytest.mark.parametrize("name", ["learning_rate", "head_learning_rate", "weight_decay"])
def test_settings_that_are_no_finite_numbers_are_refused(tmp_path, name):
    for value in (".inf", ".nan"):
        (tmp_path / "s.yaml").write_text(f"{name}: {value}\n")
        with pytest.raises(FramingError, match=rf"s\.yaml: setting {name}: Input should be a finite number, found "):
            TrainingSettings.load(tmp_path / "s.yaml")


def test_annotations_of_the_seeds_fit_the_corpus_word_for_word(codebook, seed_corpus):
    coded = read_coded(SEEDS / "annotations.jsonl", codebook, seed_corpus.corpus.sentences())
    assert coded.sentence_ids == seed_corpus.corpus.sentences(["sentence_id"])["sentence_id"].to_pylist()
    changed = seed_corpus.corpus.sentences()
    texts = ["changed", *changed["text"].to_pylist()[1:]]
    changed = changed.set_column(changed.column_names.index("text"), "text", [texts])
    with pytest.raises(FramingError, match="have another text for this sentence, 'changed', than was coded"):
        read_coded(SEEDS / "annotations.jsonl", codebook, changed)


def test_a_row_with_another_text_than_the_corpus_is_refused(tmp_path, codebook, seed_corpus):
    """As happens where somebody's ids count sentences from 0 while the headline has 0 in a corpus."""
    first, second = seed_corpus.corpus.sentences(["sentence_id", "text"]).slice(0, 2).to_pylist()
    path = tmp_path / "coded.jsonl"
    path.write_text(json.dumps({"sentence_id": first["sentence_id"], "frames": [], "text": f"{first['text']}  "}))
    assert read_coded(path, codebook, seed_corpus.corpus.sentences()).texts == [first["text"]]
    path.write_text(json.dumps({"sentence_id": first["sentence_id"], "frames": [], "text": second["text"]}))
    with pytest.raises(FramingError, match=r"coded.jsonl:1 .*another text for this sentence, '.*, than was coded"):
        read_coded(path, codebook, seed_corpus.corpus.sentences())


def test_sentences_of_no_known_story_are_counted_aloud(tmp_path, codebook, capsys):
    path = tmp_path / "coded.jsonl"
    rows = [{"sentence_id": f"s{i}", "frames": [], "text": f"Sentence {i}."} for i in range(3)]
    named = {"sentence_id": "a#1", "frames": [], "text": "One more."}
    path.write_text("\n".join(map(json.dumps, [*rows, named])))
    assert read_coded(path, codebook).stories == ["s0", "s1", "s2", "a"]
    assert "3 of 4 coded sentences have no story or article_id" in capsys.readouterr().err
    path.write_text("\n".join(json.dumps({**row, "article_id": "a"}) for row in rows))
    assert read_coded(path, codebook).stories == ["a"] * 3
    assert not capsys.readouterr().err


def test_few_sentences_are_read_more_often():
    settings = TrainingSettings()
    assert [settings.passes(n) for n in (300, 600, 1200, 20_000)] == [16, 8, 4, 4]
    assert TrainingSettings(epochs=1).passes(300) == 1
    assert TrainingSettings(folds=2).resolved(600).epochs == 16  # each network learns from 300
    assert TrainingSettings(test_share=0.2, validation_share=0.25).resolved(500).epochs == 16
    assert TrainingSettings(epochs=2).resolved(50).epochs == 2


def test_the_recipe_in_training_is_the_default():
    recipe = Path(__file__).parents[1] / "training" / "default.yaml"
    assert TrainingSettings.load(recipe) == TrainingSettings()


def test_the_sentence_before_is_never_of_another_article_even_where_the_id_alone_names_it(tmp_path):
    rows = [{"sentence_id": f"{article}#{i}", "text": f"{article} {i}.", "index": i, "frames": []}
            for i in range(2) for article in ("alpha", "beta")]  # fmt: skip
    rows += [{"sentence_id": name, "text": f"{name}.", "index": i, "story": "s", "frames": []}
             for i, name in enumerate(("x", "y"))]  # fmt: skip
    (tmp_path / "coded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    coded = read_coded(tmp_path / "coded.jsonl", Codebook.load("china-russia"))
    assert dict(zip(coded.sentence_ids, coded.previous, strict=True)) == {
        "alpha#0": "", "beta#0": "", "alpha#1": "alpha 0.", "beta#1": "beta 0.", "x": "", "y": ""
    }  # fmt: skip


@pytest.mark.parametrize(("places", "previous"), [("01", "It rained."), (("0.0", "1.0"), "It rained."), ("xy", "")])
def test_a_table_may_have_an_index_of_its_own(tmp_path, places, previous):
    """Of whole numbers it is the place in the article, also as pandas writes them; R's row names say nothing."""
    book, labels, gold = Codebook.load("generic-news"), tmp_path / "labels.csv", tmp_path / "gold.jsonl"
    names, rows = ",".join(book.frame_names), ",".join("0" for _ in book.frame_names)
    texts = ["It rained.", "It stopped."]
    lines = [f"a{i},a,{place},{text},{rows}" for i, (place, text) in enumerate(zip(places, texts, strict=True))]
    labels.write_text("\n".join([f"sentence_id,article_id,index,text,{names}", *lines]))
    gold.write_text(json.dumps({"sentence_id": "a1", "frames": []}))
    assert read_coded(gold, book, read_labels(labels, codebook="generic-news").sentences).previous == [previous]
