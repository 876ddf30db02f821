"""The finding in plain words, made from the numbers."""

from collections.abc import Sequence

from framing.codebook import Codebook
from framing.evaluation.comparison import ONCE, Comparison, Difference, Estimation, Share
from framing.evaluation.stance_comparison import NetDifference
from framing.report.words import ALPHA, gap_between, level_name, limits, many, p_in_words, percent, plural


def finding(comparison: Comparison, codebook: Codebook) -> list[str]:
    """One sentence per frame: who uses it most, who least, and whether the data tell the two apart."""
    labels = {frame.name: frame.label for frame in codebook.frames}
    return [f"{_extremes(comparison, frame, labels[frame])}." for frame in comparison.frames]


def summary(comparison: Comparison) -> str:
    """How many differences there is evidence for, where any was tested, and what the intervals of the finding are."""
    tests = _tests(comparison)
    if not any(_shows_intervals(_alike(comparison, frame)) for frame in comparison.frames):
        return tests
    intervals = f"In brackets are {level_name(comparison.level)} intervals, each for one number by itself"
    if not tests:
        return f"{intervals}."
    return f"{tests} {intervals} and not adjusted for how many there are; p is adjusted."


def _tests(comparison: Comparison) -> str:
    """How many differences are beyond chance, each story counted once too; empty where none was tested."""
    found, tested = _beyond_chance(comparison.main)
    if not tested:
        return ""
    between = f"between {many(comparison.by)} that can be tested"
    if tested == 1:
        text = f"The one difference {between} is {'' if found else 'not '}beyond chance"
    else:
        text = (
            f"{found or 'None'} of the {tested:,} differences {between} {'is' if found == 1 else 'are'} beyond chance"
        )
    text += f" (Holm-adjusted p below {f'{ALPHA:.2f}'.lstrip('0')})"
    once = next((variant for variant in comparison.variants if variant.name == ONCE), None)
    if once:
        again, left = _beyond_chance(once)
        text += f"; when each story counts once, {again or 'none'} of {left:,}"
    return f"{text}."


def _beyond_chance(estimation: Estimation) -> tuple[int, int]:
    tested = [d for d in estimation.differences if d.p == d.p]
    return sum(d.p_holm < ALPHA for d in tested), len(tested)


def _alike(comparison: Comparison, frame: str) -> list[Share]:
    """The shares of a frame that are compared, like with like: corrected ones with intervals, where there are any."""
    every = _every(comparison, frame)
    corrected = [share for share in every if share.corrected]
    return [share for share in corrected if share.share.has_limits] or corrected or every


def _every(comparison: Comparison, frame: str) -> list[Share]:
    return [share for share in comparison.main.shares if share.frame == frame]


def _shows_intervals(shares: Sequence[Share]) -> bool:
    """Whether the sentence on these shares has intervals: it has none where all are equal."""
    return any(share.share.has_limits for share in shares) and (len(shares) < 2 or not _equal(shares))


def _equal(shares: Sequence[Share]) -> bool:
    return max(map(_value, shares)) == min(map(_value, shares))


def _extremes(comparison: Comparison, frame: str, label: str) -> str:
    shares = _alike(comparison, frame)
    high, low = max(shares, key=_value), min(shares, key=_value)
    if len(shares) < 2:
        return f"{label} could be corrected in {high.group} alone, where it is in {_with_limits(high)} of the sentences"
    among = _among(comparison, shares, frame)
    if _equal(shares):
        return f"{among}{label} has the same share everywhere, {percent(high.share.value)} of the sentences"
    note = "" if high.corrected or not comparison.corrected else " (uncorrected)"
    return (
        f"{among}{label} is most frequent in {high.group}, in {_with_limits(high)} of its sentences{note}, and least "
        f"in {low.group}, {_with_limits(low)}: {_verdict(comparison, high, low, frame)}"
    )


def _among(comparison: Comparison, shares: Sequence[Share], frame: str) -> str:
    """Which groups are compared, where it is not all of them."""
    every, groups = _every(comparison, frame), many(comparison.by)
    if len(shares) == len(every):
        return ""
    if len(shares) < sum(share.corrected for share in every):
        return f"Among the {len(shares):,} {groups} with an interval, "
    return f"Among the {len(shares):,} corrected {groups}, "


def _verdict(comparison: Comparison, high: Share, low: Share, frame: str) -> str:
    gap = gap_between(comparison, high.group, low.group, frame)
    differences = [d for d in comparison.main.differences if d.frame == frame]
    return verdict(gap, high.share.value - low.share.value, differences)


def verdict(
    gap: Difference | NetDifference | None, distance: float, differences: Sequence[Difference | NetDifference]
) -> str:
    """Whether the data tell two groups apart that are `distance` from each other, or else any two of `differences`."""
    size, n = plural(round(100 * distance), "point"), len(differences)
    if gap is None or not gap.difference.has_limits:
        return f"a gap of {size}, not tested{_largest_found(differences)}"
    within = f"{size} ({limits(gap.difference)})"
    if gap.p != gap.p:
        most = max(abs(d.difference.value) for d in differences)
        largest = f", the largest of {n:,}" if n > 1 and abs(gap.difference.value) >= most else ""
        return f"a gap of {within}{largest}, not tested{_largest_found(differences)}"
    adjusted = f"adjusted {p_in_words(gap.p_holm)}"
    if gap.p_holm < ALPHA:
        return f"a gap of {within}, beyond chance ({adjusted})"
    return f"but the gap of {within} may be chance ({adjusted}){_largest_found(differences)}"


def _largest_found(differences: Sequence[Difference | NetDifference]) -> str:
    """The largest difference that is beyond chance; empty where none is."""
    found = [d for d in differences if d.p_holm < ALPHA]
    if not found:
        return ""
    d = max(found, key=lambda d: abs(d.difference.value))
    (more, less), gap = ((d.a, d.b), d.difference) if d.difference.value > 0 else ((d.b, d.a), -d.difference)
    return (
        f"; the largest gap beyond chance is that of {more} over {less}, {100 * gap.value:.0f} points "
        f"({limits(gap)}; adjusted {p_in_words(d.p_holm)})"
    )


def _with_limits(share: Share) -> str:
    """A share with its limits; an estimate outside 0 to 100%, which is shown at the edge, is told too."""
    shown, exact = percent(share.share.value), f"{100 * share.share.value:.0f}%".replace("-0%", "0%").replace("-", "−")
    outside = "" if shown == exact else f"estimated at {exact}"
    notes = "; ".join(filter(None, (outside, limits(share.share))))
    return f"{shown} ({notes})" if notes else shown


def _value(share: Share) -> float:
    return share.share.value
