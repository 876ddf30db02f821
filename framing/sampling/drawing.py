"""`framing sample`: a corpus in, a folder of sentences to code out, with the probability of each written down."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from framing.annotation.database import DATABASE
from framing.annotation.ledger import ANNOTATIONS, CODINGS, KIND, SAMPLE
from framing.annotation.rows import Purpose
from framing.artefact import Manifest, check_target, new_artefact, sha256_text
from framing.codebook import Codebook
from framing.corpus import Corpus
from framing.errors import FramingError
from framing.sampling.design import BAND_EDGES, BANDS, Draw, band_sizes, draw, equal_shares, score_bands
from framing.sampling.diversity import diverse
from framing.sampling.ledger import ledger_rows
from framing.sampling.population import Population, open_scores, read_population
from framing.sampling.uncertainty import least_sure

if TYPE_CHECKING:
    from framing.labelling import Labels

CANDIDATES = 4  # least sure sentences to choose each unlike one from
SELECTION: dict[Purpose, str] = {
    "estimate": "stories, then sentences, by systematic sampling with probability proportional to size",
    "training": f"of {CANDIDATES} candidates per sentence, those nearest to a threshold, the least sure of each "
    "k-means cluster of TF-IDF features (Zhdanov 2019)",
}


@dataclass(frozen=True)
class Stratum:
    """A stratum: its sentences and stories that could be drawn, those that were, and how many of a story at most."""

    name: str
    sentences: int
    stories: int
    drawn: int = 0
    drawn_stories: int = 0
    per_story: int = 0


@dataclass(frozen=True)
class SampleSummary:
    """What was drawn.

    Parameters
    ----------
    folder : Path
    by : str
        Column of the strata.
    purpose : {"estimate", "training"}
    n_asked, n_drawn : int
    strata, left_out : list of Stratum
        `left_out` have fewer stories than `min_stories`: nothing is drawn and they get no estimate.
    n_without_stratum : int
        Sentences left out because their article has no value of `by`.
    """

    folder: Path
    by: str
    purpose: Purpose
    n_asked: int
    n_drawn: int
    strata: list[Stratum]
    left_out: list[Stratum]
    n_without_stratum: int


def sample(
    corpus: str | Path,
    output: str | Path,
    *,
    n: int,
    by: str = "outlet",
    labels: str | Path | None = None,
    model: str | Path | None = None,
    per_story: int = 3,
    min_stories: int = 2,
    uniform_share: float = 0.5,
    purpose: Purpose = "estimate",
    codebook: str | Path | None = None,
    seed: int = 13,
    overwrite: bool = False,
) -> SampleSummary:
    """Draw the sentences of a corpus that are to be coded by hand.

    The folder holds ``sample.jsonl``, one row per sentence in random order with its text, the sentence before,
    its stratum and its inclusion probability; `framing annotate` keeps the answers beside it.

    Parameters
    ----------
    corpus : str or Path
        Corpus folder. Sentences marked as boilerplate at ingest are left out.
    output : str or Path
        Coding folder to write.
    n : int
        Sentences to draw, shared equally over the strata; the sample may be some sentences larger or smaller.
        Fix it before coding: to code until a difference shows is to find differences that are not there.
    by : str
        Column of the corpus's sentences or articles whose values are the strata.
    labels : str or Path, optional
        Labels folder of this corpus: sentences are then drawn from all bands of score, and those the model
        takes for boilerplate are left out.
    model : str or Path, optional
        Instead of labels: a model folder, or the name of a shipped model, to label the corpus with for the draw.
    per_story : int
        Sentences per drawn story; more only in a stratum with too few stories for its share.
    min_stories : int
        Strata with fewer stories are left out; at least 2, since one story gives no interval.
    uniform_share : float
        With labels or a model: part of the sample spread over all sentences alike, 0 to 1; the rest goes to bands
        equally.
    purpose : {"estimate", "training"}
        For training, which needs labels or a model, the sentences are unlike each other and among those whose scores
        are nearest to the thresholds, at most `per_story` of a story, no text twice and none that was coded for the
        model. They have no inclusion probability and can enter no estimate.
    codebook : str or Path, optional
        What the sentences will be coded with, recorded in the folder; that of the labels by default.
    seed : int
        Same seed, same corpus: same sentences.
    overwrite : bool
        Replace a coding folder at `output`, but never one that holds codings.

    Raises
    ------
    FramingError
        If a setting is out of range, `n` is too small for the strata, inputs do not belong together, or the
        output cannot be written.
    """
    target = Path(output)
    _check_settings(n, per_story, min_stories, uniform_share)
    if purpose not in get_args(Purpose) or (purpose == "training" and labels is None and model is None):
        raise FramingError(
            f"--for {purpose}: expected estimate, or training with --labels or --model to know what is unsure"
        )
    _check_output(target, overwrite=overwrite)
    source = Corpus.load(corpus)
    opened = open_scores(source, labels=labels, model=model, codebook=codebook)
    book = opened.codebook if opened else Codebook.load(codebook) if codebook is not None else None
    population = read_population(source, by=by, min_stories=min_stories, labels=opened)
    generator = np.random.default_rng(seed)
    if purpose == "training" and opened:
        drawn = _pick(population, opened, n, per_story, generator)
    else:
        check_enough(n, per_story, population, by)
        drawn = _draw(population, n, per_story, uniform_share, generator)
    summary = _summary(target, by, purpose, n, population, drawn)
    with new_artefact(target, KIND, overwrite=overwrite) as (folder, manifest):
        with (folder / SAMPLE).open("w", encoding="utf-8") as stream:
            for row in ledger_rows(source, population, drawn, purpose, seed):
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        if book:
            book.save(folder / "codebook.yaml")
        manifest |= {
            "corpus": {"sha256": source.manifest["sha256"], "articles": source.manifest["articles"]},
            "codebook": book.reference if book else None,
            "model": {"sha256": opened.manifest["model"]["sha256"]} if opened else None,
            "bands": {"names": BANDS, "edges": BAND_EDGES} if opened else None,
            "uniform_share": uniform_share,
            "per_story": per_story,
            "min_stories": min_stories,
            "seed": seed,
            "selection": SELECTION[purpose],
            **_as_manifest(summary),
        }
    return summary


def _as_manifest(summary: SampleSummary) -> Manifest:
    return {name: value for name, value in asdict(summary).items() if name != "folder"}


def _check_settings(n: int, per_story: int, min_stories: int, uniform_share: float) -> None:
    if n < 1:
        raise FramingError(f"-n {n}: expected 1 or more sentences")
    if per_story < 1:
        raise FramingError(f"--per-story {per_story}: expected 1 or more sentences of a story")
    if min_stories < 2:
        raise FramingError(f"--min-stories {min_stories}: expected 2 or more, one story gives no interval")
    if not 0 <= uniform_share <= 1:
        raise FramingError(f"--uniform-share {uniform_share}: expected a share from 0 to 1")


def _check_output(target: Path, *, overwrite: bool) -> None:
    for name in (ANNOTATIONS, CODINGS, DATABASE):
        if (target / name).exists():
            raise FramingError(f"{target}: holds codings ({name}); choose another folder, they are not overwritten")
    check_target(target, KIND, overwrite=overwrite)


def check_enough(n: int, per_story: int, population: Population, by: str) -> None:
    """Refuse a sample too small for two stories of each stratum."""
    strata = len(population.names)
    if n < (least := 2 * per_story * strata):
        raise FramingError(
            f"{n:,} sentences: too few for {strata} strata ({by}) of two stories and {per_story} sentences each; "
            f"expected {least:,} or more; raise -n, lower --per-story or raise --min-stories"
        )


def _draw(population: Population, n: int, per_story: int, uniform_share: float, generator: np.random.Generator) -> Draw:
    size = np.ones(len(population.rows))
    if population.has_scores:
        size = band_sizes(population.stratum, score_bands(population.scores), uniform_share)
    shares = equal_shares(n, population.n_sentences)
    return draw(size, population.stratum, population.story, shares, per_story, generator)


def _pick(population: Population, labels: "Labels", n: int, per_story: int, generator: np.random.Generator) -> Draw:
    """Sentences for training: a choice without inclusion probabilities."""
    texts = population.sentences["text"].take(population.rows)
    fresh = np.flatnonzero([sha256_text(text) not in labels.coded for text in texts.to_pylist()])
    if not len(fresh):
        raise FramingError("--for training: every sentence of this corpus is coded for the model already; add articles")
    thresholds = labels.manifest["model"]["thresholds"]
    codes = texts.combine_chunks().dictionary_encode().indices.to_numpy()
    candidates = fresh[
        least_sure(
            population.scores[fresh],
            np.array([thresholds[name] for name in labels.codebook.frame_names]),
            population.stratum[fresh],
            population.story[fresh],
            codes[fresh],
            n=CANDIDATES * n,
            per_story=per_story,
        )
    ]
    seed = int(generator.integers(2**32))
    chosen = candidates[diverse(texts.take(candidates).to_pylist(), population.stratum[candidates], n=n, seed=seed)]
    unknown = np.full(len(population.rows), np.nan)
    return Draw(generator.permutation(chosen), unknown, np.full(len(population.names), per_story))


def _summary(target: Path, by: str, purpose: Purpose, n: int, population: Population, drawn: Draw) -> SampleSummary:
    columns = (
        population.n_sentences,
        population.n_stories,
        population.count(drawn.rows),
        population.count_stories(drawn.rows),
        drawn.per_story,
    )
    strata = [
        Stratum(name, *(int(value) for value in row))
        for name, row in zip(population.names, np.column_stack(columns), strict=True)
    ]
    left_out = [Stratum(name, *counts) for name, counts in population.left_out.items()]
    return SampleSummary(target, by, purpose, n, len(drawn.rows), strata, left_out, population.n_without_stratum)
