"""Shares of sentences per outlet and frame, counted from labels: uncorrected, with story-clustered intervals."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from framing.errors import FramingError
from framing.evaluation.bootstrap import Floats, Interval, clustered_replicates, percentile_intervals
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
    classifier's errors, which may differ between groups. `n_omitted` sentences have no value of `by`.
    """

    by: str
    frames: tuple[str, ...]
    groups: list[GroupData]
    shares: list[Share]
    differences: list[Difference]
    estimator: str
    level: float
    n_stories: int
    n_omitted: int
    codebook: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as written to ``results.json``."""
        return asdict(self)

    def share_of(self, group: str, frame: str) -> Share:
        """The share of a group and frame."""
        return next(share for share in self.shares if (share.group, share.frame) == (group, frame))


def compare_shares(labels: Labels, *, by: str = "outlet", level: float = 0.95) -> Comparison:
    """Count the shares of sentences with each frame and compare the groups.

    Boilerplate and sentences without a value of `by` are left out. Whole stories are resampled, those shared by
    several groups together, so that a wire copy counts as the one decision to report that it is.

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
        If there is no such column or fewer than two groups with sentences.
    """
    if by not in labels.table.column_names:
        raise FramingError(f"no column {by!r} among the labels; found {', '.join(labels.table.column_names)}")
    values = labels.names(by)
    counted = labels.content & (values != "")
    names, members = np.unique(values[counted], return_inverse=True)
    if len(names) < 2:
        raise FramingError(
            f"column {by!r} has {len(names)} group(s) with sentences, at least two are needed; "
            "fill it, groups for example by an outlet table (ingest --outlets)"
        )
    stories, clusters = np.unique(labels.stories[counted], return_inverse=True)
    decisions = labels.decisions[counted]
    counts = _counts(decisions, clusters, members, len(stories), len(names))
    n_frames = len(labels.codebook.frame_names)
    drawn = clustered_replicates(counts, lambda sums: _shares(sums, n_frames)).reshape(-1, len(names), n_frames)
    positive = np.asarray(counts.sum(axis=0)).reshape(len(names), -1)[:, 1:].astype(int)
    n_stories = np.array([len(np.unique(clusters[members == group])) for group in range(len(names))])
    return Comparison(
        by=by,
        frames=labels.codebook.frame_names,
        groups=[_group_data(labels, values, str(name)) for name in names],
        shares=_share_list(drawn, names, labels.codebook.frame_names, positive, n_stories, level),
        differences=_difference_list(drawn, names, labels.codebook.frame_names, n_stories, level),
        estimator=UNCORRECTED,
        level=level,
        n_stories=len(stories),
        n_omitted=int((labels.content & (values == "")).sum()),
        codebook=labels.codebook.reference,
    )


def _counts(
    decisions: NDArray[np.bool_], clusters: NDArray[np.intp], members: NDArray[np.intp], n_clusters: int, n_groups: int
) -> csr_array:
    """Sentences, and sentences with each frame, per story (rows) and group (blocks of columns); sparse."""
    width = 1 + decisions.shape[1]
    values = np.column_stack([np.ones(len(decisions)), decisions])
    rows = np.repeat(clusters, width)
    columns = (members[:, None] * width + np.arange(width)).ravel()
    return csr_array((values.ravel(), (rows, columns)), shape=(n_clusters, n_groups * width))


def _shares(sums: Floats, n_frames: int) -> Floats:
    """Share of each frame in each group, shape (n, n_groups * n_frames); NaN where no sentence was drawn."""
    blocks = sums.reshape(len(sums), -1, 1 + n_frames)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (blocks[:, :, 1:] / blocks[:, :, :1]).reshape(len(sums), -1)


def _share_list(
    drawn: Floats,
    names: NDArray[np.str_],
    frames: tuple[str, ...],
    positive: NDArray[np.int_],
    n_stories: NDArray[np.int_],
    level: float,
) -> list[Share]:
    """Shares with intervals; a share of exactly 0 or 1 has none, since no resample can show another."""
    shares = []
    for group, name in enumerate(names):
        for i, interval in enumerate(percentile_intervals(drawn[:, group], n_stories[group], level)):
            extreme = interval.value in {0.0, 1.0}
            kept = Interval(interval.value, float("nan"), float("nan")) if extreme else interval
            shares.append(Share(str(name), frames[i], kept, int(positive[group, i])))
    return shares


def _difference_list(
    drawn: Floats, names: NDArray[np.str_], frames: tuple[str, ...], n_stories: NDArray[np.int_], level: float
) -> list[Difference]:
    """Differences of all pairs, pair by pair to keep memory small."""
    differences = []
    for one in range(len(names)):
        for two in range(one + 1, len(names)):
            fewest = min(n_stories[one], n_stories[two])
            intervals = percentile_intervals(drawn[:, one] - drawn[:, two], fewest, level)
            pair = (str(names[one]), str(names[two]))
            differences += [Difference(*pair, frame, d) for frame, d in zip(frames, intervals, strict=True)]
    return differences


def _group_data(labels: Labels, values: NDArray[np.str_], name: str) -> GroupData:
    own = values == name
    content = own & labels.content
    dates = sorted(date for date in labels.names("date")[own].tolist() if date)
    stories = np.unique(labels.stories[content])
    elsewhere = np.unique(labels.stories[labels.content & (values != name) & (values != "")])
    return GroupData(
        name=name,
        n_articles=len(np.unique(labels.names("article_id")[own])),
        n_sentences=int(content.sum()),
        n_boilerplate=int((own & ~labels.content).sum()),
        n_stories=len(stories),
        n_shared_stories=len(np.intersect1d(stories, elsewhere)),
        first_date=dates[0] if dates else "",
        last_date=dates[-1] if dates else "",
    )
