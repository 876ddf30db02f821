"""Where a model folder is; needs no torch, so that labels can be read without it."""

from pathlib import Path

from framing.artefact import MANIFEST
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
