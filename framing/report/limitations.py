"""What the data themselves say against the comparison."""

from collections.abc import Iterator

from framing.annotation.reliability import TENTATIVE
from framing.codebook import Codebook
from framing.evaluation.analysis import Analysis
from framing.evaluation.comparison import ONCE, Comparison, GoldNotes
from framing.evaluation.population import GroupData
from framing.evaluation.prevalence import RARE_POSITIVES
from framing.evaluation.provenance import DesignFacts
from framing.names import plain_name
from framing.report.stance import stance_limitations, variable_labels
from framing.report.weaknesses import weaknesses
from framing.report.words import many, percent, plural, score, some

FEW_STORIES = 15
SHOWN_PAIRS = 6
MOST_APART = 0.5
LEAST, MOST = 0.8, 1.25  # sentences that gold stands for, over those there are


def limitations(analysis: Analysis, codebook: Codebook) -> list[str]:
    """Sentences for the section on limitations, the gravest first."""
    comparison = analysis.comparison
    labels = {frame.name: frame.label for frame in codebook.frames}
    return [
        *_estimator(comparison, labels),
        *_periods(comparison),
        *weaknesses(analysis, labels),
        *_coding(analysis, variable_labels(codebook)),
        *stance_limitations(analysis, codebook),
        *_rest(analysis),
    ]


def _estimator(comparison: Comparison, labels: dict[str, str]) -> Iterator[str]:
    if not comparison.corrected:
        yield (
            "The shares are counted from the classifier's labels and not corrected for its errors, which can differ "
            "between outlets. Take small differences for what they are: unproven."
        )
        yield "No coded sentences were given, so how well the classifier works on these outlets is not known."
        if few := [g.name for g in comparison.groups if g.n_stories < FEW_STORIES]:
            yield f"Fewer than {FEW_STORIES} stories, so that intervals are too narrow: {some(few)}."
        return
    if comparison.gold and comparison.gold.assumed_simple_random:
        yield (
            "The coded sentences came without inclusion probabilities and are assumed to be a simple random sample of "
            "each group's sentences. If they were chosen in any other way, the corrections are wrong."
        )
    shares = comparison.main.shares
    if untouched := [frame for frame in comparison.frames if not any(s.corrected for s in shares if s.frame == frame)]:
        named = some([labels[frame] for frame in untouched])
        yield f"No coded sentence has the frame {named}, so its shares are counted from labels, uncorrected, untested."
    corrected = [s for s in shares if s.frame not in untouched]
    if without := sorted({s.group for s in corrected if not s.corrected}):
        yield f"No sentence of these is coded, so their shares are uncorrected and enter no test: {some(without)}."
    coded = {s.group: s.n_gold_stories for s in corrected if s.corrected}
    if few := [group for group, n in coded.items() if n < FEW_STORIES]:
        yield f"Coded sentences from fewer than {FEW_STORIES} stories, so that intervals are rough: {some(few)}."
    for frame in comparison.frames:
        if rare := [s.group for s in corrected if s.frame == frame and s.rare]:
            yield (
                f"{labels[frame]}: fewer than {RARE_POSITIVES} coded sentences have it, or lack it, in "
                f"{', '.join(rare)}; the intervals there are "
                "widened to be safe, and those of differences with these groups with them, so that only large ones are "
                "beyond chance."
            )


def _periods(comparison: Comparison) -> Iterator[str]:
    """Groups without dates, and pairs whose periods are apart, those that are tested first."""
    tested = {s.group for s in comparison.main.shares if s.corrected}
    groups = sorted(comparison.groups, key=lambda g: g.name not in tested)
    dated = [g for g in groups if g.first_date]
    if undated := [g.name for g in groups if not g.first_date]:
        yield f"Without any date, so that their period is not known: {some(undated)}."
    apart = [
        (a.name in tested and b.name in tested, f"{_period(a)} and {_period(b)}")
        for i, a in enumerate(dated)
        for b in dated[i + 1 :]
        if a.last_date < b.first_date or b.last_date < a.first_date
    ]
    if apart:
        named = [pair for _, pair in sorted(apart, key=lambda pair: not pair[0])]
        more = f", and {plural(len(named) - SHOWN_PAIRS, 'more pair')}" if len(named) > SHOWN_PAIRS else ""
        yield (
            "Periods that do not overlap, so that a difference may be one of time rather than of outlet: "
            f"{'; '.join(named[:SHOWN_PAIRS])}{more}."
        )


def _period(group: GroupData) -> str:
    return f"{group.name} ({group.first_date} to {group.last_date})"


