"""What the page shows, prepared for the template."""

from dataclasses import dataclass

import numpy as np

from framing.evaluation.analysis import Analysis
from framing.evaluation.clustered import EqualityTest
from framing.evaluation.comparison import ONCE, Comparison, Difference
from framing.report.words import p_in_words, plural, turned

SHOWN_DIFFERENCES = 300
LARGEST_MATRIX = 30
SHOWN_TERM_GROUPS = 30


@dataclass(frozen=True)
class Matrix:
    """Differences of one frame: row minus column, None where there is none."""

    frame: str
    names: list[str]
    rows: list[tuple[str, list[Difference | None]]]


@dataclass(frozen=True)
class ProfileGap:
    """Distance of two groups' profiles, and what chance alone would give."""

    a: str
    b: str
    distance: float
    chance: float
    p: float


def largest_differences(comparison: Comparison) -> list[tuple[Difference, float]]:
    """The largest differences, turned so that they are positive, with the difference when each story counts once."""
    once = {
        (d.a, d.b, d.frame): d.difference.value for v in comparison.variants if v.name == ONCE for d in v.differences
    }
    found = []
    for d in comparison.main.differences:
        again = once.get((d.a, d.b, d.frame), float("nan"))
        found.append((d, again) if d.difference.value >= 0 else (turned(d), -again))
    return sorted(found, key=lambda pair: -pair[0].difference.value)[:SHOWN_DIFFERENCES]


def matrices(comparison: Comparison) -> list[Matrix]:
    """A matrix per frame that has differences; none with too many groups to read."""
    if len(comparison.groups) > LARGEST_MATRIX:
        return []
    cells: dict[tuple[str, str, str], Difference] = {}
    for d in comparison.main.differences:
        cells[d.frame, d.a, d.b], cells[d.frame, d.b, d.a] = d, turned(d)
    found = []
    for frame in comparison.frames:
        names = [s.group for s in sorted(comparison.main.shares, key=lambda s: -s.share.value) if s.frame == frame]
        names = [name for name in names if any((frame, name, other) in cells for other in names)]
        if names:
            rows = [(name, [cells.get((frame, name, other)) for other in names]) for name in names]
            found.append(Matrix(frame, names, rows))
    return found


def profile_gaps(analysis: Analysis) -> list[ProfileGap]:
    """Distances of all pairs of groups, the largest first, no more than are shown."""
    profiles = analysis.profiles
    one, two = np.triu_indices(len(profiles.groups), k=1)
    order = np.argsort(-profiles.distances[one, two], kind="stable")[:SHOWN_DIFFERENCES]
    return [
        ProfileGap(
            profiles.groups[a],
            profiles.groups[b],
            float(profiles.distances[a, b]),
            float(profiles.chance[a, b]),
            float(profiles.p[a, b]),
        )
        for a, b in zip(one[order], two[order], strict=True)
    ]


def equality_in_words(test: EqualityTest, case: str, by: str) -> str:
    """Result of a test of equal error rates, or why there is none; `case` is ``with`` or ``without`` the frame."""
    if test.p == test.p:
        return f"{p_in_words(test.p)} ({plural(test.n_groups, by)})"
    why = "no error in those" if test.n_groups > 1 else "too few"
    return f"not tested, {why} coded {case} it"


def term_rows(analysis: Analysis, frame: str) -> list[tuple[str, list[str]]]:
    """Terms of each group within a frame, as ``term (stories)``."""
    by_group: dict[str, list[str]] = {}
    for term in analysis.terms[frame]:
        by_group.setdefault(term.group, []).append(f"{term.term} ({term.n_stories})")
    return sorted(by_group.items())[:SHOWN_TERM_GROUPS]
