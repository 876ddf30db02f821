"""Corrected stance toward a target: share of sentences per stance and outlet, and net stance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from framing.arrays import Floats
from framing.bootstrap import Interval
from framing.evaluation.clustered import ClusteredEstimates, Contrast
from framing.evaluation.prevalence import Prevalence, PrevalenceFit, fit_prevalence
from framing.evaluation.recalibration import recalibrate


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
class StanceFit:
    """Estimates of all outlets; `net` holds what differences of net stance between outlets need."""

    shares: dict[str, PrevalenceFit]
    net: ClusteredEstimates

    def records(self, level: float = 0.95) -> list[OutletStance]:
        """Stance per outlet, sorted by name."""
        by_stance = {stance: fit.records(level) for stance, fit in self.shares.items()}
        columns = zip(self.net.theta.tolist(), *(x.tolist() for x in self.net.limits(level)), strict=True)
        return [
            OutletStance(name, {stance: records[i] for stance, records in by_stance.items()}, Interval(net, low, high))
            for i, (name, (net, low, high)) in enumerate(zip(self.net.names.tolist(), columns, strict=True))
        ]

    def contrasts(self, level: float = 0.95) -> list[Contrast]:
        """Differences of net stance of all pairs of outlets that have at least two gold stories each."""
        return self.net.contrasts(level)


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
    coded = np.array([value is not None for value in gold], dtype=bool)
    values = np.asarray(gold, dtype=object)
    scores = {stance: np.nan_to_num(np.asarray(p, dtype=float)) for stance, p in probabilities.items()}
    chosen = np.array(list(scores.values())).argmax(axis=0)
    fits = {}
    for i, (stance, score) in enumerate(scores.items()):
        actual = np.where(coded, values == stance, np.nan)
        labelled = (chosen == i) & (score > 0)
        fits[stance] = fit_prevalence(
            _recalibrated(score, actual, story, outlet),
            actual,
            inclusion_probability,
            story,
            outlet,
            predicted=labelled,
        )
    favourable, critical = fits["favourable"].general, fits["critical"].general
    net = ClusteredEstimates(
        favourable.names,
        favourable.theta - critical.theta,
        favourable.n_stories,
        favourable.influence - critical.influence,
    )
    return StanceFit(fits, net)


def _recalibrated(
    score: Floats,
    gold: Floats,
    story: Sequence[object] | NDArray[np.generic],
    outlet: Sequence[object] | NDArray[np.generic],
) -> Floats:
    """Scores recalibrated; as they are where no coded sentence has the stance, which leaves nothing to learn from."""
    return recalibrate(score, gold, story, outlet) if (gold == 1).any() else score
