"""Accelerated forms: the same labels as the network, made once, refused where they differ; nothing is reported."""

import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from conftest import change
from hypothesis import given
from hypothesis import strategies as st

from framing import FrameClassifier, FramingError
from framing.classifier import inference
from framing.engine import accelerate, acceleration
from framing.engine.parity import Tolerance, compare_forms
from framing.engine.quantization import quantized
from framing.engine.sample import Judgement, judge, seed_sample
from framing.labelling import Labeller
from framing.labelling.parts import choose_engine, plan_of
from framing.labelling.resumable import WorkFolder
from framing.machine import cpu_count, has_bf16
from framing.stance import StanceClassifier
from framing.stance.classifier import decide_outcomes

SENTENCES = ["Trade rose by a fifth.", "The two sides pledged to deepen their partnership, officials said.", "Talks."]

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="with a GPU torch computes")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """The user's cache, without forms that other tests made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("engine")))
        yield


@pytest.fixture(scope="module")
def model(small_model, cache):
    """The small model, whose accelerated form is made."""
    accelerate(FrameClassifier.from_pretrained(small_model))
    return small_model


@pytest.fixture
def no_forms(tmp_path, monkeypatch):
    """Where forms come to be; none is there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "framing" / "accelerated"


def form_of(classifier):
    precision = "bf16" if has_bf16() else "f32"
    return acceleration.user_cache("accelerated") / acceleration._key(classifier, classifier.folder, precision)


def test_a_network_that_cannot_be_exported_computes_in_torch(small_model, no_forms, monkeypatch, capsys):
    def refuse(*_args, **_kwargs):
        raise torch.onnx.OnnxExporterError("no such operator")

    monkeypatch.setattr(acceleration, "export_network", refuse)
    classifier = FrameClassifier.from_pretrained(small_model)
    assert accelerate(classifier) == "torch"
    assert "no such operator" in capsys.readouterr().err
    with pytest.raises(FramingError, match=r"no such operator.*; use --engine torch"):
        accelerate(classifier, "openvino")


def test_a_model_that_is_trained_again_is_no_longer_that_of_its_folder(small_model):
    """Else the form of the network before would compute for it."""
    classifier = FrameClassifier.from_pretrained(small_model)
    labels = np.eye(len(SENTENCES), len(classifier.labels)) > 0
    classifier.fine_tune(SENTENCES, labels)
    assert (classifier.folder, classifier.manifest) == (None, {})


def test_the_accelerated_form_says_the_same_and_says_so_beside_it(model, capsys):
    classifier = FrameClassifier.from_pretrained(model)
    exact = classifier.label_probabilities(SENTENCES)
    assert accelerate(classifier).startswith("openvino-")
    assert capsys.readouterr().err == "", "made before"
    classifier.accelerated, compute = None, classifier.accelerated
    np.testing.assert_array_equal(classifier.label_probabilities(SENTENCES), exact)
    classifier.accelerated = compute
    report = json.loads((form_of(classifier) / "parity.json").read_text())
    tolerance = 1e-5 if report["precision"] == "f32" else 0.02
    np.testing.assert_allclose(classifier.label_probabilities(SENTENCES), exact, atol=tolerance)
    assert report["accepted"]
    assert report["sentences"] == len(seed_sample().texts) > 1900
    assert report["flips"] <= 0.005
    assert accelerate(classifier, "torch") == "torch"
    assert classifier.accelerated is None


