"""Names of coders."""

import re

from framing.annotation.rows import MAJORITY
from framing.errors import FramingError

_NAME = re.compile(r"\w[\w .@-]{0,39}")


def check_coder(name: str, what: str = "coder") -> str:
    """A coder's name without space around it; `what` it is called in errors.

    Raises
    ------
    FramingError
        If the name does not fit, or stands for a rule.
    """
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise FramingError(
            f"{what} {name!r}: expected up to 40 letters, digits, spaces or . @ - _, a letter or digit first; "
            "take such a name"
        )
    if name.casefold() == MAJORITY:
        raise FramingError(f"{what} {name} stands for what framing adjudicate decides; take another name")
    return name
