"""Groups compared by their stance toward each target, in all sentences and in each voice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from framing.annotation.coded import stances_toward
from framing.arrays import Floats
from framing.bootstrap import Interval
from framing.evaluation.clustered import ClusteredEstimates, Contrast, Grouping, weighted_means
from framing.evaluation.comparison import Share, corrected_shares, counted_shares
from framing.evaluation.evidence import Evidence
from framing.evaluation.multiplicity import holm
from framing.evaluation.quoted import QuotedSource, quoted_sources
from framing.evaluation.stance import StanceClass, StanceFit, fit_classes, recalibrated, stance_classes
from framing.labelling import Labels
from framing.stance.values import VOICES

_NAN = float("nan")


@dataclass(frozen=True)
class NetStance:
    """Share of favourable minus share of critical sentences of a group, -1 to 1.

    `among` is the same of the sentences about the target, NaN where fewer than five such are coded. `naive` is `net`
    counted from labels; so are both where `corrected` is false. With `rare`, fewer than five coded sentences are
    favourable, or critical.
    """

    group: str
    net: Interval
    among: Interval
    naive: float
    corrected: bool
    rare: bool


@dataclass(frozen=True)
class NetDifference:
    """Net stance of group `a` minus that of group `b`, -2 to 2.

    `p`, and `p_holm` adjusted over all pairs of the target, are NaN where net stance is not corrected.
    """

    a: str
    b: str
    difference: Interval
    p: float
    p_holm: float


@dataclass(frozen=True)
class StanceEstimates:
    """Shares of all sentences per group and stance (in `Share.frame`), and net stance per group."""

    shares: list[Share]
    net: list[NetStance]

    @property
    def corrected(self) -> bool:
        """Tell whether any group is corrected with gold."""
        return any(net.corrected for net in self.net)


@dataclass(frozen=True)
class TargetStance:
    """Stance toward one target.

    Parameters
    ----------
    target : str
    total : StanceEstimates
    by_voice : dict of str to StanceEstimates
        The same for sentences in the outlet's own voice, and in that of a quoted source, as shares of all sentences,
        so that they add up to `total`; empty where the labels have no voice.
    differences : list of NetDifference
        Of all pairs of groups that have an interval.
    """

    target: str
    total: StanceEstimates
    by_voice: dict[str, StanceEstimates]
    differences: list[NetDifference]


@dataclass(frozen=True)
class StanceComparison:
    """Stance toward the targets, and who is quoted.

    `quoted` is by frame, empty where labels name no source. Of `coded_in_part`, some coded sentences have no stance, so
    that those that have one are no probability sample; `voice_in_part` is the same of voice. Of `uncoded`, no coded
    sentence has one.
    """

    targets: list[TargetStance]
    quoted: dict[str, list[QuotedSource]] = field(default_factory=dict)
    coded_in_part: list[str] = field(default_factory=list)
    voice_in_part: list[str] = field(default_factory=list)
    uncoded: list[str] = field(default_factory=list)

    @property
    def corrected(self) -> bool:
        """Tell whether any group is corrected with gold."""
        return any(each.total.corrected for each in self.targets)

    @property
    def has_voice(self) -> bool:
        """Tell whether the labels have a voice."""
        return any(each.by_voice for each in self.targets)

    @property
    def voice_corrected(self) -> bool:
        """Tell whether any group is corrected in each voice."""
        return any(own.corrected for each in self.targets for own in each.by_voice.values())


@dataclass(frozen=True)
class _Gold:
    """What coders said of each compared sentence.

    Parameters
    ----------
    stances : ndarray of object, shape (n_sentences,)
        Of `framing.annotation.CodedSentences`; None where it is not coded, or where the group is coded in part.
    voices : ndarray of object, shape (n_sentences,)
        Empty where not coded.
    coded_in_part, voice_in_part, uncoded : ndarray of bool, shape (n_groups,)
    """

    stances: NDArray[np.object_]
    voices: NDArray[np.object_]
    coded_in_part: NDArray[np.bool_]
    voice_in_part: NDArray[np.bool_]
    uncoded: NDArray[np.bool_]


def compare_stance(evidence: Evidence, labels: Labels, *, level: float = 0.95) -> StanceComparison | None:
    """Estimate shares of stances and net stance toward each target that has labels, and compare the groups.

    A group is corrected if all its coded sentences have a stance coded; the others are counted from labels.

    Parameters
    ----------
    evidence : Evidence
    labels : Labels
        Those that the evidence is from.
    level : float
        Of the intervals.

    Returns
    -------
    StanceComparison or None
        None where the labels have no stance.

    Raises
    ------
    FramingError
        If the labels have stance without its probabilities.
    """
    if not labels.stance_targets:
        return None
    gold, names = _gold(evidence, len(labels.table)), evidence.population.groups.names
    return StanceComparison(
        [_compare(target, gold, evidence, labels, level) for target in labels.stance_targets],
        quoted_sources(evidence, labels),
        names[gold.coded_in_part].tolist(),
        names[gold.voice_in_part].tolist(),
        names[gold.uncoded].tolist(),
    )


def _gold(e: Evidence, n_labels: int) -> _Gold:
    stances, voices = np.full(n_labels, None, dtype=object), np.full(n_labels, "", dtype=object)
    if e.source:
        for row, stance, voice in zip(e.source.rows, e.source.stances, e.source.voices, strict=True):
            stances[row], voices[row] = stance, voice
    stances, voices, groups = stances[e.population.rows], voices[e.population.rows], e.population.groups
    told = np.array([stance is not None for stance in stances], dtype=bool)
    some = groups.total(told) > 0
    in_part = some & (groups.total(told) < groups.total(e.coded))
    stances[in_part[groups.member]] = None
    mute = stances.astype(bool) & (voices == "")  # with a stance toward some target, but without a voice
    return _Gold(stances, voices, in_part, groups.total(mute) > 0, ~some & (groups.total(e.coded) > 0))


def _compare(target: str, gold: _Gold, e: Evidence, labels: Labels, level: float) -> TargetStance:
    rows, groups = e.population.rows, e.population.groups
    probabilities = {stance: p[rows] for stance, p in labels.stance_probabilities(target).items()}
    classes = stance_classes(probabilities, stances_toward(target, gold.stances), groups)
    total, contrasts = _estimates(classes, e, level)
    by_voice = {
        voice: _estimates(own, e, None if total.corrected and not _coded(own) else level)[0]
        for voice, own in _by_voice(classes, gold, e, labels).items()
    }
    return TargetStance(target, total, by_voice, list(_differences(contrasts, tested=total.corrected)))


def _by_voice(
    classes: Mapping[str, StanceClass], gold: _Gold, e: Evidence, labels: Labels
) -> dict[str, dict[str, StanceClass]]:
    """Each class split by voice: scores are those of stance times that of the voice, so that they add up."""
    if not labels.has_voice:
        return {}
    rows, groups = e.population.rows, e.population.groups
    names, code = labels.codes("voice")
    quoted = np.append(names == "source", False)[code[rows]]  # the last is for missing values
    told = gold.voices != ""
    usable = ~gold.voice_in_part[groups.member] & told.any()
    score = np.nan_to_num(labels.column("p_source").astype(float)[rows])
    score = recalibrated(score, np.where(told & usable, gold.voices == "source", np.nan), groups)
    voices = {"outlet": (1 - score, ~quoted), "source": (score, quoted)}
    return {
        voice: {
            stance: StanceClass(
                c.score * voices[voice][0],
                np.where(usable & ~np.isnan(c.gold), (c.gold == 1) & (gold.voices == voice), np.nan),
                c.labelled & voices[voice][1],
            )
            for stance, c in classes.items()
        }
        for voice in VOICES
    }


def _coded(classes: Mapping[str, StanceClass]) -> bool:
    return not np.isnan(classes["favourable"].gold).all()


def _estimates(
    classes: Mapping[str, StanceClass], e: Evidence, level: float | None
) -> tuple[StanceEstimates, list[Contrast]]:
    """Estimates of classes, corrected if any is coded; without a level, they are counted and have no limits."""
    if not _coded(classes) or level is None:
        return _counted_estimates(classes, e, level)
    groups, fit = e.population.groups, fit_classes(classes, e.inclusion_probability, e.population.groups)
    shares = [
        share
        for stance, own in fit.shares.items()
        for share in corrected_shares(own, stance, groups.total(classes[stance].labelled), level)
    ]
    return StanceEstimates(shares, list(_corrected_net(fit, classes, groups, level))), fit.contrasts(level)


def _counted_estimates(
    classes: Mapping[str, StanceClass], e: Evidence, level: float | None
) -> tuple[StanceEstimates, list[Contrast]]:
    groups = e.population.groups
    even, nothing = np.ones(len(groups.member)), np.zeros(len(groups.names), dtype=np.intp)
    shares: list[Share] = []
    for stance, c in classes.items():
        counted = weighted_means(c.labelled.astype(float), even, groups)
        n_coded = (nothing.astype(float), nothing)
        shares += counted_shares(counted, stance, groups.total(c.labelled), n_coded, level)
    net, among = _counted_net(classes, even, groups), _counted_net(classes, _about(classes), groups)
    values = net.theta.tolist()
    columns = (net.names.tolist(), _intervals(net, level), _intervals(among, level), values)
    nets = [NetStance(*row, False, False) for row in zip(*columns, strict=True)]
    return StanceEstimates(shares, nets), net.contrasts(level) if level else []


def _about(classes: Mapping[str, StanceClass]) -> Floats:
    """One where a sentence is labelled with any stance, else zero."""
    return np.asarray(np.any([each.labelled for each in classes.values()], axis=0), dtype=float)


def _counted_net(classes: Mapping[str, StanceClass], weight: Floats, groups: Grouping) -> ClusteredEstimates:
    return weighted_means(classes["favourable"].labelled.astype(float) - classes["critical"].labelled, weight, groups)


def _intervals(estimates: ClusteredEstimates, level: float | None) -> list[Interval]:
    """Intervals of counted net stance; without a level they have no limits."""
    limits = estimates.limits(level) if level else (np.full(len(estimates.names), _NAN),) * 2
    columns = (estimates.theta, *(np.clip(limit, -1, 1) for limit in limits))
    return [Interval(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _corrected_net(
    fit: StanceFit, classes: Mapping[str, StanceClass], groups: Grouping, level: float
) -> Iterator[NetStance]:
    favourable, critical = fit.shares["favourable"], fit.shares["critical"]
    naive, coded = favourable.naive.theta - critical.naive.theta, favourable.n_gold > 0
    value, (low, high) = np.where(coded, fit.net.theta, naive), fit.net_limits(level)
    counted = _intervals(_counted_net(classes, _about(classes), groups), None)
    columns = (fit.net.names, value, low, high, naive, coded, coded & fit.rare)
    rows = zip(*(x.tolist() for x in columns), fit.among_intervals(level), counted, strict=True)
    for name, net, below, above, count, corrected, rare, among, labels in rows:
        yield NetStance(name, Interval(net, below, above), among if corrected else labels, count, corrected, rare)


def _differences(contrasts: list[Contrast], *, tested: bool) -> Iterator[NetDifference]:
    p: Floats = np.array([c.p if tested else _NAN for c in contrasts])
    for c, own, adjusted in zip(contrasts, p.tolist(), holm(p).tolist(), strict=True):
        yield NetDifference(c.a, c.b, Interval(c.difference, max(c.low, -2.0), min(c.high, 2.0)), own, adjusted)