@pytest.fixture(scope="module")
def stance_model(small_stance, cache):
    """The small model of stance, whose accelerated form is made; it knows so little that bf16 tips many a label."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(acceleration.TOLERANCES, "bf16", Tolerance(0.02, 2.0))
        accelerate(StanceClassifier.from_pretrained(small_stance["stance"]))
    return small_stance["stance"]


def test_the_form_of_a_model_of_stance_says_the_same_of_sentences_with_several_targets(stance_model):
    classifier = StanceClassifier.from_pretrained(stance_model)
    exact = judge(classifier)
    assert len(exact.groups) > len(seed_sample().texts), "some sentences have several targets"
    assert accelerate(classifier).startswith("openvino-")
    report = json.loads((form_of(classifier) / "parity.json").read_text())
    np.testing.assert_allclose(
        judge(classifier, classifier.accelerated).probabilities,
        exact.probabilities,
        atol=1e-5 if report["precision"] == "f32" else 0.02,
    )
    assert report["accepted"]
    assert report["sentences"] == len(exact.groups)


def test_frames_are_computed_by_their_form_where_that_of_stance_is_refused(
    model, stance_model, small_stance, tmp_path, monkeypatch
):
    labeller = Labeller.load(model, stance_model, small_stance["voice"])
    with monkeypatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", shutil.copytree(os.environ["XDG_CACHE_HOME"], tmp_path / "cache").as_posix())
        report = form_of(labeller.stance) / "parity.json"
        report.write_text(json.dumps(json.loads(report.read_text()) | {"accepted": False}))
        used = labeller.accelerate("auto", 10**6, 10**6)
        assert used.startswith("openvino-")
        assert used.endswith("/torch")
        assert labeller.accelerate(used, 1, 1) == used, "as a resumed run asks for it"
    frames = used.removesuffix("/torch")
    assert labeller.accelerate("auto", 10**6, 10**6) == f"{frames}/{frames}"
    assert labeller.accelerate(used, 1, 1) == used
    assert labeller.accelerate("torch", 1, 1) == "torch/torch"
    labeller.stance.folder = None
    assert labeller.accelerate("openvino", 1, 1) == used, "a classifier that was never saved has no form"


def test_a_resumed_run_computes_as_before_although_forms_are_there_now(model, stance_model, small_stance, tmp_path):
    labeller = Labeller.load(model, stance_model, small_stance["voice"])
    work = WorkFolder(tmp_path / "labels")
    work.follow(plan_of(labeller, "input", "torch/torch", asked="auto"))
    work.file(0, ".json").write_text("{}")  # a part is done
    assert choose_engine(work, labeller, "auto", 10**6, 10**6) == "torch/torch"
    assert labeller.frames.accelerated is labeller.stance.accelerated is None
    assert choose_engine(work, labeller, "openvino", 1, 1) != "torch/torch", "another engine was asked for"


def test_stance_in_eight_bits_stays_near_the_network(stance_model):
    classifier = StanceClassifier.from_pretrained(stance_model)
    exact = judge(classifier).probabilities
    assert accelerate(classifier, "int8") == "openvino-int8"
    gaps = np.abs(judge(classifier, classifier.accelerated).probabilities - exact)
    assert 0 < gaps.max() < 0.1


def test_flips_of_stance_are_those_that_labels_show():
    one, two = (
        np.array([[0.25, 0.20, 0.06, absent], [0.1, 0.2, 0.6, 0.1], [0.0, 0.0, 0.1, 0.9]]) for absent in (0.49, 0.51)
    )
    judged = [Judgement(p, np.eye(4, dtype=bool)[decide_outcomes(p)], ["A"] * 3, exclusive=True) for p in (one, two)]
    assert [row.argmax() for row in judged[0].decided] == [0, 2, 3]
    assert compare_forms(*judged).flips == pytest.approx(1 / 3)


def test_few_sentences_do_not_wait_for_a_form(small_model, no_forms):
    assert accelerate(FrameClassifier.from_pretrained(small_model), n_sentences=100) == "torch"
    assert not no_forms.exists()


def test_few_sentences_need_no_cache_and_many_are_computed_by_torch_without_one(small_model, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    classifier = FrameClassifier.from_pretrained(small_model)
    assert accelerate(classifier, n_sentences=100) == "torch"
    assert capsys.readouterr().err == ""
    assert accelerate(classifier) == "torch"
    assert "could be made and kept" in capsys.readouterr().err


def test_an_interrupted_call_leaves_nothing_to_the_next(model, monkeypatch):
    classifier = FrameClassifier.from_pretrained(model)
    accelerate(classifier)
    expected = classifier.label_probabilities(SENTENCES)
    padded, calls = inference.padded, []

    def breaking(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return padded(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(inference, "padded", breaking)
        with pytest.raises(KeyboardInterrupt):
            classifier.label_probabilities([f"{'Trade rose. ' * (i % 40)}" for i in range(600)])
    np.testing.assert_array_equal(classifier.label_probabilities(SENTENCES), expected)


def test_a_form_whose_making_is_terminated_leaves_nothing(small_model, no_forms):
    script = (
        "import sys; from framing import FrameClassifier; from framing.engine import accelerate\n"
        "accelerate(FrameClassifier.from_pretrained(sys.argv[1]))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(small_model)], stderr=subprocess.DEVNULL)
    while not list(no_forms.glob(".*")) and process.poll() is None:
        time.sleep(0.01)
    process.terminate()
    assert process.wait(timeout=60) != 0
    assert list(no_forms.iterdir()) == []


@pytest.fixture
def flawed_export(monkeypatch):
    """Forms are made of another network."""
    export = acceleration.export_network

    def flawed(network, path, **options):
        with torch.no_grad():
            network.head.bias += 0.5
            export(network, path, **options)
            network.head.bias -= 0.5

    monkeypatch.setattr(acceleration, "export_network", flawed)


def test_a_form_that_says_other_things_is_refused(small_model, no_forms, capsys, flawed_export):
    classifier = FrameClassifier.from_pretrained(small_model)
    assert accelerate(classifier) == "torch"
    assert "differs from the network" in (told := capsys.readouterr().err)
    assert "torch in float32 is used" in told
    assert not json.loads((form_of(classifier) / "parity.json").read_text())["accepted"]
    assert accelerate(classifier, n_sentences=1) == "torch", "the refusal is remembered"


def test_a_damaged_form_is_not_used(model, tmp_path, monkeypatch):
    classifier = FrameClassifier.from_pretrained(model)
    monkeypatch.setenv("XDG_CACHE_HOME", shutil.copytree(os.environ["XDG_CACHE_HOME"], tmp_path / "cache").as_posix())
    with (form_of(classifier) / "network.onnx").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(FramingError, match=r"network\.onnx: is damaged or was exchanged; remove the folder"):
        accelerate(classifier)


def test_a_form_that_came_with_the_model_is_not_used(small_model, no_forms, tmp_path, monkeypatch, flawed_export):
    """A colleague's form passes for that of the network, and is of another one."""
    folder = shutil.copytree(small_model, tmp_path / "model")
    classifier = FrameClassifier.from_pretrained(folder)
    monkeypatch.setitem(acceleration.TOLERANCES, "bf16" if has_bf16() else "f32", Tolerance(1, 100))
    assert accelerate(classifier).startswith("openvino-")
    for form in [*no_forms.glob("*"), *folder.glob("accelerated/*")]:
        shutil.copytree(form, folder / "accelerated" / form.name, dirs_exist_ok=True)
    shutil.rmtree(no_forms, ignore_errors=True)
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(no_forms.parents[1]))
    assert accelerate(classifier).startswith("openvino-")
    said = classifier.label_probabilities(SENTENCES)
    classifier.accelerated = None
    np.testing.assert_allclose(said, classifier.label_probabilities(SENTENCES), atol=0.02)


