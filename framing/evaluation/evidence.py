"""What every analysis starts from: the compared sentences with their scores, labels and gold."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.evaluation.gold import Gold, per_sentence, read_gold
from framing.evaluation.population import Population, select
from framing.evaluation.prevalence import PrevalenceFit, fit_groups
from framing.evaluation.recalibration import recalibrate
from framing.labelling import Labels


@dataclass(frozen=True)
class Evidence:
    """Compared sentences with what is known of each.

    Parameters
    ----------
    population : Population
    codebook : Codebook
    decisions : ndarray of bool, shape (n_sentences, n_frames)
        Labels, in the codebook's order.
    scores : ndarray of float, shape (n_sentences, n_frames)
        Recalibrated probabilities; the labels as 0 and 1 where there is no gold.
    gold : ndarray of float, shape (n_sentences, n_frames)
        1 or 0 where coded, NaN elsewhere.
    inclusion_probability : ndarray of float, shape (n_sentences,)
        NaN where not coded.
    correctable : ndarray of bool, shape (n_frames,)
        Frames that some coded sentence has; the others cannot be corrected.
    source : Gold or None
    """

    population: Population
    codebook: Codebook
    decisions: NDArray[np.bool_]
    scores: Floats
    gold: Floats
    inclusion_probability: Floats
    correctable: NDArray[np.bool_]
    source: Gold | None

    def fit(self, frame: int, kept: NDArray[np.bool_], weight: Floats) -> PrevalenceFit:
        """Corrected prevalence of a correctable frame.

        Parameters
        ----------
        frame : int
            Its place in the codebook.
        kept : ndarray of bool, shape (n_sentences,)
            Sentences that count.
        weight : ndarray of float, shape (n_sentences,)
            How much each of them counts.
        """
        return fit_groups(
            self.scores[kept, frame],
            self.gold[kept, frame],
            self.inclusion_probability[kept],
            self.decisions[kept, frame],
            self.population.groups.take(kept),
            weight[kept],
        )

    @property
    def coded(self) -> NDArray[np.bool_]:
        """True where a sentence is coded, shape (n_sentences,)."""
        return ~np.isnan(self.inclusion_probability)


def gather(
    labels: Labels,
    gold: str | Path | None = None,
    *,
    by: str = "outlet",
    where: Mapping[str, str] | None = None,
    assume_simple_random: bool = False,
) -> Evidence:
    """Select the sentences to compare, and join gold and recalibrated scores.

    Parameters
    ----------
    labels, by, where
        See `framing.evaluation.population.select`.
    gold, assume_simple_random
        See `framing.evaluation.gold.read_gold`; without gold nothing can be corrected.

    Raises
    ------
    FramingError
        If there is nothing to compare, or the gold cannot correct it.
    """
    population = select(labels, by=by, where=where)
    source = read_gold(labels, gold, assume_simple_random=assume_simple_random) if gold is not None else None
    frames, probability = per_sentence(source, len(labels.table), len(labels.codebook.frame_names))
    frames, probability = frames[population.rows], probability[population.rows]
    decisions, uncalibrated = labels.decisions[population.rows], labels.probabilities[population.rows]
    if source is None:
        nothing = np.zeros(frames.shape[1], dtype=bool)
        return Evidence(
            population, labels.codebook, decisions, decisions.astype(float), frames, probability, nothing, None
        )
    coded = ~np.isnan(frames[:, 0])
    if not coded.any():
        raise FramingError(f"{gold}: no coded sentence is among those that are compared; code some of these")
    probability = np.where(coded & np.isnan(probability), _simple_random(population, coded), probability)
    correctable = np.asarray((frames[coded] > 0).any(axis=0))
    if not correctable.any():
        raise FramingError(
            f"{gold}: none of the {int(coded.sum()):,} coded sentences that are compared has a frame of "
            f"{labels.codebook.name}; code more sentences"
        )
    _check_probabilities(labels, population.rows)
    scores = decisions.astype(float)
    for i in np.flatnonzero(correctable):
        scores[:, i] = recalibrate(uncalibrated[:, i], frames[:, i], population.groups.story, population.groups.member)
    return Evidence(population, labels.codebook, decisions, scores, frames, probability, correctable, source)


def _check_probabilities(labels: Labels, rows: NDArray[np.intp]) -> None:
    """Refuse labels some of whose probabilities are missing or none."""
    probabilities = labels.probabilities[rows]
    wrong = ~((probabilities >= 0) & (probabilities <= 1))
    if wrong.any():
        row, frame = np.argwhere(wrong)[0].tolist()
        raise FramingError(
            f"labels: {int(wrong.any(axis=1).sum()):,} sentences lack a probability, first "
            f"{labels.column(labels.id_column)[rows[row]]}: column p_{labels.codebook.frame_names[frame]}, expected 0 "
            f"to 1, found {probabilities[row, frame]}; label again, or leave these sentences out"
        )


def _simple_random(population: Population, coded: NDArray[np.bool_]) -> Floats:
    """Share of each sentence's group that is coded."""
    groups = population.groups
    share: Floats = groups.total(coded) / groups.total(np.ones(len(coded)))
    return share[groups.member]
