"""Where encoder weights come from, and what is refused: pickles, remote code, changed files."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from framing.artefact import sha256_file
from framing.classifier.packaged import packaged_encoder
from framing.errors import FramingError
from framing.resources import shipped

WEIGHTS, CONFIG = "model.safetensors", "config.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt", "*.joblib")
_BUILT_IN = (None, "eager", "sdpa")  # attention of torch itself; transformers may fetch any other from the hub


def find_encoder(name: str) -> str:
    """Local folder of an encoder, or a Hugging Face id to be fetched because the user named one.

    Parameters
    ----------
    name : str
        ``all-MiniLM-L6-v2`` or ``all-mpnet-base-v2`` (from packages), a folder, or a Hugging Face id.

    Raises
    ------
    FramingError
        If packaged weights are missing or changed, or a folder is unsafe or has no weights.
    """
    if (folder := packaged_encoder(name)) is not None:
        check_hash(folder / WEIGHTS, registered(name))
        return str(folder)
    if Path(name).is_dir():
        check_safe(Path(name))
        return name
    if name.startswith((".", "/", "~")) or name.count("/") != 1:
        raise FramingError(f"encoder {name}: no such folder, and not a Hugging Face id (owner/name); check the path")
    return name


def registered(name: str) -> str:
    """SHA-256 that ``models/registry.txt`` has for the named weights.

    Raises
    ------
    FramingError
        If the registry has no such name.
    """
    registry = shipped("models") / "registry.txt"
    for line in registry.read_text(encoding="utf-8").splitlines():
        entry, _, sha256 = line.partition(" ")
        if entry == name:
            return sha256.strip()
    raise FramingError(f"{registry}: no entry for {name}; install framing again")


def check_hash(path: Path, sha256: str) -> None:
    """Refuse a file of a model that is missing or is not the one expected.

    Raises
    ------
    FramingError
        If the file is not there or its hash differs.
    """
    if not path.is_file():
        raise FramingError(f"{path.parent}: model folder without {path.name}; copy the whole folder again")
    if (found := sha256_file(path)) != sha256:
        raise FramingError(
            f"{path}: wrong hash, expected sha256 {sha256[:12]}..., found {found[:12]}...; "
            "the file is damaged or was exchanged, get it again"
        )


def check_safe(folder: Path) -> None:
    """Refuse a folder whose loading could run code: pickled weights, or a configuration that names code.

    Raises
    ------
    FramingError
        If there is a pickle, an ``auto_map``, a kernel of the hub, or no safetensors file.
    """
    for pattern in _PICKLES:
        if found := next(folder.glob(pattern), None):
            raise FramingError(f"{found}: pickled weights can run code and are refused; convert to safetensors")
    if not (folder / CONFIG).is_file():
        raise FramingError(f"{folder}: no {CONFIG}; expected a Hugging Face model folder")
    for path in (folder / CONFIG, folder / "tokenizer_config.json"):
        if path.is_file():
            _refuse_code(path)
    if not any(folder.glob("*.safetensors")):
        raise FramingError(f"{folder}: model folder without weights (*.safetensors); copy the whole folder again")


def _refuse_code(path: Path) -> None:
    try:
        json.loads(path.read_text(encoding="utf-8"), object_hook=partial(_without_code, path))
    except ValueError as error:
        raise FramingError(f"{path}: broken JSON ({error}); copy the folder again") from None


def _without_code(path: Path, entries: dict[str, Any]) -> dict[str, Any]:
    """The entries of one object in the file, none of which names code."""
    if "auto_map" in entries:
        raise FramingError(f"{path}: the model wants to run code of its own (auto_map), which is refused")
    for name, value in entries.items():
        if name.endswith("_implementation") and value not in _BUILT_IN:
            raise FramingError(
                f"{path}: {name} is {value!r}, expected eager or sdpa, as others may be code from the model hub; "
                "remove the entry"
            )
    return entries
