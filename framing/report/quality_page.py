"""The quality report: one self-contained HTML file, and its tables."""

from pathlib import Path

from markupsafe import Markup

import framing
from framing.bootstrap import MIN_CLUSTERS
from framing.codebook import Codebook
from framing.evaluation.diagnosis import WORST, Diagnosis
from framing.evaluation.quality import MIN_SENTENCES, Evaluation, FrameQuality
from framing.report.page import assets, environment, frame_colours
from framing.report.quality_plots import precision_recall_plot, reliability_plot
from framing.report.references import listed
from framing.report.stance import target_labels
from framing.report.stance_tables import write_stance_scores
from framing.report.tables import SCORES, cell, cells, score_rows, write_csv, write_scores
from framing.report.words import score


def render_quality(evaluation: Evaluation, diagnosis: Diagnosis, codebook: Codebook) -> str:
    """Render the report; every text from sentences is escaped, nothing is loaded from elsewhere."""
    content = {
        "evaluation": evaluation,
        "diagnosis": diagnosis,
        "codebook": codebook,
        "frame_labels": {frame.name: frame.label for frame in codebook.frames},
        "colours": frame_colours(codebook),
        "plots": _plots(evaluation, diagnosis, codebook),
        "finding": [_sentence(quality, codebook) for quality in evaluation.frames],
        "min_sentences": MIN_SENTENCES,
        "min_stories": MIN_CLUSTERS,
        "worst": WORST,
        "target_labels": target_labels(codebook),
        "references": listed(_cited(evaluation)),
        "version": framing.__version__,
    }
    return environment().get_template("quality.html.j2").render(assets() | content)


def write_quality_tables(folder: Path, evaluation: Evaluation, diagnosis: Diagnosis) -> None:
    """Write a CSV file per table; as those of `framing compare`, see `framing.report.tables.write_tables`."""
    folder.mkdir()
    write_scores(folder / "scores.csv", evaluation.frames)
    if evaluation.by:
        rows = (
            (group.group, group.n_sentences, group.n_stories, q.frame, "too few" if q.too_few else "scored", *row)
            for group in evaluation.groups
            for q in group.frames
            for row in score_rows(q)
        )
        write_csv(folder / "groups.csv", (evaluation.by, "coded", "stories", "frame", "status", *SCORES), rows)
    write_stance_scores(folder, evaluation)
    frames = evaluation.frames
    write_csv(
        folder / "confusion.csv",
        ("coded", "sentences", *(q.frame for q in frames), "none"),
        ((" + ".join(c.coded) or "none", c.n, *map(cell, c.shares), cell(c.none)) for c in diagnosis.confusion),
    )
    if diagnosis.frames:
        _probability_tables(folder, diagnosis)


def _probability_tables(folder: Path, diagnosis: Diagnosis) -> None:
    write_csv(
        folder / "reliability.csv",
        ("frame", "from", "to", "mean_probability", "share_coded", "low", "high", "sentences"),
        (
            (d.frame, cell(b.low), cell(b.high), cell(b.mean), *cells(b.share), b.n)
            for d in diagnosis.frames
            for b in d.reliability
        ),
    )
    write_csv(
        folder / "precision_recall.csv",
        ("frame", "threshold", "recall", "precision"),
        (
            (d.frame, *map(cell, point))
            for d in diagnosis.frames
            for point in zip(d.curve.threshold, d.curve.recall, d.curve.precision, strict=True)
        ),
    )
    write_csv(
        folder / "errors.csv",
        ("frame", "error", "sentence_id", "outlet", "probability", "text"),
        (
            (d.frame, kind, m.sentence_id, m.outlet, cell(m.probability), m.text)
            for d in diagnosis.frames
            for kind, mistakes in (("false positive", d.false_positives), ("false negative", d.false_negatives))
            for m in mistakes
        ),
    )


def _plots(evaluation: Evaluation, diagnosis: Diagnosis, codebook: Codebook) -> dict[str, dict[str, Markup]]:
    """Reliability and precision-recall of each frame."""
    colours, labels = frame_colours(codebook), {frame.name: frame.label for frame in codebook.frames}
    return {
        d.frame: {
            "reliability": reliability_plot(d.reliability, colours[d.frame], f"Reliability of {labels[d.frame]}"),
            "precision_recall": precision_recall_plot(
                d.curve, q, d.base_rate, colours[d.frame], f"Precision and recall of {labels[d.frame]}"
            ),
        }
        for d, q in zip(diagnosis.frames, evaluation.frames, strict=bool(diagnosis.frames))
    }


def _cited(evaluation: Evaluation) -> list[str]:
    """Short names of what the methods section cites."""
    return ["clopper", "davison", *(["brier", "naeini", "nixon"] if evaluation.has_probabilities else [])]


def _sentence(quality: FrameQuality, codebook: Codebook) -> str:
    """One frame's labels in words."""
    label = next(frame.label for frame in codebook.frames if frame.name == quality.frame)
    if not quality.positives:
        return f"{label}: no coded sentence has it, so nothing can be said about how well it is found."
    precision = (
        f"{100 * quality.precision.value:.0f}% of the sentences labelled with it are right"
        if quality.predicted
        else "no sentence is labelled with it"
    )
    found = f"{100 * quality.recall.value:.0f}% of those coded with it are found"
    return f"{label}: {precision}, {found}, F1 {score(quality.f1)}{_range(quality)}."


def _range(quality: FrameQuality) -> str:
    f1 = quality.f1
    return f" ({f1.low:.2f} to {f1.high:.2f})" if f1.has_limits else ""
