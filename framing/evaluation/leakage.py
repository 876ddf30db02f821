"""`framing leakage`: whether a model reads what a sentence says, or who wrote it and whom it names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from framing.annotation import CodedSentences, read_coded
from framing.arrays import Codes, Floats
from framing.artefact import new_file, sha256_text, write_json
from framing.bootstrap import Interval, clustered_replicates, percentile_intervals
from framing.corpus import Corpus
from framing.errors import FramingError
from framing.evaluation.name_swap import NameSwap, outlet_swap, place_swap
from framing.evaluation.outlet_only import outlet_only
from framing.evaluation.quality import decision_counts, precision_recall_f1, sum_by_story

if TYPE_CHECKING:
    from framing.classifier import Classifier

FOLDS = 5
MOST_OUTLET_FOLDS = 20
Decisions = NDArray[np.bool_]
_Scorer = Callable[[Codes, Sequence[str], Sequence[str]], tuple[Floats, Decisions]]


@dataclass(frozen=True)
class Baseline:
    """Macro-F1 on sentences that the model has not seen: of the model, of the outlet alone, of tagging everything.

    `model` is NaN, and the others are of all coded sentences, where the model has seen them all.
    """

    model: Interval
    outlet_only: Interval
    constant: Interval
    n_sentences: int

    @property
    def words(self) -> str:
        """The result in a sentence."""
        known, constant = self.outlet_only.value, self.constant.value
        if np.isnan(self.model.value):
            return (
                f"The outlet's name alone gives {known:.2f}, every frame on every sentence {constant:.2f}. The model "
                "has seen all these sentences, so a score of its own would be too good; train with --folds to get one."
            )
        explained = (
            "what outlets are known for can explain as much of its score as lies between the first two"
            if known > constant
            else "the outlet tells no more than tagging everything, so it cannot explain the model's score"
        )
        return (
            f"The outlet's name alone gives {known:.2f}, every frame on every sentence {constant:.2f}, the model "
            f"{self.model.value:.2f}: {explained}."
        )


@dataclass(frozen=True)
class Change:
    """Absolute change of one frame's probability, its mean and 95th percentile, and the share of decisions flipped."""

    frame: str
    mean: float
    p95: float
    flipped: float


@dataclass(frozen=True)
class Swap:
    """What swapping names of a kind does to the sentences that have one."""

    kind: str
    n_changed: int
    changes: list[Change]

    @property
    def words(self) -> str:
        """The result in a sentence."""
        if not self.changes:
            return f"No coded sentence has names of {self.kind} that could be swapped."
        most = max(self.changes, key=lambda change: change.flipped)
        text = (
            f"With other {self.kind} in the same sentence, {100 * most.flipped:.1f}% of the decisions on {most.frame} "
            f"flip, of all frames the most ({self.n_changed:,} sentences)."
        )
        if self.kind == "countries":
            text += " Where a frame is about a certain country, some should."
        return text


@dataclass(frozen=True)
class Transfer:
    """Macro-F1 of a quick classifier with stories or whole outlets left out, and the first minus the second."""

    stories: Interval
    outlets: Interval
    difference: Interval
    n_folds: int

    @property
    def words(self) -> str:
        """The result in a sentence."""
        return (
            f"On outlets it has not learned from, a quick classifier differs by {-100 * self.difference.value:+.0f} "
            "points of macro-F1 from new stories of known outlets. It is logistic regression on embeddings of the "
            "encoder before fine-tuning, since fine-tuning again for every outlet would take too long: its difference "
            "is a guide, its level is not the model's."
        )


@dataclass(frozen=True)
class Leakage:
    """Three tests of whether a model has learned outlets and names in place of frames, on coded sentences."""

    baseline: Baseline
    swaps: list[Swap]
    transfer: Transfer
    n_sentences: int
    n_stories: int
    n_outlets: int
    level: float
    seed: int
    codebook: dict[str, str]


