"""Cells that are safe in a spreadsheet, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.spreadsheet import neutral, plain

FORMULA = "=+-@\t\r"
cells = st.text() | st.text(alphabet=f"'{FORMULA}a1", max_size=6)


@given(cells)
def test_every_cell_comes_back_as_it_was_and_is_never_a_formula(value):
    assert plain(neutral(value)) == value
    assert not neutral(value).startswith(tuple(FORMULA))


@given(cells)
def test_a_spreadsheet_that_was_not_ours_is_read_as_it_is_meant(value):
    assert plain(f"'={value}") == f"={value}"
    assert plain(f"a{value}") == f"a{value}"


@pytest.mark.parametrize(
    ("value", "safe"),
    [("=1+1", "'=1+1"), ("-5", "'-5"), ("'tis", "'tis"), ("'=x", "''=x"), ("", ""), ("a=b", "a=b"), (" =1", " =1")],
)
def test_only_what_would_run_gets_an_apostrophe(value, safe):
    assert neutral(value) == safe
