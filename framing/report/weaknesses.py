"""What the report says against the classifier: where it is weak, and where it errs differently."""

from collections.abc import Iterator

from framing.bootstrap import Interval
from framing.evaluation.analysis import Analysis
from framing.evaluation.error_rates import MIN_STORIES, FrameErrors
from framing.report.words import ALPHA, LOW_F1, level_name, limits, many, p_in_words, points, score, some

LEAST_BIAS = 0.005


def weaknesses(analysis: Analysis, labels: dict[str, str]) -> Iterator[str]:
    """Sentences for the section on limitations; `labels` are those of the frames."""
    if weak := _weak_frames(analysis, labels):
        yield f"The classifier is weak on {', '.join(weak)}; the correction pays for that with wider intervals."
    yield from _unequal(analysis.errors, labels)
    yield from _untested(analysis, labels)
    yield from _biased(analysis, labels)
    for name, p in analysis.trends.drift.items():
        if p < ALPHA:
            yield (
                f"{labels[name]}: the classifier's error changes over time ({p_in_words(p)}), so the uncorrected "
                "monthly lines are not to be trusted for it."
            )


def _weak_frames(analysis: Analysis, labels: dict[str, str]) -> list[str]:
    """Corrected frames with an F1 under .7, with their F1."""
    corrected = {share.frame for share in analysis.comparison.main.shares if share.corrected}
    frames = [q for q in analysis.quality.frames if q.frame in corrected] if analysis.quality else []
    return [f"{labels[q.frame]} (F1 {score(q.f1)})" for q in frames if q.f1.value < LOW_F1]


def _unequal(errors: list[FrameErrors], labels: dict[str, str]) -> Iterator[str]:
    for frame in errors:
        tests = {"finds": frame.equal_sensitivity.p, "wrongly tags": frame.equal_specificity.p}
        if unequal := [f"{what} it ({p_in_words(p)})" for what, p in tests.items() if p < ALPHA]:
            yield (
                f"{labels[frame.frame]}: how often the classifier {' and '.join(unequal)} differs between groups, so "
                "that counts of its labels are not comparable; the corrected shares allow for it."
            )


def _untested(analysis: Analysis, labels: dict[str, str]) -> Iterator[str]:
    """Frames of which too few groups have cases to be tested."""
    missing = {
        ("finds", "with"): [f for f in analysis.errors if f.equal_sensitivity.n_groups < 2],
        ("wrongly tags", "without"): [f for f in analysis.errors if f.equal_specificity.n_groups < 2],
    }
    for (does, has), frames in missing.items():
        if frames:
            named, by = some([labels[f.frame] for f in frames]), many(analysis.comparison.by)
            yield (
                f"Whether the classifier {does} these alike in all {by} could not be tested, because fewer than two "
                f"{by} have coded sentences {has} it from {MIN_STORIES} stories: {named}. It may err "
                "differently."
            )


def _biased(analysis: Analysis, labels: dict[str, str]) -> Iterator[str]:
    """Groups in which the classifier tags too much or too little, by an interval that excludes zero."""
    level = level_name(analysis.comparison.level)
    for frame in analysis.errors:
        if biased := [f"{g.group} ({_points(g.naive_bias)})" for g in frame.groups if _is_clear(g.naive_bias)]:
            yield (
                f"{labels[frame.frame]}: the classifier's bias (counted minus corrected share, in points, with its "
                f"{level} interval, not adjusted for how many there are) is not 0 in {some(biased)}; the corrected "
                "shares allow for it."
            )


def _is_clear(bias: Interval) -> bool:
    """Whether a bias is beyond chance, and more than rounding takes away."""
    return bias.excludes_zero and abs(bias.value) >= LEAST_BIAS


def _points(bias: Interval) -> str:
    return f"{points(bias.value)}, {limits(bias)}"
