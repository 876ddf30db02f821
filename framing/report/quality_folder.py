"""`framing evaluate` into a folder: scores, and where the labels go wrong."""

from dataclasses import dataclass
from pathlib import Path

from framing.artefact import check_target, new_artefact, write_json
from framing.evaluation.diagnosis import Diagnosis, diagnose
from framing.evaluation.matching import match
from framing.evaluation.quality import Evaluation, score
from framing.labelling import Labels, read_labels
from framing.report.quality_page import render_quality, write_quality_tables

KIND = "quality"


@dataclass(frozen=True)
class QualityReport:
    """A written quality report: its folder, and the numbers behind it."""

    folder: Path
    evaluation: Evaluation
    diagnosis: Diagnosis

    @property
    def page(self) -> Path:
        """The page to open in a browser."""
        return self.folder / "quality.html"


def report_quality(
    labels: str | Path | Labels,
    gold: str | Path,
    output: str | Path,
    *,
    model: str | Path | None = None,
    codebook: str | Path | None = None,
    corpus: str | Path | None = None,
    id_column: str = "sentence_id",
    include_seen: bool = False,
    by: str | None = None,
    level: float = 0.95,
    overwrite: bool = False,
) -> QualityReport:
    """Score labels against gold and write ``quality.html``, ``quality.json`` and ``tables/*.csv``.

    Parameters
    ----------
    labels, gold, model, codebook, corpus, id_column, include_seen, level
        See `framing.evaluation.evaluate`.
    output : str or Path
        Folder to write.
    by : str, optional
        Column of the groups that are scored one by one; by default outlets, where they are known.
    overwrite : bool
        Replace a quality report that stands at `output`.

    Raises
    ------
    FramingError
        As `framing.evaluation.evaluate`, or if the output cannot be written.
    """
    target = Path(output)
    check_target(target, KIND, overwrite=overwrite)
    opened = labels if isinstance(labels, Labels) else read_labels(
        labels, model=model, codebook=codebook, id_column=id_column
    )  # fmt: skip
    matched = match(opened, gold, corpus=corpus, include_seen=include_seen)
    known = by or ("outlet" if (matched.outlets != "").any() else None)
    report = QualityReport(target, score(matched, by=known, level=level), diagnose(matched, level=level))
    with new_artefact(target, KIND, overwrite=overwrite) as (folder, manifest):
        page = render_quality(report.evaluation, report.diagnosis, opened.codebook)
        (folder / "quality.html").write_text(page, encoding="utf-8")
        write_quality_tables(folder / "tables", report.evaluation, report.diagnosis)
        write_json(folder / "quality.json", {"evaluation": report.evaluation, "diagnosis": report.diagnosis})
        manifest |= {"codebook": opened.codebook.reference, "labels": opened.manifest}
    return report
