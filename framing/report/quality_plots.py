"""Plots of the quality report: reliability of probabilities, precision against recall."""

from collections.abc import Sequence
from math import isnan

from markupsafe import Markup, escape

from framing.evaluation.diagnosis import Curve, ReliabilityBin
from framing.evaluation.quality import FrameQuality
from framing.report.plots import svg

SIDE, LEFT, TOP, STRIP = 300, 44, 8, 52
_WIDTH, _HEIGHT = LEFT + SIDE + 18, TOP + SIDE + 44
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def reliability_plot(bins: Sequence[ReliabilityBin], colour: str, title: str) -> Markup:
    """Share coded against mean probability, a dot per bin with its interval, and below how many sentences it holds.

    Dots on the diagonal are calibrated; above it the probabilities are too low, below it too high.
    """
    base = _HEIGHT + 14
    most = max((one.n for one in bins), default=1)
    parts = [*_square("mean probability", "share coded"), _line([(0, 0), (1, 1)], "var(--soft)", dashed=True)]
    parts += [_dot(one, colour) for one in bins]
    parts.append(f'<text x="{LEFT}" y="{base}" class="tick">sentences in each dot, in order</text>')
    width = SIDE / max(len(bins), 1)
    for i, one in enumerate(bins):
        x, height = LEFT + width * i, (STRIP - 26) * one.n / most
        y = base + STRIP - 14
        parts.append(
            f'<rect x="{x + 1:.1f}" y="{y - height:.1f}" width="{width - 2:.1f}" height="{height:.1f}" '
            f'fill="{colour}" opacity="0.3"/>'
            f'<text x="{x + width / 2:.1f}" y="{y + 11}" class="tick" text-anchor="middle">{one.n}</text>'
        )
    return svg(_WIDTH, base + STRIP, title, parts)


def precision_recall_plot(curve: Curve, quality: FrameQuality, base_rate: float, colour: str, title: str) -> Markup:
    """Precision against recall over all thresholds, with the point of the labels.

    Parameters
    ----------
    curve : Curve
    quality : FrameQuality
        Of the labels: their precision and recall are the point.
    base_rate : float
        Share of sentences with the frame, the precision of chance; a dashed line.
    colour, title : str
    """
    parts = [*_square("recall", "precision"), _line([(0, base_rate), (1, base_rate)], "var(--soft)", dashed=True)]
    points = list(zip(curve.recall, curve.precision, strict=True))
    if points:
        parts.append(_line([(0, points[0][1]), *points], colour))
    recall, precision = quality.recall.value, quality.precision.value
    if not (isnan(recall) or isnan(precision)):
        hint = f"labels: precision {precision:.2f}, recall {recall:.2f}"
        parts.append(
            f'<g><title>{escape(hint)}</title><circle cx="{_x(recall):.1f}" cy="{_y(precision):.1f}" r="6" '
            f'fill="{colour}"/></g>'
        )
    return svg(_WIDTH, _HEIGHT, title, parts)


def _square(across: str, up: str) -> list[str]:
    """Axes from 0 to 1."""
    parts = []
    for tick in _TICKS:
        parts.append(
            f'<line x1="{_x(tick)}" x2="{_x(tick)}" y1="{_y(0)}" y2="{_y(1)}" class="grid"/>'
            f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{_y(tick)}" y2="{_y(tick)}" class="grid"/>'
            f'<text x="{_x(tick)}" y="{_y(0) + 16}" class="tick" text-anchor="middle">{tick:g}</text>'
            f'<text x="{_x(0) - 6}" y="{_y(tick) + 4}" class="tick" text-anchor="end">{tick:g}</text>'
        )
    middle = _y(0.5)
    parts.append(f'<text x="{_x(0.5)}" y="{_y(0) + 34}" class="name" text-anchor="middle">{across}</text>')
    parts.append(
        f'<text x="11" y="{middle}" class="name" text-anchor="middle" transform="rotate(-90 11 {middle})">{up}</text>'
    )
    return parts


def _dot(one: ReliabilityBin, colour: str) -> str:
    hint = f"{one.n} sentences with probabilities {one.low:.2f} to {one.high:.2f}: {100 * one.share.value:.0f}% coded"
    x = f"{_x(one.mean):.1f}"
    whisker = ""
    if one.share.has_limits:
        low, high = _y(one.share.low), _y(one.share.high)
        whisker = f'<line x1="{x}" x2="{x}" y1="{low:.1f}" y2="{high:.1f}" stroke="{colour}" class="whisker"/>'
    dot = f'<circle cx="{x}" cy="{_y(one.share.value):.1f}" r="4.5" fill="{colour}"/>'
    return f"<g><title>{escape(hint)}</title>{whisker}{dot}</g>"


def _line(points: Sequence[tuple[float, float]], colour: str, *, dashed: bool = False) -> str:
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    dashes = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}"{dashes} class="line"/>'


def _x(value: float) -> float:
    return LEFT + SIDE * value


def _y(value: float) -> float:
    return TOP + SIDE * (1 - value)
