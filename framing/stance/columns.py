"""Columns of stance and voice, for any table of sentences."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.annotation.variables import ABSENT
from framing.arrays import distinct
from framing.codebook import Codebook
from framing.stance.classifier import StanceClassifier, decide_outcomes
from framing.stance.inputs import targeted
from framing.stance.mentions import MentionFinder
from framing.stance.sources import find_source
from framing.stance.values import OUTCOMES, STANCES
from framing.stance.voice import VoiceClassifier

_DIGITS = 6
Columns = dict[str, NDArray[Any]]


def stance_columns(
    classifier: StanceClassifier, sentences: Sequence[str], codebook: Codebook, previous: Sequence[str] | None = None
) -> Columns:
    """Stance of sentences toward each target of a codebook.

    Only sentences that name a target, or stand after one that does, go through the network, once for all targets;
    identical inputs are computed once.

    Parameters
    ----------
    classifier : StanceClassifier
    sentences, previous : sequence of str, length n_sentences
        `previous` is the sentence before each, empty where there is none.
    codebook : Codebook
        Its targets need not be those that the classifier learned from.

    Returns
    -------
    dict of str to ndarray, shape (n_sentences,)
        For each target ``stance_<target>`` (favourable, neutral, critical, or absent) and ``p_<target>_<stance>`` for
        the three stances, given that it is not absent: they sum to 1, and are NaN where it is.
    """
    find = MentionFinder(codebook.targets)
    pairs, place = distinct(_with_previous(sentences, previous))
    asked = [(row, name, ask) for row, pair in enumerate(pairs) for name, ask in targeted(find, *pair).items()]
    inputs, which = distinct([ask for _, _, ask in asked])
    outcomes = classifier.predict_proba(inputs)[which]
    decided = decide_outcomes(outcomes)
    columns: Columns = {}
    for name in codebook.target_names:
        here = [i for i, (_, target, _) in enumerate(asked) if target == name and OUTCOMES[decided[i]] != ABSENT]
        rows = [asked[i][0] for i in here]
        stances = outcomes[here, : len(STANCES)]
        values = np.full((len(pairs), len(STANCES)), np.nan)
        values[rows] = np.round(stances / stances.sum(axis=1, keepdims=True), _DIGITS)
        stance = np.full(len(pairs), ABSENT, dtype=object)
        stance[rows] = np.array(OUTCOMES, dtype=object)[decided[here]]
        columns[f"stance_{name}"] = stance[place]
        columns |= {f"p_{name}_{value}": values[place, i] for i, value in enumerate(STANCES)}
    return columns


def voice_columns(
    classifier: VoiceClassifier,
    sentences: Sequence[str],
    previous: Sequence[str] | None = None,
    articles: Sequence[str | None] | None = None,
) -> Columns:
    """Whose voice sentences are in, and who is quoted.

    Parameters
    ----------
    classifier : VoiceClassifier
    sentences, previous, articles : sequence of str, length n_sentences
        See `VoiceClassifier.predict_proba`.

    Returns
    -------
    dict of str to ndarray, shape (n_sentences,)
        ``voice`` (outlet or source), ``p_source``, ``source`` (name or role as written) and ``source_verb``; the last
        two are empty where the outlet speaks or the sentence names no source.
    """
    probability = classifier.predict_proba(sentences, previous, articles)
    quoted = probability >= 0.5
    find = cache(find_source)  # sentences recur
    named = [find(text) if is_quoted else None for text, is_quoted in zip(sentences, quoted, strict=True)]
    return {
        "voice": np.where(quoted, "source", "outlet").astype(object),
        "p_source": np.round(probability, _DIGITS),
        "source": np.array([source.name if source else "" for source in named], dtype=object),
        "source_verb": np.array([source.verb if source else "" for source in named], dtype=object),
    }


def _with_previous(sentences: Sequence[str], previous: Sequence[str] | None) -> list[tuple[str, str]]:
    return list(zip(sentences, previous if previous is not None else [""] * len(sentences), strict=True))
