"""Numbers in plain words: the finding, the limits of the data, the methods paragraph."""

from math import isnan

from framing.codebook import Codebook
from framing.evaluation import Comparison, Evaluation
from framing.evaluation.bootstrap import REPLICATES, Interval
from framing.evaluation.shares import Share

FEW_STORIES = 15
LOW_F1 = 0.7


def percent(value: float, digits: int = 0) -> str:
    """A share as a percentage, a dash where it is not defined."""
    return "–" if isnan(value) else f"{100 * value:.{digits}f}%"


def limits(interval: Interval) -> str:
    """Limits of an interval in percent or percentage points; a decimal where rounding would hide the sign."""
    if not interval.has_limits:
        return ""
    low, high = (
        f"{100 * x:.1f}" if 0 < abs(100 * x) < 0.5 else f"{100 * x:.0f}" for x in (interval.low, interval.high)
    )
    return f"{low} to {high}"


def score(interval: Interval) -> str:
    """A score with two decimals, a dash where it is not defined."""
    return "–" if isnan(interval.value) else f"{interval.value:.2f}"


def finding(comparison: Comparison, codebook: Codebook) -> list[str]:
    """One sentence per frame: who uses it most, who least, and whether the data tell the two apart."""
    labels = {frame.name: frame.label for frame in codebook.frames}
    return [f"{labels[frame]} {_extremes(comparison, frame)}." for frame in comparison.frames]


def _extremes(comparison: Comparison, frame: str) -> str:
    shares = [share for share in comparison.shares if share.frame == frame]
    high, low = max(shares, key=_value), min(shares, key=_value)
    if high.share.value == low.share.value:
        return f"has the same share everywhere, {percent(high.share.value)} of the sentences"
    gap = gap_between(comparison, high.group, low.group, frame)
    size = f"{100 * gap.value:.0f} points"
    if not gap.has_limits:
        verdict = f"a gap of {size}, from too few stories to say more"
    elif gap.excludes_zero:
        verdict = f"a gap of {size} ({limits(gap)})"
    else:
        verdict = f"but the gap of {size} ({limits(gap)}) may be chance"
    return (
        f"is most frequent in {high.group}, in {_with_limits(high)} of its sentences, and least in {low.group}, "
        f"{_with_limits(low)}: {verdict}"
    )


def _with_limits(share: Share) -> str:
    interval = share.share
    return f"{percent(interval.value)} ({limits(interval)})" if interval.has_limits else percent(interval.value)


def gap_between(comparison: Comparison, a: str, b: str, frame: str) -> Interval:
    """Difference of the shares of `a` and `b`, whichever way round it was computed."""
    for difference in comparison.differences:
        if difference.frame == frame and {difference.a, difference.b} == {a, b}:
            d = difference.difference
            return d if difference.a == a else Interval(-d.value, -d.high, -d.low)
    return Interval(0.0, 0.0, 0.0)


def weak_frames(evaluation: Evaluation, codebook: Codebook) -> list[str]:
    """Frames with an F1 under .7, with their F1."""
    labels = {frame.name: frame.label for frame in codebook.frames}
    return [f"{labels[q.frame]} (F1 {score(q.f1)})" for q in evaluation.frames if not q.f1.value >= LOW_F1]


def limitations(comparison: Comparison, evaluation: Evaluation | None, codebook: Codebook) -> list[str]:
    """What the data themselves say against the comparison."""
    found = [
        "The shares are counted from the classifier's labels and not corrected for its errors, which can differ "
        "between outlets. Take small differences for what they are: unproven."
    ]
    few = [g.name for g in comparison.groups if g.n_stories < FEW_STORIES]
    if few:
        found.append(f"Fewer than {FEW_STORIES} stories, so that intervals are too narrow: {', '.join(few)}.")
    if comparison.n_omitted:
        found.append(f"{comparison.n_omitted:,} sentences have no value of {comparison.by} and are left out.")
    found += _periods(comparison)
    if evaluation is None:
        found.append("No coded sentences were given, so how well the classifier works on these outlets is not known.")
    else:
        weak = weak_frames(evaluation, codebook)
        if weak:
            found.append(f"The classifier is weak on {', '.join(weak)}.")
    return found


def methods(comparison: Comparison, evaluation: Evaluation | None, n_sentences: int) -> str:
    """A paragraph for the methods section of a paper."""
    book = comparison.codebook
    text = (
        f"We compared {len(comparison.groups)} groups by {comparison.by} on {n_sentences:,} sentences of "
        f"{comparison.n_stories:,} stories (near-duplicate articles grouped by MinHash and verified by overlap of "
        f"five-word shingles). Sentences were labelled by a fine-tuned transformer with the codebook {book['name']} "
        f"{book['version']} (sha256 {book['sha256'][:12]}). Shares are counts of predicted labels, not corrected "
        f"for misclassification; {100 * comparison.level:.0f}% intervals are percentiles of {REPLICATES:,} bootstrap "
        "replicates of whole stories, stories that outlets share resampled together. Boilerplate was left out."
    )
    if evaluation:
        text += (
            f" On {evaluation.n_sentences} coded sentences of {evaluation.n_stories} stories that the model had not "
            f"seen, macro-F1 was {score(evaluation.macro_f1)}"
        )
        interval = evaluation.macro_f1
        text += f" ({interval.low:.2f} to {interval.high:.2f})." if interval.has_limits else "."
    return text


def _value(share: Share) -> float:
    return share.share.value


def _periods(comparison: Comparison) -> list[str]:
    dated = [g for g in comparison.groups if g.first_date]
    found = []
    if undated := [g.name for g in comparison.groups if not g.first_date]:
        found.append(f"Without any date, so that their period is not known: {', '.join(undated)}.")
    apart = [
        f"{a.name} ({a.first_date} to {a.last_date}) and {b.name} ({b.first_date} to {b.last_date})"
        for i, a in enumerate(dated)
        for b in dated[i + 1 :]
        if a.last_date < b.first_date or b.last_date < a.first_date
    ]
    if apart:
        more = f", and {len(apart) - 3} more pairs" if len(apart) > 3 else ""
        found.append(
            f"Periods that do not overlap, so that outlet and time are confounded: {'; '.join(apart[:3])}{more}."
        )
    return found
