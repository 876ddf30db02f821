"""`label_batch`: a batch of sentences in, their columns of labels out; all labelling goes through here."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.classifier.article_context import ArticleContext
from framing.classifier.base import BOILERPLATE, Classifier
from framing.classifier.columns import label_columns
from framing.labelling.labeller import Labeller
from framing.labelling.memory import Memory, input_keys

if TYPE_CHECKING:
    from framing.classifier.assignment import Assignment


def label_batch(
    labeller: Labeller,
    texts: Sequence[str],
    previous: Sequence[str] | None = None,
    *,
    articles: Sequence[str | None] | None = None,
    marked: NDArray[np.bool_] | None = None,
    assignment: "Assignment | None" = None,
    memory: Memory | None = None,
    boilerplate: str = BOILERPLATE,
) -> dict[str, NDArray[Any]]:
    """Label a batch of sentences; sentences that its classifiers read alike are computed once.

    Parameters
    ----------
    labeller : Labeller
    texts, previous : sequence of str, length n_sentences
        `previous` is the sentence before each, empty where there is none.
    articles : sequence of str, length n_sentences, optional
        The article of each, for classifiers that revise probabilities by the article: the rows of an article stand
        together, in its order. Without, or where it is empty or None, probabilities are those of sentences alone.
    marked : ndarray of bool, shape (n_sentences,), optional
        What ingest has marked as boilerplate; it has no frames.
    assignment : Assignment, optional
        For a classifier of several folds: which network scores each sentence; without, the mean of all does.
    memory : Memory, optional
        Of frames in earlier batches; what this batch computes is added. Stance and voice are computed once per batch.
    boilerplate : str
        Name of the boilerplate column.

    Returns
    -------
    dict of str to ndarray, shape (n_sentences,)
        Per frame ``p_<frame>`` (probability) and ``<frame>`` (0 or 1); those of stance and voice if the labeller has
        their classifiers; and last `boilerplate` (bool), which has no frames, no stance (absent) and no voice (empty).
    """
    texts, previous = list(texts), list(previous) if previous is not None else None
    classifier = labeller.frames
    probabilities = _probabilities(classifier, texts, previous, assignment, memory or Memory())
    if assignment is None:
        decided = classifier.decide(probabilities)
    else:
        decided = _folded(classifier).decide(probabilities, assignment)
    if articles is not None:
        names = np.array([article or "" for article in articles], dtype=object)
        for context, rows in _contexts(classifier, names != "", assignment):
            probabilities[rows] = context.revise(probabilities[rows], names[rows].tolist())
            decided[rows] = context.decide(probabilities[rows])
    if marked is not None:
        decided = np.column_stack([decided[:, :-1], decided[:, -1] | marked])
    columns = label_columns(classifier.codebook.frame_names, probabilities, decided, boilerplate)
    marks = columns.pop(boilerplate)
    return columns | labeller.stance_and_voice(texts, previous, articles, ~marks) | {boilerplate: marks}


def _contexts(
    classifier: Classifier, within: NDArray[np.bool_], assignment: "Assignment | None"
) -> Iterator[tuple[ArticleContext, NDArray[np.bool_]]]:
    """Who revises which rows of articles: those of coded stories by what was learned without their fold."""
    if classifier.article_context is None:
        return
    if assignment is None:
        yield classifier.article_context, within
        return
    yield classifier.article_context, within & ~assignment.coded
    for fold, member in enumerate(classifier.networks):
        if member.article_context is not None:
            yield member.article_context, within & assignment.coded & (assignment.members == fold)


def _probabilities(
    classifier: Classifier,
    texts: Sequence[str],
    previous: Sequence[str] | None,
    assignment: "Assignment | None",
    memory: Memory,
) -> Floats:
    """Probability per label, shape (n_sentences, n_labels): from memory, or computed and remembered."""
    reads = classifier.settings.context == "previous" and previous is not None
    before = list(previous or []) if reads else [""] * len(texts)
    keys = input_keys(texts, before, assignment.members if assignment is not None else None)
    first = {key: i for i, key in reversed(list(enumerate(keys))) if key not in memory}
    rows = sorted(first.values())
    new, context = [texts[i] for i in rows], [before[i] for i in rows]
    if assignment is None:
        computed = classifier.label_probabilities(new, context)
    else:
        computed = _folded(classifier).out_of_fold_probabilities(
            new, context, assignment[np.array(rows, dtype=np.intp)]
        )
    known = [key for key in dict.fromkeys(keys) if key not in first]
    place = {key: i for i, key in enumerate([*(keys[i] for i in rows), *known])}
    values = np.concatenate([computed, memory.recall(known)]) if known else computed
    memory.add([keys[i] for i in rows], computed)
    return np.asarray(values[[place[key] for key in keys]])


def _folded(classifier: Classifier) -> Any:
    from framing.classifier import FoldedClassifier  # needs torch

    if not isinstance(classifier, FoldedClassifier):
        raise TypeError("an assignment is for a classifier of several folds")
    return classifier
