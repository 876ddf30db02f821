"""``framing demo``: the whole path on the shipped seed corpus."""

from pathlib import Path
from typing import Annotated

import typer

from framing.cli.ingest import print_summary
from framing.cli.model import print_labelling, print_training
from framing.cli.report import print_comparison, print_evaluation

NEXT = """
Open {page} in a browser.

With articles of your own:
  framing codebook new my-topic                         start a codebook, edit it
  framing ingest ARTICLES -o corpus                     txt, md, html, csv, xlsx, jsonl, parquet
  framing train CODED.jsonl --corpus corpus --codebook my-topic.yaml -o model
  framing label corpus model -o labels
  framing compare labels --gold CODED.jsonl -o report
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="demo")(demo)


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for all that the demo makes.")] = Path("demo"),
    epochs: Annotated[int, typer.Option(help="Passes over the training sentences.")] = 4,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Make everything again.")] = False,
) -> None:
    """From raw articles to a report, on the shipped seed corpus (fictional outlets), in some minutes."""
    from framing.classifier import TrainingSettings, train
    from framing.corpus import ingest
    from framing.evaluation import evaluate
    from framing.labelling import label
    from framing.report import compare
    from framing.resources import shipped

    seeds = shipped("seeds")
    coded = seeds / "annotations.jsonl"
    corpus, model, labels, report = (output / name for name in ("corpus", "model", "labels", "report"))

    _step("1/5", "ingest: articles of eight fictional outlets")
    print_summary(ingest([seeds / "articles"], corpus, outlet_table=seeds / "outlets.csv", overwrite=overwrite))
    _step("2/5", "train: fine-tune the classifier on coded sentences (some minutes)")
    settings = TrainingSettings(epochs=epochs)
    print_training(train(coded, model, codebook="china-russia", corpus=corpus, settings=settings, overwrite=overwrite))
    _step("3/5", "label: every sentence of the corpus")
    print_labelling(label(corpus, model, labels, overwrite=overwrite))
    _step("4/5", "evaluate: against coded sentences the model has not seen")
    print_evaluation(evaluate(labels, coded))
    _step("5/5", "compare: outlets by frame")
    result = compare(labels, report, gold=coded, overwrite=overwrite)
    print_comparison(result)
    typer.echo(NEXT.format(page=result.page))


def _step(number: str, what: str) -> None:
    typer.echo(f"\n[{number}] {what}")
