"""The report page: one self-contained HTML file."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import framing
from framing.codebook import Codebook
from framing.codebook.page import codebook_html
from framing.evaluation.analysis import Analysis
from framing.evaluation.comparison import ARTICLES, ONCE, Comparison
from framing.evaluation.stance_comparison import StanceComparison
from framing.report import content, words
from framing.report.finding import finding, summary
from framing.report.limitations import limitations
from framing.report.methods import methods, references
from framing.report.plots import PALETTE, STANCE_COLOUR, axis_end, dot_whiskers, net_reach, net_whiskers
from framing.report.profile_plot import profile_map
from framing.report.stance import (
    stance_differences,
    stance_finding,
    stance_rows,
    target_labels,
    variable_labels,
    voice_rows,
)
from framing.report.trend_plot import trend_panels
from framing.stance.values import STANCES

HERE = Path(__file__).parent
RULES = {
    ONCE: "each story counts once, with its first article",
    ARTICLES: "each article counts the same, however long",
}


def render_page(analysis: Analysis, codebook: Codebook) -> str:
    """Render the report; every text from articles is escaped, nothing is loaded from elsewhere."""
    template = environment().get_template("report.html.j2")
    return template.render(assets() | report_content(analysis, codebook) | _pictures(analysis, codebook))


def environment() -> Environment:
    """Templates of this room, with the formats of `words` as filters."""
    made = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    names = ("percent", "points", "limits", "score", "p_value", "p_in_words", "plural", "many", "level_name")
    made.filters |= {name: getattr(words, name) for name in names}
    return made


def report_content(analysis: Analysis, codebook: Codebook) -> dict[str, Any]:
    """Texts and numbers of the report, whatever form they are put into."""
    comparison, stance = analysis.comparison, analysis.stance
    return {
        "analysis": analysis,
        "codebook": codebook,
        "comparison": comparison,
        "finding": finding(comparison, codebook),
        "summary": summary(comparison),
        "limitations": limitations(analysis, codebook),
        "methods": methods(analysis, codebook),
        "references": references(analysis),
        "stance_finding": stance_finding(stance, codebook, comparison.by) if stance else [],
        "target_labels": target_labels(codebook),
        "variable_labels": variable_labels(codebook),
        "frame_labels": {frame.name: frame.label for frame in codebook.frames},
        "shares": {(s.group, s.frame): s for s in comparison.main.shares},
        "variant_shares": {v.name: {(s.group, s.frame): s for s in v.shares} for v in comparison.variants},
        "period": _period(comparison),
        "alpha": words.ALPHA,
        "ONCE": ONCE,
        "rules": RULES,
        "version": framing.__version__,
    }


def _pictures(analysis: Analysis, codebook: Codebook) -> dict[str, Any]:
    """Plots, matrices and what else only the page shows."""
    comparison = analysis.comparison
    colours = frame_colours(codebook)
    labels = [frame.label for frame in codebook.frames]
    top = axis_end(comparison.main.shares)
    changing = list(dict.fromkeys(trend.group for trend in analysis.trends.trends))
    return {
        "codebook_html": Markup(codebook_html(codebook, heading_level=3)),  # noqa: S704  (markdown-it escapes)
        "colours": colours,
        "plots": {
            frame.name: dot_whiskers(
                [s for s in comparison.main.shares if s.frame == frame.name],
                colours[frame.name],
                f"Share of sentences with the frame {frame.label} by {comparison.by}",
                top,
            )
            for frame in codebook.frames
        },
        "matrices": content.matrices(comparison),
        "equality_in_words": content.equality_in_words,
        "differences": content.largest_differences(comparison),
        "profile_map": profile_map(
            analysis.profiles, labels, list(colours.values()), f"Frame profiles by {comparison.by}"
        ),
        "profile_gaps": content.profile_gaps(analysis),
        "terms": {frame: content.term_rows(analysis, frame) for frame in comparison.frames},
        **_stance_pictures(analysis.stance, comparison.by, codebook),
        "trend_plot": trend_panels(
            analysis.trends.months,
            changing,
            dict(zip(labels, colours.values(), strict=True)),
            "Mean score of each frame by month",
        )
        if changing
        else None,
    }


def _stance_pictures(stance: StanceComparison | None, by: str, codebook: Codebook) -> dict[str, Any]:
    """Plots and rows of the section on stance."""
    if stance is None:
        return {}
    labels = target_labels(codebook)
    reach = net_reach([net for target in stance.targets for net in target.total.net])
    return {
        "stances": STANCES,
        "stance_colour": STANCE_COLOUR,
        "stance_rows": stance_rows,
        "voice_rows": voice_rows,
        "stance_differences": stance_differences(stance),
        "net_plots": {
            t.target: net_whiskers(t.total.net, STANCE_COLOUR, f"Net stance toward {labels[t.target]} by {by}", reach)
            for t in stance.targets
        },
    }


def frame_colours(codebook: Codebook) -> dict[str, str]:
    """Colour of each frame, the same in every plot."""
    return {frame.name: PALETTE[i % len(PALETTE)] for i, frame in enumerate(codebook.frames)}


def assets() -> dict[str, Markup | str]:
    """Style and script of the page, and the policy that lets it run this script alone and load nothing."""
    css, script = (Markup((HERE / name).read_text(encoding="utf-8")) for name in ("report.css", "report.js"))  # noqa: S704  (ours)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data: blob:; "
        f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'"  # style attributes hold the frames' colours
    )
    return {"css": css, "script": script, "policy": policy}


def _period(comparison: Comparison) -> str:
    first = min((g.first_date for g in comparison.groups if g.first_date), default="")
    last = max((g.last_date for g in comparison.groups if g.last_date), default="")
    return f"{first} to {last}" if first else "undated"
