"""The report's tables as CSV."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path

from framing.annotation.reliability import VariableAgreement
from framing.bootstrap import Interval
from framing.evaluation.analysis import Analysis
from framing.evaluation.comparison import Comparison, Share
from framing.evaluation.error_rates import FrameErrors
from framing.evaluation.quality import FrameQuality
from framing.spreadsheet import neutral

SHARE = (
    *("estimate", "low", "high", "corpus_low", "corpus_high", "naive", "labelled"),
    *("coded", "positive", "coded_stories", "status"),
)
SCORES = ("measure", "estimate", "low", "high", "positives", "predicted")


def write_tables(folder: Path, analysis: Analysis) -> None:
    """Write a CSV file per table.

    Shares are 0 to 1; the limits are of `Comparison.level`; a cell is empty where a number is not defined. Text that a
    spreadsheet would run as a formula gets an apostrophe.
    """
    folder.mkdir()
    comparison = analysis.comparison
    _shares(folder, comparison)
    _differences(folder, comparison)
    data = [asdict(group) for group in comparison.groups]
    write_csv(folder / "data.csv", (comparison.by, *list(data[0])[1:]), (list(row.values()) for row in data))
    _trends(folder, analysis)
    _apart(folder, analysis)
    if analysis.quality:
        write_scores(folder / "quality.csv", analysis.quality.frames)
        _errors(folder, comparison.by, analysis.errors)
    if analysis.agreement:
        _agreement(folder, analysis.agreement)


def _shares(folder: Path, c: Comparison) -> None:
    rows = ((e.name, s.group, s.frame, *share_cells(s)) for e in (c.main, *c.variants) for s in e.shares)
    write_csv(folder / "shares.csv", ("rule", c.by, "frame", *SHARE), rows)


def share_cells(share: Share) -> list[object]:
    """Cells under `SHARE`."""
    return [
        *(*cells(share.share), *cells(share.corpus)[1:], cell(share.naive), share.n_labelled),
        *(share.n_gold, share.n_gold_positive, share.n_gold_stories, status(share.corrected, share.rare)),
    ]


def status(corrected: bool, rare: bool = False) -> str:
    """How a number came about, and whether its interval is widened as few coded sentences are behind it."""
    return "uncorrected" if not corrected else "corrected, rare" if rare else "corrected"


def _differences(folder: Path, c: Comparison) -> None:
    header = (
        *("rule", "a", "b", "frame", "difference", "low", "high", "ratio", "ratio_low", "ratio_high"),
        *("p", "p_holm", "p_bh", "estimator"),
    )
    rows = (
        (
            *(e.name, d.a, d.b, d.frame, *cells(d.difference), *cells(d.ratio)),
            *(cell(d.p), cell(d.p_holm), cell(d.p_bh), c.estimator),
        )
        for e in (c.main, *c.variants)
        for d in e.differences
    )
    write_csv(folder / "differences.csv", header, rows)


def _trends(folder: Path, analysis: Analysis) -> None:
    by, trends = analysis.comparison.by, analysis.trends
    write_csv(
        folder / "trends.csv",
        (by, "frame", "slope_per_year", "low", "high", "p", "p_holm", "stories"),
        ((t.group, t.frame, *cells(t.slope), cell(t.p), cell(t.p_holm), t.n_stories) for t in trends.trends),
    )
    write_csv(
        folder / "months.csv",
        (by, "month", "sentences", *analysis.comparison.frames),
        ((m.group, m.month, m.n_sentences, *map(cell, m.scores)) for m in trends.months),
    )


def _apart(folder: Path, analysis: Analysis) -> None:
    by, profiles = analysis.comparison.by, analysis.profiles
    write_csv(
        folder / "profiles.csv",
        (by, *profiles.labels),
        ((group, *map(cell, row)) for group, row in zip(profiles.groups, profiles.profiles.tolist(), strict=True)),
    )
    write_csv(
        folder / "terms.csv",
        ("frame", by, "term", "z", "stories", "stories_elsewhere"),
        (
            (frame, t.group, t.term, cell(t.z), t.n_stories, t.n_stories_elsewhere)
            for frame, terms in analysis.terms.items()
            for t in terms
        ),
    )
    write_csv(
        folder / "cooccurrence.csv",
        ("frame", "with", "sentences", "share", "lift"),
        ((c.a, c.b, c.n, cell(c.share), cell(c.lift)) for c in analysis.cooccurrence),
    )


def write_scores(path: Path, frames: Sequence[FrameQuality]) -> None:
    """Write a row per frame and measure."""
    write_csv(path, ("frame", *SCORES), ((q.frame, *row) for q in frames for row in score_rows(q)))


def score_rows(quality: FrameQuality) -> list[tuple[object, ...]]:
    """Cells under `SCORES`, a row per measure."""
    return [
        (measure, *cells(interval), quality.positives, quality.predicted)
        for measure, interval in quality.scores.items()
    ]


def _errors(folder: Path, by: str, errors: list[FrameErrors]) -> None:
    limits = (
        "sensitivity",
        "sensitivity_low",
        "sensitivity_high",
        "specificity",
        "specificity_low",
        "specificity_high",
    )
    write_csv(
        folder / "error_rates.csv",
        ("frame", by, *limits, "positives", "negatives", "naive_bias", "naive_bias_low", "naive_bias_high"),
        (
            (
                *(f.frame, g.group, *cells(g.sensitivity), *cells(g.specificity)),
                *(g.n_positive, g.n_negative, *cells(g.naive_bias)),
            )
            for f in errors
            for g in f.groups
        ),
    )


def _agreement(folder: Path, agreement: Sequence[VariableAgreement]) -> None:
    header = ("variable", "measure", "estimate", "low", "high", "sentences", "stories")
    rows = (
        (a.variable, measure, *cells(interval), a.n_sentences, a.n_stories)
        for a in agreement
        for measure, interval in (("alpha", a.alpha), ("ac1", a.ac1), ("percent", a.percent))
    )
    write_csv(folder / "agreement.csv", header, rows)


def cells(interval: Interval) -> list[str]:
    """Cells of an interval: value, low, high."""
    return [cell(value) for value in (interval.value, interval.low, interval.high)]


def cell(value: float) -> str:
    """A number with six digits, empty where it is not defined."""
    return "" if isnan(value) else f"{value:.6g}"


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file; text that a spreadsheet would run as a formula gets an apostrophe."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows([_safe(cell) for cell in row] for row in rows)


def _safe(cell: object) -> object:
    return neutral(cell) if isinstance(cell, str) and not _is_number(cell) else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
