"""The report in Markdown, for a terminal or a repository: finding, shares, differences, limitations, methods."""

import re
from collections.abc import Iterator
from typing import Any

from framing.bootstrap import Interval
from framing.codebook import Codebook
from framing.evaluation.analysis import Analysis
from framing.evaluation.comparison import Comparison, Share
from framing.evaluation.stance_comparison import NetStance, StanceComparison, TargetStance
from framing.report.content import largest_differences
from framing.report.page import report_content
from framing.report.stance import stance_rows, voice_rows
from framing.report.words import level_name, limits, many, p_value, percent, points
from framing.stance.values import STANCES

SHOWN = 20
SHOWN_SOURCES = 5
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def render_markdown(analysis: Analysis, codebook: Codebook) -> str:
    """Render the report as Markdown; bars and line breaks in names are escaped."""
    content = report_content(analysis, codebook)
    comparison = analysis.comparison
    parts = [
        f"# {_plain(codebook.title)}",
        "\n".join(f"- {_plain(sentence)}" for sentence in content["finding"]),
        content["summary"],
        f"## Shares by {comparison.by}",
        _kind(comparison.corrected, comparison.level),
        _shares(analysis, codebook),
        "## Largest differences",
        f"In brackets are {level_name(comparison.level)} intervals of each pair by itself, not adjusted.",
        _differences(analysis, codebook),
        *(_stance(analysis.stance, comparison, content) if analysis.stance else ()),
        "## Limitations",
        "\n".join(f"- {_plain(limitation)}" for limitation in content["limitations"]),
        "## Methods",
        *content["methods"],
        "\n".join(f"- {reference}" for reference in content["references"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _kind(corrected: bool, level: float) -> str:
    intervals = f"with {level_name(level)} intervals"
    if not corrected:
        return f"Uncorrected: counted from labels, {intervals}."
    return f'Corrected, {intervals}; "rare" marks those that are widened (see the limitations).'


def _shares(analysis: Analysis, codebook: Codebook) -> str:
    comparison = analysis.comparison
    cells = {(s.group, s.frame): _share(s, comparison.corrected) for s in comparison.main.shares}
    rows = [
        [group.name, f"{group.n_sentences:,}", *(cells[group.name, frame] for frame in comparison.frames)]
        for group in comparison.groups
    ]
    return _table([comparison.by, "sentences", *(frame.label for frame in codebook.frames)], rows)


def _share(share: Share, among_corrected: bool) -> str:
    value = percent(share.share.value) + _mark(share, among_corrected)
    return f"{value} ({limits(share.share)})" if share.share.has_limits else value


def _mark(estimate: Share | NetStance, among_corrected: bool) -> str:
    """What to know of an estimate among corrected ones."""
    if not among_corrected:
        return ""
    return " uncorrected" if not estimate.corrected else " rare" if estimate.rare else ""


def _differences(analysis: Analysis, codebook: Codebook) -> str:
    labels = {frame.name: frame.label for frame in codebook.frames}
    rows = [
        [d.a, d.b, labels[d.frame], _points(d.difference), p_value(d.p_holm)]
        for d, _ in largest_differences(analysis.comparison)[:SHOWN]
    ]
    return _table(["more", "less", "frame", "points", "p (Holm)"], rows) if rows else "None can be computed."


def _stance(stance: StanceComparison, comparison: Comparison, content: dict[str, Any]) -> Iterator[str]:
    """Finding, then per target its shares and net stance, in each voice too, then who is quoted."""
    yield "## Stance"
    yield (
        f"{_kind(stance.corrected, comparison.level)} Shares of all sentences; net stance is favourable "
        f"minus critical, in points of all sentences, and that in the {comparison.by}'s own voice and that which it "
        'quotes add up to it. "Net, about it" is that of the sentences about the target, where five or more are coded.'
    )
    yield "\n".join(f"- {_plain(sentence)}" for sentence in content["stance_finding"])
    for target in stance.targets:
        yield f"### {_plain(content['target_labels'][target.target])}"
        yield _table(*_net_stance(target, comparison.by, stance.corrected))
    if stance.quoted:
        yield "### Who is quoted"
        yield "Sources by name or role as written, of two stories or more; counts of labels, uncorrected."
        rows = [
            [s.source, content["frame_labels"][frame], f"{s.n_stories:,}", f"{s.n_groups:,}"]
            for frame, found in stance.quoted.items()
            for s in found[:SHOWN_SOURCES]
        ]
        yield _table(["source", "frame", "stories", many(comparison.by)], rows)


def _net_stance(target: TargetStance, by: str, among_corrected: bool) -> tuple[list[str], list[list[str]]]:
    rows = [
        [row.group, *(_share(row.shares[name], among_corrected) for name in STANCES), _net(row.net, among_corrected),
         _points(row.net.among)]
        for row in stance_rows(target.total)
    ]  # fmt: skip
    header = [by, *STANCES, "net stance", "net, about it"]
    if target.by_voice:
        header += ["net, own voice", "net, quoted"]
        for cells, voices in zip(rows, voice_rows(target), strict=True):
            cells += [_net(row.net, among_corrected) for row in voices]
    return header, rows


def _net(net: NetStance, among_corrected: bool) -> str:
    return _points(net.net, _mark(net, among_corrected))


def _points(value: Interval, mark: str = "") -> str:
    shown = points(value.value) + mark
    return f"{shown} ({limits(value)})" if value.has_limits else shown


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_plain(cell) for cell in line)} |" for line in lines)


def _plain(text: str) -> str:
    return _TAG.sub("&lt;", " ".join(text.split()).replace("|", "\\|"))