def leakage(
    coded: str | Path,
    model: "str | Path | Classifier",
    *,
    corpus: str | Path | None = None,
    seed: int = 13,
    level: float = 0.95,
    output: str | Path | None = None,
    overwrite: bool = False,
) -> Leakage:
    """Test whether a model reads the sentence, or who wrote it and whom it names.

    The outlet's name alone: frames of sentences whose outlet is all that is known (`outlet_only`), beside the model,
    on the same unseen sentences. Names swapped: each outlet's for another's, and each country, capital, adjective and
    people that the codebook's targets are mentioned by for those of another country; what the model makes of it.
    Outlets left out: a quick classifier tested on outlets it has not learned from, against random stories. All scores
    are unweighted, of the coded sentences.

    Parameters
    ----------
    coded : str or Path
        Coded sentences; see `framing.annotation.read_coded`.
    model : str, Path or Classifier
        Gives the codebook too. A model of several folds scores each story by the network that did not see it.
    corpus : str or Path, optional
        Gives the coded sentences text, story and outlet.
    seed : int
        Of splits and swaps.
    level : float
        Of the intervals.
    output : str or Path, optional
        JSON file to write.

    Raises
    ------
    FramingError
        If coded sentences and model do not belong together, or the sentences are not of two outlets and two stories.
    """
    from framing.classifier import Classifier, load_classifier

    classifier = model if isinstance(model, Classifier) else load_classifier(model)
    opened = Corpus.load(corpus) if corpus is not None else None
    sentences = read_coded(Path(coded), classifier.codebook, opened.sentences() if opened else None)
    _check(sentences, str(coded))
    score = _scorer(classifier, sentences, opened.manifest["sha256"] if opened else None)
    result = Leakage(
        baseline=_baseline(classifier, sentences, score, seed, level),
        swaps=_swaps(classifier, sentences, score, seed),
        transfer=_transfer(classifier, sentences, seed, level),
        n_sentences=len(sentences),
        n_stories=len(set(sentences.stories)),
        n_outlets=len(set(sentences.outlets)),
        level=level,
        seed=seed,
        codebook=classifier.codebook.reference,
    )
    if output is not None:
        with new_file(Path(output), overwrite=overwrite) as partial:
            write_json(partial, result)
    return result


def _check(coded: CodedSentences, where: str) -> None:
    for values, what in ((coded.outlets, "outlets"), (coded.stories, "stories")):
        if len(set(values) - {""}) < 2:
            raise FramingError(
                f"{where}: coded sentences of {len(set(values) - {''})} {what}, expected at least two; "
                "code others, or add --corpus with the corpus they were drawn from"
            )


def _scorer(classifier: "Classifier", coded: CodedSentences, corpus: str | None) -> _Scorer:
    """Probabilities and decisions for texts in the place of coded ones; of folds, by one that did not see the story."""
    from framing.classifier import FoldedClassifier
    from framing.classifier.assignment import Assignment

    assigned = (
        classifier.assign(coded.texts, coded.stories, corpus) if isinstance(classifier, FoldedClassifier) else None
    )

    def score(rows: Codes, texts: Sequence[str], previous: Sequence[str]) -> tuple[Floats, Decisions]:
        if assigned is None or not isinstance(classifier, FoldedClassifier):
            probabilities = classifier.label_probabilities(texts, previous)
            return probabilities[:, :-1], classifier.decide(probabilities)[:, :-1]
        own = Assignment(assigned.members[rows], assigned.coded[rows])
        probabilities = classifier.out_of_fold_probabilities(texts, previous, own)
        return probabilities[:, :-1], classifier.decide(probabilities, own)[:, :-1]

    return score


def _unseen(classifier: "Classifier", coded: CodedSentences) -> Codes:
    """Positions of sentences that the model, or the network that scores them, has not learned from."""
    from framing.classifier import FoldedClassifier

    learned = [] if isinstance(classifier, FoldedClassifier) else [r for r in classifier.record if r["part"] != "test"]
    texts, stories = {row["sha256"] for row in learned}, {row["story"] for row in learned}
    pairs = zip(coded.texts, coded.stories, strict=True)
    return np.array(
        [i for i, (text, story) in enumerate(pairs) if story not in stories and sha256_text(text) not in texts],
        dtype=np.intp,
    )


def _baseline(classifier: "Classifier", coded: CodedSentences, score: _Scorer, seed: int, level: float) -> Baseline:
    guessed = outlet_only(coded.frames, coded.outlets, coded.stories, folds=FOLDS, seed=seed)
    rows = _unseen(classifier, coded)
    unseen = coded.take(rows)
    if not len(unseen):
        known, constant, _ = _macro_f1s([guessed, np.ones_like(guessed)], coded.frames, coded.stories, level)
        return Baseline(Interval(np.nan, np.nan, np.nan), known, constant, len(coded))
    _, predicted = score(rows, unseen.texts, unseen.previous)
    everything = [predicted, guessed[rows], np.ones_like(predicted)]
    own, known, constant, *_ = _macro_f1s(everything, unseen.frames, unseen.stories, level)
    return Baseline(own, known, constant, len(unseen))


