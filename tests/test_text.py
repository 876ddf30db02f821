"""Repair of text: what is mended, and that nothing is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.corpus.text import repair, repair_line


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("the bloc.The Kremlin", "the bloc. The Kremlin"),
        ("he has learned.“The world", "he has learned. “The world"),
        ('"We agree," he said."They do not."', '"We agree," he said. "They do not."'),
        ('She said "it is over."The talks', 'She said "it is over." The talks'),
        ("exports to the EU.What is also", "exports to the EU. What is also"),
        ("fell in 1954.However, it rose", "fell in 1954. However, it rose"),
        ("Is it over?No.", "Is it over? No."),
        ("friendshipâ€™s value", "friendship’s value"),
        ("co\u00adop\u00aderation", "cooperation"),
        ("one\u00a0two\u200bthree", "one twothree"),
        ('the opponent. " Then', 'the opponent." Then'),
    ],
)
def test_repairs(broken, mended):
    assert repair(broken) == mended


@pytest.mark.parametrize(
    "sound",
    [
        "See Booking.com and Amazon.Com or www.example.Org for more.",
        "The U.S.-China talks, a U.S. envoy said.",
        "Write to Jane.Doe@town.example today.",
        "It rose 3.4 per cent, i.e. a lot.",
        "A Ph.D. student",
    ],
)
def test_leaves_what_is_sound(sound):
    assert repair(sound) == sound


def test_hard_wrapped_lines_are_joined_and_paragraphs_kept():
    wrapped = (
        "The two ministers met in the old town hall on Monday evening\n"
        "and spoke for two hours about the bridge, the harbour and the\n"
        "ferry that has not run since March.\n\nThey will meet again."
    )
    first, second = repair(wrapped).split("\n")
    assert first.startswith("The two ministers")
    assert first.endswith("since March.")
    assert second == "They will meet again."


def test_paragraphs_that_end_in_a_quotation_are_not_taken_for_wrapped_lines():
    paragraphs = "The mayor said on Monday: “The bridge will open before the winter.”\nShe did not name a day for it."
    assert repair(paragraphs) == paragraphs


def test_lists_are_not_taken_for_wrapped_lines():
    assert (
        repair("Story highlights\nTalks fail\nBridge stays shut") == "Story highlights\nTalks fail\nBridge stays shut"
    )


def test_picture_credit_in_running_text_gets_its_own_line():
    text = "They met. (Jane Doe/Agency via Getty Images)The state visit began."
    assert repair(text).split("\n") == ["They met.", "(Jane Doe/Agency via Getty Images)", "The state visit began."]


words = st.text(alphabet="abcXYZ.!?\"'“”() \n", max_size=80)


@given(words)
def test_repair_twice_is_repair_once(text):
    assert repair(repair(text)) == repair(text)


@given(words)
def test_repair_moves_white_space_only(text):
    assert re.sub(r"\s", "", repair(text)) == re.sub(r"\s", "", text)


@given(st.text(max_size=60))
def test_a_line_stays_a_line(text):
    assert "\n" not in repair_line(text)