def _coding(analysis: Analysis, labels: dict[str, str]) -> Iterator[str]:
    comparison = analysis.comparison
    if comparison.gold is None:
        return
    if not analysis.agreement:
        yield (
            "Whether coders agree is not known: no sentence was coded by two named coders (their rows go into the "
            "coding folder, by framing annotate or framing import). Errors of the coders are not in the intervals."
        )
    if low := [f"{labels[a.variable]} ({score(a.alpha)})" for a in analysis.agreement if a.alpha.value < TENTATIVE]:
        yield f"Coders do not agree enough (Krippendorff's alpha under {TENTATIVE}) on {', '.join(low)}."
    yield from _boilerplate(comparison.gold)
    yield from _unused(comparison, comparison.gold)
    if analysis.provenance.design:
        yield from _undrawn(comparison, analysis.provenance.design)
    elif not comparison.gold.assumed_simple_random:
        yield (
            "The coded sentences came in a file. Unless its rows say how many were drawn (n_drawn, as framing export "
            "writes it), some may be missing, such as those on which coders differ, and what is there is then no "
            "probability sample; a coding folder would tell."
        )
    if not analysis.provenance.model.n_learned:
        yield (
            "What the classifier learned from is not known. If it learned from the coded sentences, or others of their "
            "stories, the corrections are too small; of a table, --model says it."
        )
    if comparison.gold.n_training:
        yield f"{plural(comparison.gold.n_training, 'coding')} picked for training are not used in any estimate."
    odd = [f"{name} ({x:.2f})" for name, x in comparison.gold.represented.items() if not LEAST < x < MOST]
    if odd and not comparison.gold.assumed_simple_random:
        yield (
            "The coded sentences, weighted by their probabilities, stand for more or fewer sentences than there are "
            f"(ratio in brackets), as when the sample was drawn from another part of the corpus: {some(odd)}."
        )


def _boilerplate(gold: GoldNotes) -> Iterator[str]:
    """Errors in telling boilerplate from content, which are not corrected."""
    if gold.content_apart or gold.boilerplate_kept:
        yield (
            "Shares are of the sentences that were not set apart as boilerplate, and errors in that are not corrected: "
            f"{_counted(gold.content_apart, 'coded as content but set apart')}; "
            f"{_counted(gold.boilerplate_kept, 'coded as boilerplate but kept, as sentences without a frame')}. "
            "They can move shares either way, and differently in each group."
        )


def _counted(errors: dict[str, int], what: str) -> str:
    """How many there are, and where most of them: ``3 coded as content but set apart (A 2, B 1)``."""
    most = some([f"{name} {n:,}" for name, n in sorted(errors.items(), key=lambda error: -error[1])])
    return f"{sum(errors.values()):,} {what} ({most})" if errors else f"none {what}"


def _unused(comparison: Comparison, gold: GoldNotes) -> Iterator[str]:
    """Coded sentences that are not among those compared, by reason."""
    reasons = {
        "set apart as boilerplate": gold.n_apart,
        f"of no {comparison.by} that is compared": gold.n_without_group,
        "not asked for": gold.n_not_asked,
        "not among the labels": gold.n_unlabelled,
    }
    if n := sum(reasons.values()):
        why = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count)
        yield f"{plural(n, 'coded sentence')} {'is' if n == 1 else 'are'} not used: {why}."


def _undrawn(comparison: Comparison, design: DesignFacts) -> Iterator[str]:
    """What could not be drawn and is estimated all the same; strata that are compared have no estimate instead."""
    if design.n_left_out and design.by != comparison.by:
        strata = f" ({some(design.left_out)})" if design.left_out else ""
        yield (
            f"{plural(design.n_left_out, 'sentence')} of the corpus could not be drawn, as {design.by} has too few "
            f"stories or no value there{strata}: the estimates take them to be like the others."
        )
    if design.other_model:
        yield (
            "The sentences to code were drawn by labels of another model. What that took for boilerplate could not be "
            "drawn: where these labels count it as content, the estimates take it to be like the rest."
        )


def _set_apart(comparison: Comparison) -> Iterator[str]:
    """Groups that are left out, or of which little is left, as the classifier took them for boilerplate."""
    if comparison.apart:
        yield f"All sentences were set apart as boilerplate, so that nothing is compared, in {some(comparison.apart)}."
    total = {g.name: g.n_sentences + g.n_boilerplate for g in comparison.groups}
    much = [
        f"{g.name} ({percent(g.n_boilerplate / total[g.name])} of {total[g.name]:,} sentences)"
        for g in comparison.groups
        if g.n_boilerplate > MOST_APART * total[g.name]
    ]
    if much:
        yield f"Most sentences were set apart as boilerplate, which shares do not count, in {some(much)}."
    if much or comparison.apart:
        yield (
            "Look at what was set apart: a classifier may take for boilerplate what is in a language that it does not "
            "read, or of another kind than it knows."
        )


def _rest(analysis: Analysis) -> Iterator[str]:
    comparison = analysis.comparison
    if comparison.n_omitted:
        yield f"{plural(comparison.n_omitted, 'sentence')} without a value of {comparison.by} are left out."
    yield from _set_apart(comparison)
    names = [g.name for g in comparison.groups]
    if alike := [name for name in names if sum(plain_name(other) == plain_name(name) for other in names) > 1]:
        yield f"Names that differ only in case or spaces count as different {many(comparison.by)}: {some(alike)}."
    if n := analysis.provenance.model.n_cut:
        exceed = "is" if n == 1 else "are"
        yield f"{plural(n, 'sentence')} of the corpus {exceed} longer than the model reads: the end did not count."
    undated = analysis.trends.n_undated / comparison.n_sentences
    if 0 < undated < 1:
        yield f"{percent(undated)} of the sentences have no valid date and are not in the trends."
    if any(g.n_shared_stories for g in comparison.groups) and any(v.name == ONCE for v in comparison.variants):
        yield (
            f"Some stories are in several {many(comparison.by)}; they never count as independent, and the section on "
            "copies shows the shares when each story counts once."
        )
        if comparison.n_level:
            yield (
                f"Of {plural(comparison.n_level, 'shared story')} neither date nor credit says which of the "
                f"{many(comparison.by)} told it first; there, where each story counts once, the lot decides."
            )
