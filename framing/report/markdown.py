"""The report in Markdown, for a terminal or a repository: finding, shares, differences, limitations, methods."""

import re

from framing.codebook import Codebook
from framing.evaluation.analysis import Analysis
from framing.evaluation.comparison import Share
from framing.report.content import largest_differences
from framing.report.page import report_content
from framing.report.words import level_name, limits, p_value, percent, points

SHOWN = 20
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def render_markdown(analysis: Analysis, codebook: Codebook) -> str:
    """Render the report as Markdown; bars and line breaks in names are escaped."""
    content = report_content(analysis, codebook)
    comparison = analysis.comparison
    kind = "Corrected" if comparison.corrected else "Uncorrected: counted from labels"
    parts = [
        f"# {_plain(codebook.title)}",
        "\n".join(f"- {_plain(sentence)}" for sentence in content["finding"]),
        content["summary"],
        f"## Shares by {comparison.by}",
        f"{kind}, with {level_name(comparison.level)} intervals.",
        _shares(analysis, codebook),
        "## Largest differences",
        _differences(analysis, codebook),
        "## Limitations",
        "\n".join(f"- {_plain(limitation)}" for limitation in content["limitations"]),
        "## Methods",
        content["methods"],
        "\n".join(f"- {reference}" for reference in content["references"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _shares(analysis: Analysis, codebook: Codebook) -> str:
    comparison = analysis.comparison
    cells = {(s.group, s.frame): _share(s, comparison.corrected) for s in comparison.main.shares}
    rows = [
        [group.name, f"{group.n_sentences:,}", *(cells[group.name, frame] for frame in comparison.frames)]
        for group in comparison.groups
    ]
    return _table([comparison.by, "sentences", *(frame.label for frame in codebook.frames)], rows)


def _share(share: Share, among_corrected: bool) -> str:
    value = percent(share.share.value) + (" uncorrected" if among_corrected and not share.corrected else "")
    return f"{value} ({limits(share.share)})" if share.share.has_limits else value


def _differences(analysis: Analysis, codebook: Codebook) -> str:
    labels = {frame.name: frame.label for frame in codebook.frames}
    rows = [
        [d.a, d.b, labels[d.frame], f"{points(d.difference.value)} ({limits(d.difference)})", p_value(d.p_holm)]
        for d, _ in largest_differences(analysis.comparison)[:SHOWN]
    ]
    return _table(["more", "less", "frame", "points", "p (Holm)"], rows) if rows else "None can be computed."


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_plain(cell) for cell in line)} |" for line in lines)


def _plain(text: str) -> str:
    return _TAG.sub("&lt;", " ".join(text.split()).replace("|", "\\|"))
