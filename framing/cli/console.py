"""What commands share: tables on standard output, and an option."""

from collections.abc import Sequence
from typing import Annotated

import typer

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what stands at the output.")]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a plain table, the first column to the left, all others to the right, never cut."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    rule = ["-" * width for width in widths]
    for row in (header, rule, *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        typer.echo("  ".join(cells).rstrip())
