"""Who is quoted: the sources that labels name, per frame."""

from dataclasses import dataclass

import numpy as np

from framing.evaluation.evidence import Evidence
from framing.labelling import Labels

MOST = 15


@dataclass(frozen=True)
class QuotedSource:
    """A source in the sentences that are labelled with a frame.

    Parameters
    ----------
    frame : str
    source : str
        Name or role, as written.
    n_sentences, n_groups : int
        Sentences with the frame that quote it, and the groups that these are from.
    """

    frame: str
    source: str
    n_sentences: int
    n_groups: int


def quoted_sources(evidence: Evidence, labels: Labels) -> dict[str, list[QuotedSource]]:
    """The most quoted sources of each frame, counted from labels; no frames where the labels name no source.

    Parameters
    ----------
    evidence : Evidence
    labels : Labels
        Those that the evidence is from; ``source`` is empty where a sentence quotes nobody by name.
    """
    names, code = labels.codes("source")
    source = code[evidence.population.rows]
    if not (source >= 0).any():
        return {}
    groups = evidence.population.groups
    found = {}
    for i, frame in enumerate(evidence.codebook.frame_names):
        tagged = np.flatnonzero(evidence.decisions[:, i] & (source >= 0))
        n = np.bincount(source[tagged], minlength=len(names))
        pairs = np.unique(source[tagged] * len(groups.names) + groups.member[tagged])
        n_groups = np.bincount(pairs // len(groups.names), minlength=len(names))
        first = np.lexsort((-n_groups, -n))[:MOST]  # then by name
        found[frame] = [QuotedSource(frame, str(names[j]), int(n[j]), int(n_groups[j])) for j in first if n[j]]
    return found
