"""What forms are compared on: the sentences of the seed corpus, and what a classifier says of them."""

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.classifier.frame_classifier import FrameClassifier
from framing.classifier.inference import Compute
from framing.codebook import Codebook
from framing.corpus.sentences import split_sentences
from framing.resources import shipped
from framing.stance.classifier import StanceClassifier, decide_outcomes
from framing.stance.inputs import targeted
from framing.stance.mentions import MentionFinder
from framing.stance.values import OUTCOMES

CODEBOOK = "china-russia"  # of the seed corpus; its targets are asked about


@dataclass(frozen=True)
class Sample:
    """Sentences of the seed corpus, with the sentence before each and its outlet."""

    texts: list[str]
    previous: list[str]
    outlets: list[str]


@lru_cache(maxsize=1)
def seed_sample() -> Sample:
    """All sentences of the seed corpus, which is shipped and stays as it is."""
    sample = Sample([], [], [])
    for path in sorted((shipped("seeds") / "articles").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            article = json.loads(line)
            text = article["text"]
            sentences = [article["title"], *(text[start:end] for start, end in split_sentences(text))]
            sample.texts.extend(sentences)
            sample.previous.extend(["", *sentences[:-1]])
            sample.outlets.extend([article["outlet"]] * len(sentences))
    return sample


@dataclass(frozen=True)
class Judgement:
    """What a classifier says of the sample.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n, n_labels)
    decided : ndarray of bool, shape (n, n_labels)
    groups : list of str, length n
        Whose prevalence a row counts in: the outlet, or outlet and target.
    exclusive : bool
        Whether a row has exactly one of the labels.
    """

    probabilities: Floats
    decided: NDArray[np.bool_]
    groups: list[str]
    exclusive: bool


def judge(classifier: FrameClassifier | StanceClassifier, compute: Compute | None = None) -> Judgement:
    """What a classifier says of the sample by a form of its network, or by the network.

    A row of a classifier of frames is a sentence, one of a classifier of stance a sentence and a target. The classifier
    is left without a form.
    """
    classifier.accelerated = compute
    try:
        if isinstance(classifier, FrameClassifier):
            return _frames(classifier)
        return _stances(classifier)
    finally:
        classifier.accelerated = None


def _frames(classifier: FrameClassifier) -> Judgement:
    sample = seed_sample()
    probabilities = classifier.label_probabilities(sample.texts, sample.previous)
    return Judgement(probabilities, classifier.decide(probabilities), sample.outlets, exclusive=False)


def _stances(classifier: StanceClassifier) -> Judgement:
    sample, find = seed_sample(), MentionFinder(Codebook.load(CODEBOOK).targets)
    rows = zip(sample.texts, sample.previous, sample.outlets, strict=True)
    asked = [
        (ask, f"{outlet} on {target}")
        for text, before, outlet in rows
        for target, ask in targeted(find, text, before).items()
    ]
    probabilities = classifier.predict_proba([ask for ask, _ in asked])
    decided = np.eye(len(OUTCOMES), dtype=bool)[decide_outcomes(probabilities)]
    return Judgement(probabilities, decided, [group for _, group in asked], exclusive=True)
