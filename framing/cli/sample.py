"""``framing sample``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.console import Overwrite, table

if TYPE_CHECKING:
    from framing.sampling import SampleSummary


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="sample")(sample)


def sample(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    n: Annotated[int, typer.Option("-n", help="Sentences to draw; fix the number before anyone codes.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Coding folder to write.")],
    by: Annotated[
        str, typer.Option(help="Column of the sentences or articles whose values are the strata.")
    ] = "outlet",
    labels: Annotated[
        Path | None, typer.Option(help="Labels folder of this corpus: draw from all bands of score.")
    ] = None,
    per_story: Annotated[int, typer.Option(help="Sentences of a drawn story.")] = 3,
    min_stories: Annotated[int, typer.Option(help="Leave out strata with fewer stories.")] = 2,
    uniform_share: Annotated[
        float, typer.Option(help="With --labels: part drawn evenly, the rest by band of score.")
    ] = 0.5,
    codebook: Annotated[
        str | None, typer.Option(help="YAML file or shipped name; that of the labels if given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same corpus: same sentences.")] = 13,
    overwrite: Overwrite = False,
) -> None:
    """Draw the sentences to code by hand, with the probability of each written down.

    The sample size must be fixed before coding: to look at results and code on until a difference shows finds
    differences that are not there.
    """
    from framing.sampling import sample as run

    summary = run(
        corpus, output, n=n, by=by, labels=labels, per_story=per_story, min_stories=min_stories,
        uniform_share=uniform_share, codebook=codebook, seed=seed, overwrite=overwrite,
    )  # fmt: skip
    print_sample(summary, per_story)


def print_sample(summary: "SampleSummary", per_story: int) -> None:
    """Population and sample per stratum, and what to do next."""
    rows = [
        [s.name, *(f"{value:,}" for value in (s.sentences, s.stories, s.drawn, s.drawn_stories))]
        for s in summary.strata
    ]
    table([summary.by, "sentences", "stories", "drawn", "of stories"], rows)
    typer.echo(f"{summary.n_drawn:,} sentences drawn, {summary.n_asked:,} asked for")
    if more := [s.name for s in summary.strata if s.per_story > per_story]:
        typer.echo(f"more than {per_story} sentences of a story, for want of stories: {', '.join(more)}")
    if summary.left_out:
        names = ", ".join(s.name for s in summary.left_out)
        typer.echo(f"too few stories, nothing drawn and no estimate: {names}")
    if summary.n_without_stratum:
        typer.echo(f"{summary.n_without_stratum:,} sentences without {summary.by} cannot be drawn")
    typer.echo(f"wrote {summary.folder}; code all of sample.jsonl into {summary.folder / 'annotations.jsonl'}")
