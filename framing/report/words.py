"""Numbers as readers see them."""

from collections.abc import Sequence
from math import isnan

from framing.bootstrap import Interval
from framing.evaluation.comparison import Comparison, Difference

MANY = 6
LOW_F1 = 0.7  # below, the classifier is called weak
ALPHA = 0.05  # below, a difference is called beyond chance


def percent(value: float, digits: int = 0) -> str:
    """A share as a percentage, a dash where it is not defined; an estimate outside 0 to 1 is shown at the edge."""
    return "–" if isnan(value) else f"{100 * min(max(value, 0.0), 1.0):.{digits}f}%"


def level_name(level: float) -> str:
    """The level of intervals: ``95%``, ``99.9%``."""
    return f"{100 * level:g}%"


def points(value: float) -> str:
    """A difference of shares in percentage points, signed; a dash where it is not defined."""
    if isnan(value):
        return "–"
    return "0" if abs(100 * value) < 0.5 else f"{100 * value:+.0f}".replace("-", "−")


def limits(interval: Interval) -> str:
    """Limits of an interval in percent or percentage points; a decimal where rounding would hide the sign."""
    if not interval.has_limits:
        return ""
    low, high = (
        f"{100 * x:.1f}" if 0.05 <= abs(100 * x) < 0.5 else f"{100 * x:.0f}" for x in (interval.low, interval.high)
    )
    return f"{low} to {high}".replace("-0 ", "0 ").replace("-", "−")


def score(value: Interval | float) -> str:
    """A score with two decimals, a dash where it is not defined."""
    number = value.value if isinstance(value, Interval) else value
    return "–" if isnan(number) else f"{number:.2f}"


def p_value(p: float) -> str:
    """A p-value as papers print it, without the zero before the point; a dash where there is none.

    A fourth digit tells on which side of `ALPHA` it is, where three would be `ALPHA` itself.
    """
    if isnan(p):
        return "–"
    if p < 0.001 or p > 0.99:
        return "<.001" if p < 0.001 else ">.99"
    shown = f"{p:.3f}"
    return (shown if float(shown) != ALPHA else f"{p:.4f}").lstrip("0")


def p_in_words(p: float) -> str:
    """A p-value within a sentence: ``p = .695``, ``p < .001``."""
    shown = p_value(p)
    return f"p {shown[0]} {shown[1:]}" if shown[0] in "<>" else f"p = {shown}"


def some(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return ", ".join(names[:MANY]) + more


def plural(n: int, one: str) -> str:
    """A count with its noun: ``1 story``, ``2 stories``."""
    return f"{n:,} {one if n == 1 else many(one)}"


def gap_between(comparison: Comparison, a: str, b: str, frame: str) -> Difference | None:
    """Difference of the shares of `a` and `b`, whichever way round it was computed; None where there is none."""
    for d in comparison.main.differences:
        if d.frame == frame and {d.a, d.b} == {a, b}:
            return d if d.a == a else turned(d)
    return None


def many(noun: str) -> str:
    """The plural of a noun such as a column's name: ``outlets``, ``countries``."""
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in set("aeiou") else f"{noun}s"


def turned(d: Difference) -> Difference:
    """The same difference seen from the other group."""
    value, low, high = d.ratio.value, d.ratio.high, d.ratio.low
    ratio = Interval(*(1 / x if x > 0 else x for x in (value, low, high)))  # NaN stays NaN
    return Difference(d.b, d.a, d.frame, -d.difference, ratio, d.p, d.p_holm, d.p_bh)
