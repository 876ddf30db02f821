"""The finding in plain words, made from the numbers."""

from framing.codebook import Codebook
from framing.evaluation.comparison import Comparison, Difference, Share
from framing.report.words import gap_between, limits, p_value, percent, plural

ALPHA = 0.05


def finding(comparison: Comparison, codebook: Codebook) -> list[str]:
    """One sentence per frame: who uses it most, who least, and whether the data tell the two apart."""
    labels = {frame.name: frame.label for frame in codebook.frames}
    return [f"{labels[frame]} {_extremes(comparison, frame)}." for frame in comparison.frames]


def summary(comparison: Comparison) -> str:
    """How many differences there are evidence for."""
    tested = [d for d in comparison.main.differences if d.p == d.p]
    if not tested:
        return ""
    found = sum(d.p_holm < ALPHA for d in tested)
    once = next((variant for variant in comparison.variants if variant.name == "each story once"), None)
    text = f"Of {plural(len(tested), 'pair')} of {comparison.by}s and frames, {found or 'none'} "
    text += f"differ{'s' if found == 1 else ''} beyond chance (Holm-adjusted p below {ALPHA:.2f}".replace("0.05", ".05")
    text += ")"
    if once:
        again = sum(d.p_holm < ALPHA for d in once.differences)
        text += f", {again or 'none'} when each story counts once"
    return f"{text}."


def _extremes(comparison: Comparison, frame: str) -> str:
    shares = [share for share in comparison.main.shares if share.frame == frame]
    shares = [share for share in shares if share.corrected] or shares  # like with like
    high, low = max(shares, key=_value), min(shares, key=_value)
    if high.share.value == low.share.value:
        return f"has the same share everywhere, {percent(high.share.value)} of the sentences"
    return (
        f"is most frequent in {high.group}, in {_with_limits(high)} of its sentences, and least in {low.group}, "
        f"{_with_limits(low)}: {_verdict(high, low, gap_between(comparison, high.group, low.group, frame))}"
    )


def _verdict(high: Share, low: Share, gap: Difference | None) -> str:
    size = f"{100 * (high.share.value - low.share.value):.0f} points"
    if gap is None:
        return f"a gap of {size}, from too little to say more"
    within = f"{size} ({limits(gap.difference)})"
    if gap.p != gap.p:  # not corrected: no test
        return f"a gap of {within}" if gap.difference.excludes_zero else f"but the gap of {within} may be chance"
    adjusted = f"adjusted p {p_value(gap.p_holm)}"
    if gap.p_holm < ALPHA:
        return f"a gap of {within}, beyond chance ({adjusted})"
    return f"but the gap of {within} may be chance ({adjusted})"


def _with_limits(share: Share) -> str:
    interval = share.share
    return (
        f"{percent(max(interval.value, 0.0))} ({limits(interval)})" if interval.has_limits else percent(interval.value)
    )


def _value(share: Share) -> float:
    return share.share.value
