"""Where a sentence mentions the targets of a codebook: by their aliases, as whole words."""

import re
from collections.abc import Sequence

from framing.codebook import Target

Span = tuple[int, int]
_SHORTEST_CAPITALS = 4  # "XI" is a numeral, and "US" already is in capitals


class MentionFinder:
    """Finds mentions of targets.

    An alias is found as a whole word (a hyphen and an apostrophe end a word: "anti-Western", "China's"), as it is
    written, with a capital letter in front, or, from four letters on, in capitals: "US" is never the pronoun "us". Of
    aliases that begin at one place the longest counts. An alias of several targets mentions each. White space of any
    kind counts as a space, and a typographic apostrophe as a straight one.

    Parameters
    ----------
    targets : sequence of Target
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets: dict[str, list[str]] = {}
        for target in targets:
            for spelling in {spelling for alias in target.aliases for spelling in _spellings(_plain(alias))}:
                self._targets.setdefault(spelling, []).append(target.name)
        longest_first = sorted(self._targets, key=lambda spelling: (-len(spelling), spelling))
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(_pattern, longest_first))})(?!\w)")

    def __call__(self, text: str) -> dict[str, list[Span]]:
        """Mentions in a text, as first and past-the-last character, in order; a target without any is left out."""
        found: dict[str, list[Span]] = {}
        if not self._targets:
            return found
        for match in self._pattern.finditer(text):
            for name in self._targets[_plain(match[0])]:
                found.setdefault(name, []).append(match.span())
        return found


def _plain(text: str) -> str:
    """With one space between words, and straight apostrophes."""
    return " ".join(text.split()).replace("’", "'")


def _pattern(spelling: str) -> str:
    """What finds a plain spelling, however its spaces and apostrophes are set."""
    return r"\s+".join(map(re.escape, spelling.split())).replace("'", "['’]")


def _spellings(alias: str) -> set[str]:
    return {alias, alias[0].upper() + alias[1:], alias.upper() if len(alias) >= _SHORTEST_CAPITALS else alias}
