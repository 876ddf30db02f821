"""Coded sentences beside their labels: what `framing evaluate` scores."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framing.annotation import CodedSentences, read_coded, read_ledger
from framing.arrays import Codes, Floats
from framing.corpus import Corpus
from framing.errors import FramingError
from framing.evaluation.gold import drawn_elsewhere, undrawn
from framing.labelling import Labels
from framing.labelling.articles import with_articles


@dataclass(frozen=True)
class Matched:
    """Sentences that are coded and labelled, one position per sentence.

    Parameters
    ----------
    coded : CodedSentences
    labels : Labels
    rows : ndarray of int, shape (n_sentences,)
        Position of each among the labels.
    n_seen : int
        Coded sentences left out because the model was trained or tuned on them.
    n_unlabelled : int
        Coded sentences without a label.
    n_uncoded, n_undrawn : int
        Sentences that were drawn for an estimate and are not coded; sentences that could not be drawn.
    elsewhere : bool
        Whether they were drawn from another corpus than was labelled.
    in_file : bool
        Whether they came in a file, which need not say whether all that were drawn are in it.
    include_seen : bool
        Whether those that a model was trained or tuned on are among them.
    """

    coded: CodedSentences
    labels: Labels
    rows: Codes
    n_seen: int
    n_unlabelled: int
    n_uncoded: int
    n_undrawn: int
    elsewhere: bool
    in_file: bool
    include_seen: bool

    @property
    def actual(self) -> NDArray[np.bool_]:
        """Frames of the gold, shape (n_sentences, n_frames)."""
        return self.coded.frames

    @property
    def predicted(self) -> NDArray[np.bool_]:
        """Frames of the labels, shape (n_sentences, n_frames); boilerplate has none."""
        return self.labels.decisions[self.rows] & self.labels.content[self.rows][:, None]

    @property
    def probabilities(self) -> Floats | None:
        """Probability of each frame, shape (n_sentences, n_frames), 0 for boilerplate; None without probabilities."""
        if not self.labels.has_probabilities:
            return None
        return np.where(self.labels.content[self.rows][:, None], self.labels.probabilities[self.rows], 0.0)

    @property
    def weights(self) -> Floats | None:
        """One over the probability with which each was drawn, shape (n_sentences,).

        None if one is not known, if drawn sentences are not coded, as what is coded first is no probability sample, or
        if they were drawn from another corpus.
        """
        probability = self.coded.inclusion_probability
        return None if self.n_uncoded or self.elsewhere or np.isnan(probability).any() else 1 / probability

    @property
    def outlets(self) -> NDArray[np.str_]:
        """Outlet of each, shape (n_sentences,), empty where it is not known."""
        own = self.column("outlet")
        return np.where(own == "", np.array(self.coded.outlets, dtype=str), own)

    def groups(self, by: str) -> NDArray[np.str_]:
        """Value of a column of the labels for each, shape (n_sentences,), empty where it has none.

        Raises
        ------
        FramingError
            If no sentence has a value.
        """
        values = self.outlets if by == "outlet" else self.column(by)
        if not (values != "").any():
            raise FramingError(
                f"no coded sentence has a value in column {by!r} of the labels; name another one with --by, or fill "
                "it, groups for example by an outlet table (ingest --outlets)"
            )
        return values

    def column(self, name: str) -> NDArray[np.str_]:
        """A column of the labels as text, shape (n_sentences,), empty where it has no value or is not there."""
        return self.labels.names(name, self.rows)


def match(labels: Labels, gold: str | Path, *, corpus: str | Path | None = None, include_seen: bool = False) -> Matched:
    """Join coded sentences with their labels.

    If sentences were drawn with known inclusion probabilities, those picked for training beside them are left out.

    Parameters
    ----------
    labels, gold, corpus, include_seen
        See `framing.evaluation.evaluate`.

    Raises
    ------
    FramingError
        If labels and gold do not belong together, or no gold is left to evaluate on.
    """
    source = Corpus.load(corpus) if corpus is not None else None
    if source and "article_id" in labels.table.column_names:
        labels = with_articles(labels, source)
    sentences = source.sentences() if source else labels.sentences
    read = read_coded(Path(gold), labels.codebook, sentences, within=labels.positions)
    coded = _estimating(read)
    fresh = [
        i
        for i, told in enumerate(zip(coded.sentence_ids, coded.texts, coded.stories, strict=True))
        if include_seen or not labels.saw(*told)
    ]
    n_seen = len(coded) - len(fresh)
    if not fresh:
        raise FramingError(_nothing_left(n_seen, read.n_left_out))
    used = coded.take(np.array(fresh, dtype=np.intp))
    rows = np.array([labels.positions[sentence_id] for sentence_id in used.sentence_ids], dtype=np.intp)
    return Matched(
        used,
        labels,
        rows,
        n_seen,
        read.n_left_out,
        read.n_uncoded,
        n_undrawn=undrawn(read_ledger(Path(gold)).manifest) if Path(gold).is_dir() else 0,
        elsewhere=drawn_elsewhere(Path(gold), labels),
        in_file=Path(gold).is_file(),
        include_seen=include_seen,
    )


def _estimating(coded: CodedSentences) -> CodedSentences:
    """Without the sentences that were picked for training, where others were drawn."""
    drawn = np.flatnonzero(~np.isnan(coded.inclusion_probability))
    picked = sum(purpose == "training" for purpose in coded.purposes)
    return coded.take(drawn) if picked and len(drawn) else coded


def _nothing_left(n_seen: int, n: int) -> str:
    if n_seen:
        return (
            f"all {n_seen} labelled gold sentences were seen in training; code sentences of other stories, "
            "or add --include-seen to get scores that are too good"
        )
    return f"none of the {n} gold sentences is among the labels; check that their sentence ids belong together"
