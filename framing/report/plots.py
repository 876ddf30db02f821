"""Dot-whisker plots as SVG, drawn by hand: small, sharp on paper, readable on a phone."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from framing.evaluation.shares import Share

WIDTH, LABEL, ROW, TOP, BOTTOM = 390, 170, 26, 6, 24
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7a4fb5", "#a33b3b")
_LONGEST_NAME = 22


def dot_whiskers(shares: Sequence[Share], colour: str, title: str, top: float) -> Markup:
    """Shares with their intervals, one row per group, sorted from high to low.

    Parameters
    ----------
    shares : sequence of Share
    colour, title : str
    top : float
        Right end of the axis, a share; the same for all frames, so that they can be compared.
    """
    rows = sorted(shares, key=lambda share: -share.share.value)
    height = TOP + ROW * len(rows) + BOTTOM
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}" class="plot">',
        *_axis(top, height),
        *(_row(share, i, colour, top) for i, share in enumerate(rows)),
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704  (all text is escaped above)


def axis_end(shares: Sequence[Share]) -> float:
    """Right end of an axis that holds all intervals, a multiple of 10 percent."""
    largest = max(s.share.high if s.share.has_limits else s.share.value for s in shares)
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
    name = share.group if len(share.group) <= _LONGEST_NAME else share.group[: _LONGEST_NAME - 1] + "…"
    low, high, value = share.share.low, share.share.high, share.share.value
    hint = f"{share.group}: {100 * value:.1f}%"
    whisker = ""
    if share.share.has_limits:
        hint += f" ({100 * low:.1f} to {100 * high:.1f})"
        whisker = (
            f'<line x1="{_x(low, top):.1f}" x2="{_x(high, top):.1f}" y1="{y}" y2="{y}" '
            f'stroke="{colour}" class="whisker"/>'
        )
    return (
        f'<g><title>{escape(hint)}</title><text x="{LABEL - 12}" y="{y + 4}" class="name" text-anchor="end">'
        f"{escape(name)}</text>{whisker}"
        f'<circle cx="{_x(value, top):.1f}" cy="{y}" r="4.5" stroke="{colour}" class="dot"/></g>'
    )


def _x(value: float, top: float) -> float:
    return LABEL + (WIDTH - LABEL - 16) * value / top