def _swaps(classifier: "Classifier", coded: CodedSentences, score: _Scorer, seed: int) -> list[Swap]:
    outlets = sorted(set(coded.outlets))
    kinds = {"outlets": outlet_swap(outlets), "countries": place_swap(classifier.codebook, outlets)}
    return [_swapped(classifier, coded, score, kind, swap, seed) for kind, swap in kinds.items()]


def _swapped(
    classifier: "Classifier", coded: CodedSentences, score: _Scorer, kind: str, swap: NameSwap | None, seed: int
) -> Swap:
    if swap is None:
        return Swap(kind, 0, [])
    steps = np.random.default_rng(seed).integers(1, len(swap.bearers), size=len(coded)).tolist()
    texts = [swap(text, step) for text, step in zip(coded.texts, steps, strict=True)]
    previous = [swap(text, step) for text, step in zip(coded.previous, steps, strict=True)]
    read = classifier.settings.context == "previous"
    rows = [i for i in range(len(coded)) if texts[i] != coded.texts[i] or (read and previous[i] != coded.previous[i])]
    if not rows:
        return Swap(kind, 0, [])
    at, before = np.array(rows, dtype=np.intp), coded.take(np.array(rows, dtype=np.intp))
    old, was = score(at, before.texts, before.previous)
    new, now = score(at, [texts[i] for i in rows], [previous[i] for i in rows])
    moved = np.abs(new - old)
    columns = (moved.mean(axis=0), np.quantile(moved, 0.95, axis=0), (was != now).mean(axis=0))
    changes = [
        Change(name, *values)
        for name, *values in zip(classifier.codebook.frame_names, *(c.tolist() for c in columns), strict=True)
    ]
    return Swap(kind, len(rows), changes)


def _transfer(classifier: "Classifier", coded: CodedSentences, seed: int, level: float) -> Transfer:
    from framing.classifier.inference import embed
    from framing.classifier.splits import deal

    outlets, stories = np.array(coded.outlets), np.unique(coded.stories, return_inverse=True)[1]
    n_folds = min(len(np.unique(outlets)), int(stories.max()) + 1, MOST_OUTLET_FOLDS)
    embeddings = embed(coded.texts, classifier.settings, coded.previous)
    by_story = deal(coded.frames, coded.stories, n_folds, seed)
    predicted = [
        _left_out(embeddings, coded.frames, folds, stories) for folds in (by_story, _outlet_folds(outlets, n_folds))
    ]
    stories_out, outlets_out, difference = _macro_f1s(predicted, coded.frames, coded.stories, level)
    return Transfer(stories_out, outlets_out, difference, n_folds)


def _outlet_folds(outlets: NDArray[np.str_], n_folds: int) -> Codes:
    """Fold of each sentence, outlets whole, folds of about equal size."""
    from sklearn.model_selection import GroupKFold

    folds = np.empty(len(outlets), dtype=np.intp)
    for fold, (_, inside) in enumerate(GroupKFold(n_folds).split(outlets, groups=outlets)):
        folds[inside] = fold
    return folds


def _left_out(embeddings: Floats, frames: Decisions, folds: Codes, stories: Codes) -> Decisions:
    """Decisions on each fold by a quick classifier of the others, without the stories that the fold has a part of."""
    from framing.classifier.quick import fit_predict

    predicted = np.zeros_like(frames)
    for fold in range(int(folds.max()) + 1):
        tested = np.flatnonzero(folds == fold)
        training = np.flatnonzero((folds != fold) & ~np.isin(stories, stories[tested]))
        predicted[tested] = fit_predict(embeddings, frames, training, tested)
    return predicted


def _macro_f1s(
    predictions: Sequence[Decisions], actual: Decisions, stories: Sequence[str], level: float
) -> list[Interval]:
    """Macro-F1 of each prediction, then of the first minus each of the others, whole stories resampled."""
    _, clusters = np.unique(np.asarray(stories), return_inverse=True)
    counts = np.hstack([decision_counts(predicted, actual) for predicted in predictions])

    def statistic(sums: Floats) -> Floats:
        parts = np.split(sums, len(predictions), axis=1)
        scores = np.column_stack([precision_recall_f1(part)[:, -1] for part in parts])
        return np.hstack([scores, scores[:, :1] - scores[:, 1:]])

    summed = sum_by_story(counts, clusters)
    return percentile_intervals(clustered_replicates(summed, statistic), len(summed), level)
