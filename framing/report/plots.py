"""Plots as SVG, drawn by hand: small, sharp on paper, readable on a phone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from markupsafe import Markup, escape

from framing.bootstrap import Interval
from framing.evaluation.comparison import Share
from framing.evaluation.stance_comparison import NetStance
from framing.report.words import points

WIDTH, LABEL, ROW, TOP, BOTTOM, LEGEND = 390, 170, 26, 6, 40, 16
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7a4fb5", "#a33b3b")
STANCE_COLOUR = "#4a5a6a"  # of no frame
_LONGEST_NAME = 22  # small letters
_BROAD = "mwMW@%<>=+"


def svg(width: float, height: float, title: str, parts: Sequence[str]) -> Markup:
    """A plot of the given size; the parts must be escaped."""
    inside = "".join(parts)
    return Markup(  # noqa: S704  (all text is escaped)
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}" class="plot">{inside}</svg>'
    )


def short(name: str) -> str:
    """A name that fits its column, escaped; of a long one beginning and end, as many differ only there."""
    shown, kept = name, len(name)
    while _width(shown) > _LONGEST_NAME:
        kept -= 1
        head = kept - kept // 3
        shown = f"{name[:head].rstrip()}…{name[len(name) - kept + head :].lstrip()}"
    return str(escape(shown))


def _width(name: str) -> float:
    """About how wide a name is, in small letters."""
    return sum(1.7 if one in _BROAD or east_asian_width(one) in "WF" else 1.2 if one.isupper() else 1 for one in name)


@dataclass(frozen=True)
class Dot:
    """A row of a plot: an estimate with its interval, and what was counted from labels."""

    name: str
    estimate: Interval
    naive: float
    corrected: bool
    hint: str


@dataclass(frozen=True)
class _Axis:
    """What is plotted, at which values it is named how, and from where to where."""

    title: str
    ticks: Sequence[tuple[float, str]]
    ends: tuple[float, float]

    def x(self, value: float) -> float:
        """Where a value is drawn."""
        low, high = self.ends
        return LABEL + (WIDTH - LABEL - 16) * min(max((value - low) / (high - low), 0.0), 1.0)


def dot_whiskers(shares: Sequence[Share], colour: str, title: str, top: float) -> Markup:
    """Shares with their intervals, one row per group, corrected ones first, sorted from high to low.

    A filled dot with a whisker is corrected, a hollow dot is counted from labels; with a whisker where nothing is
    corrected.

    Parameters
    ----------
    shares : sequence of Share
    colour, title : str
    top : float
        Right end of the axis, a share; the same for all frames, so that they can be compared.
    """
    step = 0.1 if top <= 0.5 else 0.2
    ticks = [(i * step, f"{100 * (i * step):.0f}") for i in range(int(top / step + 1e-9) + 1)]
    dots = [Dot(s.group, s.share, s.naive, s.corrected, _hint(s, "{:.1f}%")) for s in shares]
    return _dots(dots, _Axis("share of sentences, %", ticks, (0.0, top)), colour, title)


def net_whiskers(nets: Sequence[NetStance], colour: str, title: str, reach: float) -> Markup:
    """Net stance with its intervals, as `dot_whiskers`, on an axis from `-reach` to `reach`."""
    step = 0.1 if reach <= 0.3 else 0.2 if reach <= 0.6 else 0.5
    n = int(reach / step + 1e-9)
    ticks = [(i * step, points(i * step)) for i in range(-n, n + 1)]
    dots = [Dot(s.group, s.net, s.naive, s.corrected, _hint(s, "{:+.1f} points")) for s in nets]
    axis = _Axis("favourable minus critical, points", ticks, (-reach, reach))
    return _dots(dots, axis, colour, title)


def axis_end(shares: Sequence[Share]) -> float:
    """Right end of an axis that holds all intervals, a multiple of 10 percent."""
    return _end(max(s.share.high if s.share.has_limits else s.share.value, s.naive) for s in shares)


def net_reach(nets: Sequence[NetStance]) -> float:
    """End of an axis of net stance that holds all intervals, a multiple of 10 points."""
    ends = ((s.net.low, s.net.high, s.naive) if s.net.has_limits else (s.net.value, s.naive) for s in nets)
    return _end(max(map(abs, values)) for values in ends)


def _end(values: Iterable[float]) -> float:
    return min(1.0, (int(max(values) * 10) + 1) / 10)


def _dots(dots: Sequence[Dot], axis: _Axis, colour: str, title: str) -> Markup:
    rows = sorted(dots, key=lambda dot: (not dot.corrected, -dot.estimate.value))
    base = TOP + ROW * len(rows)
    parts = [*_axis(axis, base), *(_row(dot, i, colour, axis) for i, dot in enumerate(rows))]
    if not any(dot.corrected for dot in dots):
        return svg(WIDTH, base + BOTTOM, title, parts)
    height = base + BOTTOM + LEGEND
    parts.append(_small(WIDTH - 16, height - 6, "end", "filled: corrected, hollow: counted from labels"))
    return svg(WIDTH, height, title, parts)


def _axis(axis: _Axis, base: int) -> list[str]:
    """Grid, ticks and title of the axis below `base`."""
    parts = []
    for tick, text in axis.ticks:
        x = axis.x(tick)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{base + 2}" class="grid"/>')
        parts.append(_small(x, base + 17, "middle", text))
    return [*parts, _small(axis.x(sum(axis.ends) / 2), base + 33, "middle", axis.title)]


def _small(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" class="tick" text-anchor="{anchor}">{text}</text>'


def _row(dot: Dot, i: int, colour: str, axis: _Axis) -> str:
    y = TOP + ROW * (i + 0.5)
    label = f'<text x="{LABEL - 12}" y="{y + 4}" class="name" text-anchor="end">{short(dot.name)}</text>'
    hollow = f'<circle cx="{axis.x(dot.naive):.1f}" cy="{y}" r="4.2" stroke="{colour}" class="hollow"/>'
    filled = f'<circle cx="{axis.x(dot.estimate.value):.1f}" cy="{y}" r="4.5" fill="{colour}"/>'
    marks = hollow + filled if dot.corrected else hollow
    return f"<g><title>{escape(dot.hint)}</title>{label}{_whisker(dot, y, colour, axis)}{marks}</g>"


def _whisker(dot: Dot, y: float, colour: str, axis: _Axis) -> str:
    if not dot.estimate.has_limits:
        return ""
    low, high = axis.x(dot.estimate.low), axis.x(dot.estimate.high)
    return f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{colour}" class="whisker"/>'


def _hint(shown: Share | NetStance, form: str) -> str:
    estimate = shown.share if isinstance(shown, Share) else shown.net
    kind = "corrected" if shown.corrected else "counted, uncorrected"
    hint = f"{shown.group}: {form.format(100 * estimate.value)} {kind}"
    if estimate.has_limits:
        hint += f" ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"
    return f"{hint}; counted {form.format(100 * shown.naive)}" if shown.corrected else hint
