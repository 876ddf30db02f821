"""``framing agreement``."""

from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from framing.cli.console import CodedBook, Overwrite, table

if TYPE_CHECKING:
    from framing.annotation.reliability import Agreement, VariableAgreement
    from framing.bootstrap import Interval

MOST_PAIRS = 20


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="agreement")(agreement)


def agreement(
    codings: Annotated[
        Path,
        typer.Argument(help="Coding folder; or JSON lines with a row per coder and sentence."),
    ],
    codebook: CodedBook = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of the intervals.")] = 0.95,
    no_intervals: Annotated[bool, typer.Option("--no-intervals", help="Do not resample stories.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same codings: same intervals.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV file to write the disagreements to.")
    ] = None,
    output_format: Annotated[
        Literal["text", "json"], typer.Option("--format", help="json: print everything for a machine.")
    ] = "text",
    overwrite: Overwrite = False,
) -> None:
    """Say whether coders agree, and on what they do not.

    Per frame, for each pair of coders and over time.
    """
    import orjson

    from framing.annotation.disagreements import write_disagreements
    from framing.annotation.reliability import agreement as run
    from framing.annotation.wording import notes

    result = run(codings, codebook, level=level, intervals=not no_intervals, seed=seed)
    if output:
        write_disagreements(result.disagreements, output, overwrite=overwrite)
    if output_format == "json":
        content = orjson.dumps(asdict(result) | {"notes": notes(result)}, option=orjson.OPT_INDENT_2)
        typer.echo(content.decode())
        return
    print_agreement(result, output)


def print_agreement(result: "Agreement", output: Path | None = None) -> None:
    """Coefficients, what they mean, pairs, blocks, the number of disagreements and the file they are in."""
    from framing.annotation.wording import notes

    coders = ", ".join(f"{name} ({n:,})" for name, n in result.coders.items())
    typer.echo(
        f"{result.n_twice:,} of {result.n_sentences:,} sentences coded by at least two coders, of {result.n_stories:,} "
        f"stories; codings: {coders}"
    )
    table(
        ["variable", "sentences", "yes", "alpha", "AC1", "percent agreement", "alpha is"],
        [_row(v) for v in result.variables],
    )
    if any(v.percent.has_limits for v in result.variables):
        typer.echo(f"in brackets: {100 * result.level:g}% intervals, whole stories resampled")
    for note in notes(result):
        typer.echo(note)
    _print_pairs(result)
    _print_blocks(result)
    n_sentences = len({d.sentence_id for d in result.disagreements})
    where = f"wrote {output}" if output else "-o writes them as CSV"
    typer.echo(f"{len(result.disagreements):,} disagreements on {n_sentences:,} sentences; {where}")


def _row(v: "VariableAgreement") -> list[str]:
    yes = v.shares.get("yes", float("nan"))
    return [
        v.variable,
        f"{v.n_sentences:,}",
        "" if isnan(yes) else f"{100 * yes:.1f}%",
        *(_cell(coefficient) for coefficient in (v.alpha, v.ac1, v.percent)),
        v.verdict,
    ]


def _cell(interval: "Interval") -> str:
    limits = f" ({interval.low:.3f} to {interval.high:.3f})" if interval.has_limits else ""
    return _number(interval.value) + limits


def _number(value: float) -> str:
    return "-" if isnan(value) else f"{value:.3f}"


def _print_pairs(result: "Agreement") -> None:
    if len(result.pairs) < 2:
        return
    shown = sorted(result.pairs, key=lambda pair: -pair.n_sentences)[:MOST_PAIRS]
    typer.echo("\nalpha of each pair of coders")
    rows = [
        [" and ".join(pair.coders), f"{pair.n_sentences:,}", *(_number(v.alpha.value) for v in pair.variables)]
        for pair in shown
    ]
    table(["coders", "sentences", *(v.variable for v in result.variables)], rows)
    if more := len(result.pairs) - len(shown):
        typer.echo(f"and {more:,} pairs with fewer sentences; --format json has them all")


def _print_blocks(result: "Agreement") -> None:
    if not result.blocks:
        return
    dated = bool(result.blocks[0].first_date)
    order = "over time, sentences by the time of coding" if dated else "of consecutive sentences in file order, undated"
    typer.echo(f"\nalpha {order}")
    columns = [[_cell(v.alpha) for v in block.variables] for block in result.blocks]
    rows = [[v.variable, *cells] for v, *cells in zip(result.variables, *columns, strict=True)]
    if dated:
        rows.insert(0, ["coded", *(f"{block.first_date} to {block.last_date}" for block in result.blocks)])
    table(["variable", *(f"{block.first:,} to {block.last:,}" for block in result.blocks)], rows)
