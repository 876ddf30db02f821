"""Change over time in a group's use of a frame."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from framing.arrays import Floats
from framing.bootstrap import Interval
from framing.evaluation.clustered import ClusteredEstimates, Grouping
from framing.evaluation.evidence import Evidence
from framing.evaluation.multiplicity import holm
from framing.labelling import Labels

MIN_STORIES = 10
MIN_MONTHS = 3
MIN_DAYS = 60  # between the first and the last, since of two of the months there may be a day each
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Month:
    """Sentences of a group in a month (``2024-05``), and the mean of their scores per frame."""

    group: str
    month: str
    n_sentences: int
    scores: list[float]


@dataclass(frozen=True)
class Trend:
    """Change of a group's share per year, in shares; `n_stories` carry the variance."""

    group: str
    frame: str
    slope: Interval
    p: float
    p_holm: float
    n_stories: int


@dataclass(frozen=True)
class TooFew:
    """A group without trends: its dated stories with gold (or labels), and the months and days its sentences span."""

    group: str
    n_stories: int
    n_months: int
    n_days: int

    @property
    def enough(self) -> bool:
        """Whether it has enough after all."""
        return self.n_stories >= MIN_STORIES and self.n_months >= MIN_MONTHS and self.n_days >= MIN_DAYS


@dataclass(frozen=True)
class Trends:
    """Trends of groups with gold (or labels) of ten stories and sentences in three months of 60 days, or more.

    `drift` has, per frame, the p-value of a change over time of gold minus score, all groups together: where it is
    small, the classifier gets better or worse with time. `n_undated` sentences have no date and are left out.
    `too_few` are the groups that fall short of either.
    """

    months: list[Month]
    trends: list[Trend]
    drift: dict[str, float]
    n_undated: int
    too_few: list[TooFew]


def fit_trends(evidence: Evidence, labels: Labels, *, level: float = 0.95) -> Trends:
    """Regress each frame on time in every group.

    Parameters
    ----------
    evidence : Evidence
    labels : Labels
        Those the evidence was gathered from, for the dates.
    level : float
        Of the intervals.

    Notes
    -----
    Least squares of the pseudo-outcome ``g + (y - g) / pi`` on time in years, per group, with standard errors
    clustered by story and t with m - 2 degrees of freedom, m the stories with gold (Egami et al. 2023, section 4).
    Without gold the labels take the place of the pseudo-outcome. Holm's adjustment is over groups and frames.
    """
    days, place = labels.dates
    own = place[evidence.population.rows]
    dated = own >= 0
    groups = evidence.population.groups
    if not dated.any():
        return Trends([], [], {}, len(dated), [TooFew(name, 0, 0, 0) for name in groups.names.tolist()])
    kept = groups.take(dated)
    time = days.astype("datetime64[D]").astype(float)[own[dated]] / _DAYS_PER_YEAR
    months, month = np.unique(np.array([day[:7] for day in days]), return_inverse=True)
    monthly = _monthly(evidence, kept, dated, month[own[dated]], months)
    carries = evidence.coded[dated] if evidence.source else np.ones(len(time), dtype=bool)
    n_stories, n_months = kept.count_stories(carries), Counter(m.group for m in monthly)
    names, n_days = groups.names.tolist(), _spans(time * _DAYS_PER_YEAR, kept).tolist()
    counts = [TooFew(g, n, n_months[g], d) for g, n, d in zip(names, n_stories.tolist(), n_days, strict=True)]
    enough = np.array([count.enough for count in counts])
    return Trends(
        monthly,
        _trends(evidence, kept, dated, time, enough, level),
        _drift(evidence, kept, dated, time),
        int((~dated).sum()),
        [c for c, sufficient in zip(counts, enough, strict=True) if not sufficient],
    )


def _spans(days: Floats, groups: Grouping) -> NDArray[np.intp]:
    """Days from the first to the last sentence of each group; 0 where there is none."""
    first, last = np.full(len(groups.names), np.inf), np.full(len(groups.names), -np.inf)
    np.minimum.at(first, groups.member, days)
    np.maximum.at(last, groups.member, days)
    spans: NDArray[np.intp] = np.maximum(last - first, 0).round().astype(np.intp)
    return spans


