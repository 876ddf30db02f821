"""``framing demo``: the whole path on the shipped seed corpus."""

import json
from pathlib import Path
from typing import Annotated

import typer

from framing.cli.console import Epochs
from framing.cli.ingest import print_summary
from framing.cli.model import print_labelling, print_training
from framing.cli.quality import print_evaluation
from framing.cli.report import print_comparison
from framing.cli.sample import print_sample

SAMPLE_SIZE, PER_STORY = 640, 8
FOLDS = 2

NEXT = """
Open {page} in a browser.

With articles of your own:
  framing codebook new my-topic                         start a codebook, edit it
  framing ingest ARTICLES -o corpus                     txt, md, html, csv, xlsx, jsonl, parquet
  framing sample corpus -n 600 --codebook my-topic.yaml -o coding
  framing annotate coding --coder NAME --corpus corpus  code the sampled sentences in the browser
  framing train coding --corpus corpus --folds 5 -o model
  framing label corpus model -o labels
  framing compare labels --gold coding -o report
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="demo")(demo)


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for all that the demo makes.")] = Path("demo"),
    epochs: Epochs = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Make everything again.")] = False,
) -> None:
    """Go from raw articles to a report on a shipped corpus.

    The corpus is of fictional outlets; it takes some minutes.
    """
    from framing.annotation.ledger import ANNOTATIONS
    from framing.classifier import TrainingSettings, train
    from framing.corpus import ingest
    from framing.evaluation import evaluate
    from framing.labelling import label
    from framing.report import compare
    from framing.resources import shipped
    from framing.sampling import sample

    seeds = shipped("seeds")
    corpus, coding, model, labels, report = (
        output / name for name in ("corpus", "coding", "model", "labels", "report")
    )
    _step("1/6", "ingest: articles of eight fictional outlets")
    print_summary(ingest([seeds / "articles"], corpus, outlet_table=seeds / "outlets.csv", overwrite=overwrite))
    _step("2/6", "sample: sentences to code, each with its probability of being drawn")
    if overwrite:
        (coding / ANNOTATIONS).unlink(missing_ok=True)  # a folder that holds codings is never overwritten
    drawn = sample(corpus, coding, n=SAMPLE_SIZE, per_story=PER_STORY, codebook="china-russia", overwrite=overwrite)
    print_sample(drawn, PER_STORY)
    _code(coding, seeds)
    _step("3/6", "train: fine-tune on coded sentences, every story scored by a network that did not see it")
    settings = TrainingSettings(epochs=epochs, folds=FOLDS)
    coded = seeds / ANNOTATIONS
    print_training(train(coded, model, codebook="china-russia", corpus=corpus, settings=settings, overwrite=overwrite))
    _step("4/6", "label: every sentence of the corpus")
    print_labelling(label(corpus, model, labels, overwrite=overwrite))
    _step("5/6", "evaluate: against the coded sample")
    print_evaluation(evaluate(labels, coding))
    _step("6/6", "compare: outlets by frame, corrected with the coded sample")
    result = compare(labels, report, gold=coding, overwrite=overwrite)
    print_comparison(result)
    typer.echo(NEXT.format(page=result.page))


def _code(coding: Path, seeds: Path) -> None:
    """Put the shipped codings of the drawn sentences into the coding folder: the adjudicated, and each coder's."""
    from framing.annotation.ledger import ANNOTATIONS, CODINGS, read_ledger

    drawn = read_ledger(coding).rows
    for name in (ANNOTATIONS, CODINGS):
        lines = (seeds / name).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = (line for line in lines if json.loads(line)["sentence_id"] in drawn)
        (coding / name).write_text("".join(kept), encoding="utf-8")
    typer.echo(f"coded from {seeds / ANNOTATIONS}; with articles of your own, this is your work")


def _step(number: str, what: str) -> None:
    typer.echo(f"\n[{number}] {what}")
