"""Names of coders."""

import re
from collections.abc import Collection, Iterable

from framing.annotation.rows import MAJORITY
from framing.errors import FramingError
from framing.names import plain_name

_NAME = re.compile(r"\w[\w .@-]{0,39}")


def check_coder(name: str, what: str = "coder", known: Collection[str] = ()) -> str:
    """A coder's name without space around it; `what` it is called in errors, `known` are the names of the folder.

    Raises
    ------
    FramingError
        If the name does not fit, stands for a rule, or is a known one in another spelling.
    """
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise FramingError(
            f"{what} {name!r}: expected up to 40 letters, digits, spaces or . @ - _, a letter or digit first; "
            "take such a name"
        )
    if name.casefold() == MAJORITY:
        raise FramingError(f"{what} {name} stands for what framing adjudicate decides; take another name")
    if name not in known and (same := [one for one in sorted(known) if plain_name(one) == plain_name(name)]):
        raise FramingError(
            f"{what} {name!r}: {same[0]!r} is known here and differs only in capitals or spaces; write {same[0]}, "
            "or take another name for somebody else"
        )
    return name


def check_coders(names: Iterable[str], what: str, known: Collection[str]) -> list[str]:
    """Several coders' names, each once, none in two spellings; see `check_coder`."""
    found: dict[str, None] = {}
    for name in names:
        found[check_coder(name, what, {*known, *found})] = None
    return list(found)
