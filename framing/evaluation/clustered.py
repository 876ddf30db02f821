"""Estimates per group whose variance comes from stories: the one engine behind all intervals and tests here.

Every estimator is written as a sum over sentences of influences z, so that its variance is the sum over stories of
squared sums of z (linearisation; Binder 1983, International Statistical Review 51, 279-292).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.sparse import csr_array
from scipy.special import expit, logit

from framing.arrays import Codes, Floats


@dataclass(frozen=True)
class Contrast:
    """Estimate of group `a` minus that of group `b`.

    `difference` with `low` and `high` is on the scale of the estimates; `p` is two-sided, NaN where the standard error
    is zero; `log_risk_ratio` and its standard error are NaN where an estimate is not above zero.
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
class EqualityTest:
    """Wald test that `n_groups` groups have the same value; NaN where fewer than two of them have a standard error."""

    statistic: float
    df: tuple[float, float]
    p: float
    n_groups: int


@dataclass(frozen=True)
class ClusteredEstimates:
    """One estimate per group, with the influence of every story on it.

    Parameters
    ----------
    names : ndarray of str, shape (n_groups,)
    theta : ndarray of float, shape (n_groups,)
        NaN where a group has nothing to estimate from.
    n_stories : ndarray of int, shape (n_groups,)
        Stories that carry the variance.
    influence : csr_array, shape (n_groups, n_stories)
        Sums of z per group and story.
    parameters : int
        Estimated per group: the degrees of freedom are stories minus parameters.
    """

    names: NDArray[np.str_]
    theta: Floats
    n_stories: Codes
    influence: csr_array
    parameters: int = 1

    @cached_property
    def se(self) -> Floats:
        """Standard error, NaN with too few stories: SE^2 = m / (m - 1) * sum over stories of Z^2."""
        squares = np.asarray(self.influence.multiply(self.influence).sum(axis=1)).ravel()
        m = self.n_stories
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self._tested, np.sqrt(m / (m - 1) * squares), np.nan)

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Limits of t-intervals on the scale of the estimates."""
        half = self._quantile(level) * self.se
        return self.theta - half, self.theta + half

    def share_limits(self, level: float) -> tuple[Floats, Floats]:
        """Limits of t-intervals on the logit scale; NaN where an estimate is not inside 0 to 1.

        Notes
        -----
        ``expit(logit(theta) -+ t_{m-1} SE / (theta (1 - theta)))``
        """
        inside = (self.theta > 0) & (self.theta < 1)
        theta = np.where(inside, self.theta, np.nan)
        half = self._quantile(level) * self.se / (theta * (1 - theta))
        return expit(logit(theta) - half), expit(logit(theta) + half)

    @property
    def near_edge(self) -> NDArray[np.bool_]:
        """Where a share is so near 0 or 1, or beyond, that its standard error on the logit scale is above 1."""
        return np.asarray(self.se > self.theta * (1 - self.theta))

    def contrasts(self, level: float) -> list[Contrast]:
        """Differences of all pairs of groups that have an interval each.

        Notes
        -----
        Var(a - b) = SE_a^2 + SE_b^2 - 2 sum over shared stories of Z_a Z_b; degrees of freedom by Welch (1947),
        Biometrika 34, 28-35; log risk ratio by the delta method, Var = SE_a^2/theta_a^2 + SE_b^2/theta_b^2 - 2 sum
        over shared stories of Z_a Z_b / (theta_a theta_b).
        """
        usable = np.flatnonzero(~np.isnan(self.se))
        one, two = (usable[side] for side in np.triu_indices(len(usable), k=1))
        a, b, va, vb = self.theta[one], self.theta[two], self.se[one] ** 2, self.se[two] ** 2
        se = np.sqrt(np.maximum(va + vb - 2 * self._shared[one, two], 0.0))
        free = self.n_stories - self.parameters
        with np.errstate(invalid="ignore", divide="ignore"):
            df = (va + vb) ** 2 / (va**2 / free[one] + vb**2 / free[two])
            half = stats.t.ppf((1 + level) / 2, df) * se
            p = np.where(se > 0, 2 * stats.t.sf(np.abs(a - b) / se, df), np.nan)
            positive = np.minimum(a, b) > 0
            ratio = np.where(positive, np.log(np.where(positive, a / b, 1.0)), np.nan)
            shared = 2 * self._shared[one, two] / (a * b)
            ratio_se = np.where(positive, np.sqrt(np.maximum(va / a**2 + vb / b**2 - shared, 0.0)), np.nan)
        columns = (a - b, se, a - b - half, a - b + half, df, p, ratio, ratio_se)
        numbers = np.column_stack(columns).tolist()
        names = zip(self.names[one].tolist(), self.names[two].tolist(), strict=True)
        return [Contrast(*pair, *row) for pair, row in zip(names, numbers, strict=True)]

    def equality(self) -> EqualityTest:
        """Wald test of equal values in all groups with a standard error above zero.

        Notes
        -----
        With theta of K groups, their covariance V and C the contrasts to the first group, the statistic is
        ``(C theta)' (C V C')^-1 (C theta) / (K - 1)``, referred to F with K - 1 and sum(m) - K degrees of freedom.
        """
        with np.errstate(invalid="ignore"):
            usable = np.flatnonzero(self.se > 0)
        if len(usable) < 2:
            return EqualityTest(float("nan"), (float("nan"), float("nan")), float("nan"), len(self.names))
        covariance = self._shared[np.ix_(usable, usable)].copy()
        np.fill_diagonal(covariance, self.se[usable] ** 2)
        gaps = self.theta[usable][1:] - self.theta[usable][0]
        contrasts = np.hstack([-np.ones((len(gaps), 1)), np.eye(len(gaps))])
        statistic = float(gaps @ np.linalg.pinv(contrasts @ covariance @ contrasts.T) @ gaps) / len(gaps)
        df = float(len(gaps)), float((self.n_stories[usable] - self.parameters).sum())
        return EqualityTest(statistic, df, float(stats.f.sf(statistic, *df)), len(usable))

    @property
    def _tested(self) -> NDArray[np.bool_]:
        return self.n_stories > self.parameters

    @cached_property
    def _shared(self) -> Floats:
        """Sums over stories of the product of two groups' influences."""
        return np.asarray((self.influence @ self.influence.T).toarray())

    def _quantile(self, level: float) -> Floats:
        free = np.where(self._tested, self.n_stories - self.parameters, np.nan)
        return np.asarray(stats.t.ppf((1 + level) / 2, free))


