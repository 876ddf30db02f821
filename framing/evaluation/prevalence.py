"""Corrected prevalence: what a classifier counts, repaired with a probability sample of coded sentences.

Design-based supervised learning (Egami, Hinck, Stewart and Wei 2023, Using imperfect surrogates for downstream
inference, arXiv 2306.04746), in its Hajek form, with sentences clustered in stories.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.sparse import csr_array

from framing.errors import FramingError

Floats = NDArray[np.float64]

RARE_POSITIVES = 5
RARE_ICC = 0.10  # intraclass correlation assumed where positives are too few to estimate a variance


@dataclass(frozen=True)
class Prevalence:
    """Prevalence of a frame in one outlet.

    Parameters
    ----------
    outlet : str
    prevalence : float
        Corrected share of the outlet's sentences; the mean score, uncorrected, where there is no gold.
    se, low, high : float
        Standard error and limits; NaN where there are fewer than two gold stories.
    naive : float
        Share counted from predicted labels.
    n_gold, n_positive, n_stories : int
        Coded sentences, those with the frame, and the stories they are from.
    corrected : bool
        False without gold: no interval, no test.
    rare : bool
        Fewer than five gold positives: the interval is the union with a Clopper-Pearson interval.
    """

    outlet: str
    prevalence: float
    se: float
    low: float
    high: float
    naive: float
    n_gold: int
    n_positive: int
    n_stories: int
    corrected: bool
    rare: bool


def corrected_prevalence(
    scores: ArrayLike,
    gold: ArrayLike,
    inclusion_probability: ArrayLike,
    story: Sequence[object] | NDArray[np.generic],
    outlet: Sequence[object] | NDArray[np.generic],
    *,
    level: float = 0.95,
    predicted: ArrayLike | None = None,
) -> list[Prevalence]:
    """Estimate the prevalence of a frame in each outlet from scores of all sentences and gold of a sample.

    Parameters
    ----------
    scores : array_like of float, shape (n_sentences,)
        Recalibrated probability of the frame, 0 to 1, from models that did not see the sentence's story.
    gold : array_like of float, shape (n_sentences,)
        1 or 0 where coded, NaN elsewhere.
    inclusion_probability : array_like of float, shape (n_sentences,)
        Probability with which a coded sentence was drawn, above 0 to 1; NaN where not coded.
    story, outlet : sequence, length n_sentences
    level : float
        Of the intervals.
    predicted : array_like of bool, shape (n_sentences,), optional
        Labels to count for `naive`; by default scores of at least .5.

    Returns
    -------
    list of Prevalence
        One per outlet, sorted by name.

    Raises
    ------
    FramingError
        If lengths differ, scores or gold are out of range, nothing is coded, or a coded sentence has no
        inclusion probability above 0 and at most 1.

    Notes
    -----
    With g the score, y the gold, w = 1/pi where coded and 0 elsewhere, W = sum(w), per outlet::

        delta = sum(w (y - g)) / W
        theta = mean(g) + delta
        z     = (g - mean(g)) / N + w (y - g - delta) / W
        SE^2  = m / (m - 1) * sum over stories of (sum of z in the story)^2,   m = stories with gold
        interval = expit(logit(theta) -+ t_{m-1} SE / (theta (1 - theta)))

    With fewer than five gold positives the interval is the union with the Clopper-Pearson interval at the
    effective sample size n / (1 + (n/m - 1) * 0.10).
    """
    fit = fit_prevalence(scores, gold, inclusion_probability, story, outlet, predicted=predicted)
    return fit.records(level)


@dataclass(frozen=True)
class Contrast:
    """Prevalence of a frame in outlet `a` minus that in outlet `b`.

    `difference` with `low` and `high` is in shares; `p` is two-sided; `log_risk_ratio` and its standard error
    are NaN where a prevalence is not above zero.
    """

    a: str
    b: str
    difference: float
    se: float
    low: float
    high: float
    df: float
    p: float
    log_risk_ratio: float
    log_risk_ratio_se: float


@dataclass(frozen=True)
class PrevalenceFit:
    """Estimates of all outlets with what is needed to compare them.

    Parameters
    ----------
    outlets : ndarray of str, shape (n_outlets,)
    n, n_gold, n_positive, n_stories : ndarray, shape (n_outlets,)
    theta, se, naive : ndarray of float, shape (n_outlets,)
    influence : csr_array, shape (n_outlets, n_stories)
        Sums of z per outlet and story.
    """

    outlets: NDArray[np.str_]
    n: Floats
    n_gold: Floats
    n_positive: Floats
    n_stories: NDArray[np.intp]
    theta: Floats
    se: Floats
    naive: Floats
    influence: csr_array

    def records(self, level: float = 0.95) -> list[Prevalence]:
        """Prevalence per outlet, in the order of `outlets`."""
        return [_record(self, i, level) for i in range(len(self.outlets))]

    def contrasts(self, level: float = 0.95) -> list[Contrast]:
        """Differences of all pairs of outlets that have at least two gold stories each.

        Notes
        -----
        Var(a - b) = SE_a^2 + SE_b^2 - 2 sum over shared stories of Z_a Z_b; degrees of freedom by Welch (1947),
        Biometrika 34, 28-35; log risk ratio by the delta method, Var = SE_a^2/theta_a^2 + SE_b^2/theta_b^2.
        """
        usable = np.flatnonzero(self.n_stories > 1)
        one, two = (usable[side] for side in np.triu_indices(len(usable), k=1))
        a, b, va, vb = self.theta[one], self.theta[two], self.se[one] ** 2, self.se[two] ** 2
        shared = (self.influence @ self.influence.T).toarray()[one, two]
        se = np.sqrt(np.maximum(va + vb - 2 * shared, 0.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            df = (va + vb) ** 2 / (va**2 / (self.n_stories[one] - 1) + vb**2 / (self.n_stories[two] - 1))
            half = stats.t.ppf((1 + level) / 2, df) * se
            p = np.where(se > 0, 2 * stats.t.sf(np.abs(a - b) / se, df), np.nan)
            positive = np.minimum(a, b) > 0
            ratio = np.where(positive, np.log(np.where(positive, a / b, 1.0)), np.nan)
            ratio_se = np.where(positive, np.sqrt(va / a**2 + vb / b**2), np.nan)
        columns = (a - b, se, a - b - half, a - b + half, df, p, ratio, ratio_se)
        numbers = np.column_stack(columns).tolist()
        names = zip(self.outlets[one].tolist(), self.outlets[two].tolist(), strict=True)
        return [Contrast(*pair, *row) for pair, row in zip(names, numbers, strict=True)]


def fit_prevalence(
    scores: ArrayLike,
    gold: ArrayLike,
    inclusion_probability: ArrayLike,
    story: Sequence[object] | NDArray[np.generic],
    outlet: Sequence[object] | NDArray[np.generic],
    *,
    predicted: ArrayLike | None = None,
) -> PrevalenceFit:
    """Estimate as `corrected_prevalence` does, and keep what differences need."""
    data = _checked(scores, gold, inclusion_probability, story, outlet)
    labels = data.scores >= 0.5 if predicted is None else np.asarray(predicted, dtype=bool)
    return _fit(data, labels)


def holm(p: ArrayLike) -> Floats:
    """Adjusted p-values that control the family-wise error; NaN stays NaN and does not count.

    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    values = np.asarray(p, dtype=float)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    adjusted = np.full(len(values), np.nan)
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Adjusted p-values that control the false discovery rate; NaN stays NaN and does not count.

    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
    """
    values = np.asarray(p, dtype=float)
    tested = ~np.isnan(values)
    adjusted = np.full(len(values), np.nan)
    if tested.any():
        adjusted[tested] = stats.false_discovery_control(values[tested])
    return adjusted


@dataclass(frozen=True)
class _Data:
    scores: Floats
    gold: Floats
    weight: Floats
    coded: NDArray[np.bool_]
    outlets: NDArray[np.str_]
    member: NDArray[np.intp]
    cluster: NDArray[np.intp]


def _checked(
    scores: ArrayLike,
    gold: ArrayLike,
    inclusion_probability: ArrayLike,
    story: Sequence[object] | NDArray[np.generic],
    outlet: Sequence[object] | NDArray[np.generic],
) -> _Data:
    g, y, pi = (np.asarray(values, dtype=float) for values in (scores, gold, inclusion_probability))
    lengths = {len(g), len(y), len(pi), len(story), len(outlet)}
    if len(lengths) > 1 or g.ndim != 1:
        raise FramingError(f"scores, gold, probabilities, stories and outlets differ in length {sorted(lengths)}")
    coded = ~np.isnan(y)
    _refuse(~((g >= 0) & (g <= 1)), "scores", "expected 0 to 1 for every sentence")
    _refuse(coded & ~np.isin(y, (0, 1)), "gold", "expected 0 or 1, or NaN where not coded")
    if not coded.any():
        raise FramingError("no gold: no sentence is coded, so nothing can be corrected; code a sample first")
    _refuse(
        coded & ~((pi > 0) & (pi <= 1)),
        "inclusion probabilities of coded sentences",
        "expected above 0 and at most 1, as written when the sample was drawn; lost ones cannot be repaired",
    )
    outlets, member = np.unique(np.asarray(outlet).astype(str), return_inverse=True)
    _, cluster = np.unique(np.asarray(story).astype(str), return_inverse=True)
    weight = np.divide(1.0, pi, out=np.zeros_like(g), where=coded)
    return _Data(g, np.where(coded, y, 0.0), weight, coded, outlets, member, cluster)


def _refuse(wrong: NDArray[np.bool_], what: str, expected: str) -> None:
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise FramingError(f"{what}: {int(wrong.sum())} are out of range, the first at position {first}; {expected}")


def _fit(data: _Data, labels: NDArray[np.bool_]) -> PrevalenceFit:
    n = np.bincount(data.member).astype(float)
    total = np.bincount(data.member, data.weight)
    mean = np.bincount(data.member, data.scores) / n
    residual = np.where(data.coded, data.gold - data.scores, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        delta = np.where(total > 0, np.bincount(data.member, data.weight * residual) / total, 0.0)
        pull = np.where(data.coded, data.weight * (residual - delta[data.member]) / total[data.member], 0.0)
    z = (data.scores - mean[data.member]) / n[data.member] + pull
    influence = csr_array((z, (data.member, data.cluster)))  # sums the sentences of a story
    stories = csr_array((data.coded.astype(float), (data.member, data.cluster)))
    m = np.asarray((stories > 0).sum(axis=1)).ravel().astype(int)
    squares = np.asarray(influence.multiply(influence).sum(axis=1)).ravel()
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.where(m > 1, np.sqrt(m / (m - 1) * squares), np.nan)
    return PrevalenceFit(
        outlets=data.outlets,
        n=n,
        n_gold=np.bincount(data.member, data.coded).astype(float),
        n_positive=np.bincount(data.member, data.gold).astype(float),
        n_stories=m,
        theta=mean + delta,
        se=se,
        naive=np.bincount(data.member, labels) / n,
        influence=influence,
    )


def _record(fit: PrevalenceFit, i: int, level: float) -> Prevalence:
    theta, se, m = float(fit.theta[i]), float(fit.se[i]), int(fit.n_stories[i])
    n_gold, positive = int(fit.n_gold[i]), int(fit.n_positive[i])
    rare = n_gold > 0 and positive < RARE_POSITIVES
    low, high = _logit_interval(theta, se, m, level) if m > 1 else (np.nan, np.nan)
    if rare and m > 1:
        exact = _clopper_pearson(positive, n_gold, m, level)
        low, high = np.fmin(low, exact[0]), np.fmax(high, exact[1])  # the limits that exist
    return Prevalence(
        outlet=str(fit.outlets[i]),
        prevalence=theta,
        se=se,
        low=float(low),
        high=float(high),
        naive=float(fit.naive[i]),
        n_gold=n_gold,
        n_positive=positive,
        n_stories=m,
        corrected=n_gold > 0,
        rare=rare,
    )


def _logit_interval(theta: float, se: float, m: int, level: float) -> tuple[float, float]:
    """Limits on the logit scale; NaN where the estimate is not inside 0 to 1."""
    if not 0 < theta < 1:
        return float("nan"), float("nan")
    half = stats.t.ppf((1 + level) / 2, m - 1) * se / (theta * (1 - theta))
    centre = np.log(theta / (1 - theta))
    low, high = 1 / (1 + np.exp(-(centre - half))), 1 / (1 + np.exp(-(centre + half)))
    return float(low), float(high)


def _clopper_pearson(positive: int, n: int, m: int, level: float) -> tuple[float, float]:
    """Exact binomial limits at the effective sample size: Clopper and Pearson (1934), Biometrika 26, 404-413."""
    effective = n / (1 + (n / m - 1) * RARE_ICC)
    hits = positive * effective / n
    low = stats.beta.ppf((1 - level) / 2, hits, effective - hits + 1) if hits > 0 else 0.0
    high = stats.beta.ppf((1 + level) / 2, hits + 1, effective - hits) if positive < n else 1.0
    return float(low), float(high)
