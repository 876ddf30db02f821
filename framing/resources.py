"""What is shipped with the package: seed corpus, codebooks, the registry of model weights; and the user's cache."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped(room: str) -> Path:
    """Folder of a shipped room, ``seeds`` or ``models``.

    The wheel carries the rooms as ``framing/_seeds`` and ``framing/_models``; a checkout has them beside the
    package.
    """
    packed = _PACKAGE / f"_{room}"
    return packed if packed.is_dir() else _PACKAGE.parent / room


def user_cache(room: str) -> Path:
    """Folder for what can be made again at any time, below ``$XDG_CACHE_HOME`` or ``~/.cache``; it may be missing."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "framing" / room