@dataclass(frozen=True)
class Grouping:
    """Which group and which story each sentence belongs to, as codes.

    Parameters
    ----------
    names : ndarray of str, shape (n_groups,)
    member : ndarray of int, shape (n_sentences,)
        Group of each sentence.
    story : ndarray of int, shape (n_sentences,)
    """

    names: NDArray[np.str_]
    member: Codes
    story: Codes

    @classmethod
    def of(cls, group: Sequence[object] | NDArray[np.generic], story: Sequence[object] | NDArray[np.generic]) -> Self:
        """Codes from the names of the group and the story of each sentence."""
        names, member = np.unique(np.asarray(group).astype(str), return_inverse=True)
        _, cluster = np.unique(np.asarray(story).astype(str), return_inverse=True)
        return cls(names, member, cluster)

    def take(self, kept: NDArray[np.bool_]) -> "Grouping":
        """The same groups with the sentences kept."""
        return Grouping(self.names, self.member[kept], self.story[kept])

    def total(self, values: NDArray[np.generic]) -> Floats:
        """Sum of values per group, shape (n_groups,)."""
        totals: Floats = np.bincount(self.member, values.astype(float), minlength=len(self.names)).astype(float)
        return totals

    def by_story(self, values: NDArray[np.generic]) -> csr_array:
        """Sums of values per group and story, sparse."""
        shape = (len(self.names), int(self.story.max(initial=-1)) + 1)
        return csr_array((values.astype(float), (self.member, self.story)), shape=shape)

    def count_stories(self, counted: NDArray[np.bool_]) -> Codes:
        """Number of stories per group with a counted sentence."""
        return np.asarray((self.by_story(counted) > 0).sum(axis=1)).ravel().astype(np.intp)


def weighted_means(
    values: Floats, weights: Floats, groups: Grouping, *, spread: Floats | float = 1.0, about: float | None = None
) -> ClusteredEstimates:
    """Weighted mean of values in each group, a ratio of sums: z = w (v - mean) / sum(w).

    Parameters
    ----------
    values : ndarray of float, shape (n_sentences,)
        Read where the weight is above zero.
    weights : ndarray of float, shape (n_sentences,)
    groups : Grouping
    spread : float or ndarray of float, shape (n_sentences,)
        Factor on z, such as a correction for a finite population.
    about : float, optional
        In place of each group's mean in z: the value that all groups have under a hypothesis.
    """
    used = weights > 0
    total = groups.total(weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = groups.total(np.where(used, weights * values, 0.0)) / total
        centre = mean[groups.member] if about is None else about
        z = np.where(used, spread * weights * (values - centre) / total[groups.member], 0.0)
    return ClusteredEstimates(groups.names, mean, groups.count_stories(used), groups.by_story(z))
