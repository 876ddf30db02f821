"""``framing adjudicate``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from framing.cli.console import listed


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="adjudicate")(adjudicate)


def adjudicate(
    coding: Annotated[Path, typer.Argument(help="Coding folder with answers of several coders.")],
    by: Annotated[
        Literal["majority"], typer.Option(help="majority: what more than half of a sentence's coders say, per value.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide, but keep nothing.")] = False,
) -> None:
    """Decide by rule where coders differ. What a person decided stays.

    For decisions by a person: framing annotate CODING --adjudicator NAME.
    """
    from framing.annotation.adjudication import adjudicate as run

    result = run(coding, dry_run=dry_run)
    n_tied = len(result.tied)
    kept = "would be decided" if dry_run else "decided"
    typer.echo(
        f"{len(result.decided) + n_tied:,} disputed sentences: {len(result.decided):,} {kept} by {by}, {n_tied:,} tied"
    )
    listed((f"{sentence_id}: {', '.join(values)}" for sentence_id, values in result.tied.items()), n_tied)
    if result.n_coders == 2:
        typer.echo("two coders have no majority where they differ: it decides nothing here")
    if n_tied:
        typer.echo(f"next: framing annotate {coding} --adjudicator NAME, or have one more coder code them")
