"""Rows that are not article content: set apart, never deleted."""

import re
from functools import cache
from pathlib import Path

_WORD = re.compile(r"[^\W\d_]{2,}")


def is_boilerplate(sentence: str) -> bool:
    """Tell whether a row is a credit, byline, teaser, prompt, disclaimer or a row without words.

    The rules are in ``boilerplate.txt``. They find what is plainly not prose; captions written as sentences are
    left to the classifier, which learns boilerplate from coded rows.
    """
    if not _WORD.search(sentence):
        return True
    return any(pattern.fullmatch(sentence) for pattern in _patterns())


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    lines = Path(__file__).with_name("boilerplate.txt").read_text(encoding="utf-8").splitlines()
    return tuple(re.compile(line, re.IGNORECASE) for line in lines if line and not line.startswith("#"))
