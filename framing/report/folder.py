"""`framing compare`: labels in, a report folder out."""

from dataclasses import dataclass
from pathlib import Path

from framing.artefact import check_target, new_artefact, write_json
from framing.evaluation import Comparison, Evaluation, compare_shares, evaluate
from framing.labelling import Labels, read_labels
from framing.report.page import render_page
from framing.report.tables import write_tables

KIND = "report"


@dataclass(frozen=True)
class Report:
    """A written report: its folder, the page to open, and the numbers behind it."""

    folder: Path
    comparison: Comparison
    evaluation: Evaluation | None

    @property
    def page(self) -> Path:
        """The page to open in a browser."""
        return self.folder / "report.html"


def compare(
    labels: str | Path | Labels,
    output: str | Path,
    *,
    by: str = "outlet",
    gold: str | Path | None = None,
    model: str | Path | None = None,
    codebook: str | Path | None = None,
    id_column: str = "sentence_id",
    level: float = 0.95,
    overwrite: bool = False,
) -> Report:
    """Compare outlets by frame and write ``report.html``, ``tables/*.csv`` and ``results.json``.

    Parameters
    ----------
    labels : str, Path or Labels
        Labels folder or labelled table; see `framing.labelling.read_labels` for `model`, `codebook`, `id_column`.
    output : str or Path
        Report folder to write.
    by : str
        Column to compare by.
    gold : str or Path, optional
        Coded sentences; the report then says how good the labels are.
    level : float
        Of the intervals.
    overwrite : bool
        Replace a report that stands at `output`.

    Raises
    ------
    FramingError
        If there are no two groups to compare, inputs do not belong together, or the output cannot be written.
    """
    target = Path(output)
    check_target(target, KIND, overwrite=overwrite)
    opened = labels if isinstance(labels, Labels) else read_labels(
        labels, model=model, codebook=codebook, id_column=id_column
    )  # fmt: skip
    comparison = compare_shares(opened, by=by, level=level)
    evaluation = evaluate(opened, gold, level=level) if gold is not None else None
    with new_artefact(target, KIND, overwrite=overwrite) as (folder, manifest):
        page = render_page(opened, comparison, evaluation)
        (folder / "report.html").write_text(page, encoding="utf-8")
        write_tables(folder / "tables", comparison, evaluation)
        results = {
            "comparison": comparison.as_dict(),
            "evaluation": evaluation.as_dict() if evaluation else None,
        }
        write_json(folder / "results.json", results)
        manifest |= {"codebook": opened.codebook.reference, "labels": opened.manifest}
    return Report(target, comparison, evaluation)
