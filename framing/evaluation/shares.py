"""Shares of sentences per outlet and frame, counted from labels: uncorrected, with story-clustered intervals."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_array

from framing.errors import FramingError
from framing.evaluation.bootstrap import Floats, Interval, clustered_intervals
from framing.labelling import Labels

UNCORRECTED = "uncorrected"


@dataclass(frozen=True)
class GroupData:
    """What a group (an outlet, or a value of the column compared by) contributes."""

    name: str
    n_articles: int
    n_sentences: int
    n_boilerplate: int
    n_stories: int
    n_shared_stories: int
    first_date: str
    last_date: str


@dataclass(frozen=True)
class Share:
    """Share of a group's sentences that carry a frame, 0 to 1."""

    group: str
    frame: str
    share: Interval
    n_positive: int


@dataclass(frozen=True)
class Difference:
    """Share of group `a` minus share of group `b`."""

    a: str
    b: str
    frame: str
    difference: Interval


@dataclass(frozen=True)
class Comparison:
    """A comparison of groups by frame.

    `estimator` says how the shares were made; ``uncorrected`` shares are counted from labels and carry the
    classifier's errors, which may differ between groups.
    """

    by: str
    frames: tuple[str, ...]
    groups: list[GroupData]
    shares: list[Share]
    differences: list[Difference]
    estimator: str
    level: float
    n_stories: int
    codebook: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as written to ``results.json``."""
        return asdict(self)

    def share_of(self, group: str, frame: str) -> Share:
        """The share of a group and frame."""
        return next(share for share in self.shares if (share.group, share.frame) == (group, frame))


def compare_shares(labels: Labels, *, by: str = "outlet", level: float = 0.95) -> Comparison:
    """Count the shares of sentences with each frame and compare the groups.

    Boilerplate is left out. Whole stories are resampled, those shared by several groups together, so that a
    wire copy counts as the one decision to report that it is.

    Parameters
    ----------
    labels : Labels
    by : str
        Column to compare by: ``outlet``, ``group``, or any other column of the labels.
    level : float
        Of the intervals.

    Raises
    ------
    FramingError
        If there is no such column or fewer than two groups.
    """
    if by not in labels.table.column_names:
        raise FramingError(f"no column {by!r} among the labels; found {', '.join(labels.table.column_names)}")
    table = labels.table.append_column("_content", [labels.content])
    names, members = np.unique(labels.column(by).astype(str), return_inverse=True)
    stories, clusters = np.unique(labels.column("story").astype(str), return_inverse=True)
    content = labels.content
    named = [name for name in names if name]
    if len(named) < 2:
        raise FramingError(f"column {by!r} has {len(named)} group(s), at least two are needed to compare")
    n_frames = len(labels.codebook.frame_names)
    counts = _counts(labels.decisions[content], clusters[content], members[content], len(stories), len(names))
    intervals = clustered_intervals(counts, lambda sums: _shares(sums, n_frames), level=level)
    shares, differences = _unpack(intervals, counts, names, labels.codebook.frame_names)
    return Comparison(
        by, labels.codebook.frame_names, _group_data(table, labels, by, named),
        [s for s in shares if s.group], [d for d in differences if d.a and d.b],
        UNCORRECTED, level, len(stories), labels.codebook.reference,
    )  # fmt: skip


def _counts(
    decisions: NDArray[np.bool_],
    clusters: NDArray[np.intp],
    members: NDArray[np.intp],
    n_clusters: int,
    n_groups: int,
) -> csr_array:
    """Sentences, and sentences with each frame, per story (rows) and group (blocks of columns); sparse."""
    width = 1 + decisions.shape[1]
    values = np.column_stack([np.ones(len(decisions)), decisions])
    rows = np.repeat(clusters, width)
    columns = (members[:, None] * width + np.arange(width)).ravel()
    return csr_array((values.ravel(), (rows, columns)), shape=(n_clusters, n_groups * width))


def _shares(sums: Floats, n_frames: int) -> Floats:
    """Columns: share of each group and frame, then differences of all pairs of groups per frame."""
    blocks = sums.reshape(len(sums), -1, 1 + n_frames)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = blocks[:, :, 1:] / blocks[:, :, :1]
    one, two = np.triu_indices(shares.shape[1], k=1)
    differences = shares[:, one] - shares[:, two]
    return np.concatenate([shares.reshape(len(sums), -1), differences.reshape(len(sums), -1)], axis=1)


def _unpack(
    intervals: list[Interval], counts: csr_array, names: NDArray[np.str_], frames: tuple[str, ...]
) -> tuple[list[Share], list[Difference]]:
    totals = np.asarray(counts.sum(axis=0)).reshape(len(names), -1)
    remaining = iter(intervals)
    shares = [
        Share(str(name), frame, next(remaining), int(totals[group, 1 + column]))
        for group, name in enumerate(names)
        for column, frame in enumerate(frames)
    ]
    pairs = zip(*np.triu_indices(len(names), k=1), strict=True)
    differences = [
        Difference(str(names[one]), str(names[two]), frame, next(remaining)) for one, two in pairs for frame in frames
    ]
    return shares, differences


def _group_data(table: Any, labels: Labels, by: str, names: list[str]) -> list[GroupData]:
    stories_of: dict[str, int] = {}
    pairs = {(g, s) for g, s in zip(labels.column(by).astype(str), labels.column("story").astype(str), strict=True)}
    for _, story in pairs:
        stories_of[story] = stories_of.get(story, 0) + 1
    result = []
    for name in names:
        rows = table.filter(pc.equal(pc.cast(table[by], "string"), name))
        dates = [date for date in rows["date"].to_pylist() if date] if "date" in rows.column_names else []
        own = [story for group, story in pairs if group == name]
        articles = len(set(rows["article_id"].to_pylist())) if "article_id" in rows.column_names else 0
        n_content = int(pc.sum(rows["_content"]).as_py() or 0)
        result.append(
            GroupData(
                name,
                articles,
                n_content,
                len(rows) - n_content,
                len(own),
                sum(stories_of[story] > 1 for story in own),
                min(dates, default=""),
                max(dates, default=""),
            )
        )
    return result
