"""Who is quoted: the sources that labels name, per frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes
from framing.evaluation.evidence import Evidence
from framing.evaluation.source_names import one_name
from framing.labelling import Labels

MOST = 15
LEAST = 2  # stories


@dataclass(frozen=True)
class QuotedSource:
    """A source in the sentences that are labelled with a frame.

    Parameters
    ----------
    frame : str
    source : str
        Name or role; spellings of one are counted together (`one_name`).
    n_stories, n_groups : int
        Stories with a sentence with the frame that quotes it, and the groups that these are from.
    """

    frame: str
    source: str
    n_stories: int
    n_groups: int


def quoted_sources(evidence: Evidence, labels: Labels) -> dict[str, list[QuotedSource]]:
    """The most quoted sources of each frame, counted from labels; no frames where the labels name no source.

    Stories are counted, so that copies of one count once, and only sources of two stories or more are listed.

    Parameters
    ----------
    evidence : Evidence
    labels : Labels
        Those that the evidence is from; ``source`` is empty where a sentence quotes nobody by name.
    """
    names, source = _sources(labels, evidence.population.rows)
    if not (source >= 0).any():
        return {}
    groups = evidence.population.groups
    found = {}
    for i, frame in enumerate(evidence.codebook.frame_names):
        tagged = np.flatnonzero(evidence.decisions[:, i] & (source >= 0))
        n_stories, n_groups = (
            _count_distinct(source[tagged], member[tagged], len(names)) for member in (groups.story, groups.member)
        )
        first = np.lexsort((-n_groups, -n_stories))[:MOST]  # then by name
        found[frame] = [
            QuotedSource(frame, str(names[j]), int(n_stories[j]), int(n_groups[j]))
            for j in first
            if n_stories[j] >= LEAST
        ]
    return found


def _sources(labels: Labels, rows: Codes) -> tuple[NDArray[np.str_], Codes]:
    """Names of sources, and the position of that of each sentence at `rows` among them, -1 where nobody is named."""
    spellings, code = labels.codes("source")
    source = code[rows]
    counts = np.bincount(source[source >= 0], minlength=len(spellings))
    named = one_name({str(name): int(n) for name, n in zip(spellings, counts, strict=True) if n})
    names, place = np.unique([named.get(str(name), "") for name in spellings], return_inverse=True)
    return names, np.where(source >= 0, np.append(place, -1)[source], -1)


def _count_distinct(source: Codes, member: Codes, n_sources: int) -> Codes:
    """How many different members each source goes with."""
    pairs = np.unique(np.column_stack([source, member]), axis=0)
    return np.bincount(pairs[:, 0], minlength=n_sources)
