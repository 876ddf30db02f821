"""What commands share: tables on standard output, and options."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.decisions import two_decimals

if TYPE_CHECKING:
    from framing.bootstrap import Interval
    from framing.classifier import TrainingSettings

SHOWN = 5  # of a list, the rest is counted

LabelsPath = Annotated[Path, typer.Argument(help="Labels folder, or a labelled csv, jsonl or parquet file.")]
Model = Annotated[Path | None, typer.Option(help="Of a table: the model that labelled it.")]
BookOption = Annotated[
    str | None, typer.Option("--codebook", help="Of a table: its codebook, if the model is not at hand.")
]
CodedBook = Annotated[
    str | None, typer.Option("--codebook", help="YAML file or shipped name; by default the coding folder's.")
]
IdColumn = Annotated[str, typer.Option(help="Of a table: column of the sentence id.")]
Level = Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of the intervals.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what stands at the output.")]
SettingsFile = Annotated[Path | None, typer.Option(help="YAML file of training settings, see training/.")]
Encoder = Annotated[
    str | None, typer.Option(help="all-MiniLM-L6-v2, all-mpnet-base-v2, a local folder, or a Hugging Face id.")
]
Epochs = Annotated[
    int | None,
    typer.Option(help="Passes over the sentences; else 4, and more of few sentences.", show_default=False),
]
Host = Annotated[str, typer.Option(help="Address to listen on; beyond this machine it needs --token.")]


def changed_settings(command: str, path: Path | None, **given: object) -> "TrainingSettings":
    """Settings of the file, or the defaults, with what was given on the command line in their place."""
    from framing.classifier.settings import TrainingSettings, read_settings

    changed = (read_settings(path) if path else {}) | {
        name: value for name, value in given.items() if value is not None
    }
    return TrainingSettings.checked(changed, f"{command} with {path}" if path else command)


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


def listed(lines: Iterable[object], total: int) -> None:
    """Print the first of so many lines, and how many there are beside them."""
    for line in islice(lines, SHOWN):
        typer.echo(f"  {line}")
    if total > SHOWN:
        typer.echo(f"  ... and {total - SHOWN:,} more")


def scored(interval: "Interval | None") -> str:
    """A score with two decimals and its limits; a dash where it is not defined."""
    if interval is None:
        return "-"
    value, low, high = two_decimals(interval.value), f"{interval.low:z.2f}", f"{interval.high:z.2f}"
    if not interval.has_limits:
        return value
    return f"{value} ({low}{' to ' if '-' in low else '-'}{high})"  # a minus would read as the dash
