"""Profile map: groups in the order of a dendrogram, each with a bar of its frame profile."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup, escape
from scipy.cluster.hierarchy import dendrogram

from framing.evaluation.profiles import Profiles
from framing.report.plots import LABEL, ROW, TOP, short, svg

BAR, TREE = 300, 170
WIDTH = LABEL + BAR + 12 + TREE
_NONE = "#c9d1d9"


def profile_map(profiles: Profiles, labels: Sequence[str], colours: Sequence[str], title: str) -> Markup:
    """Bars of the profiles, similar groups beside each other; the tree joins groups at their distance.

    Parameters
    ----------
    profiles : Profiles
    labels, colours : sequence of str, length n_frames
    title : str
    """
    height = TOP + ROW * len(profiles.groups) + 34
    parts = []
    for row, group in enumerate(profiles.order):
        y = TOP + ROW * (row + 0.5)
        name = short(profiles.groups[group])
        parts.append(f'<text x="{LABEL - 12}" y="{y + 4}" class="name" text-anchor="end">{name}</text>')
        parts += _bar(profiles.profiles[group].tolist(), [*labels, "none"], [*colours, _NONE], y)
    return svg(WIDTH, height, title, [*parts, *_tree(profiles, height)])


def _bar(shares: Sequence[float], labels: Sequence[str], colours: Sequence[str], y: float) -> list[str]:
    starts = np.concatenate([[0.0], np.cumsum(shares)])
    return [
        f'<rect x="{LABEL + BAR * start:.1f}" y="{y - 8}" width="{BAR * share:.1f}" height="16" fill="{colour}">'
        f"<title>{escape(label)}: {100 * share:.0f}%</title></rect>"
        for start, share, label, colour in zip(starts, shares, labels, colours, strict=False)
    ]


def _tree(profiles: Profiles, height: float) -> list[str]:
    """Lines of the dendrogram, distance from left to right, with the ends of its axis."""
    drawn = dendrogram(profiles.linkage, no_plot=True)
    farthest = max(float(profiles.linkage[:, 2].max()), 1e-9)
    left = LABEL + BAR + 12

    def point(position: float, distance: float) -> str:
        return f"{left + (TREE - 8) * distance / farthest:.1f},{TOP + ROW * position / 10:.1f}"

    lines = [
        f'<polyline points="{" ".join(point(p, d) for p, d in zip(positions, distances, strict=True))}" '
        'fill="none" class="branch"/>'
        for positions, distances in zip(drawn["icoord"], drawn["dcoord"], strict=True)
    ]
    axis = (
        f'<text x="{left}" y="{height - 18}" class="tick">0</text>'
        f'<text x="{left + TREE - 8}" y="{height - 18}" class="tick" text-anchor="end">{farthest:.2f}</text>'
        f'<text x="{left + TREE / 2}" y="{height - 4}" class="tick" text-anchor="middle">Jensen-Shannon distance</text>'
    )
    return [*lines, axis]
