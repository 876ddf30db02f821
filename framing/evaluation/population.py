"""Which sentences are compared, and what each group contributes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes, Floats
from framing.errors import FramingError
from framing.evaluation.clustered import Grouping
from framing.evaluation.originals import first_told
from framing.labelling import Labels


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
class Population:
    """Sentences that are compared: content, with a value of `by`, and what `where` asks for.

    Parameters
    ----------
    by : str
    where : dict of str to str
    rows : ndarray of int, shape (n_sentences,)
        Positions among the labels.
    groups : Grouping
        Group and story of each.
    article : ndarray of int, shape (n_sentences,)
        Code of the article, from 0, none left out.
    original : ndarray of bool, shape (n_sentences,)
        False in copies: articles of a story that another told first.
    n_level : int
        Stories of which it is not known which group told them first; see `first_told`.
    data : list of GroupData
    n_omitted : int
        Sentences without a value of `by`.
    apart : list of str
        Groups of which every sentence was set apart as boilerplate, so that they are not among the others.
    asked : ndarray of bool, shape (n_labels,)
        Whether `where` asks for each labelled sentence.
    owner : ndarray of int, shape (n_labels,)
        Group of each labelled sentence, boilerplate or not; -1 where it has none that is compared.
    """

    by: str
    where: dict[str, str]
    rows: NDArray[np.intp]
    groups: Grouping
    article: Codes
    original: NDArray[np.bool_]
    n_level: int
    data: list[GroupData]
    n_omitted: int
    apart: list[str]
    asked: NDArray[np.bool_]
    owner: Codes

    @property
    def n_stories(self) -> int:
        """Stories of all groups together."""
        return len(np.unique(self.groups.story))

    @property
    def article_weights(self) -> Floats:
        """Weight with which every article counts the same in a group: one over its number of sentences there."""
        _, part = np.unique(self.article * len(self.groups.names) + self.groups.member, return_inverse=True)
        return 1 / np.bincount(part)[part]

    @property
    def n_articles(self) -> int:
        """Articles of all groups together, some of which may be in several."""
        return int(self.article.max()) + 1


def select(labels: Labels, *, by: str = "outlet", where: Mapping[str, str] | None = None) -> Population:
    """Choose the sentences to compare.

    Parameters
    ----------
    labels : Labels
    by : str
        Column to compare by: ``outlet``, ``group``, or any other column of the labels.
    where : mapping of str to str, optional
        Columns and the value they must have, such as ``{"part": "headline"}``.

    Raises
    ------
    FramingError
        If there is no such column or value, or fewer than two groups have sentences.
    """
    for column in (by, *(where or {})):
        if column not in labels.table.column_names:
            raise FramingError(
                f"no column {column!r} among the labels; found {', '.join(labels.table.column_names)}; --corpus with "
                "the corpus that was labelled adds the columns of its articles"
            )
    names, member = labels.codes(by)
    asked = _asked(labels, where or {})
    counted = asked & labels.content & (member >= 0)
    boilerplate = np.bincount(member[asked & ~labels.content & (member >= 0)], minlength=len(names))
    apart = names[np.setdiff1d(np.flatnonzero(boilerplate), member[counted])].tolist()
    _check_groups(names[np.unique(member[counted])], by, where or {}, apart)
    rows = np.flatnonzero(counted)
    story, article = _stories(labels, rows), _articles(labels, rows)
    present, own = np.unique(member[rows], return_inverse=True)
    groups = Grouping(names[present], own, story)
    original, n_level = first_told(labels, rows, story=story, article=article, member=own)
    place = np.full(len(names) + 1, -1)  # the last is for missing values
    place[present] = np.arange(len(present))
    return Population(
        by=by,
        where=dict(where or {}),
        rows=rows,
        groups=groups,
        article=article,
        original=original,
        n_level=n_level,
        data=_group_data(labels, groups, article, rows, boilerplate[present]),
        n_omitted=int((asked & labels.content & (member < 0)).sum()),
        apart=apart,
        asked=asked,
        owner=place[member],
    )


def _stories(labels: Labels, rows: NDArray[np.intp]) -> Codes:
    _, story = labels.codes(labels.story_column)
    if (story[rows] < 0).any():
        first = labels.table[labels.id_column][int(rows[story[rows] < 0][0])]
        raise FramingError(f"sentence {first} has no {labels.story_column}; fill the column and label again")
    return story[rows]


def _articles(labels: Labels, rows: NDArray[np.intp]) -> Codes:
    """Article of each sentence; where none is known, what its outlet has of the story."""
    _, story = labels.codes(labels.story_column)
    _, article = labels.codes("article_id")
    names, outlet = labels.codes("outlet")
    unnamed = len(article) + story * (len(names) + 1) + outlet + 1
    return np.unique(np.where(article >= 0, article, unnamed)[rows], return_inverse=True)[1]


def _asked(labels: Labels, where: Mapping[str, str]) -> NDArray[np.bool_]:
    asked = np.ones(len(labels.table), dtype=bool)
    for column, value in where.items():
        values, codes = labels.codes(column)
        if value not in values:
            some = ", ".join(values[:8].tolist())
            raise FramingError(f"column {column!r} has no value {value!r}; it has {some}{', ...' * (len(values) > 8)}")
        asked &= codes == np.flatnonzero(values == value)[0]
    return asked


def _check_groups(found: NDArray[np.str_], by: str, where: Mapping[str, str], apart: list[str]) -> None:
    if len(found) < 2:
        only = "".join(f", where {column} is {value!r}" for column, value in where.items())
        remedy = "ask for more" if where else "fill it, groups for example by an outlet table (ingest --outlets)"
        if apart:
            remedy = f"all sentences of {', '.join(apart[:8])} were set apart as boilerplate; look at these"
        found_groups = "one group" if len(found) else "no group"
        raise FramingError(f"column {by!r} has {found_groups} with sentences{only}, at least two are needed; {remedy}")


def _group_data(
    labels: Labels, groups: Grouping, article: Codes, rows: NDArray[np.intp], boilerplate: NDArray[np.intp]
) -> list[GroupData]:
    """Counts per group; articles and dates are those of counted sentences."""
    by_story = (groups.by_story(np.ones(len(rows))) > 0).astype(int)
    shared = np.asarray(by_story.sum(axis=0) > 1).ravel().astype(int)
    pairs = np.unique(np.column_stack([groups.member, article]), axis=0)
    columns = (
        *(groups.names, np.bincount(pairs[:, 0], minlength=len(groups.names))),
        *(groups.total(np.ones(len(rows))).astype(int), boilerplate, by_story.sum(axis=1), by_story @ shared),
    )
    named = zip(*(column.tolist() for column in columns), *_periods(labels, groups, rows), strict=True)
    return [GroupData(*row) for row in named]


def _periods(labels: Labels, groups: Grouping, rows: NDArray[np.intp]) -> tuple[list[str], list[str]]:
    """First and last date of each group, empty where it has none."""
    days, place = labels.dates
    own = place[rows]
    first, last = np.full(len(groups.names), len(days)), np.full(len(groups.names), -1)
    np.minimum.at(first, groups.member[own >= 0], own[own >= 0])
    np.maximum.at(last, groups.member[own >= 0], own[own >= 0])
    names = [*days.tolist(), ""]
    return [names[i] for i in first], [names[i] for i in last]
