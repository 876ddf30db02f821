"""``framing leakage``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.console import Level, Overwrite, scored, table

if TYPE_CHECKING:
    from framing.evaluation.leakage import Leakage


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="leakage")(leakage)


def leakage(
    coded: Annotated[Path, typer.Argument(help="Coded sentences, JSON lines, or their folder.")],
    model: Annotated[str, typer.Argument(help="Model folder, or name of a shipped model.")],
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus with text, stories and outlets, if the rows have none.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of splits and swaps: same seed, same result.")] = 13,
    level: Level = 0.95,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="JSON file to write.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Test whether a model reads the sentence or who wrote it.

    Three tests on coded sentences.
    """
    from framing.evaluation.leakage import leakage as run

    print_leakage(run(coded, model, corpus=corpus, seed=seed, level=level, output=output, overwrite=overwrite))
    if output:
        typer.echo(f"wrote {output}")


def print_leakage(result: "Leakage") -> None:
    """The three tests, each with a table and a sentence."""
    typer.echo(
        f"{result.n_sentences:,} coded sentences of {result.n_stories:,} stories and {result.n_outlets:,} outlets"
    )
    if result.n_without_outlet:
        typer.echo(f"{result.n_without_outlet:,} further ones have no outlet and are left out")
    if result.reads_articles:
        typer.echo("scored on sentences alone: labels of a corpus read their articles, too, and have other scores")
    baseline, transfer = result.baseline, result.transfer
    typer.echo("\n1. From the outlet's name alone")
    name = "the model, out of fold" if baseline.n_out_of_fold else "the model"
    rows = [[name, scored(baseline.model)], ["the outlet alone", scored(baseline.outlet_only)],
            ["every frame on every sentence", scored(baseline.constant)]]  # fmt: skip
    table([f"{baseline.n_sentences:,} sentences", "macro-F1"], rows)
    typer.echo(baseline.words)
    for number, swap in enumerate(result.swaps):
        typer.echo(f"\n2{'ab'[number]}. Names of {swap.kind} swapped")
        if swap.changes:
            rows = [[c.frame, f"{c.mean:.3f}", f"{c.p95:.3f}", f"{100 * c.flipped:.1f}%"] for c in swap.changes]
            table([f"{swap.n_changed:,} sentences", "mean change", "95th percentile", "decisions flipped"], rows)
        typer.echo(swap.words)
    typer.echo("\n3. Outlets never seen before")
    rows = [["stories left out at random", scored(transfer.stories)], ["outlets left out", scored(transfer.outlets)],
            ["difference", scored(transfer.difference)]]  # fmt: skip
    if transfer.n_folds:
        table([f"{transfer.n_folds:,} folds", "macro-F1"], rows)
    typer.echo(transfer.words)
    typer.echo(f"in brackets: {100 * result.level:g}% intervals, whole stories resampled; unweighted")
