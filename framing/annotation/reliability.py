"""Do coders agree? Per variable, for each pair of coders and over time, with what they disagree on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations, pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from framing.annotation.agreement import coefficients, unit_sums, value_counts
from framing.annotation.disagreements import Disagreement, find_disagreements
from framing.annotation.folder import codebook_for, read_all
from framing.annotation.rows import Coding, known_story
from framing.annotation.variables import CodingTable, Kind, Variable, tabulate
from framing.arrays import Floats
from framing.bootstrap import REPLICATES, Interval, clustered_replicates, percentile_intervals
from framing.codebook import Codebook
from framing.errors import FramingError

Verdict = Literal["reliable", "tentative", "unreliable", "undefined"]

RELIABLE, TENTATIVE = 0.8, 0.667  # Krippendorff (2004), Content analysis, 2nd edition, page 241
HIGH_AC1, HIGH_PERCENT = 0.8, 0.9
COMMON = 0.8  # a value that so many of the codings share makes the others rare
BLOCKS, MIN_BLOCK = 4, 10


@dataclass(frozen=True)
class VariableAgreement:
    """Agreement on one variable.

    Parameters
    ----------
    variable, kind : str
        See `framing.annotation.variables.Variable`.
    alpha, ac1, percent : Interval
        Krippendorff's alpha, Gwet's AC1, percent agreement (0 to 1), see `framing.annotation.agreement`. Limits are NaN
        where none were asked for; with fewer than five stories; where coders never differ, since resamples of such
        sentences do not either; and if the coefficient is undefined in more than a twentieth of the resamples.
    n_sentences, n_stories : int
        With values of at least two coders.
    shares : dict of str to float
        Share of each value among the codings of these sentences; NaN without any.
    specific : dict of str to float
        Specific agreement: where a coder gave this value, the share of the others on that sentence who gave it too,
        0 to 1; NaN where nobody gave it. Diagonal of the coincidence matrix over its margin; with two coders that is
        Dice's index, Cicchetti and Feinstein (1990), Journal of Clinical Epidemiology 43, 551-558.
    verdict : str
        Alpha by Krippendorff's conventions: ``reliable`` from .800, ``tentative`` from .667, ``unreliable`` below.
    deflated : bool
        Alpha is below .667 though AC1 (.8) or percent agreement (.9) is high, and one value has at least four fifths
        of the codings.
    """

    variable: str
    kind: Kind
    alpha: Interval
    ac1: Interval
    percent: Interval
    n_sentences: int
    n_stories: int
    shares: dict[str, float]
    specific: dict[str, float]
    verdict: Verdict
    deflated: bool


@dataclass(frozen=True)
class PairAgreement:
    """Agreement of two coders on the sentences that both coded; without intervals."""

    coders: tuple[str, str]
    n_sentences: int
    variables: list[VariableAgreement]


@dataclass(frozen=True)
class BlockAgreement:
    """Agreement on consecutive sentences, `first` to `last` counted from 1; in file order there are no dates."""

    first: int
    last: int
    first_date: str
    last_date: str
    variables: list[VariableAgreement]


@dataclass(frozen=True)
class Agreement:
    """What is known about the agreement of coders.

    Parameters
    ----------
    variables : list of VariableAgreement
        Frames, boilerplate, voice, and stance toward each target.
    not_compared : list of str
        Variables that somebody coded, but no two coders on the same sentence.
    pairs : list of PairAgreement
        Of coders with a sentence in common.
    blocks : list of BlockAgreement
        Quarters of the sentences coded twice, by the time of their last coding if all have one, else in file order
        (that of the ledger where a database has the codings), which may be no order of time; fewer blocks where a
        quarter would have fewer than ten sentences, none with fewer than twenty.
    disagreements : list of Disagreement
    coders : dict of str to int
        Codings of each.
    n_codings, n_sentences, n_twice, n_stories, n_alone : int
        Rows, sentences, those coded by at least two coders, the stories of the latter, and the sentences of which no
        row names story or article, so that each counts as a story.
    level : float
        Of the intervals.
    codebook : dict
    """

    variables: list[VariableAgreement]
    not_compared: list[str]
    pairs: list[PairAgreement]
    blocks: list[BlockAgreement]
    disagreements: list[Disagreement]
    coders: dict[str, int]
    n_codings: int
    n_sentences: int
    n_twice: int
    n_stories: int
    n_alone: int
    level: float
    codebook: dict[str, str]


def agreement(
    codings: str | Path | Iterable[Coding],
    codebook: str | Path | Codebook | None = None,
    *,
    level: float = 0.95,
    intervals: bool = True,
    seed: int = 0,
) -> Agreement:
    """Agreement of coders on the sentences that several of them coded.

    Parameters
    ----------
    codings : str, Path or iterable of Coding
        JSON lines with a row per coder and sentence, or a coding folder (its database, else its ``codings.jsonl``),
        whose ledger then gives story and text.
    codebook : str, Path or Codebook, optional
        Path or shipped name; by default the one the coding folder is coded with.
    level : float
        Of the intervals, 0 to 1.
    intervals : bool
        Whether to resample stories.
    seed : int
        Same seed, same codings: same intervals.

    Raises
    ------
    FramingError
        If a row is broken, does not fit the codebook or names no coder, if a coder coded a sentence twice, or if no
        sentence was coded by two coders.

    Notes
    -----
    Intervals are percentiles over resamples of whole stories, since sentences of one story are not independent: Davison
    and Hinkley (1997), Bootstrap Methods and their Application, section 3.8. Where no story is known the article stands
    in its place.
    """
    book = codebook_for(codings, codebook)
    rows = list(read_all(Path(codings), book) if isinstance(codings, str | Path) else codings)
    everything = tabulate(rows, book)
    table = everything.compared()
    if not len(table.twice):
        where = f"{codings}: " if isinstance(codings, str | Path) else ""
        found = "no sentence is coded yet"
        if table.coders:
            n, coders = len(table.sentence_ids), ", ".join(table.coders[:5])
            found = f"none of {n:,} sentences is coded by two coders (found: {coders})"
        raise FramingError(f"{where}{found}; let a second coder code some of them, and put the rows in one file")
    replicates = REPLICATES if intervals else 0
    both = table.part(table.twice)
    return Agreement(
        variables=measure(table, level=level, replicates=replicates, seed=seed),
        not_compared=[v.name for v in everything.variables if v.name not in {w.name for w in table.variables}],
        pairs=_pairs(both),
        blocks=_blocks(both, level, replicates, seed),
        disagreements=find_disagreements(both),
        coders=dict(zip(table.coders, np.count_nonzero(table.coded, axis=1).tolist(), strict=True)),
        n_codings=int(np.count_nonzero(table.coded)),
        n_sentences=len(table.sentence_ids),
        n_twice=len(both.sentence_ids),
        n_stories=len(np.unique(both.stories)),
        n_alone=_without_story(rows),
        level=level,
        codebook=book.reference,
    )


def _without_story(rows: list[Coding]) -> int:
    named = {row.sentence_id for row in rows if known_story(row.sentence_id, row.known())}
    return len({row.sentence_id for row in rows} - named)


def measure(table: CodingTable, *, level: float = 0.95, replicates: int = 0, seed: int = 0) -> list[VariableAgreement]:
    """Agreement on each variable of a table; limits are NaN without replicates of the bootstrap."""
    sums = [unit_sums(value_counts(variable.codes, len(variable.values))) for variable in table.variables]
    n_sentences = len(table.stories)
    of_story = csr_array((np.ones(n_sentences), (table.stories, np.arange(n_sentences))))
    by_story = of_story @ np.hstack(sums)
    ends = np.cumsum([0, *(columns.shape[1] for columns in sums)])

    def statistic(summed: Floats) -> Floats:
        return np.hstack([coefficients(summed[:, start:end]) for start, end in pairwise(ends)])

    drawn = clustered_replicates(by_story, statistic, replicates=replicates, seed=seed)
    n_stories = np.count_nonzero(by_story[:, ends[1:] - 1], axis=0)
    unanimous = np.repeat(drawn[0, 2::3] == 1, 3)
    found = percentile_intervals(drawn, np.where(unanimous, 0, np.repeat(n_stories, 3)), level)
    totals = by_story.sum(axis=0)
    return [
        _variable(variable, found[3 * i : 3 * i + 3], totals[ends[i] : ends[i + 1]], int(n_stories[i]))
        for i, variable in enumerate(table.variables)
    ]


def _variable(variable: Variable, found: list[Interval], totals: Floats, n_stories: int) -> VariableAgreement:
    alpha, ac1, percent = found
    agreeing, coincidences, _ = np.split(totals[:-2], 3)
    with np.errstate(invalid="ignore"):
        shares, specific = coincidences / coincidences.sum(), agreeing / coincidences
    high = ac1.value >= HIGH_AC1 or percent.value >= HIGH_PERCENT
    return VariableAgreement(
        variable.name,
        variable.kind,
        *(alpha, ac1, percent),
        n_sentences=int(totals[-1]),
        n_stories=n_stories,
        shares=dict(zip(variable.values, shares.tolist(), strict=True)),
        specific=dict(zip(variable.values, specific.tolist(), strict=True)),
        verdict=_verdict(alpha.value),
        deflated=bool(alpha.value < TENTATIVE and high and shares.max() >= COMMON),
    )


def _verdict(alpha: float) -> Verdict:
    if np.isnan(alpha):
        return "undefined"
    return "reliable" if alpha >= RELIABLE else "tentative" if alpha >= TENTATIVE else "unreliable"


def _pairs(table: CodingTable) -> list[PairAgreement]:
    found = []
    for one, other in combinations(range(len(table.coders)), 2):
        common = np.flatnonzero(table.coded[one] & table.coded[other])
        if len(common):
            pair = measure(table.part(common, [one, other]))
            found.append(PairAgreement((table.coders[one], table.coders[other]), len(common), pair))
    return found


def _blocks(table: CodingTable, level: float, replicates: int, seed: int) -> list[BlockAgreement]:
    n = min(BLOCKS, len(table.sentence_ids) // MIN_BLOCK)
    if n < 2:
        return []
    timed = not np.isnan(table.coded_at).any()
    order = np.argsort(table.coded_at, kind="stable") if timed else np.arange(len(table.sentence_ids))
    found, first = [], 1
    for block in np.array_split(order, n):
        start, end = (_date(table.coded_at[i]) if timed else "" for i in block[[0, -1]])
        agreed = measure(table.part(block), level=level, replicates=replicates, seed=seed)
        found.append(BlockAgreement(first, first + len(block) - 1, start, end, agreed))
        first += len(block)
    return found


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
