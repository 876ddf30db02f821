"""``framing learning-curve``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from framing.bootstrap import Interval
from framing.cli.console import CodedBook, Encoder, SettingsFile, changed_settings, scored, table
from framing.decisions import two_decimals

if TYPE_CHECKING:
    from framing.classifier import LearningCurve


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="learning-curve")(learning_curve)


def learning_curve(
    annotations: Annotated[
        list[Path], typer.Argument(metavar="CODED", help="Coded sentences: coding folders, or JSON lines.")
    ],
    codebook: CodedBook = None,
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus with the text of the sentences, if the rows have none.")
    ] = None,
    more: Annotated[int, typer.Option(min=1, help="Coded sentences to add in the forecast.")] = 200,
    settings: SettingsFile = None,
    encoder: Encoder = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same data: same curve.")] = None,
    output_format: Annotated[Literal["text", "json"], typer.Option("--format", help="json: print all.")] = "text",
) -> None:
    """Forecast what more coded sentences would bring.

    F1 by number of coded sentences, continued by a power law.
    """
    from framing.classifier import learning_curve as run

    chosen = changed_settings("framing learning-curve", settings, encoder=encoder, seed=seed)
    curve = run(annotations, codebook=codebook, corpus=corpus, settings=chosen, more=more)
    if output_format == "json":
        import orjson

        typer.echo(orjson.dumps(curve, option=orjson.OPT_INDENT_2).decode())
    else:
        print_curve(curve)


def print_curve(curve: "LearningCurve") -> None:
    """F1 by number of coded sentences, as a table, and the forecast in words."""
    typer.echo(
        f"{curve.n_sentences:,} coded sentences of {curve.n_stories:,} stories; F1 on held-out stories, "
        "by number of coded sentences learned from:"
    )
    columns = {"macro-F1": curve.macro, **curve.frames}
    rows = [
        [f"{size:,.0f}", scored(curve.macro.f1[i]), *(two_decimals(f.f1[i].value) for f in curve.frames.values())]
        for i, size in enumerate(curve.sizes)
    ]
    table(["coded", *columns], rows)
    most = curve.gains_most
    gain_of_most = f"; {most} would gain most, {_points(curve.frames[most].more.gain)}" if most else ""
    gain = _points(curve.macro.more.gain, " of macro-F1")
    typer.echo(f"{curve.more:,} more coded sentences would bring about {gain}{gain_of_most}")
    typer.echo(f"twice as many ({curve.macro.twice.n:,} in all): {_points(curve.macro.twice.gain)}")
    if unknown := [name for name, frame in curve.frames.items() if not frame.more.gain.has_limits]:
        typer.echo(f"not compared, as too few stories have it or no resample differs: {', '.join(unknown)}")
    typer.echo(
        f"in brackets: {100 * curve.level:g}% intervals, where enough stories have the frames. A quick classifier "
        "(frozen encoder, logistic regression) stands in for the fine-tuned one: its gain is a guide, its level is not "
        "your model's"
    )


def _points(gain: Interval, of: str = "") -> str:
    limits = f" ({100 * gain.low:.1f} to {100 * gain.high:.1f})" if gain.has_limits else ""
    return f"{100 * gain.value:+.1f} points{of}{limits}"
