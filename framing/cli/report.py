"""``framing evaluate`` and ``framing compare``."""

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.console import Overwrite, table

if TYPE_CHECKING:
    from framing.evaluation import Evaluation
    from framing.evaluation.bootstrap import Interval
    from framing.report import Report

LabelsPath = Annotated[Path, typer.Argument(help="Labels folder, or a labelled csv, jsonl or parquet file.")]
Model = Annotated[Path | None, typer.Option(help="Of a table: the model that labelled it.")]
BookOption = Annotated[
    str | None, typer.Option("--codebook", help="Of a table: its codebook, if the model is not at hand.")
]
IdColumn = Annotated[str, typer.Option(help="Of a table: column of the sentence id.")]
Level = Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of the intervals.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command(name="evaluate")(evaluate)
    app.command(name="compare")(compare)


def evaluate(
    labels: LabelsPath,
    gold: Annotated[Path, typer.Argument(help="Coded sentences, JSON lines.")],
    model: Model = None,
    codebook: BookOption = None,
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus with the text of the gold, if its rows have none.")
    ] = None,
    id_column: IdColumn = "sentence_id",
    include_seen: Annotated[
        bool, typer.Option("--include-seen", help="Score also what the model was trained on.")
    ] = False,
    level: Level = 0.95,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="JSON file to write.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Score labels against coded sentences that the model has not seen."""
    from framing.evaluation import evaluate as run

    result = run(
        labels, gold, model=model, codebook=codebook, corpus=corpus, id_column=id_column,
        include_seen=include_seen, level=level, output=output, overwrite=overwrite,
    )  # fmt: skip
    print_evaluation(result)
    if output:
        typer.echo(f"wrote {output}")


def print_evaluation(result: "Evaluation") -> None:
    """Scores with intervals, as a table."""
    seen = f"; {result.n_seen:,} seen in training were left out" if result.n_seen else ""
    missing = f"; {result.n_unlabelled:,} have no label" if result.n_unlabelled else ""
    typer.echo(f"{result.n_sentences:,} coded sentences of {result.n_stories:,} stories{seen}{missing}")
    rows = [
        [q.frame, _cell(q.precision), _cell(q.recall), _cell(q.f1), str(q.positives), str(q.predicted)]
        for q in result.frames
    ]
    rows.append(["macro", "", "", _cell(result.macro_f1), "", ""])
    table(["frame", "precision", "recall", "F1", "coded", "predicted"], rows)
    if result.macro_f1.has_limits:
        typer.echo(f"in brackets: {100 * result.level:.0f}% intervals, whole stories resampled")
    else:
        typer.echo("too few stories for intervals")


def _cell(interval: "Interval") -> str:
    value = "-" if isnan(interval.value) else f"{interval.value:.2f}"
    return f"{value} ({interval.low:.2f}-{interval.high:.2f})" if interval.has_limits else value


def compare(
    labels: LabelsPath,
    output: Annotated[Path, typer.Option("--output", "-o", help="Report folder to write.")],
    by: Annotated[
        str, typer.Option(help="Column to compare by: outlet, group, or any other of the labels.")
    ] = "outlet",
    gold: Annotated[Path | None, typer.Option(help="Coded sentences: the report says how good the labels are.")] = None,
    model: Model = None,
    codebook: BookOption = None,
    id_column: IdColumn = "sentence_id",
    level: Level = 0.95,
    overwrite: Overwrite = False,
) -> None:
    """Compare outlets by frame and write a report."""
    from framing.report import compare as run

    report = run(
        labels, output, by=by, gold=gold, model=model, codebook=codebook, id_column=id_column, level=level,
        overwrite=overwrite,
    )  # fmt: skip
    print_comparison(report)


def print_comparison(report: "Report") -> None:
    """Shares by group and frame, as a table, and where the page is."""
    comparison = report.comparison
    rows = [
        [
            group.name,
            f"{group.n_sentences:,}",
            *(_share_cell(comparison.share_of(group.name, frame).share) for frame in comparison.frames),
        ]
        for group in comparison.groups
    ]
    table([comparison.by, "sentences", *comparison.frames], rows)
    typer.echo(
        f"percent of sentences ({100 * comparison.level:.0f}% interval over stories), {comparison.estimator}: "
        "counted from labels"
    )
    typer.echo(f"wrote {report.page}")


def _share_cell(share: "Interval") -> str:
    value = f"{100 * share.value:.0f}"
    return f"{value} ({100 * share.low:.0f}-{100 * share.high:.0f})" if share.has_limits else value
