"""Dates: read strictly."""

import warnings
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.corpus.dates import DateError, parse_date


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-02-29", "2024-02-29"),
        ("2024-02-29T23:59:59Z", "2024-02-29"),
        ("20240229", "2024-02-29"),
        ("29 February 2024", "2024-02-29"),
        ("Feb. 29, 2024, 10 a.m.", "2024-02-29"),
        ("March 2024", "2024-03"),
        ("2024-03", "2024-03"),
        ("2024", "2024"),
        ("2024/05/06", "2024-05-06"),
        ("2024-5-6", "2024-05-06"),
        ("2024.05.06 10:30", "2024-05-06"),
        ("2024-05-06Z", "2024-05-06"),
        ("Mon, 2024/05/06", "2024-05-06"),
        ("25/12/2024", "2024-12-25"),
        ("Wed, 25/12/2024", "2024-12-25"),
        ("Wed, 03.04.2024", "2024-04-03"),
        ("12/25/2024", "2024-12-25"),
        ("25.12.24", "2024-12-25"),
        ("03.04.2024", "2024-04-03"),
        ("25.12.99", "1999-12-25"),
        (None, ""),
        (float("nan"), ""),
        ("NA", ""),
        ("", ""),
        (datetime(2024, 5, 6, 7, 8), "2024-05-06"),
    ],
)
def test_usual_forms(text, iso):
    assert parse_date(text) == iso


@pytest.mark.parametrize("zone", ["EDT", "CEST", "+0200", "UTC"])
def test_a_time_zone_changes_no_day_and_is_no_warning(zone):
    with warnings.catch_warnings(action="error"):
        assert parse_date(f"Jun 7, 2023 11:05 PM {zone}") == "2023-06-07"


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-31",
        "31 June 2024",
        "2024-13-01",
        "yesterday",
        "20241301",
        "99/99/2024",
        "12 2024 5",
        "1:2:3",
        "2024/31/05",
    ],
)
def test_impossible_dates_are_named(text):
    with pytest.raises(DateError, match="impossible date"):
        parse_date(text)


def test_a_date_that_could_be_two_needs_an_order():
    for text in ("03/04/2024", "3/4/24", "03-04-24", "Wed, 03/04/2024", "10:30 GMT, 03/04/2024"):
        with pytest.raises(DateError, match=f"date '{text}' could be two dates; add --date-order"):
            parse_date(text)
        assert parse_date(text, "dmy") == "2024-04-03"
        assert parse_date(text, "mdy") == "2024-03-04"


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_date_survives_in_iso_and_in_words(day):
    assert parse_date(day.isoformat()) == day.isoformat()
    assert parse_date(f"{day.day} {day:%B} {day.year:04d}") == day.isoformat()
