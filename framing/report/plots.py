"""Plots as SVG, drawn by hand: small, sharp on paper, readable on a phone."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from framing.evaluation.comparison import Share

WIDTH, LABEL, ROW, TOP, BOTTOM = 390, 170, 26, 6, 24
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7a4fb5", "#a33b3b")
_LONGEST_NAME = 22


def svg(width: float, height: float, title: str, parts: Sequence[str]) -> Markup:
    """A plot of the given size; the parts must be escaped."""
    inside = "".join(parts)
    return Markup(  # noqa: S704  (all text is escaped)
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}" class="plot">{inside}</svg>'
    )


def short(name: str) -> str:
    """A name that fits its column, escaped."""
    return str(escape(name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"))


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
    rows = sorted(shares, key=lambda share: (not share.corrected, -share.share.value))
    height = TOP + ROW * len(rows) + BOTTOM
    return svg(WIDTH, height, title, [*_axis(top, height), *(_row(s, i, colour, top) for i, s in enumerate(rows))])


def axis_end(shares: Sequence[Share]) -> float:
    """Right end of an axis that holds all intervals, a multiple of 10 percent."""
    largest = max(max(s.share.high if s.share.has_limits else s.share.value, s.naive) for s in shares)
    return min(1.0, (int(largest * 10) + 1) / 10)


def _axis(top: float, height: int) -> list[str]:
    step = 0.1 if top <= 0.5 else 0.2
    ticks = [i * step for i in range(int(top / step + 1e-9) + 1)]
    parts = []
    for tick in ticks:
        x = _x(tick, top)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - BOTTOM + 2}" class="grid"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 7}" class="tick" text-anchor="middle">{100 * tick:.0f}%</text>')
    return parts


def _row(share: Share, i: int, colour: str, top: float) -> str:
    y = TOP + ROW * (i + 0.5)
    label = f'<text x="{LABEL - 12}" y="{y + 4}" class="name" text-anchor="end">{short(share.group)}</text>'
    hollow = f'<circle cx="{_x(share.naive, top):.1f}" cy="{y}" r="4.2" stroke="{colour}" class="hollow"/>'
    filled = f'<circle cx="{_x(share.share.value, top):.1f}" cy="{y}" r="4.5" fill="{colour}"/>'
    marks = hollow + filled if share.corrected else hollow
    return f"<g><title>{escape(_hint(share))}</title>{label}{_whisker(share, y, colour, top)}{marks}</g>"


def _whisker(share: Share, y: float, colour: str, top: float) -> str:
    if not share.share.has_limits:
        return ""
    low, high = _x(share.share.low, top), _x(share.share.high, top)
    return f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{colour}" class="whisker"/>'


def _hint(share: Share) -> str:
    kind = "corrected" if share.corrected else "counted, uncorrected"
    hint = f"{share.group}: {100 * share.share.value:.1f}% {kind}"
    if share.share.has_limits:
        hint += f" ({100 * share.share.low:.1f} to {100 * share.share.high:.1f})"
    return f"{hint}; counted {100 * share.naive:.1f}%" if share.corrected else hint


def _x(value: float, top: float) -> float:
    return LABEL + (WIDTH - LABEL - 16) * min(max(value / top, 0.0), 1.0)
