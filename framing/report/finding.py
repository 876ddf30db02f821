"""The finding in plain words, made from the numbers."""

from framing.codebook import Codebook
from framing.evaluation.comparison import ONCE, Comparison, Difference, Estimation, Share
from framing.evaluation.stance_comparison import NetDifference
from framing.report.words import gap_between, limits, many, p_value, percent

ALPHA = 0.05


def finding(comparison: Comparison, codebook: Codebook) -> list[str]:
    """One sentence per frame: who uses it most, who least, and whether the data tell the two apart."""
    labels = {frame.name: frame.label for frame in codebook.frames}
    return [f"{labels[frame]} {_extremes(comparison, frame)}." for frame in comparison.frames]


def summary(comparison: Comparison) -> str:
    """How many differences there is evidence for; empty where nothing was tested."""
    found, tested = _beyond_chance(comparison.main)
    if not tested:
        return ""
    alpha = f"{ALPHA:.2f}".lstrip("0")
    text = (
        f"{found or 'None'} of the {tested:,} differences between {many(comparison.by)} that can be tested "
        f"{'is' if found == 1 else 'are'} beyond chance (Holm-adjusted p below {alpha})"
    )
    once = next((variant for variant in comparison.variants if variant.name == ONCE), None)
    if once:
        again, left = _beyond_chance(once)
        text += f"; when each story counts once, {again or 'none'} of {left:,}"
    return f"{text}."


def _beyond_chance(estimation: Estimation) -> tuple[int, int]:
    tested = [d for d in estimation.differences if d.p == d.p]
    return sum(d.p_holm < ALPHA for d in tested), len(tested)


def _extremes(comparison: Comparison, frame: str) -> str:
    every = [share for share in comparison.main.shares if share.frame == frame]
    corrected = [share for share in every if share.corrected]
    shares = corrected or every  # like with like
    high, low = max(shares, key=_value), min(shares, key=_value)
    if len(shares) < 2:
        return f"could be corrected in {high.group} alone, where it is in {_with_limits(high)} of the sentences"
    among = f" of the {len(corrected)} corrected" if 0 < len(corrected) < len(every) else ""
    if high.share.value == low.share.value:
        return f"has the same share everywhere{among}, {percent(high.share.value)} of the sentences"
    note = "" if corrected or not comparison.corrected else " (uncorrected)"
    return (
        f"is most frequent{among} in {high.group}, in {_with_limits(high)} of its sentences{note}, and least in "
        f"{low.group}, {_with_limits(low)}: {_verdict(comparison, high, low, frame)}"
    )


def _verdict(comparison: Comparison, high: Share, low: Share, frame: str) -> str:
    gap = gap_between(comparison, high.group, low.group, frame)
    n = sum(d.frame == frame for d in comparison.main.differences)
    return verdict(gap, high.share.value - low.share.value, n)


def verdict(gap: Difference | NetDifference | None, distance: float, n: int) -> str:
    """Whether the data tell two groups apart that are `distance` from each other; `n` pairs have a difference."""
    size = f"{100 * distance:.0f} points"
    if gap is None or not gap.difference.has_limits or not limits(gap.difference):
        return f"a gap of {size}, not tested"
    within = f"{size} ({limits(gap.difference)})"
    if gap.p != gap.p:
        return f"a gap of {within}, the largest of {n:,}, not tested" if n > 1 else f"a gap of {within}, not tested"
    adjusted = f"adjusted p {p_value(gap.p_holm)}"
    if gap.p_holm < ALPHA:
        return f"a gap of {within}, beyond chance ({adjusted})"
    return f"but the gap of {within} may be chance ({adjusted})"


def _with_limits(share: Share) -> str:
    value = percent(share.share.value)
    return f"{value} ({limits(share.share)})" if share.share.has_limits else value


def _value(share: Share) -> float:
    return share.share.value
