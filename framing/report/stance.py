"""What the report says of stance and voice: finding, limitations, methods, and what its tables show."""

from collections.abc import Iterator
from dataclasses import dataclass

from framing.bootstrap import Interval
from framing.codebook import Codebook
from framing.evaluation.analysis import Analysis
from framing.evaluation.comparison import Share
from framing.evaluation.stance_comparison import (
    NetDifference,
    NetStance,
    StanceComparison,
    StanceEstimates,
    TargetStance,
)
from framing.report.content import SHOWN_DIFFERENCES
from framing.report.finding import verdict
from framing.report.words import LOW_F1, limits, many, plural, points, score, some
from framing.stance.values import STANCES, VOICES

_MEASURE = "favourable minus critical, in points of all sentences,"


@dataclass(frozen=True)
class StanceRow:
    """A group's shares by stance, its net stance, and the number of its sentences that are labelled with the target."""

    group: str
    shares: dict[str, Share]
    net: NetStance

    @property
    def n_labelled(self) -> int:
        """Sentences that are labelled with any stance."""
        return sum(share.n_labelled for share in self.shares.values())


def stance_rows(estimates: StanceEstimates) -> list[StanceRow]:
    """A row per group, in the order of the groups."""
    shares = {(share.group, share.frame): share for share in estimates.shares}
    return [StanceRow(net.group, {s: shares[net.group, s] for s in STANCES}, net) for net in estimates.net]


def voice_rows(target: TargetStance) -> list[tuple[StanceRow, StanceRow]]:
    """A row per group of what the outlet says itself, and of what it quotes."""
    return list(zip(*(stance_rows(target.by_voice[voice]) for voice in VOICES), strict=True))


def stance_differences(stance: StanceComparison) -> list[tuple[str, NetDifference]]:
    """Target and difference, turned so that it is positive, the largest first, no more than are shown."""
    found = [(t.target, d if d.difference.value >= 0 else _turned(d)) for t in stance.targets for d in t.differences]
    return sorted(found, key=lambda pair: -pair[1].difference.value)[:SHOWN_DIFFERENCES]


def target_labels(codebook: Codebook) -> dict[str, str]:
    """Label of each target, without what it explains in brackets, unless that tells it from others."""
    short = [target.label.partition(" (")[0] for target in codebook.targets]
    return {
        target.name: target.label if short.count(name) > 1 else name
        for target, name in zip(codebook.targets, short, strict=True)
    }


def variable_labels(codebook: Codebook) -> dict[str, str]:
    """How each variable that coders agree on, or do not, is called."""
    return (
        {frame.name: frame.label for frame in codebook.frames}
        | {"boilerplate": "boilerplate", "voice": "voice"}
        | {f"stance_{name}": f"stance toward {label}" for name, label in target_labels(codebook).items()}
    )


def stance_finding(stance: StanceComparison, codebook: Codebook, by: str) -> list[str]:
    """One sentence per target: where net stance is highest, where lowest, and whether the data tell the two apart."""
    labels = target_labels(codebook)
    return [f"{labels[target.target]}: {_among(target, by)}{_extremes(target)}." for target in stance.targets]


def _among(target: TargetStance, by: str) -> str:
    """Which groups are compared, where it is not all of them."""
    n, every = len(_alike(target)), target.total.net
    if n < 2 or n == len(every):
        return ""
    if n == sum(net.corrected for net in every):
        return f"among the {n:,} corrected {many(by)}, "
    limited = _alike(target)[0].net.has_limits
    return f"among the {n:,} {many(by)} {'with an interval' if limited else 'with sentences about it'}, "


def _alike(target: TargetStance) -> list[NetStance]:
    """Net stances that can be compared: corrected ones where there are some, and those with an interval."""
    nets = [row.net for row in stance_rows(target.total) if row.n_labelled or row.net.corrected]
    nets = [net for net in nets if net.corrected] or nets
    return [net for net in nets if net.net.has_limits] or nets


def _extremes(target: TargetStance) -> str:
    nets = _alike(target)
    if not nets:
        return "no sentence is about it"
    high, low = max(nets, key=lambda net: net.net.value), min(nets, key=lambda net: net.net.value)
    if len(nets) < 2:
        return f"{_MEASURE} can be said for {high.group} alone, {_with_limits(high.net)}"
    if high.net.value == low.net.value:
        return f"{_MEASURE} is the same everywhere, {points(high.net.value)}"
    found = next((d for d in target.differences if {d.a, d.b} == {high.group, low.group}), None)
    gap = found if found is None or found.a == high.group else _turned(found)
    return (
        f"{_MEASURE} is highest in {high.group}, {_with_limits(high.net)}, and lowest in {low.group}, "
        f"{_with_limits(low.net)}: {verdict(gap, high.net.value - low.net.value, target.differences)}"
    )


def stance_limitations(analysis: Analysis, codebook: Codebook) -> Iterator[str]:
    """Sentences for the section on limitations; none without labels of stance."""
    stance = analysis.stance
    if stance is None:
        return
    yield from _uncorrected(analysis, stance)
    yield from _unproven(analysis, stance, codebook)
    labels = target_labels(codebook)
    for target in stance.targets:
        if rare := [net.group for net in target.total.net if net.rare]:
            yield (
                f"Stance toward {labels[target.target]}: fewer than 5 coded sentences are favourable, or critical, in "
                f"{', '.join(rare)}; the intervals there, and of differences with these groups, are widened to "
                "be safe."
            )
    yield (
        "Targets of stance are found by the codebook's aliases, in a sentence or in the one before it: one that means "
        "a target named elsewhere is labelled as if the target were absent"
        f"{'; the correction allows for it' if stance.corrected else ''}."
    )
    if stance.quoted:
        yield (
            "Who is quoted is found by rules, which miss about one name in five. Titles are left out, and a family "
            "name stands for the person here who bears it; other names of one source count apart. The counts are "
            "of labels, uncorrected."
        )


