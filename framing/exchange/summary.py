"""What became of the rows of an imported file."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Rejection:
    """A row that was not imported: its line (row, task) in the file, why, and what to do."""

    file: str
    line: int
    sentence_id: str
    coder: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        what = f" (id {self.sentence_id})" if self.sentence_id else ""
        return f"{self.file}:{self.line}{what}: {self.reason}" + (f"; {self.remedy}" if self.remedy else "")


@dataclass
class ImportSummary:
    """What became of each row of the file.

    `n_added` and `n_replaced` are new in the database, `n_unchanged` were there already, `n_blank` nobody has answered;
    `n_to_review` of the new ones were given by an earlier codebook. `rejected` are also in `rejects`, a file.
    `moved_to` is where a file of the folder itself went.
    """

    source: Path
    form: str
    n_added: int = 0
    n_replaced: int = 0
    n_unchanged: int = 0
    n_blank: int = 0
    n_to_review: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    rejects: Path | None = None
    moved_to: Path | None = None
    dry_run: bool = False

    @property
    def n_rows(self) -> int:
        """Rows of the file: each is added, replaced, unchanged, blank or rejected."""
        return self.n_added + self.n_replaced + self.n_unchanged + self.n_blank + len(self.rejected)
