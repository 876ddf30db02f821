"""Which article of a story counts where each story counts once."""

import re

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes
from framing.artefact import sha256_text
from framing.labelling import Labels
from framing.labelling.labels import iso_day

_IN_PART = re.compile(r"\d{4}(?:-\d{2})?$")
_UNDATED = "~"  # sorts behind all dates


def first_told(
    labels: Labels, rows: NDArray[np.intp], *, story: Codes, article: Codes, member: Codes
) -> tuple[NDArray[np.bool_], int]:
    """Tell the sentences of each story's first article from those of its copies.

    The first is that of the outlet which the labels name as the story's `origin`; where there is none, the earliest
    by date, a year or month counting as its beginning, and undated ones last. Among those that are level one is drawn,
    by the hash of its id: neither the order of files nor that of names decides.

    Parameters
    ----------
    labels : Labels
    rows : ndarray of int, shape (n_sentences,)
        Positions among the labels.
    story, article, member : ndarray of int, shape (n_sentences,)
        Codes of story, article and group.

    Returns
    -------
    first : ndarray of bool, shape (n_sentences,)
    n_level : int
        Stories of which articles of several groups are level, so that the lot says which group told it.
    """
    articles, at, own = np.unique(article, return_index=True, return_inverse=True)
    outlet, ids = labels.names("outlet", rows[at]), labels.names("article_id", rows[at])
    copied = outlet != labels.names("origin", rows[at])
    when = _when(labels, rows[at])
    lot = np.array([sha256_text(name) for name in np.where(ids == "", outlet, ids).tolist()])
    order = np.lexsort((lot, when, copied, story[at]))
    _, leading, run = np.unique(story[at][order], return_index=True, return_inverse=True)
    leader = order[leading]
    first = np.zeros(len(articles), dtype=bool)
    first[leader] = True
    ahead = leader[run]  # of each article's story, in the order
    level = (copied[order] == copied[ahead]) & (when[order] == when[ahead])
    of_others = level & (member[at][order] != member[at][ahead])
    return first[own], len(np.unique(run[of_others]))


def _when(labels: Labels, rows: NDArray[np.intp]) -> Codes:
    """Rank of each sentence's date."""
    values, code = labels.codes("date")
    written = [iso_day(text) or (text if _IN_PART.match(text) else _UNDATED) for text in values.tolist()]
    ranks = np.unique(np.array([*written, _UNDATED]), return_inverse=True)[1]
    return np.asarray(ranks[code[rows]], dtype=np.intp)  # -1, without a date, is the last
