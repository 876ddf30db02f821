"""`accelerate`: which form of a network computes, made on first use, kept by hash, refused if it says other things."""

import copy
import os
import shutil
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import torch

from framing.artefact import sha256_file, sha256_text, terminate_as_interrupt, write_json
from framing.classifier.base import Classifier
from framing.classifier.frame_classifier import FrameClassifier
from framing.classifier.inference import torch_compute
from framing.classifier.network import FrameNetwork
from framing.classifier.weights import CONFIG
from framing.engine import EngineName
from framing.engine.export import export_network
from framing.engine.parity import Parity, Tolerance, compare_forms
from framing.engine.quantization import quantized
from framing.engine.runtime import openvino_compute
from framing.engine.sample import judge
from framing.errors import FramingError
from framing.machine import has_bf16
from framing.progress import note
from framing.resources import user_cache
from framing.stance.classifier import StanceClassifier

FOLDER = "accelerated"  # of the user's cache: a form that came with a model might be of another network
NETWORK, PARITY = "network.onnx", "parity.json"
WORTH_MAKING = {"bf16": 5_000, "f32": 50_000}  # sentences; where only the runtime differs, it takes more to repay
TOLERANCES = {"f32": Tolerance(0.005, 0.2), "bf16": Tolerance(0.005, 0.2), "int8": Tolerance(0.02, 1.0)}
_FORM = 1  # counts up when a form is made in another way, so that older ones are made again


OneNetwork = FrameClassifier | StanceClassifier


def accelerate(
    classifier: Classifier | StanceClassifier,
    engine: EngineName = "auto",
    n_sentences: int | None = None,
    threads: int | None = None,
) -> str:
    """Let a classifier compute with the fastest form of its networks that says the same.

    Parameters
    ----------
    classifier : Classifier or StanceClassifier
        Loaded from a model folder. Its networks get the form, or lose it.
    engine : {"auto", "torch", "openvino", "int8"}
        ``auto`` is torch on a GPU, else OpenVINO, in bf16 where the processor has it and in float32 where not;
        for few sentences torch, unless the form was made before. ``int8`` is faster and less exact.
    n_sentences : int, optional
        How many are to be labelled; many if not given.
    threads : int, optional
        That OpenVINO computes on; one per processor if not given.

    Returns
    -------
    str
        What computes, such as ``openvino-bf16``; ``torch`` where a form was refused.

    Raises
    ------
    FramingError
        If a form that was asked for cannot be made of this classifier.
    """
    used = {_use(network, engine, n_sentences, threads) for network in classifier.networks}
    if len(used) > 1:  # all networks of a classifier compute alike
        return accelerate(classifier, "torch")
    return used.pop()


def _use(classifier: OneNetwork, engine: EngineName, n_sentences: int | None, threads: int | None) -> str:
    classifier.accelerated = None
    if engine == "torch" or (engine == "auto" and (torch.cuda.is_available() or classifier.folder is None)):
        return "torch"
    if classifier.folder is None:
        raise FramingError(f"--engine {engine}: needs a classifier from a model folder; save it and load it first")
    precision = "int8" if engine == "int8" else "bf16" if has_bf16() else "f32"
    folder = user_cache(FOLDER) / _key(classifier, classifier.folder, precision)
    if not (folder / PARITY).is_file():
        if engine == "auto" and n_sentences is not None and n_sentences < WORTH_MAKING[precision]:
            return "torch"
        try:
            _make(classifier, precision, folder)
        except Exception as error:  # a full disk, or an architecture that torch cannot export: many kinds
            reason = str(error).strip().partition("\n")[0]  # torch explains at length
            failed = f"{classifier.folder}: no {precision} form could be made and kept in {folder.parent} ({reason})"
            if engine != "auto":
                raise FramingError(f"{failed}; use --engine torch") from error
            note(f"{failed}; torch is used")
            return "torch"
    report = _checked(folder)
    if not report["accepted"]:
        note(
            f"{classifier.folder}: the {precision} form differs from the network ({_difference(report)}); "
            "torch in float32 is used"
        )
        return "torch"
    classifier.accelerated = openvino_compute(folder / NETWORK, _hint(precision), threads)
    return f"openvino-{precision}"


def _key(classifier: OneNetwork, model: Path, precision: str) -> str:
    """Name of a form: precision and a hash of what the network in the folder `model` is made of, and of versions."""
    network = (classifier.manifest["kind"], classifier.manifest["sha256"], sha256_file(model / CONFIG))
    versions = (torch.__version__, version("openvino"), str(_FORM))
    return f"{precision}-{sha256_text(' '.join(network + versions))[:16]}"


def _make(classifier: OneNetwork, precision: str, folder: Path) -> None:
    """Write a form and its comparison with the network, whole or not at all."""
    note(f"{classifier.folder}: making its {precision} form for this machine, once; takes about a minute")
    partial = folder.with_name(f".{folder.name}.partial-{os.getpid()}")
    with terminate_as_interrupt():
        try:
            partial.mkdir(parents=True)
            _write_form(classifier, precision, partial)
            if not folder.exists():  # another process may have been faster
                partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _write_form(classifier: OneNetwork, precision: str, folder: Path) -> None:
    owned = isinstance(classifier, StanceClassifier)
    export_network(_form(classifier, precision), folder / NETWORK, owned=owned)
    parity = _measured(classifier, folder / NETWORK, precision)
    tolerance = TOLERANCES[precision]
    report = {
        "accepted": parity.within(tolerance),
        "precision": precision,
        **asdict(parity),
        "tolerance": asdict(tolerance),
        "versions": {"torch": torch.__version__, "openvino": version("openvino")},
        "sha256": sha256_file(folder / NETWORK),
    }
    write_json(folder / PARITY, report)


def _form(classifier: OneNetwork, precision: str) -> FrameNetwork:
    """The module to export: the network, or its copy with 8-bit arithmetic, set by what the sample looks like in it."""
    if precision != "int8":
        return copy.deepcopy(classifier.network).cpu()
    return quantized(classifier.network, lambda network: judge(classifier, torch_compute(network.probabilities)))


def _measured(classifier: OneNetwork, path: Path, precision: str) -> Parity:
    """How the form at `path` differs from the network in float32."""
    return compare_forms(judge(classifier), judge(classifier, openvino_compute(path, _hint(precision))))


def _hint(precision: str) -> str:
    """Precision of what is not in 8 bits."""
    return "f32" if precision == "int8" else precision


def _checked(folder: Path) -> dict[str, Any]:
    """The comparison of a form that is whole.

    Raises
    ------
    FramingError
        If the form is not the one that was compared.
    """
    report: dict[str, Any] = orjson.loads((folder / PARITY).read_bytes())
    if sha256_file(folder / NETWORK) != report["sha256"]:
        raise FramingError(f"{folder / NETWORK}: is damaged or was exchanged; remove the folder, it is made again")
    return report


def _difference(report: dict[str, Any]) -> str:
    tolerance = report["tolerance"]
    return (
        f"{report['flips']:.2%} of labels flip, at most {tolerance['flips']:.2%} may; an outlet's prevalence moves by "
        f"{report['shift']:.2f} points, at most {tolerance['shift']:.2f} may"
    )
