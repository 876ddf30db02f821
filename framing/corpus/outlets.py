"""The outlet table: which domain is which outlet, in which group, and which outlets are news agencies."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from framing.errors import FramingError

DEFAULT_TABLE = Path(__file__).with_name("outlets.csv")
_COLUMNS = ("outlet", "domain", "group", "agency")


@dataclass(frozen=True)
class Outlet:
    """A row of the table: `group` is whatever the user compares by (country, ownership); empty if none."""

    name: str
    domain: str
    group: str
    agency: bool


@dataclass(frozen=True)
class OutletTable:
    """Outlets by name and by domain."""

    outlets: tuple[Outlet, ...]

    @classmethod
    def load(cls, path: Path = DEFAULT_TABLE) -> Self:
        """Read a table: CSV with the columns outlet, domain, group, agency (yes or empty).

        Raises
        ------
        FramingError
            If the file is missing, a column is missing, or a row has no outlet.
        """
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.DictReader(stream)
                missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
                if missing:
                    raise FramingError(f"{path}: outlet table lacks the columns {missing}; expected {list(_COLUMNS)}")
                rows = [(reader.line_num, {name: (row[name] or "").strip() for name in _COLUMNS}) for row in reader]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise FramingError(f"{path}: outlet table could not be read ({error}); check the path") from None
        for line, row in rows:
            if not row["outlet"]:
                raise FramingError(f"{path}:{line}: row without an outlet; fill it or remove the row")
        return cls(tuple(Outlet(r["outlet"], r["domain"].lower(), r["group"], r["agency"] != "") for _, r in rows))

    def by_url(self, url: str) -> str:
        """Outlet of a URL: the row with the longest matching domain; else the host; empty if it is no URL."""
        try:
            host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").removeprefix("www.")
        except ValueError:
            return ""
        labels = host.split(".")
        if len(labels) < 2 or " " in host:
            return ""
        for start in range(len(labels) - 1):
            if found := self._by_domain.get(".".join(labels[start:])):
                return found
        return host

    def group_of(self, outlet: str) -> str:
        """Group of an outlet, empty if the table has none."""
        return self._groups.get(outlet, "")

    @cached_property
    def agency_names(self) -> tuple[str, ...]:
        """Names of the news agencies, longest first."""
        return tuple(sorted({o.name for o in self.outlets if o.agency}, key=lambda name: (-len(name), name)))

    @cached_property
    def _by_domain(self) -> dict[str, str]:
        return {outlet.domain: outlet.name for outlet in self.outlets if outlet.domain}

    @cached_property
    def _groups(self) -> dict[str, str]:
        return {outlet.name: outlet.group for outlet in self.outlets if outlet.group}


def credited_agency(lines: Iterable[str], agencies: Iterable[str]) -> str:
    """Agency that an article credits, or an empty string.

    Parameters
    ----------
    lines : iterable of str
        First lines, last lines and boilerplate of the article, where credits stand.
    agencies : iterable of str
        Names to look for.

    Notes
    -----
    A credit is the name in brackets or between slashes, alone on a line, behind "By" or a dash at the end,
    or with "reported", "reports" or "learned" behind it. A mention within a sentence is no credit.
    """
    lines = tuple(lines)
    for agency in agencies:
        name = re.escape(agency)
        credit = re.compile(
            rf"\({name}\)|\({name},|/{name}/|^\W*(?:by |source: )?{name}\W*$|^(?:by|source:) {name}\b|"
            rf"[—–-] ?{name}\W*$|\breported by {name}\b|\b{name} (?:has )?(?:reported|reports|learned)\b",
            re.IGNORECASE if len(agency) > 3 else 0,
        )
        if any(credit.search(line) for line in lines):
            return agency
    return ""
