"""``framing compare``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from framing.cli.console import BookOption, IdColumn, LabelsPath, Level, Model, Overwrite, table
from framing.errors import FramingError

if TYPE_CHECKING:
    from framing.evaluation import Comparison
    from framing.evaluation.comparison import Share
    from framing.report import Report


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="compare")(compare)


def compare(
    labels: LabelsPath,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Report folder to write.")] = None,
    by: Annotated[
        str,
        typer.Option(help="Column to compare by: outlet, group, any other of the labels or, with --corpus, articles."),
    ] = "outlet",
    where: Annotated[
        list[str] | None, typer.Option(help="Only sentences with this value: part=headline. Can be repeated.")
    ] = None,
    gold: Annotated[
        Path | None, typer.Option(help="Coded sample (folder drawn by framing sample): corrects the shares.")
    ] = None,
    assume_simple_random: Annotated[
        bool, typer.Option("--assume-simple-random", help="Gold without probabilities is a simple random sample.")
    ] = False,
    output_format: Annotated[
        Literal["html", "md"], typer.Option("--format", help="md: print the report as Markdown.")
    ] = "html",
    model: Model = None,
    codebook: BookOption = None,
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus that was labelled, for --by or --where a column of its articles.")
    ] = None,
    id_column: IdColumn = "sentence_id",
    level: Level = 0.95,
    overwrite: Overwrite = False,
) -> None:
    """Compare outlets by frame, and write a report.

    Shares are corrected with a coded sample where --gold gives one.
    """
    from framing.labelling import read_labels
    from framing.report import compare as run
    from framing.report import compare_markdown

    if output is None and output_format == "html":
        raise FramingError("no output: add -o with the folder to write, or --format md to print the report")
    asked = _asked(where or [])
    opened = read_labels(labels, model=model, codebook=codebook, id_column=id_column, corpus=corpus)
    settings: dict[str, Any] = {
        "by": by, "where": asked, "gold": gold, "assume_simple_random": assume_simple_random, "level": level,
    }  # fmt: skip
    if output is None:
        typer.echo(compare_markdown(opened, **settings))
        return
    report = run(opened, output, overwrite=overwrite, **settings)
    if output_format == "md":
        typer.echo(report.markdown.read_text(encoding="utf-8"))
    else:
        print_comparison(report)


def _asked(where: list[str]) -> dict[str, str]:
    """Columns and the value that each must have."""
    asked: dict[str, str] = {}
    for text in where:
        column, equals, value = text.partition("=")
        if not equals:
            raise FramingError(f"--where {text}: expected column=value, such as part=headline")
        if column in asked:
            raise FramingError(
                f"--where {text}: column {column} was asked to be {asked[column]} already, and no sentence is both; "
                "give each column once"
            )
        asked[column] = value
    return asked


def print_comparison(report: "Report") -> None:
    """Shares by group and frame, as a table, the finding, and where the page is."""
    comparison = report.comparison
    shares = {(s.group, s.frame): s for s in comparison.main.shares}
    with_gold = [group for group in comparison.groups if shares[group.name, comparison.frames[0]].n_gold]
    shown = with_gold or comparison.groups
    rows = [
        [
            group.name,
            f"{group.n_sentences:,}",
            *(_share_cell(shares[group.name, frame], comparison) for frame in comparison.frames),
        ]
        for group in shown
    ]
    table([comparison.by, "sentences", *comparison.frames], rows)
    if len(shown) < len(comparison.groups):
        typer.echo(
            f"{len(comparison.groups) - len(shown):,} without coded sentences, uncorrected, are in the report only"
        )
    made = (
        f"corrected with {comparison.n_gold:,} coded sentences"
        if comparison.corrected
        else "uncorrected: counted from labels"
    )
    typer.echo(f"percent of sentences ({100 * comparison.level:g}% interval over stories), {made}")
    if any(comparison.corrected and s.n_gold and not s.corrected for s in comparison.main.shares):
        typer.echo("* not corrected: no coded sentence has this frame")
    for sentence in [*report.finding, report.summary, *report.stance_finding]:
        if sentence:
            typer.echo(sentence)
    typer.echo(f"wrote {report.page}")


def _share_cell(share: "Share", comparison: "Comparison") -> str:
    interval, mark = share.share, "*" if comparison.corrected and not share.corrected else ""
    value = f"{100 * min(max(interval.value, 0.0), 1.0):.0f}{mark}"
    return f"{value} ({100 * interval.low:.0f}-{100 * interval.high:.0f})" if interval.has_limits else value
