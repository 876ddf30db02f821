"""``framing evaluate``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.bootstrap import MIN_CLUSTERS
from framing.cli.console import BookOption, IdColumn, LabelsPath, Level, Model, Overwrite, scored, table

if TYPE_CHECKING:
    from framing.evaluation import Evaluation


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="evaluate")(evaluate)


def evaluate(
    labels: LabelsPath,
    gold: Annotated[Path, typer.Argument(help="Coded sentences, JSON lines, or their folder.")],
    model: Model = None,
    codebook: BookOption = None,
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus with the text of the gold, and for --by the columns of the articles.")
    ] = None,
    id_column: IdColumn = "sentence_id",
    include_seen: Annotated[
        bool, typer.Option("--include-seen", help="Score also what the model was trained on.")
    ] = False,
    by: Annotated[
        str | None, typer.Option(help="Score each group too: outlet, group, or another column of the labels.")
    ] = None,
    level: Level = 0.95,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write the quality report to, or a .json file.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Score labels against coded sentences.

    Those that the model was trained on are left out.
    """
    settings: dict[str, Any] = {
        "model": model, "codebook": codebook, "corpus": corpus, "id_column": id_column,
        "include_seen": include_seen, "by": by, "level": level, "overwrite": overwrite,
    }  # fmt: skip
    if output is not None and output.suffix.lower() != ".json":
        from framing.report import report_quality

        report = report_quality(labels, gold, output, **settings)
        print_evaluation(report.evaluation)
        typer.echo(f"wrote {report.page}")
        return
    from framing.evaluation import evaluate as run

    print_evaluation(run(labels, gold, output=output, **settings))
    if output:
        typer.echo(f"wrote {output}")


def print_evaluation(result: "Evaluation") -> None:
    """Scores with intervals, as tables."""
    seen = f"; {result.n_seen:,} seen in training were left out" if result.n_seen else ""
    missing = f"; {result.n_unlabelled:,} have no label" if result.n_unlabelled else ""
    typer.echo(f"{result.n_sentences:,} coded sentences of {result.n_stories:,} stories{seen}{missing}")
    rows = [
        [q.frame, scored(q.precision), scored(q.recall), scored(q.f1), str(q.positives), str(q.predicted)]
        for q in result.frames
    ]
    rows.append(["macro", "", "", scored(result.macro_f1), "", ""])
    table(["frame", "precision", "recall", "F1", "coded", "predicted"], rows)
    _print_probabilities(result)
    _print_stance(result)
    if result.by:
        _print_groups(result)
    _print_intervals(result)
    if result.learned_unknown:
        typer.echo(
            "what the model learned from is not known (of a table, --model says it): these may be its own training "
            "sentences, whose scores are too good"
        )
    _print_weights(result)


def _print_probabilities(result: "Evaluation") -> None:
    if not result.has_probabilities:
        typer.echo("the labels have no probabilities (columns p_...): no average precision, Brier score or calibration")
        return
    rows = [[q.frame, scored(q.average_precision), scored(q.brier), scored(q.ece)] for q in result.frames]
    table(["frame", "average precision", "Brier score", "calibration error (ECE)"], rows)


def _print_stance(result: "Evaluation") -> None:
    """A row per target: whether it is found, and its stance where it is coded; then voice."""
    rows = [
        [q.target, *(scored(score) for score in q.scores.values()), *(str(n) for n in q.coded.values())]
        for q in result.stance
    ]
    if rows:
        header = ["target", "precision", "recall", "F1", "stance macro-F1", "stance macro-F1, found targets"]
        table([*header, *(f"coded {stance}" for stance in result.stance[0].coded)], rows)
    if result.n_seen_for_stance:
        typer.echo(
            f"{result.n_seen_for_stance:,} of the coded sentences were seen in training by the classifiers of stance "
            "or voice, and are left out of the scores of both"
        )
    if voice := result.voice:
        coded = ", ".join(f"{n:,} {name}" for name, n in voice.coded.items())
        typer.echo(f"voice: F1 of source {scored(voice.f1_source)}, macro-F1 {scored(voice.macro_f1)}; coded {coded}")


def _print_intervals(result: "Evaluation") -> None:
    """What the brackets are, and why some scores have none."""
    scores = [result.macro_f1, *(score for q in result.frames for score in q.scores.values())]
    if any(score.has_limits for score in scores):
        typer.echo(f"in brackets: {100 * result.level:g}% intervals, whole stories resampled; exact ones at 0 and 1")
    else:
        typer.echo("too few stories for intervals")
    if any(score.value >= 0 and not score.has_limits for score in scores):
        typer.echo(
            f"no interval where fewer than {MIN_CLUSTERS} stories have the frame, lack it, or are labelled with it; "
            "nor of macro-F1 where many resamples lack one of the frames"
        )


def _print_weights(result: "Evaluation") -> None:
    """What the scores are of: the corpus, or the coded sentences alone, and why."""
    if result.weighted:
        if_whole = ", if the file has all sentences that were drawn" if result.in_file else ""
        typer.echo(f"weighted by inclusion probabilities: scores are those of {result.stands_for}{if_whole}")
        for name in result.coded_in_part:
            typer.echo(f"{name} is not coded in all sentences: its scores are those of the coded ones, unweighted")
    elif result.n_uncoded:
        typer.echo(
            f"{result.n_uncoded:,} of the drawn sentences are not coded, so there are no weights: scores are those of "
            "the coded sentences, not of the corpus; code the rest (sentences without a frame too)"
        )
    elif result.elsewhere:
        typer.echo(
            "the coded sentences were drawn from another corpus than was labelled, so there are no weights: scores are "
            "those of the coded sentences, not of the corpus"
        )
    else:
        typer.echo(
            "not every coded sentence has a known probability of having been drawn, so there are no weights: scores "
            "are those of the coded sentences, not of a corpus"
        )


def _print_groups(result: "Evaluation") -> None:
    """A row per group and frame; what has too little gold is named below, without a score."""
    from framing.evaluation.quality import MIN_SENTENCES

    rows = [
        [group.group, q.frame, scored(q.precision), scored(q.recall), scored(q.f1), scored(q.ece), str(q.positives),
         str(group.n_sentences)]
        for group in result.groups
        for q in group.frames
        if not q.too_few
    ]  # fmt: skip
    if rows:
        table([result.by or "", "frame", "precision", "recall", "F1", "ECE", "with it", "coded"], rows)
    few = {
        f"{group.group}, {group.n_sentences:,} coded": [f"{q.positives:,} {q.frame}" for q in group.frames if q.too_few]
        for group in result.groups
    }
    if any(few.values()):
        typer.echo(
            f"too few to score: a group with fewer than {MIN_SENTENCES} coded sentences, or a frame in fewer than "
            f"{MIN_CLUSTERS} of its coded stories; coded with each frame:"
        )
    for group, frames in few.items():
        if frames:
            typer.echo(f"  {group}: {', '.join(frames)}")
