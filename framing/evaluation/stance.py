"""Corrected stance toward a target: share of sentences per stance and outlet, and net stance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, diags_array

from framing.arrays import Codes, Floats
from framing.bootstrap import Interval
from framing.evaluation.clustered import ClusteredEstimates, Contrast, Grouping
from framing.evaluation.prevalence import RARE_POSITIVES, Prevalence, PrevalenceFit, check_lengths, fit_groups
from framing.evaluation.proportions import difference_limits
from framing.evaluation.recalibration import recalibrate
from framing.evaluation.widening import widened_contrasts


@dataclass(frozen=True)
class OutletStance:
    """How an outlet stands toward a target, as shares of all its sentences.

    Parameters
    ----------
    outlet : str
    shares : dict of str to Prevalence
        Corrected share of the sentences with each stance.
    net : Interval
        Share of favourable minus share of critical sentences, -1 to 1, with limits for the outlet in general; none with
        fewer than two gold stories.
    """

    outlet: str
    shares: dict[str, Prevalence]
    net: Interval


@dataclass(frozen=True)
class StanceClass:
    """One of several exclusive classes of sentences, such as one stance, or one stance in one voice.

    Parameters
    ----------
    score : ndarray of float, shape (n_sentences,)
        Recalibrated probability, 0 to 1; 0 where the target is absent.
    gold : ndarray of float, shape (n_sentences,)
        1 or 0 where coded, NaN elsewhere.
    labelled : ndarray of bool, shape (n_sentences,)
    """

    score: Floats
    gold: Floats
    labelled: NDArray[np.bool_]


@dataclass(frozen=True)
class StanceFit:
    """Estimates of all outlets; `net` holds what differences of net stance between outlets need.

    `among` is net stance among the sentences about the target; `n_about` are the coded ones.
    """

    shares: dict[str, PrevalenceFit]
    net: ClusteredEstimates
    among: ClusteredEstimates
    n_about: Floats

    def records(self, level: float = 0.95) -> list[OutletStance]:
        """Stance per outlet, sorted by name."""
        by_stance = {stance: fit.records(level) for stance, fit in self.shares.items()}
        columns = zip(self.net.theta.tolist(), *(x.tolist() for x in self.net_limits(level)), strict=True)
        return [
            OutletStance(name, {stance: records[i] for stance, records in by_stance.items()}, Interval(net, low, high))
            for i, (name, (net, low, high)) in enumerate(zip(self.net.names.tolist(), columns, strict=True))
        ]

    def net_limits(self, level: float) -> tuple[Floats, Floats]:
        """Limits of net stance per outlet, -1 to 1; NaN with fewer than two gold stories.

        Notes
        -----
        Where coded favourable or critical sentences are rare, the interval is the union with that from the (widened)
        limits of both shares, see `framing.evaluation.proportions.difference_limits`.
        """
        low, high = self.net.limits(level)
        favourable, critical = self.shares["favourable"], self.shares["critical"]
        safe_low, safe_high = difference_limits(
            (favourable.general.theta, *favourable.limits(level)), (critical.general.theta, *critical.limits(level))
        )
        rare = self.rare & ~np.isnan(low)
        low = np.where(rare, np.fmin(low, safe_low), low)
        high = np.where(rare, np.fmax(high, safe_high), high)
        return np.clip(low, -1, 1), np.clip(high, -1, 1)

    def among_intervals(self, level: float) -> list[Interval]:
        """Net stance among the sentences about the target, -1 to 1; NaN with fewer than five coded ones.

        Notes
        -----
        Where coded favourable or critical sentences are rare, the t-interval is the union with the limits of net stance
        over the share of sentences about the target.
        """
        low, high = self.among.limits(level)
        about = sum((fit.general.theta for fit in self.shares.values()), start=np.zeros(len(low)))
        with np.errstate(invalid="ignore", divide="ignore"):
            safe_low, safe_high = (limit / about for limit in self.net_limits(level))
        columns = (
            self.among.theta,
            np.where(self.rare, np.minimum(low, safe_low), low),
            np.where(self.rare, np.maximum(high, safe_high), high),
        )
        known = (about > 0) & (self.n_about >= RARE_POSITIVES)
        return [Interval(*row) for row in np.where(known, np.clip(columns, -1, 1), np.nan).T.tolist()]

    def contrasts(self, level: float = 0.95) -> list[Contrast]:
        """Differences of net stance of all pairs of outlets that have at least two gold stories each.

        Where an interval of one of both is widened, so is that of the difference, see `widened_contrasts`.
        """
        return widened_contrasts(self.net, self.net_limits, self.rare, level)

    @property
    def rare(self) -> NDArray[np.bool_]:
        """Where fewer than five coded sentences are favourable, or critical, shape (n_outlets,)."""
        return np.asarray(self.shares["favourable"].rare | self.shares["critical"].rare)


def fit_stance(
    probabilities: Mapping[str, ArrayLike],
    gold: Sequence[str | None] | NDArray[np.object_],
    inclusion_probability: ArrayLike,
    story: Sequence[object] | NDArray[np.generic],
    outlet: Sequence[object] | NDArray[np.generic],
) -> StanceFit:
    """Estimate shares of stances toward one target from the labels of all sentences and gold of a sample.

    Each stance is a binary column with its gold, corrected as `framing.evaluation.corrected_prevalence` does, on scores
    that are recalibrated per outlet. Net stance is a difference of two such shares, so its variance comes from the
    difference of their influences, which holds their covariance.

    Parameters
    ----------
    probabilities : mapping of str to array_like of float, shape (n_sentences,)
        Of each stance, 0 to 1; NaN where the target is absent, which counts as 0. ``favourable`` and ``critical`` are
        among the stances.
    gold : sequence of str or None, length n_sentences
        Stance, or ``absent``, where coded; None elsewhere.
    inclusion_probability : array_like of float, shape (n_sentences,)
        Probability with which a coded sentence was drawn, above 0 to 1; NaN where not coded.
    story, outlet : sequence, length n_sentences

    Raises
    ------
    FramingError
        As `framing.evaluation.corrected_prevalence`.
    """
    scores = {stance: np.asarray(p, dtype=float) for stance, p in probabilities.items()}
    pi = np.asarray(inclusion_probability, dtype=float)
    for score in scores.values():
        check_lengths(score, gold, pi, story, outlet)
    groups = Grouping.of(outlet, story)
    return fit_classes(stance_classes(scores, np.asarray(gold, dtype=object), groups), pi, groups)


def stance_classes(
    probabilities: Mapping[str, Floats], gold: NDArray[np.object_], groups: Grouping
) -> dict[str, StanceClass]:
    """Classes of the stance toward one target, with recalibrated scores; arguments as of `fit_stance`."""
    coded = np.array([value is not None for value in gold], dtype=bool)
    scores = {stance: np.nan_to_num(p) for stance, p in probabilities.items()}
    chosen = np.array(list(scores.values())).argmax(axis=0)
    classes = {}
    for i, (stance, score) in enumerate(scores.items()):
        actual = np.where(coded, gold == stance, np.nan)
        classes[stance] = StanceClass(recalibrated(score, actual, groups), actual, (chosen == i) & (score > 0))
    return classes


def fit_classes(classes: Mapping[str, StanceClass], inclusion_probability: Floats, groups: Grouping) -> StanceFit:
    """Corrected shares of classes, and ``favourable`` minus ``critical``.

    Raises
    ------
    FramingError
        As `framing.evaluation.corrected_prevalence`.
    """
    even = np.ones(len(inclusion_probability))
    fits = {
        name: fit_groups(each.score, each.gold, inclusion_probability, each.labelled, groups, even)
        for name, each in classes.items()
    }
    favourable, critical = fits["favourable"].general, fits["critical"].general
    net = ClusteredEstimates(
        favourable.names,
        favourable.theta - critical.theta,
        favourable.n_stories,
        favourable.influence - critical.influence,
    )
    about = np.any([each.gold == 1 for each in classes.values()], axis=0)
    among = _among(net, [fit.general for fit in fits.values()], groups.count_stories(about))
    return StanceFit(fits, net, among, groups.total(about))


def _among(net: ClusteredEstimates, shares: Sequence[ClusteredEstimates], n_stories: Codes) -> ClusteredEstimates:
    """Net stance over the share S of sentences with any stance, a ratio R: z = (z_net - R z_S) / S.

    Linearised as ratios are; Woodruff (1971), Journal of the American Statistical Association 66, 411-414.
    """
    total = np.sum([share.theta for share in shares], axis=0)
    inverse = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    ratio = net.theta * inverse
    influence = net.influence - sum(diags_array(ratio) @ share.influence for share in shares)
    return ClusteredEstimates(net.names, ratio, n_stories, csr_array(diags_array(inverse) @ influence))


def recalibrated(score: Floats, gold: Floats, groups: Grouping) -> Floats:
    """Scores recalibrated; as they are where no coded sentence has the class, which leaves nothing to learn from."""
    return recalibrate(score, gold, groups.story, groups.member) if (gold == 1).any() else score