def test_a_network_of_the_same_weights_in_another_configuration_has_a_form_of_its_own(model, tmp_path):
    folder = shutil.copytree(model, tmp_path / "model")
    change(folder / "framing.json", files=None)  # as models of before
    change(folder / "config.json", layer_norm_eps=2.0)
    classifier = FrameClassifier.from_pretrained(folder)
    exact = classifier.label_probabilities(SENTENCES)
    assert np.abs(exact - FrameClassifier.from_pretrained(model).label_probabilities(SENTENCES)).max() > 0.05
    assert accelerate(classifier).startswith("openvino-")
    np.testing.assert_allclose(classifier.label_probabilities(SENTENCES), exact, atol=0.02)


def test_eight_bit_arithmetic_stays_near_the_network(small_model):
    classifier = FrameClassifier.from_pretrained(small_model)
    sample = seed_sample().texts[:200]
    exact = classifier.label_probabilities(sample)

    def run(network):
        classifier.accelerated = acceleration.torch_compute(network.probabilities)
        return classifier.label_probabilities(sample)

    rounded = run(quantized(classifier.network, run))
    assert 0 < np.abs(rounded - exact).max() < 0.05


@given(st.lists(st.tuples(st.sampled_from("AB"), st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_flips_and_shifts_are_those_counted_by_hand(rows):
    one, two = (np.array([[row[i]] for row in rows]) for i in (1, 2))
    outlets = [row[0] for row in rows]
    parity = compare_forms(
        *(Judgement(labels.astype(float), labels, outlets, exclusive=False) for labels in (one, two))
    )
    assert parity.flips == pytest.approx(sum(a != b for _, a, b in rows) / len(rows))
    shares = [[np.mean([row[i] for row in rows if row[0] == name]) for i in (1, 2)] for name in dict.fromkeys(outlets)]
    assert parity.shift == pytest.approx(100 * max(abs(a - b) for a, b in shares))
    assert parity.within(Tolerance(0, 0)) == (parity.flips == 0)


def test_the_runtime_reports_to_nobody(tmp_path):
    """Importing it would write to the home folder and send statistics."""
    script = (
        "import sys; from framing.engine.runtime import openvino; openvino()\n"
        "from openvino.tools.ovc import telemetry_utils\n"
        "print(telemetry_utils.tm.__name__, 'openvino_telemetry' in sys.modules)"
    )
    environment = {**{k: v for k, v in os.environ.items() if k != "CI"}, "HOME": str(tmp_path)}
    out = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert out.split() == ["openvino.tools.ovc.telemetry_stub", "False"]
    assert list(tmp_path.iterdir()) == []


def test_processors_are_those_this_process_may_use():
    allowed = os.sched_getaffinity(0)
    assert 1 <= cpu_count() <= len(allowed)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert cpu_count() == 1
    finally:
        os.sched_setaffinity(0, allowed)
