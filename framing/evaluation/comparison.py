"""Shares of sentences per group and frame, and the differences between groups."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from framing.arrays import Codes, Floats
from framing.bootstrap import Interval
from framing.evaluation.clustered import ClusteredEstimates, Contrast, weighted_means
from framing.evaluation.evidence import Evidence
from framing.evaluation.gold import Gold
from framing.evaluation.multiplicity import benjamini_hochberg, holm
from framing.evaluation.population import GroupData
from framing.evaluation.prevalence import PrevalenceFit

CORRECTED, UNCORRECTED = "corrected", "uncorrected"
ALL, ONCE, ARTICLES = "all sentences", "each story once", "each article equally"

_NAN = float("nan")
_LARGEST_LOG = log(1000)  # a ratio known to a factor of a thousand is not known


@dataclass(frozen=True)
class Share:
    """Share of a group's sentences that carry a frame, 0 to 1.

    Parameters
    ----------
    group, frame : str
    share : Interval
        The estimate with its limits for the group in general; counted from labels where `corrected` is false.
    corpus : Interval
        The same estimate with its limits for this corpus alone; none where it is not corrected.
    naive : float
        Share counted from labels.
    n_labelled : int
        Sentences with the label.
    n_gold, n_gold_positive, n_gold_stories : int
        Coded sentences, those with the frame, and their stories.
    corrected, rare : bool
        See `framing.evaluation.Prevalence`.
    """

    group: str
    frame: str
    share: Interval
    corpus: Interval
    naive: float
    n_labelled: int
    n_gold: int
    n_gold_positive: int
    n_gold_stories: int
    corrected: bool
    rare: bool


@dataclass(frozen=True)
class Difference:
    """Share of group `a` minus share of group `b`.

    `p`, and `p_holm` and `p_bh` adjusted over all pairs and frames, are NaN where shares are not corrected;
    `ratio` is the risk ratio a / b.
    """

    a: str
    b: str
    frame: str
    difference: Interval
    ratio: Interval
    p: float
    p_holm: float
    p_bh: float


@dataclass(frozen=True)
class Estimation:
    """Shares and differences under one rule of what counts: `name` says which."""

    name: str
    shares: list[Share]
    differences: list[Difference]

    def share_of(self, group: str, frame: str) -> Share:
        """The share of a group and frame."""
        return next(share for share in self.shares if (share.group, share.frame) == (group, frame))


@dataclass(frozen=True)
class GoldNotes:
    """What is to be known about the gold.

    Parameters
    ----------
    assumed_simple_random : bool
        Inclusion probabilities are assumed.
    n_training, n_unlabelled, n_apart, n_without_group, n_not_asked : int
        Codings that are not used: picked for training; not among the labels; of sentences that were set apart as
        boilerplate; of no group that is compared; not asked for.
    content_apart, boilerplate_kept : dict of str to int
        Errors in telling boilerplate from content, per group that has some: coded as content and set apart; coded as
        boilerplate and kept, so that they count as sentences without a frame.
    represented : dict of str to float
        Per group, the sentences that its gold stands for over those it has; about 1 if the sample was drawn from it.
    """

    assumed_simple_random: bool
    n_training: int
    n_unlabelled: int
    n_apart: int
    n_without_group: int
    n_not_asked: int
    content_apart: dict[str, int]
    boilerplate_kept: dict[str, int]
    represented: dict[str, float]


@dataclass(frozen=True)
class Comparison:
    """A comparison of groups by frame.

    `estimator` is ``corrected`` when gold repairs the classifier's errors, else ``uncorrected``: counted from labels.
    `main` counts all sentences, `variants` under other rules. `n_omitted` sentences have no value of `by`;
    all sentences of the groups `apart` were set apart as boilerplate; of `n_level` stories it is not known which group
    told them first.
    """

    by: str
    where: dict[str, str]
    frames: tuple[str, ...]
    groups: list[GroupData]
    main: Estimation
    variants: list[Estimation]
    estimator: str
    level: float
    n_sentences: int
    n_articles: int
    n_stories: int
    n_omitted: int
    apart: list[str]
    n_level: int
    n_gold: int
    n_gold_stories: int
    gold: GoldNotes | None
    codebook: dict[str, str]

    @property
    def corrected(self) -> bool:
        """Tell whether shares are corrected with gold."""
        return self.estimator == CORRECTED


def compare_shares(evidence: Evidence, *, level: float = 0.95) -> Comparison:
    """Estimate the shares of sentences with each frame, and compare the groups.

    Parameters
    ----------
    evidence : Evidence
    level : float
        Of the intervals.
    """
    population, coded = evidence.population, evidence.coded
    everything = np.ones(len(population.rows), dtype=bool)
    even = np.ones(len(population.rows))
    variants = []
    if not population.original.all():
        variants.append(_estimation(ONCE, evidence, population.original, even, level))
    if len(np.unique(population.article_weights)) > 1:
        variants.append(_estimation(ARTICLES, evidence, everything, population.article_weights, level))
    return Comparison(
        by=population.by,
        where=population.where,
        frames=evidence.codebook.frame_names,
        groups=population.data,
        main=_estimation(ALL, evidence, everything, even, level),
        variants=variants,
        estimator=CORRECTED if evidence.source else UNCORRECTED,
        level=level,
        n_sentences=len(population.rows),
        n_articles=population.n_articles,
        n_stories=population.n_stories,
        n_omitted=population.n_omitted,
        apart=population.apart,
        n_level=population.n_level,
        n_gold=int(coded.sum()),
        n_gold_stories=len(np.unique(population.groups.story[coded])),
        gold=_notes(evidence, evidence.source) if evidence.source else None,
        codebook=evidence.codebook.reference,
    )


def _notes(e: Evidence, source: Gold) -> GoldNotes:
    groups, coded = e.population.groups, e.coded
    n_sentences, n_coded = groups.total(np.ones(len(coded))), groups.total(coded)
    stands_for = groups.total(np.where(coded, 1 / e.inclusion_probability, 0.0)) / n_sentences
    names = groups.names.tolist()
    asked, owner = e.population.asked[source.rows], e.population.owner[source.rows]
    kept = np.isin(source.rows, e.population.rows)
    apart = asked & (owner >= 0) & ~kept

    def per_group(errors: NDArray[np.bool_]) -> dict[str, int]:
        counts = np.bincount(owner[errors], minlength=len(names)).tolist()
        return {name: n for name, n in zip(names, counts, strict=True) if n}

    return GoldNotes(
        source.assumed_simple_random,
        source.n_training,
        source.n_unlabelled,
        int(apart.sum()),
        int((asked & (owner < 0)).sum()),
        int((~asked).sum()),
        per_group(apart & ~source.boilerplate),
        per_group(kept & source.boilerplate),
        {name: share for name, share, n in zip(names, stands_for.tolist(), n_coded, strict=True) if n},
    )


def _estimation(name: str, e: Evidence, kept: NDArray[np.bool_], weight: Floats, level: float) -> Estimation:
    """Estimates of all frames from the sentences kept."""
    groups = e.population.groups.take(kept)
    shares: list[Share] = []
    contrasts: list[tuple[str, bool, Contrast]] = []
    for i, frame in enumerate(e.codebook.frame_names):
        labels = e.decisions[kept, i]
        if e.correctable[i] and not np.isnan(e.gold[kept, i]).all():
            fit = e.fit(i, kept, weight)
            shares += corrected_shares(fit, frame, groups.total(labels), level)
            contrasts += [(frame, True, contrast) for contrast in fit.contrasts(level)]
        else:
            counted = weighted_means(labels.astype(float), weight[kept], groups)
            coded = e.coded[kept]
            n_coded = (groups.total(coded), groups.count_stories(coded))
            shares += counted_shares(counted, frame, groups.total(labels), n_coded, None if e.source else level)
            contrasts += [(frame, False, c) for c in counted.contrasts(level) if e.source is None]
    return Estimation(name, shares, list(_differences(contrasts, level)))


def corrected_shares(fit: PrevalenceFit, frame: str, n_labelled: Floats, level: float) -> Iterator[Share]:
    """Shares of one frame; counted from labels in groups without gold."""
    for record, n in zip(fit.records(level), n_labelled, strict=True):
        estimate = record.prevalence if record.corrected else record.naive
        yield Share(
            record.outlet,
            frame,
            Interval(estimate, record.low, record.high),
            Interval(estimate, record.corpus_low, record.corpus_high),
            record.naive,
            int(n),
            record.n_gold,
            record.n_positive,
            record.n_stories,
            record.corrected,
            record.rare,
        )


def counted_shares(
    counted: ClusteredEstimates, frame: str, n_labelled: Floats, n_coded: tuple[Floats, Codes], level: float | None
) -> Iterator[Share]:
    """Shares counted from labels; without a level they get no limits, beside corrected ones that would mislead."""
    nothing = np.full(len(counted.names), _NAN)
    columns = (
        *(counted.names, counted.theta, *(counted.share_limits(level) if level else (nothing, nothing))),
        *(n_labelled.astype(int), n_coded[0].astype(int), n_coded[1]),
    )
    for name, share, low, high, n, coded, stories in zip(*(column.tolist() for column in columns), strict=True):
        own = Interval(share, low, high)
        yield Share(name, frame, own, Interval(share, _NAN, _NAN), share, n, coded, 0, stories, False, False)


def _differences(contrasts: list[tuple[str, bool, Contrast]], level: float) -> Iterator[Difference]:
    p = np.array([c.p if tested else np.nan for _, tested, c in contrasts])
    t = stats.t.ppf((1 + level) / 2, [c.df for _, _, c in contrasts]).tolist()
    for (frame, _, c), own, family, discovery, quantile in zip(
        contrasts, p, holm(p), benjamini_hochberg(p), t, strict=True
    ):
        yield Difference(
            c.a,
            c.b,
            frame,
            Interval(c.difference, max(c.low, -1.0), min(c.high, 1.0)),
            _ratio(c, quantile),
            float(own),
            float(family),
            float(discovery),
        )


def _ratio(c: Contrast, quantile: float) -> Interval:
    """Risk ratio with limits of a t-interval on the log scale, none where they would say nothing."""
    half = quantile * c.log_risk_ratio_se
    if not half < _LARGEST_LOG:
        return Interval(exp(c.log_risk_ratio), _NAN, _NAN)
    return Interval(exp(c.log_risk_ratio), exp(c.log_risk_ratio - half), exp(c.log_risk_ratio + half))
