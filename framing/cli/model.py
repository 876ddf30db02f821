"""``framing train`` and ``framing label``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from framing.cli.console import CodedBook, Encoder, Epochs, Overwrite, SettingsFile, changed_settings, listed, table
from framing.decisions import two_decimals
from framing.errors import FramingError
from framing.machine import is_first_process

if TYPE_CHECKING:
    from framing.classifier import TrainingSummary
    from framing.labelling import LabelSummary


FEW_POSITIVES = 15
SHIPPED = "china-russia"


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command(name="train")(train)
    app.command(name="label")(label)


def train(
    annotations: Annotated[
        list[Path],
        typer.Argument(metavar="CODED", help="Coded sentences: coding folders, or JSON lines of sentence_id, frames."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Model folder to write.")],
    codebook: CodedBook = None,
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus with the text of the sentences, if the rows have none.")
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(help="Larger model, of the same codings, folds and seed, to learn from beside the coders."),
    ] = None,
    uncoded: Annotated[
        Path | None,
        typer.Option(
            help="With a teacher or an ensemble: corpus, of which is learned what they say of sentences nobody coded."
        ),
    ] = None,
    settings: SettingsFile = None,
    encoder: Encoder = None,
    epochs: Epochs = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same data: same weights.")] = None,
    folds: Annotated[
        int | None,
        typer.Option(
            min=2, help="Train so many networks, each on all folds but one: coded sentences can then be scored too."
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Fine-tune a classifier on coded sentences."""
    from framing.classifier import train as run

    summary = run(
        annotations,
        output,
        codebook=codebook,
        corpus=corpus,
        uncoded=uncoded,
        settings=changed_settings(
            "framing train", settings, teacher=teacher, encoder=encoder, epochs=epochs, seed=seed, folds=folds
        ),
        overwrite=overwrite,
    )
    if is_first_process():
        print_training(summary)


def print_training(summary: "TrainingSummary") -> None:
    """What a model was trained on, its scores, and where it is."""
    _print_scores(summary)
    typer.echo(f"wrote {summary.folder}")


def _print_scores(summary: "TrainingSummary") -> None:
    """Scores on stories that were held out, as a table."""
    if not summary.scores:
        typer.echo(f"trained on {summary.n_train:,} sentences; {summary.no_scores}")
        return
    folds = summary.classifier.settings.folds
    if folds > 1:
        typer.echo(
            f"trained on {summary.n_train:,} sentences in {folds} folds, scores from {summary.n_test:,} of them"
            f"{summary.left_out}, each by the network that did not see its story:"
        )
    else:
        typer.echo(
            f"trained on {summary.n_train:,} sentences, thresholds chosen on {summary.n_validation:,}, "
            f"scores from {summary.n_test:,} of other stories{summary.left_out}:"
        )
    rows = [[score.frame, *score.shown, f"{score.positives}"] for score in summary.scores]
    table(["frame", "precision", "recall", "F1", "coded"], rows)
    typer.echo(f"macro-F1 {two_decimals(summary.macro_f1)}")
    if few := [s.frame for s in summary.scores if s.positives < FEW_POSITIVES]:
        typer.echo(f"fewer than {FEW_POSITIVES} held-out sentences with {', '.join(few)}: these scores say little")


def label(
    source: Annotated[
        str,
        typer.Argument(
            help="Corpus folder; with --unit sentence a csv, jsonl or parquet file, a folder of them, or - for "
            "standard input."
        ),
    ],
    model: Annotated[str, typer.Argument(help="Model folder, or the name of a shipped model.")] = SHIPPED,
    *,
    output: Annotated[str, typer.Option("--output", "-o", help="Labels folder, or a csv, jsonl or parquet file.")],
    unit: Annotated[Literal["article", "sentence"], typer.Option(help="What the source holds.")] = "article",
    id_column: Annotated[str, typer.Option(help="Of a table: column of the sentence id.")] = "sentence_id",
    text_column: Annotated[str, typer.Option(help="Of a table: column of the sentence.")] = "text",
    article_column: Annotated[
        str | None,
        typer.Option(
            help="Of a table: which sentences belong together; the rows of an article must stand together. The shipped "
            "model reads a sentence in its article."
        ),
    ] = None,
    order_column: Annotated[str | None, typer.Option(help="Of a table: in which order.")] = None,
    engine: Annotated[
        Literal["auto", "torch", "openvino", "int8", "ray"],
        typer.Option(
            help="What computes. auto: a GPU, else OpenVINO for many sentences, checked against torch, or torch; "
            "int8: faster and less exact; ray: many machines, corpus and labels may be URIs, as s3://bucket/corpus."
        ),
    ] = "auto",
    stance: Annotated[
        bool, typer.Option("--stance", help="Stance toward the codebook's targets, voice and source, too.")
    ] = False,
    stance_model: Annotated[
        str | None, typer.Option(help="Model of stance in place of the shipped one; says --stance, too.")
    ] = None,
    voice_model: Annotated[
        str | None, typer.Option(help="Model of voice in place of the shipped one; with --stance or --stance-model.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="With --engine ray. Default: as many as fit.")] = None,
    progress: Annotated[
        Literal["bar", "json"], typer.Option(help="On standard error: a bar, or JSON lines for schedulers.")
    ] = "bar",
    overwrite: Overwrite = False,
) -> None:
    """Label every sentence of a corpus or a table.

    Started again after it was stopped, it goes on where it was.
    """
    from framing.labelling import label as run
    from framing.progress import use_form

    use_form(progress)
    if workers and engine != "ray":
        raise FramingError(f"--workers needs --engine ray, found {engine}; add it, or leave --workers out")
    if voice_model and not (stance or stance_model):
        raise FramingError("--voice-model needs --stance or --stance-model; add one, or leave --voice-model out")
    stances: dict[str, Any] = {"stance": stance_model or stance} | ({"voice": voice_model} if voice_model else {})
    if engine == "ray":
        _label_with_ray(source, model, output, unit, workers, **stances, overwrite=overwrite)
        return
    summary = run(
        source,
        model,
        output,
        unit=unit,
        id_column=id_column,
        text_column=text_column,
        article_column=article_column,
        order_column=order_column,
        engine=engine,
        **stances,
        overwrite=overwrite,
    )
    print_labelling(summary)


def _label_with_ray(source: str, model: str, output: str, unit: str, workers: int | None, **options: Any) -> None:
    from framing.labelling.ray_engine import label_with_ray

    if unit != "article":
        raise FramingError("--engine ray: labels a corpus; for a table leave --engine out, or ingest it first")
    print_labelling(label_with_ray(source, model, output, workers=workers, **options))


def print_labelling(summary: "LabelSummary") -> None:
    """Counts per frame, of stance and of voice, and what was rejected."""
    counts = ", ".join(f"{name} {count:,}" for name, count in summary.positives.items())
    typer.echo(f"labelled {summary.n_sentences:,} sentences: {counts}, boilerplate {summary.n_boilerplate:,}")
    for column, values in summary.values.items():
        told = ", ".join(f"{count:,} {value}" for value, count in values.items())
        typer.echo(f"{column.replace('stance_', 'stance toward ', 1)}: {told}")
    if summary.n_cut:
        longer = "1 sentence is" if summary.n_cut == 1 else f"{summary.n_cut:,} sentences are"
        typer.echo(f"{longer} longer than the model reads (max_tokens in the settings of train): the end did not count")
    if summary.rejected:
        typer.echo(f"{summary.n_rejected:,} rows rejected, in {summary.rejects}:")
        listed(summary.rejected, summary.n_rejected)
    typer.echo(f"wrote {summary.output}")
