"""Sentences with names swapped: one outlet's for another's, one country's, capital's or people's for another's."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from framing.codebook import Codebook

PLACES = Path(__file__).with_name("places.csv")
_OTHERS = "others"
_SHORTEST_CAPITALS = 4  # "US" is no "us" in capitals


class NameSwap:
    """Replaces every name by the name, in the same role, of another bearer.

    Names are found as whole words, in the case they are written in or in capitals; longer names first. A name that
    has no counterpart of its own ("the EU", "the Kremlin") gives way to the first role ("China"), with its article.

    Parameters
    ----------
    bearers : sequence of sequence of str
        Names of each bearer by role, as many roles for each.
    others : sequence of sequence of str, optional
        Further names of each bearer, to be found but never put in.
    protected : sequence of str, optional
        Names that stay, whatever names are in them.
    """

    def __init__(
        self, bearers: Sequence[Sequence[str]], others: Sequence[Sequence[str]] = (), protected: Sequence[str] = ()
    ) -> None:
        self.bearers = bearers
        self._found: dict[str, tuple[int, int, bool] | None] = {}
        for name in protected:
            self._found.update(dict.fromkeys(_spellings(name)))
        named = [(i, role, name) for i, names in enumerate(bearers) for role, name in enumerate(names)]
        named += [(i, 0, name) for i, names in enumerate(others) for name in names]
        for i, role, name in named:
            for spelling in _spellings(name):
                self._found.setdefault(spelling, (i, role, spelling != name))
        articled = {spelling for names in others for name in names for spelling in _spellings(name)}
        longest_first = sorted(self._found, key=lambda name: (-len(name), name))
        parts = [("(?:[Tt]he )?" if name in articled else "") + f"({re.escape(name)})" for name in longest_first]
        self._pattern = re.compile(r"(?<!\w)(?:" + "|".join(parts) + r")(?!\w)")

    def __call__(self, text: str, step: int) -> str:
        """Swap the names of a text.

        Parameters
        ----------
        text : str
        step : int
            From each bearer to the one whose names it gets, 1 to the number of bearers less 1.
        """

        def swapped(match: re.Match[str]) -> str:
            found = self._found[match[match.lastindex or 0]]
            if found is None:
                return match[0]
            bearer, role, capitals = found
            name = self.bearers[(bearer + step) % len(self.bearers)][role]
            return name.upper() if capitals else name

        return self._pattern.sub(swapped, text)


def outlet_swap(outlets: Sequence[str]) -> NameSwap | None:
    """Swap names of outlets for each other; None if there are not two."""
    names = sorted(set(outlets) - {""})
    return NameSwap([[name] for name in names]) if len(names) > 1 else None


def place_swap(codebook: Codebook, protected: Sequence[str]) -> NameSwap | None:
    """Swap the countries that the codebook's targets are mentioned by, with capitals, adjectives and peoples.

    Countries are those of ``places.csv``; other aliases stay. None if there are not two.

    Parameters
    ----------
    codebook : Codebook
    protected : sequence of str
        Names that stay, such as those of outlets.
    """
    aliases = {alias for target in codebook.targets for alias in target.aliases}
    named = [(names, more) for names, more in countries() if aliases & {*names, *more}]
    bearers, others = [names for names, _ in named], [more for _, more in named]
    return NameSwap(bearers, others, [name for name in protected if name]) if len(bearers) > 1 else None


def countries() -> list[tuple[list[str], list[str]]]:
    """Names of each country of ``places.csv`` by role (country, capital, adjective, people), and its further names."""
    with PLACES.open(encoding="utf-8", newline="") as stream:
        rows = [(row, row.pop(_OTHERS)) for row in csv.DictReader(stream)]
    return [(list(row.values()), [name for name in others.split(";") if name]) for row, others in rows]


def _spellings(name: str) -> list[str]:
    return [name, name.upper()] if len(name) >= _SHORTEST_CAPITALS and name.upper() != name else [name]
