"""The report's tables of stance and voice as CSV."""

from collections.abc import Iterator
from pathlib import Path

from framing.evaluation.quality import Evaluation
from framing.evaluation.stance_comparison import StanceComparison, StanceEstimates
from framing.report.tables import SHARE, cell, cells, share_cells, status, write_csv
from framing.report.words import many
from framing.stance.values import STANCES


def write_stance_tables(folder: Path, stance: StanceComparison, by: str) -> None:
    """Write a CSV file per table beside those of `framing.report.tables.write_tables`; shares are of all sentences."""
    write_csv(
        folder / "stance.csv",
        ("target", "voice", by, "stance", *SHARE),
        (
            (target, voice, s.group, s.frame, *share_cells(s))
            for target, voice, estimates in _estimates(stance)
            for s in estimates.shares
        ),
    )
    write_csv(
        folder / "net_stance.csv",
        ("target", "voice", by, "net_stance", "low", "high", "among", "among_low", "among_high", "naive", "status"),
        (
            (
                target,
                voice,
                net.group,
                *cells(net.net),
                *cells(net.among),
                cell(net.naive),
                status(net.corrected, net.rare),
            )
            for target, voice, estimates in _estimates(stance)
            for net in estimates.net
        ),
    )
    write_csv(
        folder / "stance_differences.csv",
        ("target", "a", "b", "difference", "low", "high", "p", "p_holm", "estimator"),
        (
            (t.target, d.a, d.b, *cells(d.difference), cell(d.p), cell(d.p_holm), status(t.total.corrected))
            for t in stance.targets
            for d in t.differences
        ),
    )
    if stance.quoted:
        write_csv(
            folder / "quoted.csv",
            ("frame", "source", "stories", many(by)),
            ((s.frame, s.source, s.n_stories, s.n_groups) for found in stance.quoted.values() for s in found),
        )


def write_stance_scores(folder: Path, evaluation: Evaluation, prefix: str = "") -> None:
    """Write scores of stance and voice, where labels and gold have them."""
    measured = ("measure", "estimate", "low", "high")
    if evaluation.stance:
        header = ("target", *measured, *(f"coded_{stance}" for stance in STANCES), "sentences")
        rows = (
            (q.target, measure, *cells(interval), *q.coded.values(), q.n_sentences)
            for q in evaluation.stance
            for measure, interval in q.scores.items()
        )
        write_csv(folder / f"{prefix}stance.csv", header, rows)
    if voice := evaluation.voice:
        write_csv(
            folder / f"{prefix}voice.csv",
            (*measured, *(f"coded_{name}" for name in voice.coded)),
            ((measure, *cells(interval), *voice.coded.values()) for measure, interval in voice.scores.items()),
        )


def _estimates(stance: StanceComparison) -> Iterator[tuple[str, str, StanceEstimates]]:
    """Estimates with their target and voice."""
    for target in stance.targets:
        yield target.target, "all", target.total
        for voice, estimates in target.by_voice.items():
            yield target.target, voice, estimates
