"""Dates to ISO 8601, strictly: an impossible or ambiguous date is an error, not a guess."""

import re
from datetime import date, datetime
from typing import Any, Literal

from framing.corpus.records import as_text

DateOrder = Literal["dmy", "mdy"]

_ISO = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?=$|[T\s])")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<![\d./-])(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})\b")
_CENTURY_TURN = 69  # two digits: 69 to 99 are of the 20th century, as POSIX has it
_YEAR = re.compile(r"\d{4}")


class DateError(ValueError):
    """A date that cannot be read; the message says why and what to do."""


class AmbiguousError(ValueError):
    """A date that could be two."""


def parse_date(value: Any, order: DateOrder | None = None) -> str:
    """Read a date as ISO 8601: ``YYYY-MM-DD``, or ``YYYY-MM`` and ``YYYY`` where no more is given.

    Parameters
    ----------
    value : object
        A date, a datetime, or text in any usual form, year first or last. Time of day is dropped. Empty text gives
        an empty string.
    order : {"dmy", "mdy"}, optional
        How to read ``03/04/2024``, also behind a weekday or a time. With dots, ``03.04.2024``, the day comes first.

    Raises
    ------
    DateError
        If the date does not exist, cannot be read, or could be two dates and no `order` is given.
    """
    if isinstance(value, date | datetime):
        return value.strftime("%Y-%m-%d")
    text = as_text(value).strip()
    if not text or _YEAR.fullmatch(text):
        return text
    try:
        if match := _ISO.match(text):
            year, month, day = match.groups()
            return _iso(int(year), int(month), int(day)) if day else _iso(int(year), int(month), 1)[:7]
        if match := _COMPACT.fullmatch(text) or _YEAR_FIRST.match(text):
            return _iso(*map(int, match.groups()))
        if match := _NUMERIC.match(text):
            return _numeric(match, order)
        return _written(text, order)
    except AmbiguousError:
        raise DateError(f"date {text!r} could be two dates; add --date-order dmy or mdy") from None
    except (ValueError, OverflowError):
        raise DateError(f"impossible date {text!r}; mend it, best as YYYY-MM-DD") from None


def _numeric(match: re.Match[str], order: DateOrder | None) -> str:
    first, second, year = map(int, match.groups())
    if year < 100:
        year += 1900 if year >= _CENTURY_TURN else 2000
    if "." in match[0]:
        order = "dmy"
    if order is None:
        if first <= 12 and second <= 12 and first != second:
            raise AmbiguousError
        order = "mdy" if second > 12 else "dmy"
    day, month = (first, second) if order == "dmy" else (second, first)
    return _iso(year, month, day)


def _written(text: str, order: DateOrder | None) -> str:
    from dateutil import parser

    if not any(character.isalpha() for character in text):
        raise ValueError(text)
    # Parts that the text does not give are taken from the default: parse with two defaults to see which. Zones are
    # dropped with the time of day; of those it does not know ("EDT") the parser would warn.
    one = parser.parse(text, default=datetime(1904, 1, 1), ignoretz=True)
    two = parser.parse(text, default=datetime(1908, 2, 2), ignoretz=True)
    if match := _NUMERIC.search(text):  # "Wed, 03/04/2024": the order is not for the parser to guess
        return _numeric(match, order)
    if one.year != two.year:
        raise ValueError(text)
    if one.month != two.month:
        return f"{one.year:04d}"
    return _iso(one.year, one.month, one.day) if one.day == two.day else f"{one.year:04d}-{one.month:02d}"


def _iso(year: int, month: int, day: int) -> str:
    return date(year, month, day).isoformat()
