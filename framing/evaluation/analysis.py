"""Everything a report says about labelled sentences, in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framing.annotation.reliability import VariableAgreement
from framing.evaluation.comparison import Comparison, compare_shares
from framing.evaluation.cooccurrence import CoOccurrence, cooccurrence
from framing.evaluation.error_rates import FrameErrors, error_rates
from framing.evaluation.evidence import Evidence, gather
from framing.evaluation.examples import Example, draw_examples
from framing.evaluation.profiles import Profiles, compare_profiles
from framing.evaluation.provenance import Provenance, trace
from framing.evaluation.quality import Evaluation
from framing.evaluation.stance_comparison import StanceComparison, compare_stance
from framing.evaluation.terms import Term, distinctive_terms
from framing.evaluation.trends import Trends, fit_trends
from framing.evaluation.validity import coder_agreement, label_quality
from framing.labelling import Labels


@dataclass(frozen=True)
class Analysis:
    """What is known about the groups of a corpus.

    Parameters
    ----------
    comparison : Comparison
    quality : Evaluation or None
        Frames, stance and voice against gold, weighted by the design; None without gold.
    errors : list of FrameErrors
        Empty without gold.
    agreement : list of VariableAgreement
        Between coders, where the coding folder holds their codings; else empty. Of frames and boilerplate, and of
        stance and voice where the labels have them.
    trends : Trends
    profiles : Profiles
        From labels, uncorrected: recalibrated scores hold what gold says of each group, which no permutation of stories
        can take apart from the group.
    terms : dict of str to list of Term
        Per frame, what sets groups apart within it.
    cooccurrence : list of CoOccurrence
    examples : dict of str to list of Example
        Per frame.
    stance : StanceComparison or None
        None where the labels have no stance.
    provenance : Provenance
    """

    comparison: Comparison
    quality: Evaluation | None
    errors: list[FrameErrors]
    agreement: list[VariableAgreement]
    trends: Trends
    profiles: Profiles
    terms: dict[str, list[Term]]
    cooccurrence: list[CoOccurrence]
    examples: dict[str, list[Example]]
    stance: StanceComparison | None
    provenance: Provenance


def analyse(
    labels: Labels,
    gold: str | Path | None = None,
    *,
    by: str = "outlet",
    where: Mapping[str, str] | None = None,
    level: float = 0.95,
    assume_simple_random: bool = False,
) -> Analysis:
    """Compare groups of labelled sentences, corrected with gold where it is given.

    Parameters
    ----------
    labels : Labels
    gold : str or Path, optional
        Coded probability sample, see `framing.evaluation.gold.read_gold`.
    by, where
        What is compared, see `framing.evaluation.population.select`.
    level : float
        Of the intervals.
    assume_simple_random : bool
        See `framing.evaluation.gold.read_gold`.

    Raises
    ------
    FramingError
        If there is nothing to compare, or the gold cannot correct it.
    """
    evidence = gather(labels, gold, by=by, where=where, assume_simple_random=assume_simple_random)
    groups, book = evidence.population.groups, labels.codebook
    return Analysis(
        comparison=compare_shares(evidence, level=level),
        quality=label_quality(evidence, labels, level=level),
        errors=error_rates(evidence, level=level),
        agreement=coder_agreement(gold, labels, level=level),
        trends=fit_trends(evidence, labels, level=level),
        profiles=compare_profiles(
            evidence.decisions, groups.story, groups.member, groups.names.tolist(), frame_names=book.frame_names
        ),
        terms=_terms(evidence, labels),
        cooccurrence=cooccurrence(evidence.decisions, book.frame_names),
        examples=draw_examples(evidence, labels),
        stance=compare_stance(evidence, labels, level=level),
        provenance=trace(labels, gold, evidence),
    )


def _terms(e: Evidence, labels: Labels) -> dict[str, list[Term]]:
    population = e.population
    if "text" not in labels.table.column_names:
        return {frame: [] for frame in e.codebook.frame_names}
    found = {}
    for i, frame in enumerate(e.codebook.frame_names):
        tagged = np.flatnonzero(e.decisions[:, i])
        texts = labels.table["text"].take(population.rows[tagged]).to_pylist()
        groups = population.groups
        found[frame] = distinctive_terms(texts, groups.story[tagged], groups.member[tagged], groups.names.tolist())
    return found
