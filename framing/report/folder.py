"""`framing compare`: labels in, a report folder out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from framing.artefact import check_target, new_artefact, write_json
from framing.codebook import Codebook
from framing.evaluation.analysis import Analysis, analyse
from framing.evaluation.comparison import Comparison
from framing.labelling import Labels, read_labels
from framing.report.finding import finding, summary
from framing.report.markdown import render_markdown
from framing.report.page import render_page
from framing.report.stance import stance_finding
from framing.report.stance_tables import write_stance_scores, write_stance_tables
from framing.report.tables import write_tables

KIND = "report"


@dataclass(frozen=True)
class Report:
    """A written report: its folder, the page to open, and the numbers behind it."""

    folder: Path
    analysis: Analysis
    codebook: Codebook

    @property
    def comparison(self) -> Comparison:
        """The shares and differences."""
        return self.analysis.comparison

    @property
    def finding(self) -> list[str]:
        """A sentence per frame."""
        return finding(self.comparison, self.codebook)

    @property
    def stance_finding(self) -> list[str]:
        """A sentence per target; none without labels of stance."""
        stance = self.analysis.stance
        return stance_finding(stance, self.codebook, self.comparison.by) if stance else []

    @property
    def summary(self) -> str:
        """How many differences there are evidence for; empty where nothing was tested."""
        return summary(self.comparison)

    @property
    def page(self) -> Path:
        """The page to open in a browser."""
        return self.folder / "report.html"

    @property
    def markdown(self) -> Path:
        """The report to read in a terminal or a repository."""
        return self.folder / "report.md"


def compare(
    labels: str | Path | Labels,
    output: str | Path,
    *,
    by: str = "outlet",
    where: Mapping[str, str] | None = None,
    gold: str | Path | None = None,
    assume_simple_random: bool = False,
    model: str | Path | None = None,
    codebook: str | Path | None = None,
    id_column: str = "sentence_id",
    level: float = 0.95,
    overwrite: bool = False,
) -> Report:
    """Compare outlets by frame and write ``report.html``, ``report.md``, ``tables/*.csv`` and ``results.json``.

    Parameters
    ----------
    labels : str, Path or Labels
        Labels folder or labelled table; see `framing.labelling.read_labels` for `model`, `codebook`, `id_column`.
    output : str or Path
        Report folder to write.
    by : str
        Column to compare by: ``outlet``, ``group``, or any other of the labels.
    where : mapping of str to str, optional
        Only sentences with these values, such as ``{"part": "headline"}``.
    gold : str or Path, optional
        Coded probability sample, a folder drawn by `framing.sample`: shares are then corrected and tested.
    assume_simple_random : bool
        Take gold without inclusion probabilities for a simple random sample of each group; the report says so.
    level : float
        Of the intervals.
    overwrite : bool
        Replace a report that stands at `output`.

    Raises
    ------
    FramingError
        If there are no two groups to compare, inputs do not belong together, the gold cannot correct the shares (no
        probabilities, seen in training, coded in part, of one story, without any frame), or the output cannot be
        written.
    """
    target = Path(output)
    check_target(target, KIND, overwrite=overwrite)
    opened = labels if isinstance(labels, Labels) else read_labels(
        labels, model=model, codebook=codebook, id_column=id_column
    )  # fmt: skip
    analysis = analyse(opened, gold, by=by, where=where, level=level, assume_simple_random=assume_simple_random)
    with new_artefact(target, KIND, overwrite=overwrite) as (folder, manifest):
        (folder / "report.html").write_text(render_page(analysis, opened.codebook), encoding="utf-8")
        (folder / "report.md").write_text(render_markdown(analysis, opened.codebook), encoding="utf-8")
        write_tables(folder / "tables", analysis)
        if analysis.stance:
            write_stance_tables(folder / "tables", analysis.stance, analysis.comparison.by)
        if analysis.quality:
            write_stance_scores(folder / "tables", analysis.quality, "quality_")
        write_json(folder / "results.json", analysis)
        manifest |= {"codebook": opened.codebook.reference, "labels": opened.manifest}
    return Report(target, analysis, opened.codebook)


def compare_markdown(
    labels: Labels,
    *,
    by: str = "outlet",
    where: Mapping[str, str] | None = None,
    gold: str | Path | None = None,
    assume_simple_random: bool = False,
    level: float = 0.95,
) -> str:
    """Compare as `compare` does and return the report as Markdown, without writing anything."""
    analysis = analyse(labels, gold, by=by, where=where, level=level, assume_simple_random=assume_simple_random)
    return render_markdown(analysis, labels.codebook)
