"""The outlet table: which domain is which outlet, in which group, and which outlets are news agencies."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from framing.corpus.delimited import csv_records
from framing.corpus.records import UnreadableError
from framing.errors import FramingError
from framing.names import plain_name

DEFAULT_TABLE = Path(__file__).with_name("outlets.csv")
_COLUMNS = ("outlet", "domain", "group", "agency")
_YES, _NO = {"yes", "y", "true", "1", "x"}, {"no", "n", "false", "0", ""}
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")


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
        """Read a table: CSV with the columns outlet, domain, group, agency (yes, no or empty).

        Raises
        ------
        FramingError
            If the file is missing, a column is missing, a row has no outlet, a domain that is none or an agency that
            is neither yes nor no, or two rows disagree on the group of an outlet or the outlet of a domain.
        """
        groups, owners = _Agreed("outlet", "group"), _Agreed("domain", "outlet")
        outlets = []
        for line, row in _table_rows(path):
            try:
                outlet = _outlet(row)
                groups.check(outlet.name, outlet.group, line)
                owners.check(outlet.domain, outlet.name, line)
            except UnreadableError as error:
                raise FramingError(f"{path}:{line}: {error}") from None
            outlets.append(outlet)
        return cls(tuple(outlets))

    def by_url(self, url: str) -> str:
        """Outlet of a URL: the row with the longest matching domain; else the host; empty if it is no URL."""
        host = _domain(url)
        labels = host.split(".")
        for start in range(len(labels) - 1):
            if found := self._by_domain.get(".".join(labels[start:])):
                return found
        return host

    def group_of(self, outlet: str) -> str:
        """Group of an outlet, empty if the table has none; case counts only where it tells two groups apart."""
        return self._groups.get(outlet) or self._plain_groups.get(plain_name(outlet), "")

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

    @cached_property
    def _plain_groups(self) -> dict[str, str]:
        groups: dict[str, set[str]] = {}
        for name, group in self._groups.items():
            groups.setdefault(plain_name(name), set()).add(group)
        return {name: found.pop() for name, found in groups.items() if len(found) == 1}


class _Agreed:
    """What rows say of a name, which may be in several of them; empty names and values say nothing."""

    def __init__(self, key: str, value: str) -> None:
        self._key, self._value = key, value
        self._said: dict[str, tuple[str, int]] = {}

    def check(self, name: str, value: str, line: int) -> None:
        """Refuse a value other than that of an earlier row."""
        if not name or not value:
            return
        before, where = self._said.setdefault(name, (value, line))
        if before != value:
            raise UnreadableError(
                f"{self._key} {name!r} has the {self._value} {value!r} here and {before!r} at line {where}; "
                f"expected one {self._value}, mend either row"
            )


def _table_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of the table with their lines, cells without white space around them."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        for line, row in csv_records(io.StringIO(text, newline=""), path.suffix.lower()):
            if isinstance(row, UnreadableError):
                raise FramingError(f"{path}:{line}: {row}")
            if missing := [name for name in _COLUMNS if name not in row]:
                raise FramingError(
                    f"{path}: outlet table lacks the columns {missing}; expected {list(_COLUMNS)}, found {list(row)}"
                )
            yield line, {name: row[name].strip() for name in _COLUMNS}
    except UnreadableError as error:
        raise FramingError(f"{path}: {error}") from None
    except OSError as error:
        raise FramingError(f"{path}: outlet table could not be read ({error}); check the path") from None
    except UnicodeDecodeError as error:
        raise FramingError(f"{path}: outlet table is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def _outlet(row: dict[str, str]) -> Outlet:
    name, given, agency = row["outlet"], row["domain"], row["agency"].lower()
    if not name:
        raise UnreadableError("row without an outlet; fill it or remove the row")
    domain = _domain(given)
    if given and not domain:
        raise UnreadableError(f"domain {given!r}, expected one such as example.org; mend it, a row for each domain")
    if agency not in _YES | _NO:
        raise UnreadableError(f"agency {row['agency']!r}, expected yes, no or an empty cell; mend the cell")
    return Outlet(name, domain, row["group"], agency in _YES)


def _domain(url: str) -> str:
    """Domain of a URL, or of a domain, in lower case and without ``www.``; empty if it has none."""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    domain = host.removeprefix("www.").removesuffix(".")
    return domain if _DOMAIN.fullmatch(domain) else ""


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
