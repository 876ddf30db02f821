"""Where a model folder is, and what it says of itself; needs no torch, so that labels can be read without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from framing.artefact import MANIFEST, Manifest, read_manifest
from framing.errors import FramingError
from framing.resources import shipped

KIND = "model"


def find(name_or_path: str | Path) -> Path:
    """Folder of a model given by path or by the name of a shipped one.

    Raises
    ------
    FramingError
        If there is neither.
    """
    path = Path(name_or_path)
    known = sorted(manifest.parent.name for manifest in shipped("models").glob(f"*/{MANIFEST}"))
    if str(name_or_path) in known and not (path / MANIFEST).is_file():  # another folder may happen to have the name
        return shipped("models") / str(name_or_path)
    if not path.exists():
        raise FramingError(f"{name_or_path}: no such model folder; shipped by name: {', '.join(known) or 'none'}")
    return path


@contextmanager
def described(folder: Path, kind: str) -> Iterator[Manifest]:
    """Manifest of a model folder, to make a classifier of: what the folder lacks or has in other forms is one line.

    Raises
    ------
    FramingError
        If the folder holds no model of this kind, its manifest has no hash of the weights, or the block does
        not find what it needs.
    """
    manifest = read_manifest(folder, kind)
    try:
        yield manifest | {"sha256": str(manifest["sha256"])}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        found = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise FramingError(
            f"{folder}: expected a {kind} as framing writes it, found {found}; copy the whole folder again"
        ) from None
