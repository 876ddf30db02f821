"""What a report says of the labels and of the coders: scores against the gold it uses, and agreement."""

from pathlib import Path

import numpy as np

from framing.annotation.folder import has_codings, read_all
from framing.annotation.reliability import VariableAgreement, measure
from framing.annotation.variables import tabulate
from framing.bootstrap import REPLICATES
from framing.evaluation.evidence import Evidence
from framing.evaluation.gold import Gold
from framing.evaluation.quality import Evaluation, score_frames
from framing.evaluation.stance_scores import Told, stance_quality, voice_quality
from framing.labelling import Labels


def label_quality(evidence: Evidence, labels: Labels, *, level: float = 0.95) -> Evaluation | None:
    """Labels against the gold that is compared, weighted by the design; None without gold."""
    if evidence.source is None:
        return None
    rows = np.flatnonzero(evidence.coded)
    stories, weights = evidence.population.groups.story[rows], 1 / evidence.inclusion_probability[rows]
    actual, names = evidence.gold[rows] == 1, evidence.codebook.frame_names
    frames, macro = score_frames(names, evidence.decisions[rows], actual, stories, weights=weights, level=level)
    unseen, n_seen_for_stance = _told(evidence, evidence.source).unseen(labels)
    return Evaluation(
        frames=frames,
        macro_f1=macro,
        n_sentences=len(rows),
        n_stories=len(np.unique(stories)),
        n_seen=0,
        n_unlabelled=0,
        weighted=True,
        level=level,
        codebook=evidence.codebook.reference,
        stance=stance_quality(labels, unseen, level),
        voice=voice_quality(labels, unseen, level),
        n_seen_for_stance=n_seen_for_stance,
        n_without_stance=unseen.n_without_stance,
        n_without_voice=unseen.n_without_voice,
    )


def _told(e: Evidence, source: Gold) -> Told:
    """What the gold says of stance and voice in the sentences that are compared."""
    compared = e.population.rows
    used = np.flatnonzero(np.isin(source.rows, compared))
    place = np.searchsorted(compared, source.rows[used])
    return Told(
        compared[place],
        [source.stances[i] for i in used],
        [source.voices[i] for i in used],
        ~source.boilerplate[used],
        e.population.groups.story[place],
        1 / e.inclusion_probability[place],
    )


def coder_agreement(gold: str | Path | None, labels: Labels, *, level: float = 0.95) -> list[VariableAgreement]:
    """Agreement of the single coders whose codings a coding folder keeps beside the adjudicated ones.

    Returns
    -------
    list of VariableAgreement
        Of frames and boilerplate, and of stance and voice where the labels have them; empty where no sentence was
        coded twice.
    """
    if gold is None or not has_codings(Path(gold)):
        return []
    table = tabulate(read_all(Path(gold), labels.codebook), labels.codebook).compared()
    labelled = {*labels.codebook.frame_names, "boilerplate", *(f"stance_{target}" for target in labels.stance_targets)}
    labelled |= {"voice"} if labels.has_voice else set()
    if not len(table.twice):
        return []
    return [found for found in measure(table, level=level, replicates=REPLICATES) if found.variable in labelled]