def _uncorrected(analysis: Analysis, stance: StanceComparison) -> Iterator[str]:
    """What of stance the gold does not correct."""
    if not analysis.comparison.corrected:
        return
    if not stance.corrected:
        yield (
            "Stance is counted from labels, uncorrected and untested: "
            f"{'not all' if stance.coded_in_part else 'none'} of the coded sentences have a stance coded."
        )
        return
    if stance.coded_in_part:
        yield (
            "Some coded sentences have no stance coded, and those that have one are no probability sample, so stance "
            f"is uncorrected in {some(stance.coded_in_part)}."
        )
    if stance.uncoded:
        yield (
            "None of the coded sentences of these has a stance coded, so stance there is uncorrected and enters no "
            f"test: {some(stance.uncoded)}."
        )
    if stance.has_voice and not stance.voice_corrected:
        yield (
            "Stance in each voice is counted from labels, uncorrected: "
            f"{'not all' if stance.voice_in_part else 'none'} of the coded sentences with a stance have a voice coded."
        )
    elif stance.voice_in_part:
        yield (
            "Some coded sentences with a stance have no voice coded, so stance in each voice is uncorrected in "
            f"{some(stance.voice_in_part)}."
        )


def _unproven(analysis: Analysis, stance: StanceComparison, codebook: Codebook) -> Iterator[str]:
    """Where gold or coders give reason to doubt the labels or the codings of stance and voice."""
    for weak, corrected in (
        (list(_weak_stance(analysis, codebook)), stance.corrected),
        (list(_weak_voice(analysis)), stance.voice_corrected),
    ):
        if weak:
            yield (
                f"The classifier is weak on {', '.join(weak)}; "
                f"{'the correction pays for that with wider intervals' if corrected else 'nothing corrects for it'}."
            )
    if analysis.quality and analysis.quality.n_seen_for_stance:
        yield (
            f"{plural(analysis.quality.n_seen_for_stance, 'coded sentence')} had trained the classifiers of stance or "
            "voice too. They are not among the sentences that these are scored on"
            f"{', but still among those that correct them, so too little is corrected' if stance.corrected else ''}."
        )
    elif analysis.quality and analysis.quality.stance and not analysis.provenance.model.n_learned_for_stance:
        yield (
            "That the classifiers of stance and voice did not learn from these coded sentences is not checked, since "
            "the labels do not say what they learned from; if they did, they err more than the coded sentences show."
        )
    named = variable_labels(codebook)
    labelled = [*(f"stance_{each.target}" for each in stance.targets), *(["voice"] if stance.has_voice else [])]
    agreed = {found.variable for found in analysis.agreement}
    if agreed and (unknown := [named[name] for name in labelled if name not in agreed]):
        yield f"Whether coders agree on this is not known, no sentence was coded for it by two: {some(unknown)}."


def _weak_stance(analysis: Analysis, codebook: Codebook) -> Iterator[str]:
    """What of targets is labelled with an F1 under .7, with its F1."""
    labels = target_labels(codebook)
    for target in analysis.quality.stance if analysis.quality else ():
        if target.f1.value < LOW_F1:
            yield f"finding {labels[target.target]} (F1 {score(target.f1)})"
        if target.macro_f1.value < LOW_F1:
            yield f"stance toward {labels[target.target]} (macro-F1 {score(target.macro_f1)})"


def _weak_voice(analysis: Analysis) -> Iterator[str]:
    """Likewise of voice."""
    quality = analysis.quality
    if quality and quality.voice and quality.voice.macro_f1.value < LOW_F1:
        yield f"voice (macro-F1 {score(quality.voice.macro_f1)})"


def stance_methods(analysis: Analysis, codebook: Codebook) -> str:
    """Sentences for the paragraph on methods; empty without labels of stance."""
    stance = analysis.stance
    if stance is None:
        return ""
    named = target_labels(codebook)
    *most, last = [named[each.target] for each in stance.targets]
    targets = f"{', '.join(most)} and {last}" if most else last
    return (
        f" Stance toward {targets} was labelled as favourable, neutral or critical in sentences about the "
        "target, which were found by the codebook's aliases. Net stance is the share of all sentences that are "
        f"favourable minus the share that are critical. {_estimated(stance)}"
    )


def _estimated(stance: StanceComparison) -> str:
    if not stance.corrected:
        return "Shares of stance are counts of predicted labels."
    by_voice = (
        "; by voice, of the outlet or of a source it quotes, with the product of both probabilities as scores"
        if stance.voice_corrected
        else ""
    )
    return (
        f"Shares of stance were estimated as those of frames{by_voice}. The variance of net stance is that of the "
        "difference of both shares; where fewer than five coded sentences are favourable or critical, its interval "
        "was joined with one from the limits of both (Zou and Donner, 2008). Net stance among the sentences about a "
        "target is its ratio to the share of these sentences, with linearised standard errors."
    )


def _with_limits(interval: Interval) -> str:
    value = points(interval.value)
    return f"{value} ({limits(interval)})" if interval.has_limits else value


def _turned(d: NetDifference) -> NetDifference:
    """The same difference seen from the other group."""
    return NetDifference(d.b, d.a, -d.difference, d.p, d.p_holm)
