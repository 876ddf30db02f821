"""Small multiples of frames over time, one panel per group."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from framing.evaluation.trends import Month
from framing.report.plots import short, svg

PANEL, HEIGHT, GAP, PER_ROW = 190, 96, 18, 4
MOST_PANELS = 24


def trend_panels(months: Sequence[Month], groups: Sequence[str], frames: Mapping[str, str], title: str) -> Markup:
    """Mean score per month, one panel per group, one line per frame; all panels have the same axes.

    Parameters
    ----------
    months : sequence of Month
    groups : sequence of str
        Panels, in order; no more than `MOST_PANELS` are drawn.
    frames : mapping of str to str
        Label to colour, in the order of the scores.
    title : str
    """
    shown = list(groups)[:MOST_PANELS]
    ticks = sorted({m.month for m in months if m.group in set(shown)})
    span = max(_place(ticks[-1]) - _place(ticks[0]), 1)
    top = max((max(m.scores) for m in months if m.group in set(shown)), default=0.0) or 0.1
    parts = []
    for i, group in enumerate(shown):
        x, y = (i % PER_ROW) * (PANEL + GAP), (i // PER_ROW) * (HEIGHT + 44)
        own = sorted((m for m in months if m.group == group), key=lambda m: m.month)
        points = [((_place(m.month) - _place(ticks[0])) / span, m) for m in own]
        parts.append(f'<g transform="translate({x} {y})">{_panel(group, points, list(frames.values()), top)}</g>')
        parts.append(
            f'<text x="{x}" y="{y + HEIGHT + 30}" class="tick">{escape(ticks[0])}</text>'
            f'<text x="{x + PANEL}" y="{y + HEIGHT + 30}" class="tick" text-anchor="end">{escape(ticks[-1])}</text>'
        )
    rows = (len(shown) + PER_ROW - 1) // PER_ROW
    return svg(min(len(shown), PER_ROW) * (PANEL + GAP) - GAP, rows * (HEIGHT + 44), title, parts)


def _panel(group: str, points: Sequence[tuple[float, Month]], colours: Sequence[str], top: float) -> str:
    base = HEIGHT + 16
    parts = [
        f'<text x="0" y="11" class="name">{short(group)}</text>',
        f'<line x1="0" x2="{PANEL}" y1="{base}" y2="{base}" class="grid"/>',
        f'<line x1="0" x2="{PANEL}" y1="18" y2="18" class="grid"/>',
        f'<text x="{PANEL}" y="14" class="tick" text-anchor="end">{100 * top:.0f}%</text>',
    ]
    for i, colour in enumerate(colours):
        places = [(PANEL * x, base - (base - 18) * m.scores[i] / top, m) for x, m in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" class="line"/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"><title>'
            f"{escape(m.month)}: {100 * m.scores[i]:.0f}% of {m.n_sentences} sentences</title></circle>"
            for x, y, m in places
        ]
    return "".join(parts)


def _place(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number)
