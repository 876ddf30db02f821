"""The report's tables as CSV."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path

from framing.bootstrap import Interval
from framing.evaluation.analysis import Analysis
from framing.evaluation.comparison import Comparison
from framing.evaluation.error_rates import FrameErrors
from framing.evaluation.quality import Evaluation
from framing.spreadsheet import neutral


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
    _write(folder / "data.csv", (comparison.by, *list(data[0])[1:]), (list(row.values()) for row in data))
    _trends(folder, analysis)
    _apart(folder, analysis)
    if analysis.quality:
        _quality(folder, analysis.quality)
        _errors(folder, comparison.by, analysis.errors)


def _shares(folder: Path, c: Comparison) -> None:
    header = (
        *("rule", c.by, "frame", "estimate", "low", "high", "corpus_low", "corpus_high", "naive", "labelled"),
        *("coded", "positive", "coded_stories", "status"),
    )
    rows = (
        (
            *(e.name, s.group, s.frame, *_cells(s.share), *_cells(s.corpus)[1:], _cell(s.naive), s.n_labelled),
            *(s.n_gold, s.n_gold_positive, s.n_gold_stories, "corrected" if s.corrected else "uncorrected"),
        )
        for e in (c.main, *c.variants)
        for s in e.shares
    )
    _write(folder / "shares.csv", header, rows)


def _differences(folder: Path, c: Comparison) -> None:
    header = (
        *("rule", "a", "b", "frame", "difference", "low", "high", "ratio", "ratio_low", "ratio_high"),
        *("p", "p_holm", "p_bh", "estimator"),
    )
    rows = (
        (
            *(e.name, d.a, d.b, d.frame, *_cells(d.difference), *_cells(d.ratio)),
            *(_cell(d.p), _cell(d.p_holm), _cell(d.p_bh), c.estimator),
        )
        for e in (c.main, *c.variants)
        for d in e.differences
    )
    _write(folder / "differences.csv", header, rows)


def _trends(folder: Path, analysis: Analysis) -> None:
    by, trends = analysis.comparison.by, analysis.trends
    _write(
        folder / "trends.csv",
        (by, "frame", "slope_per_year", "low", "high", "p", "p_holm", "stories"),
        ((t.group, t.frame, *_cells(t.slope), _cell(t.p), _cell(t.p_holm), t.n_stories) for t in trends.trends),
    )
    _write(
        folder / "months.csv",
        (by, "month", "sentences", *analysis.comparison.frames),
        ((m.group, m.month, m.n_sentences, *map(_cell, m.scores)) for m in trends.months),
    )


def _apart(folder: Path, analysis: Analysis) -> None:
    by, profiles = analysis.comparison.by, analysis.profiles
    _write(
        folder / "profiles.csv",
        (by, *profiles.labels),
        ((group, *map(_cell, row)) for group, row in zip(profiles.groups, profiles.profiles.tolist(), strict=True)),
    )
    _write(
        folder / "terms.csv",
        ("frame", by, "term", "z", "stories", "stories_elsewhere"),
        (
            (frame, t.group, t.term, _cell(t.z), t.n_stories, t.n_stories_elsewhere)
            for frame, terms in analysis.terms.items()
            for t in terms
        ),
    )
    _write(
        folder / "cooccurrence.csv",
        ("frame", "with", "sentences", "share", "lift"),
        ((c.a, c.b, c.n, _cell(c.share), _cell(c.lift)) for c in analysis.cooccurrence),
    )


def _quality(folder: Path, quality: Evaluation) -> None:
    _write(
        folder / "quality.csv",
        ("frame", "measure", "estimate", "low", "high", "positives", "predicted"),
        (
            (q.frame, measure, *_cells(getattr(q, measure)), q.positives, q.predicted)
            for q in quality.frames
            for measure in ("precision", "recall", "f1")
        ),
    )


def _errors(folder: Path, by: str, errors: list[FrameErrors]) -> None:
    limits = (
        "sensitivity",
        "sensitivity_low",
        "sensitivity_high",
        "specificity",
        "specificity_low",
        "specificity_high",
    )
    _write(
        folder / "error_rates.csv",
        ("frame", by, *limits, "positives", "negatives", "naive_bias", "naive_bias_low", "naive_bias_high"),
        (
            (
                *(f.frame, g.group, *_cells(g.sensitivity), *_cells(g.specificity)),
                *(g.n_positive, g.n_negative, *_cells(g.naive_bias)),
            )
            for f in errors
            for g in f.groups
        ),
    )


def _cells(interval: Interval) -> list[str]:
    return [_cell(value) for value in (interval.value, interval.low, interval.high)]


def _cell(value: float) -> str:
    return "" if isnan(value) else f"{value:.6g}"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
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
