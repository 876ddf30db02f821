"""``framing sample``."""

from collections.abc import Iterable, Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from framing.cli.console import Overwrite, table
from framing.errors import FramingError

if TYPE_CHECKING:
    from framing.evaluation import PilotValues
    from framing.sampling import SampleSummary
    from framing.sampling.population import Population

PLANNED_SIZES = (300, 600, 1200, 2400)
PLANNED_PREVALENCES = (0.05, 0.15, 0.30)


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="sample")(sample)


def sample(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    n: Annotated[
        int | None, typer.Option("-n", min=1, help="Sentences to draw; fix the number before anyone codes.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Coding folder to write.")] = None,
    by: Annotated[str, typer.Option(help="Column of sentences or articles whose values are the strata.")] = "outlet",
    labels: Annotated[
        Path | None, typer.Option(help="Labels folder of this corpus: draw from all bands of score.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Instead of --labels: model to label the corpus with.")] = None,
    per_story: Annotated[int, typer.Option(min=1, help="Sentences of a drawn story.")] = 3,
    min_stories: Annotated[int, typer.Option(min=2, help="Leave out strata with fewer stories.")] = 2,
    uniform_share: Annotated[
        float, typer.Option(min=0, max=1, help="With scores: part drawn evenly, the rest by band of score.")
    ] = 0.5,
    purpose: Annotated[
        Literal["estimate", "training"],
        typer.Option(
            "--for", help="training: of what --labels or --model is least sure, a diverse batch; for no estimate."
        ),
    ] = "estimate",
    codebook: Annotated[
        str | None, typer.Option(help="YAML file or shipped name; by default that of the labels.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same corpus: same sentences.")] = 13,
    plan: Annotated[bool, typer.Option("--plan", help="Draw nothing: how wide would the intervals be?")] = False,
    pilot: Annotated[
        Path | None, typer.Option(help="With --plan and --labels: coded sample to take the assumptions from.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw the sentences to code, each with its probability.

    The sample size must be fixed before coding (--plan helps to choose it): to look at results and code on until
    a difference shows finds differences that are not there.
    """
    if pilot and not plan:
        raise FramingError("--pilot is for --plan, which takes its assumptions from it; add --plan or leave it out")
    if plan:
        print_plan(
            corpus, (n,) if n else PLANNED_SIZES, by=by, labels=labels, model=model, pilot=pilot, codebook=codebook,
            per_story=per_story, min_stories=min_stories,
        )  # fmt: skip
        return
    if n is None or output is None:
        raise FramingError("expected -n (how many sentences) and -o (coding folder to write), or --plan to choose n")
    from framing.sampling import sample as run

    summary = run(
        corpus, output, n=n, by=by, labels=labels, model=model, per_story=per_story, min_stories=min_stories,
        uniform_share=uniform_share, purpose=purpose, codebook=codebook, seed=seed, overwrite=overwrite,
    )  # fmt: skip
    print_sample(summary, per_story)
    if purpose == "training":
        given = f"--corpus {corpus} --codebook {summary.folder / 'codebook.yaml'}"
        typer.echo(f"see what more coding would bring: framing learning-curve CODED {given}")


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
    typer.echo(f"wrote {summary.folder}")
    typer.echo(
        f"next: code all of them in the browser, framing annotate {summary.folder} --coder NAME --corpus CORPUS; "
        "sentences coded elsewhere (framing export) come in by framing import"
    )
    if summary.purpose == "training":
        typer.echo("these sentences were picked, not drawn: train with them, they can enter no estimate")
    else:
        typer.echo("code to the end before looking at results: the sample size is fixed now")


def print_plan(
    corpus: Path,
    sizes: tuple[int, ...],
    *,
    by: str,
    labels: Path | None,
    model: str | None,
    pilot: Path | None,
    codebook: str | None,
    per_story: int,
    min_stories: int,
) -> None:
    """Expected widths of the intervals for each sample size, and what they rest on."""
    from framing.corpus import Corpus
    from framing.evaluation.plan import UNEXPLAINED, PilotValues, read_pilot
    from framing.evaluation.proportions import ICC
    from framing.sampling.population import open_scores, read_population

    if pilot and not (labels or model):
        raise FramingError("--pilot needs --labels or --model, for the scores of the pilot's corpus")
    source = Corpus.load(corpus)
    opened = open_scores(source, labels=labels, model=model, codebook=codebook)
    population = read_population(source, by=by, min_stories=min_stories, labels=opened)
    planned = _possible(sizes, population, per_story, by)
    unexplained = UNEXPLAINED if opened else 1.0
    if pilot and opened:
        columns = read_pilot(opened, pilot)
    else:
        columns = {f"at {100 * p:.0f}%": PilotValues(p, unexplained, ICC) for p in PLANNED_PREVALENCES}
    typer.echo(
        f"{len(population.rows):,} sentences to draw from in {len(population.names)} strata ({by}), {per_story} per "
        "story, more where stories are few; expected width of a stratum's 95% interval, in percentage points:"
    )
    table(
        ["sentences", "per stratum", "of stories", *columns],
        [[f"{n:,}", *_planned(population, n, per_story, columns.values())] for n in planned],
    )
    if max(sizes) > planned[-1]:
        typer.echo(f"{planned[-1]:,} sentences are all there are")
    if opened:
        typer.echo(
            "not counted: how much the labels vary from story to story; intervals get wider where a large part of a "
            "stratum's stories is coded"
        )
    if pilot:
        print_pilot(columns)
    else:
        gain = "what a model left in a simulation" if opened else "no model; with --labels intervals get narrower"
        typer.echo(
            f"assumed: {100 * unexplained:.0f}% of the variance unexplained by scores ({gain}), correlation of "
            f"{ICC:.2f} within stories, prevalences as in the header; code a pilot and add --pilot for your own"
        )


def _possible(sizes: Sequence[int], population: "Population", per_story: int, by: str) -> list[int]:
    """The sizes that can be drawn: those above all there is become all there is."""
    from framing.sampling.drawing import check_enough

    capped = sorted({min(n, len(population.rows)) for n in sizes})
    check_enough(capped[-1], per_story, population, by)
    return [n for n in capped if n >= 2 * per_story * len(population.names)]


def _planned(population: "Population", n: int, per_story: int, columns: Iterable["PilotValues"]) -> list[str]:
    """Sentences and stories per stratum, as `framing sample` shares them, and widths in points, from least to most."""
    from framing.evaluation.plan import expected_width
    from framing.sampling.design import equal_shares, stories_to_draw

    shares = equal_shares(n, population.n_sentences)
    stories = stories_to_draw(population.stratum, population.story, shares, per_story)
    sizes = [(int(each), max(float(each / m), 1.0)) for each, m in zip(shares, stories, strict=True)]
    widths = [[100 * expected_width(*size, **vars(values)) for size in sizes] for values in columns]
    return [_spread(shares), _spread(stories), *(_spread(each, 1) for each in widths)]


def print_pilot(values: dict[str, "PilotValues"]) -> None:
    """What the pilot says of each frame."""
    typer.echo("estimated from the pilot, uncertain as any small sample:")
    rows = [
        [frame, f"{100 * v.prevalence:.1f}%", f"{100 * v.unexplained:.0f}%", f"{v.icc:.2f}"]
        for frame, v in values.items()
    ]
    table(["frame", "prevalence", "unexplained by scores", "correlation within stories"], rows)


def _spread(values: Iterable[float], digits: int = 0) -> str:
    """The least and the most of numbers, one number where they print alike; a dash where one is not defined."""
    found = list(values)
    if any(map(isnan, found)):
        return "-"
    low, high = (f"{value:,.{digits}f}" for value in (min(found), max(found)))
    return low if low == high else f"{low}-{high}"
