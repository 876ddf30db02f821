"""Text that is safe in a spreadsheet's cell, and back."""

import re

# What a spreadsheet would run as a formula; with apostrophes before it, so that `plain` undoes `neutral` exactly.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def neutral(value: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula.

    That is text beginning with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return; also such text with apostrophes
    before it already, so that `plain` gives every text back as it was.
    """
    return f"'{value}" if _FORMULA.match(value) else value


def plain(value: str) -> str:
    """Undo `neutral`: remove the apostrophe that stands before the beginning of a formula."""
    return value[1:] if value.startswith("'") and _FORMULA.match(value) else value
