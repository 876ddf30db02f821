"""The report page: one self-contained HTML file."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import framing
from framing.codebook import Codebook
from framing.codebook.page import codebook_html
from framing.evaluation import Comparison, Evaluation
from framing.evaluation.bootstrap import Interval
from framing.labelling import Labels
from framing.report import words
from framing.report.plots import PALETTE, axis_end, dot_whiskers

HERE = Path(__file__).parent
EXAMPLES = 3
TOP_DIFFERENCES = 10


@dataclass(frozen=True)
class Example:
    """A sentence shown in the report, chosen by a stated rule."""

    text: str
    group: str
    date: str
    probability: float


@dataclass(frozen=True)
class Gap:
    """How much more often group `more` uses a frame than group `less`."""

    more: str
    less: str
    frame: str
    points: Interval


def render_page(labels: Labels, comparison: Comparison, evaluation: Evaluation | None) -> str:
    """Render the report; every text from articles is escaped, nothing is loaded from elsewhere."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": words.percent, "limits": words.limits, "score": words.score}
    template = environment.get_template("report.html.j2")
    return template.render(_assets() | _content(labels, comparison, evaluation))


def _assets() -> dict[str, Markup | str]:
    """Style and script of the page, and the policy that lets it run this script alone and load nothing."""
    css, script = (Markup((HERE / name).read_text(encoding="utf-8")) for name in ("report.css", "report.js"))  # noqa: S704  (ours)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data: blob:; "
        f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'"  # style attributes hold the frames' colours
    )
    return {"css": css, "script": script, "policy": policy}


def _codebook(codebook: Codebook) -> Markup:
    """The codebook as HTML, its tables where they can scroll, by keyboard too."""
    html = codebook_html(codebook, heading_level=3)
    html = html.replace("<table>", '<div class="scroll" tabindex="0" role="group" aria-label="Codebook table"><table>')
    return Markup(html.replace("</table>", "</table></div>"))  # noqa: S704  (markdown-it escapes)


def _content(labels: Labels, comparison: Comparison, evaluation: Evaluation | None) -> dict[str, Any]:
    codebook = labels.codebook
    top = axis_end(comparison.shares)
    n_sentences = sum(group.n_sentences for group in comparison.groups)
    plots = {
        frame.name: dot_whiskers(
            [s for s in comparison.shares if s.frame == frame.name],
            PALETTE[i % len(PALETTE)],
            f"Share of sentences with the frame {frame.label} by {comparison.by}",
            top,
        )
        for i, frame in enumerate(codebook.frames)
    }
    return {
        "codebook": codebook,
        "codebook_html": _codebook(codebook),
        "comparison": comparison,
        "evaluation": evaluation,
        "finding": words.finding(comparison, codebook),
        "limitations": words.limitations(comparison, evaluation, codebook),
        "methods": words.methods(comparison, evaluation, n_sentences),
        "plots": plots,
        "frame_labels": {frame.name: frame.label for frame in codebook.frames},
        "weak": words.weak_frames(evaluation, codebook) if evaluation else [],
        "colours": {frame.name: PALETTE[i % len(PALETTE)] for i, frame in enumerate(codebook.frames)},
        "differences": _clear_differences(comparison),
        "examples": {frame: _examples(labels, column, comparison.by) for column, frame in enumerate(comparison.frames)},
        "n_articles": sum(group.n_articles for group in comparison.groups),
        "n_sentences": n_sentences,
        "period": _period(comparison),
        "version": framing.__version__,
    }


def _clear_differences(comparison: Comparison) -> list[Gap]:
    """The largest gaps that exclude zero, turned so that they are positive."""
    gaps = []
    for d in comparison.differences:
        if d.difference.excludes_zero:
            more, less = (d.a, d.b) if d.difference.value > 0 else (d.b, d.a)
            gaps.append(Gap(more, less, d.frame, words.gap_between(comparison, more, less, d.frame)))
    return sorted(gaps, key=lambda gap: -gap.points.value)[:TOP_DIFFERENCES]


def _examples(labels: Labels, column: int, by: str) -> list[Example]:
    """The sentences with the highest probability of a frame, each of another group; ties by order in the corpus."""
    probabilities = labels.column(f"p_{labels.codebook.frame_names[column]}").astype(float)
    texts, groups, dates = labels.names("text"), labels.names(by), labels.names("date")
    tagged = np.flatnonzero(labels.decisions[:, column] & labels.content & (groups != ""))
    chosen: dict[str, Example] = {}
    for row in tagged[np.argsort(-probabilities[tagged], kind="stable")]:
        group = str(groups[row])
        if group not in chosen:
            chosen[group] = Example(str(texts[row]), group, str(dates[row]), float(probabilities[row]))
        if len(chosen) == EXAMPLES:
            break
    return list(chosen.values())


def _period(comparison: Comparison) -> str:
    first = min((g.first_date for g in comparison.groups if g.first_date), default="")
    last = max((g.last_date for g in comparison.groups if g.last_date), default="")
    return f"{first} to {last}" if first else "undated"
