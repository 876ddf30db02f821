"""Text that is safe in a spreadsheet's cell, and back."""

import re

# What a spreadsheet would run as a formula, or R and pandas take for missing; with apostrophes before it, so that
# `plain` undoes `neutral` exactly.
_UNSAFE = re.compile(r"'*(?:[=+\-@\t\r]|(?:NA|NaN)\Z)")


def neutral(value: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula, or that stands for a missing value.

    That is text beginning with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return, and ``NA`` and ``NaN`` alone;
    also such text with apostrophes before it already, so that `plain` gives every text back as it was.
    """
    return f"'{value}" if _UNSAFE.match(value) else value


def plain(value: str) -> str:
    """Undo `neutral`: remove the apostrophe that it put there."""
    return value[1:] if value.startswith("'") and _UNSAFE.match(value) else value
