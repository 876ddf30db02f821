"""Artefacts: folders of open formats that are whole or not there, and know what they were made with.

Every artefact is a folder with a ``framing.json`` (its manifest). A folder without one is not an artefact, so
a half-written folder can never be taken for a whole one: data go into a hidden sibling folder, the manifest is
written last, and a rename puts the folder in its place.
"""

import hashlib
import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import orjson

import framing
from framing.errors import FramingError

MANIFEST = "framing.json"

Manifest = dict[str, Any]


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_text(text: str) -> str:
    """Hex SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifest(folder: Path, kind: str) -> Manifest:
    """Manifest of the artefact in `folder`, checked to be of the given kind (``corpus``, ``model`` ...).

    Raises
    ------
    FramingError
        If the folder does not exist, has no readable manifest, or holds another kind of artefact.
    """
    if not folder.is_dir():
        raise FramingError(f"{folder}: expected a {kind} folder, found {_what_is(folder)}; check the path")
    path = folder / MANIFEST
    if not path.is_file():
        raise FramingError(f"{folder}: not a {kind} folder (no {MANIFEST}); make it again with its command")
    try:
        manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
        found = manifest["kind"]
    except (ValueError, KeyError, TypeError) as error:
        raise FramingError(f"{path}: broken manifest ({error}); make the {kind} again") from None
    if found != kind:
        raise FramingError(f"{folder}: expected a {kind} folder, found a {found} folder; check the order of the paths")
    return manifest


@contextmanager
def new_artefact(target: Path, kind: str, *, overwrite: bool = False) -> Iterator[tuple[Path, Manifest]]:
    """Write an artefact folder whole or not at all.

    Yields a temporary folder to write into and a manifest to fill. When the block ends without an error the
    manifest is written and the folder takes the place of `target`; else the temporary folder is removed and
    what stood at `target` is as it was.

    Parameters
    ----------
    target : Path
        Where the artefact is to stand.
    kind : str
        What it is; ``read_manifest`` checks it.
    overwrite : bool
        Replace an artefact that stands there. A folder that is not an artefact is never replaced.

    Raises
    ------
    FramingError
        If `target` exists and may not be replaced, or the disk refuses a write.
    """
    check_target(target, kind, overwrite=overwrite)
    partial = target.parent / f".{target.name}.partial-{os.getpid()}"
    manifest: Manifest = {"kind": kind, "framing": framing.__version__}
    try:
        partial.mkdir(parents=True)
        with terminate_as_interrupt():
            yield partial, manifest
        write_json(partial / MANIFEST, manifest)
        swap_in(partial, target)
    except OSError as error:
        raise disk_error(target, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def new_file(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Write a single file that the user asked for, whole or not at all; yields the temporary path to write to.

    Raises
    ------
    FramingError
        As `check_file`, or if the disk refuses a write.
    """
    check_file(target, overwrite=overwrite)
    with whole_file(target) as partial:
        yield partial


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Write a file of framing's own, in the place of what stands there, whole or not at all; as `new_file`."""
    partial = target.parent / f".{target.stem}.partial-{os.getpid()}{target.suffix}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with terminate_as_interrupt():
            yield partial
        partial.replace(target)
    except OSError as error:
        raise disk_error(target, error) from error
    finally:
        partial.unlink(missing_ok=True)


def check_file(target: Path, *, overwrite: bool) -> None:
    """Refuse an output file that exists or would stand among framing's own, before anything is computed.

    Raises
    ------
    FramingError
        If `target` is in an artefact or is a folder, or exists and `overwrite` is false.
    """
    parent = target.parent.resolve()
    if artefact := next((one for one in (parent, *parent.parents) if (one / MANIFEST).is_file()), None):
        raise FramingError(
            f"{target}: would stand in {artefact}, a folder that framing made and whose files it reads; choose a place "
            f"outside it, as {artefact.parent / target.name}"
        )
    if target.exists() and not overwrite:
        raise FramingError(f"{target}: exists already; choose another path or add --overwrite")
    if target.is_dir():
        raise FramingError(f"{target}: is a folder, expected a file name; choose another path")


def check_target(target: Path, kind: str, *, overwrite: bool) -> None:
    """Refuse an output folder that exists, before anything is computed.

    Raises
    ------
    FramingError
        If `target` is a file, holds anything but an artefact of this kind, or exists and `overwrite` is false; if it
        is the current folder, above it, or a mount point, which the system does not let be replaced.
    """
    if Path.cwd().is_relative_to(target.resolve()) or os.path.ismount(target):
        raise FramingError(
            f"{target}: the current folder, one above it or a mount point, which no folder can take the place of; "
            f"name a new folder, as {target / kind}"
        )
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not target.is_dir():
        raise FramingError(f"{target}: is a file, expected a folder to write to; choose another path")
    if not (target / MANIFEST).is_file():
        raise FramingError(f"{target}: holds files that framing did not write; choose an empty or new folder")
    if not overwrite:
        raise FramingError(f"{target}: exists already; choose another folder or add --overwrite")
    read_manifest(target, kind)  # a model is not replaced by labels


def write_json(path: Path, value: object) -> None:
    """Write indented JSON; dataclasses become objects, arrays lists, a number that is not defined (NaN) null."""
    path.write_bytes(orjson.dumps(value, default=_listed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _listed(value: object) -> object:
    """Arrays of any layout and numbers of numpy as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def disk_error(target: Path, error: OSError) -> FramingError:
    """One line for a write that the system refused (disk full, no permission)."""
    return FramingError(
        f"{target}: could not be written ({error.strerror or error}); nothing was left behind; "
        "free some space or choose another place, then run the same command again"
    )


def swap_in(partial: Path, target: Path) -> None:
    """Put a whole folder in the place of `target`, which goes."""
    old = partial.with_name(f"{partial.name}.old")
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _what_is(path: Path) -> str:
    return "a file" if path.exists() else "nothing"


@contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """Let SIGTERM clean up as Ctrl-C does (only where signals can be handled: the main thread)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
