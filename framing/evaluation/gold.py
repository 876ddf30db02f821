"""Gold for corrected estimates: coded sentences that are a probability sample of what was labelled."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framing.annotation import CodedSentences, read_coded, read_ledger
from framing.artefact import Manifest
from framing.errors import FramingError
from framing.labelling import Labels


@dataclass(frozen=True)
class Gold:
    """Coded sentences that may enter an estimate, by their position among the labels.

    Parameters
    ----------
    rows : ndarray of int, shape (n_gold,)
    frames : ndarray of bool, shape (n_gold, n_frames)
    boilerplate : ndarray of bool, shape (n_gold,)
        Coded as no content; such sentences have no frame.
    inclusion_probability : ndarray of float, shape (n_gold,)
        Above 0 to 1; NaN where it is assumed that the sentences of a group were drawn simply at random.
    n_training, n_unlabelled : int
        Coded sentences left out: picked for training; not among the labels.
    voices, stances : list, length n_gold
        See `framing.annotation.CodedSentences`.
    """

    rows: NDArray[np.intp]
    frames: NDArray[np.bool_]
    boilerplate: NDArray[np.bool_]
    inclusion_probability: NDArray[np.float64]
    n_training: int
    n_unlabelled: int
    voices: list[str]
    stances: list[dict[str, str] | None]

    @property
    def assumed_simple_random(self) -> bool:
        """Tell whether inclusion probabilities are assumed rather than known."""
        return bool(np.isnan(self.inclusion_probability).any())


def read_gold(labels: Labels, path: str | Path, *, assume_simple_random: bool = False) -> Gold:
    """Read coded sentences and check that shares can be corrected with them.

    Parameters
    ----------
    labels : Labels
    path : str or Path
        Coding folder drawn by `framing.sample` and coded, or a file of codings with inclusion probabilities.
    assume_simple_random : bool
        Take codings without inclusion probabilities for a simple random sample of each group's sentences.

    Raises
    ------
    FramingError
        If the gold is of another codebook or none of it is labelled; if drawn sentences are not coded; if
        probabilities are missing; if the model saw gold in training; or if all of it is of one story.
    """
    _check_corpus(Path(path), labels)
    coded = read_coded(Path(path), labels.codebook, labels.sentences, within=labels.positions)
    if coded.n_uncoded:
        raise FramingError(
            f"{path}: {coded.n_uncoded:,} of the drawn sentences are not coded; a sample that is coded in part is no "
            "probability sample: code the rest (sentences without a frame too), and export a file again"
        )
    picked = np.array([purpose == "training" for purpose in coded.purposes], dtype=bool)
    gold = coded.take(np.flatnonzero(~picked))
    _check(gold, labels, str(path), int(picked.sum()), assume_simple_random)
    rows = [labels.positions[sentence_id] for sentence_id in gold.sentence_ids]
    return Gold(
        np.array(rows, dtype=np.intp),
        gold.frames,
        gold.boilerplate,
        gold.inclusion_probability,
        int(picked.sum()),
        coded.n_left_out,
        gold.voices,
        gold.stances,
    )


def undrawn(ledger: Manifest) -> int:
    """How many sentences could not be drawn, by the manifest of a coding folder: their strata had too few stories."""
    return int(sum(stratum["sentences"] for stratum in ledger.get("left_out", [])) + ledger.get("n_without_stratum", 0))


def drawn_elsewhere(path: Path, labels: Labels) -> bool:
    """Tell whether a coding folder was drawn from another corpus than was labelled: it stands for that one."""
    labelled = labels.manifest.get("corpus", {}).get("sha256")
    return bool(labelled) and path.is_dir() and read_ledger(path).manifest["corpus"]["sha256"] != labelled


def _check_corpus(path: Path, labels: Labels) -> None:
    if drawn_elsewhere(path, labels):
        raise FramingError(
            f"{path}: drawn from another corpus than was labelled, for which it is no probability sample; label the "
            "corpus it was drawn from, or draw and code a sample of this one"
        )


def _check(gold: CodedSentences, labels: Labels, path: str, n_training: int, assume_simple_random: bool) -> None:
    if not len(gold):
        reason = (
            f"all {n_training:,} codings were picked for training by their scores and can never enter an estimate"
            if n_training
            else "none of the coded sentences is among the labels; check that their sentence ids belong together"
        )
        raise FramingError(f"{path}: no gold to correct with: {reason}; draw a sample with framing sample")
    without = [name for name, p in zip(gold.sentence_ids, gold.inclusion_probability, strict=True) if np.isnan(p)]
    if without and not assume_simple_random:
        raise FramingError(
            f"{path}: {len(without):,} coded sentences have no inclusion probability (first: {without[0]}), so what "
            "they stand for is not known: such data may train a model and be scored by framing evaluate, but cannot "
            "correct a share; draw a sample with framing sample, or add --assume-simple-random if they are a simple "
            "random sample of each group's sentences"
        )
    _refuse_seen(gold, labels, path)
    if len(set(gold.stories)) < 2:
        raise FramingError(
            f"{path}: all gold is of one story ({gold.stories[0]}), which says nothing about others; "
            "code sentences of more stories"
        )


def _refuse_seen(gold: CodedSentences, labels: Labels, path: str) -> None:
    told = zip(gold.sentence_ids, gold.texts, gold.stories, strict=True)
    seen = [name for name, text, story in told if labels.saw(name, text, story)]
    if not seen:
        return
    if labels.folds and labels.folds.corpus == labels.manifest["corpus"]["sha256"]:  # known by name: only a text recurs
        raise FramingError(
            f"{path}: the text of {len(seen):,} gold sentences (first: {seen[0]}) recurs in other stories, which were "
            "coded for the model, so that the networks that scored these have learned it and their scores are too good "
            f"to correct with; train on {path} as well, with --folds {labels.folds.n_folds} and this corpus, which "
            "deals its stories to folds too, and label again"
        )
    raise FramingError(
        f"{path}: the model saw {len(seen):,} of the gold sentences or their stories in training (first: "
        f"{seen[0]}), so its scores of them are too good to correct with; train with --folds 5 and this corpus, "
        "which scores every story by a network that did not see it, or code sentences of other stories"
    )


def per_sentence(gold: Gold | None, n: int, n_frames: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gold, shape (n, n_frames), and inclusion probabilities, shape (n,), of all sentences; NaN where not coded."""
    frames, probability = np.full((n, n_frames), np.nan), np.full(n, np.nan)
    if gold is not None:
        frames[gold.rows] = gold.frames
        probability[gold.rows] = gold.inclusion_probability
    return frames, probability