def slopes(values: Floats, time: Floats, groups: Grouping, carries: NDArray[np.bool_]) -> ClusteredEstimates:
    """Least-squares slope of values on time per group; z = (t - mean t) e / sum((t - mean t)^2).

    Parameters
    ----------
    values, time : ndarray of float, shape (n_sentences,)
    groups : Grouping
    carries : ndarray of bool, shape (n_sentences,)
        Sentences whose stories count towards the degrees of freedom.
    """
    n = groups.total(np.ones_like(time))
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = time - (groups.total(time) / n)[groups.member]
        squares = groups.total(centred**2)
        slope = groups.total(centred * values) / squares
        error = values - (groups.total(values) / n)[groups.member] - slope[groups.member] * centred
        z = np.nan_to_num(centred * error / squares[groups.member])
    return ClusteredEstimates(groups.names, slope, groups.count_stories(carries), groups.by_story(z), parameters=2)


def _monthly(
    e: Evidence, kept: Grouping, dated: NDArray[np.bool_], month: NDArray[np.intp], months: NDArray[np.str_]
) -> list[Month]:
    cells, cell = np.unique(kept.member * len(months) + month, return_inverse=True)
    counts = np.bincount(cell)
    means = np.column_stack([np.bincount(cell, column) / counts for column in e.scores[dated].T])
    return [
        Month(str(kept.names[code // len(months)]), str(months[code % len(months)]), int(n), row)
        for code, n, row in zip(cells.tolist(), counts, means.tolist(), strict=True)
    ]


def _drift(e: Evidence, kept: Grouping, dated: NDArray[np.bool_], time: Floats) -> dict[str, float]:
    """Test that gold minus score does not change over time, on the coded sentences."""
    coded = e.coded[dated]
    together = Grouping(np.array(["all"]), np.zeros(int(coded.sum()), dtype=np.intp), kept.story[coded])
    found = {}
    for i in np.flatnonzero(e.correctable):
        residual = (e.gold[dated, i] - e.scores[dated, i])[coded]
        fit = slopes(residual, time[coded], together, np.ones(len(residual), dtype=bool))
        if fit.n_stories[0] >= MIN_STORIES and fit.se[0] > 0:
            found[e.codebook.frame_names[i]] = _p(fit, 0)
    return found


def _p(fit: ClusteredEstimates, g: int) -> float:
    """Two-sided p-value of a slope of zero; NaN without a standard error."""
    if not fit.se[g] > 0:
        return float("nan")
    return float(2 * stats.t.sf(abs(fit.theta[g] / fit.se[g]), fit.n_stories[g] - fit.parameters))


def _trends(
    e: Evidence, kept: Grouping, dated: NDArray[np.bool_], time: Floats, enough: NDArray[np.bool_], level: float
) -> list[Trend]:
    found = []
    corrected = e.source is not None
    carries = e.coded[dated] if corrected else np.ones(len(time), dtype=bool)
    for i, frame in enumerate(e.codebook.frame_names):
        if corrected and not e.correctable[i]:
            continue
        pi = e.inclusion_probability[dated]
        repair = np.where(carries, (e.gold[dated, i] - e.scores[dated, i]) / pi, 0.0) if corrected else 0.0
        fit = slopes(e.scores[dated, i] + repair, time, kept, carries)
        low, high = fit.limits(level)
        for g in np.flatnonzero(enough).tolist():
            slope = Interval(float(fit.theta[g]), float(low[g]), float(high[g]))
            found.append((str(kept.names[g]), frame, slope, _p(fit, g), int(fit.n_stories[g])))
    adjusted = holm([p for *_, p, _ in found]) if corrected else np.full(len(found), np.nan)
    return [
        Trend(group, frame, slope, p if corrected else float("nan"), float(a), n)
        for (group, frame, slope, p, n), a in zip(found, adjusted, strict=True)
    ]
