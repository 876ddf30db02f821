"""The report's tables as CSV."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path

from framing.evaluation import Comparison, Evaluation
from framing.evaluation.bootstrap import Interval


def write_tables(folder: Path, comparison: Comparison, evaluation: Evaluation | None) -> None:
    """Write ``shares.csv``, ``differences.csv``, ``data.csv`` and, with gold, ``quality.csv``.

    Shares are 0 to 1; the limits are of `comparison.level`; empty where not defined.
    """
    folder.mkdir()
    by, limits = comparison.by, ("estimate", "low", "high")
    _write(
        folder / "shares.csv",
        (by, "frame", *limits, "sentences_with_frame", "estimator"),
        ((s.group, s.frame, *_cells(s.share), s.n_positive, comparison.estimator) for s in comparison.shares),
    )
    _write(
        folder / "differences.csv",
        ("a", "b", "frame", *limits, "estimator"),
        ((d.a, d.b, d.frame, *_cells(d.difference), comparison.estimator) for d in comparison.differences),
    )
    data = [asdict(group) for group in comparison.groups]
    _write(folder / "data.csv", (by, *list(data[0])[1:]), (list(row.values()) for row in data))
    if evaluation:
        measures = ("precision", "recall", "f1")
        _write(
            folder / "quality.csv",
            ("frame", "measure", *limits, "positives", "predicted"),
            (
                (q.frame, measure, *_cells(getattr(q, measure)), q.positives, q.predicted)
                for q in evaluation.frames
                for measure in measures
            ),
        )


def _cells(interval: Interval) -> list[str]:
    return ["" if isnan(value) else f"{value:.6f}" for value in (interval.value, interval.low, interval.high)]


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
