"""`framing sample`: a corpus in, a folder of sentences to code out, with the probability of each written down."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow.compute as pc

from framing.annotation.ledger import ANNOTATIONS, KIND, SAMPLE
from framing.artefact import check_target, new_artefact, sha256_text
from framing.codebook import Codebook
from framing.corpus import Corpus
from framing.errors import FramingError
from framing.sampling.design import BAND_EDGES, BANDS, Codes, Draw, band_sizes, draw, equal_shares, score_bands
from framing.sampling.population import Population, open_labels, read_population

if TYPE_CHECKING:
    from framing.labelling import Labels

Purpose = Literal["estimate", "training"]

_COLUMNS = ("sentence_id", "article_id", "index", "part", "story", "outlet", "date", "text")


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
    per_story: int = 3,
    min_stories: int = 2,
    uniform_share: float = 0.5,
    codebook: str | Path | None = None,
    seed: int = 13,
    overwrite: bool = False,
) -> SampleSummary:
    """Draw the sentences of a corpus that are to be coded by hand.

    The folder holds ``sample.jsonl``, one row per sentence in random order with its text, the sentence before,
    its stratum and its inclusion probability; coders put ``annotations.jsonl`` beside it.

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
    per_story : int
        Sentences per drawn story; more only in a stratum with too few stories for its share.
    min_stories : int
        Strata with fewer stories are left out; at least 2, since one story gives no interval.
    uniform_share : float
        With labels: part of the sample spread over all sentences alike, 0 to 1; the rest goes to bands equally.
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
    _check_settings(per_story, min_stories, uniform_share)
    _check_output(target, overwrite=overwrite)
    source = Corpus.load(corpus)
    opened = open_labels(Path(labels), source, codebook) if labels is not None else None
    book = opened.codebook if opened else Codebook.load(codebook) if codebook is not None else None
    population = read_population(source, by=by, min_stories=min_stories, labels=opened)
    _check_enough(n, per_story, population, by)
    drawn = _draw(population, n, per_story, uniform_share, seed)
    summary = _summary(target, by, n, population, drawn)
    with new_artefact(target, KIND, overwrite=overwrite) as (folder, manifest):
        with (folder / SAMPLE).open("w", encoding="utf-8") as stream:
            stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in _rows(source, population, drawn))
        if book:
            book.save(folder / "codebook.yaml")
        manifest |= {
            "corpus": {"sha256": source.manifest["sha256"], "articles": source.manifest["articles"]},
            "codebook": book.reference if book else None,
            "model": _model(opened),
            "purpose": summary.purpose,
            "by": by,
            "n_asked": n,
            "n_drawn": summary.n_drawn,
            "per_story": per_story,
            "min_stories": min_stories,
            "uniform_share": uniform_share,
            "bands": dict(zip(BANDS, _band_limits(), strict=True)) if opened else None,
            "seed": seed,
            "strata": [asdict(stratum) for stratum in summary.strata],
            "left_out": [asdict(stratum) for stratum in summary.left_out],
            "n_without_stratum": population.n_without_stratum,
        }
    return summary


def _check_settings(per_story: int, min_stories: int, uniform_share: float) -> None:
    if per_story < 1:
        raise FramingError(f"--per-story {per_story}: expected 1 or more sentences of a story")
    if min_stories < 2:
        raise FramingError(f"--min-stories {min_stories}: expected 2 or more, one story gives no interval")
    if not 0 <= uniform_share <= 1:
        raise FramingError(f"--uniform-share {uniform_share}: expected a share from 0 to 1")


def _check_output(target: Path, *, overwrite: bool) -> None:
    if (target / ANNOTATIONS).exists():
        raise FramingError(f"{target}: holds codings ({ANNOTATIONS}); choose another folder, they are not overwritten")
    check_target(target, KIND, overwrite=overwrite)


def _check_enough(n: int, per_story: int, population: Population, by: str) -> None:
    strata = len(population.names)
    if n < (least := 2 * per_story * strata):
        raise FramingError(
            f"-n {n}: too few sentences for {strata} strata ({by}) of two stories and {per_story} sentences each; "
            f"expected {least} or more; raise -n, lower --per-story or raise --min-stories"
        )


def _draw(population: Population, n: int, per_story: int, uniform_share: float, seed: int) -> Draw:
    size = np.ones(len(population.rows))
    if population.scores is not None:
        size = band_sizes(population.stratum, score_bands(population.scores), uniform_share)
    shares = equal_shares(n, population.n_sentences)
    return draw(size, population.stratum, population.story, shares, per_story, np.random.default_rng(seed))


def _summary(target: Path, by: str, n: int, population: Population, drawn: Draw) -> SampleSummary:
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
    return SampleSummary(target, by, "estimate", n, len(drawn.rows), strata, left_out, population.n_without_stratum)


def _rows(corpus: Corpus, population: Population, drawn: Draw) -> Iterator[dict[str, Any]]:
    """Rows of the ledger, in the order of the draw."""
    positions = population.rows[drawn.rows]
    rows = population.sentences.select(_COLUMNS).take(positions)
    titles = _titles(corpus, rows["article_id"].to_pylist())
    bands: list[str | None] = [None] * len(positions)
    if population.scores is not None:
        bands = [BANDS[band] for band in score_bands(population.scores[drawn.rows])]
    probabilities = drawn.inclusion_probability[drawn.rows].tolist()
    fields = (rows.to_pylist(), _previous(population, positions), population.stratum[drawn.rows], bands, probabilities)
    for row, previous, stratum, band, probability in zip(*fields, strict=True):
        yield row | {
            "title": titles[row["article_id"]],
            "sha256": sha256_text(row["text"]),
            "previous": previous,
            "stratum": population.names[stratum],
            "band": band,
            "inclusion_probability": probability,
            "purpose": "estimate",
        }


def _titles(corpus: Corpus, article_ids: list[str]) -> dict[str, str]:
    articles = corpus.articles(["article_id", "title"])
    wanted = articles.filter(pc.is_in(articles["article_id"], pc.unique(article_ids)))
    return dict(zip(wanted["article_id"].to_pylist(), wanted["title"].to_pylist(), strict=True))


def _previous(population: Population, positions: Codes) -> list[str]:
    """Sentence before each in its article, empty for the first."""
    own = population.sentences["article_id"].take(positions)
    before = population.sentences.select(["article_id", "text"]).take(np.maximum(positions - 1, 0))
    same_article = pc.equal(own, before["article_id"]).to_numpy() & (positions > 0)
    return [text if same else "" for text, same in zip(before["text"].to_pylist(), same_article, strict=True)]


def _band_limits() -> list[tuple[float, float]]:
    """Lower and upper limit of each band of score."""
    return list(zip((0.0, *BAND_EDGES), (*BAND_EDGES, 1.0), strict=True))


def _model(labels: "Labels | None") -> dict[str, str] | None:
    return {"sha256": labels.manifest["model"]["sha256"]} if labels else None
