"""`framing train`: coded sentences in, a model folder out that knows what it saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.annotation import CodedSentences, read_coded
from framing.annotation.folder import refuse_other_corpus, to_learn, undecided
from framing.artefact import check_target, new_artefact
from framing.classifier.article_context import fit_article_context
from framing.classifier.base import BOILERPLATE, Classifier
from framing.classifier.calibration import calibrate, calibrate_by_fold
from framing.classifier.card import model_card
from framing.classifier.columns import label_columns, write_out_of_fold
from framing.classifier.folded import FoldedClassifier
from framing.classifier.folder import KIND
from framing.classifier.frame_classifier import FrameClassifier
from framing.classifier.record import split_rows
from framing.classifier.settings import LEAST_CODED, TrainingSettings
from framing.classifier.splits import hold_out, on_one_side
from framing.classifier.summary import FrameScore, TrainingSummary
from framing.classifier.surroundings import Score, Surroundings
from framing.classifier.teacher import NO_TEACHER
from framing.classifier.thresholds import decide, thresholds_by_fold
from framing.classifier.uncoded import Uncoded
from framing.codebook import Codebook
from framing.corpus import Corpus
from framing.decisions import decision_counts, precision_recall_f1
from framing.errors import FramingError
from framing.machine import is_first_process

MIN_POSITIVES = 5
MIN_STORIES_WITH_FRAME = 2  # with one, no split both learns and tests it
MIN_STORIES = 6


def train(
    annotations: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    codebook: str | Path | Codebook | None = None,
    corpus: str | Path | None = None,
    uncoded: str | Path | None = None,
    settings: TrainingSettings | None = None,
    overwrite: bool = False,
) -> TrainingSummary:
    """Fine-tune a classifier on coded sentences.

    The stories are split in three: to train, to choose thresholds, and to report scores on. The model folder
    records which sentence went where, so that `framing.evaluate` can leave out what the model saw. With
    `settings.folds` of 2 or more nothing is kept out: every coded sentence is scored by a network that did not see
    its story. Started by ``accelerate launch`` on several processes, each learns from a share of every batch and the
    first writes.

    Parameters
    ----------
    annotations : str, Path, or sequence of them
        Coded sentences, see `framing.annotation.read_coded`; several files or folders are learned from together.
    output : str or Path
        Model folder to write.
    codebook : str, Path or Codebook, optional
        Codebook of the annotations; by default that of their coding folder.
    corpus : str or Path, optional
        Corpus folder with the text of the sentences; not needed when the rows carry their text.
    uncoded : str or Path, optional
        Corpus folder; it may be `corpus`. What a teacher or an ensemble says of its sentences that nobody coded is
        learned, too, `max_uncoded` of them at most.
    settings : TrainingSettings, optional
        Default: fine-tuning of all-MiniLM-L6-v2.
    overwrite : bool
        Replace a model that stands at `output`.

    Raises
    ------
    FramingError
        If the annotations do not fit, were drawn from another corpus, are too few to learn from, uncoded sentences have
        no teacher, or the output cannot be written.
    """
    target = Path(output)
    check_target(target, KIND, overwrite=overwrite)
    settings = settings or TrainingSettings()
    if uncoded and not settings.taught:
        raise FramingError(NO_TEACHER)
    paths, book = to_learn(annotations, codebook)
    source = Corpus.load(corpus) if corpus else None
    if source:
        refuse_other_corpus(paths, source.folder, source.manifest["sha256"])
    coded = read_coded(paths, book, source.sentences() if source else None)
    check_enough(coded, book, paths)
    further = Uncoded.of(Corpus.load(uncoded)) if uncoded else None
    n_uncoded = len(further.draw(coded.texts, settings.max_uncoded, settings.seed)) if further else 0
    settings = settings.resolved(len(coded) + n_uncoded)
    run = _fit(coded, book, settings, source, further)
    summary = _summarise(run, coded, target)
    if is_first_process():  # all have the same weights, and one folder is enough
        with new_artefact(target, KIND, overwrite=overwrite) as (folder, manifest):
            run.classifier.write(folder, manifest)
            manifest["counts"] = run.counts
            if further:
                manifest["uncoded"] = {"corpus": further.corpus, "sentences": run.n_uncoded}
            if run.folds is not None and run.out_of_fold is not None:
                write_out_of_fold(folder, coded, run.folds, run.out_of_fold)
            (folder / "README.md").write_text(model_card(coded, summary), encoding="utf-8")
    return summary


def _fit(
    coded: CodedSentences,
    codebook: Codebook,
    settings: TrainingSettings,
    source: Corpus | None,
    uncoded: Uncoded | None,
) -> "_Run":
    surroundings = None
    if settings.context == "article":
        if source is None:
            raise FramingError("context 'article' reads whole articles; add --corpus with the corpus they are in")
        surroundings = Surroundings.of(coded.sentence_ids, coded.texts, coded.previous, source.sentences())
    if settings.folds > 1:
        run = _cross_fit(coded, codebook, settings, source, surroundings, uncoded)
    else:
        run = _hold_out(coded, codebook, settings)
    run.classifier.record = split_rows(
        coded.texts,
        coded.stories,
        run.parts.tolist(),
        folds=run.folds.tolist() if run.folds is not None and not settings.refit else None,
        sentence_ids=coded.sentence_ids,
        corpus=source.manifest["sha256"] if source else None,
    )
    return run


def _summarise(run: "_Run", coded: CodedSentences, target: Path) -> TrainingSummary:
    names, actual = run.classifier.codebook.frame_names, coded.frames[run.tested]
    scores = _scores(names, run.predicted, actual) if len(actual) else []
    n_train, n_validation, n_held_out = run.counts.values()
    n_test = len(run.tested)
    n_repeated = (len(coded) if run.folds is not None else n_held_out) - n_test
    return TrainingSummary(target, run.classifier, scores, n_train, n_validation, n_test, n_repeated, run.n_uncoded)


@dataclass(frozen=True)
class _Run:
    """A fitted classifier, the part of each coded sentence, and the sentences that scores are from.

    With several folds also the fold of each, the columns of labels by the network that did not see it, and how many
    uncoded sentences were learned.
    """

    classifier: Classifier
    parts: NDArray[np.object_]
    tested: NDArray[np.intp]
    predicted: NDArray[np.bool_]
    folds: NDArray[np.intp] | None = None
    out_of_fold: dict[str, NDArray[Any]] | None = None
    n_uncoded: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Coded sentences by part."""
        return {part: int((self.parts == part).sum()) for part in ("train", "validation", "test")}


def _hold_out(coded: CodedSentences, codebook: Codebook, settings: TrainingSettings) -> _Run:
    """Scores from the test part, without sentences whose very text is in another part."""
    known, test = hold_out(coded.frames, coded.stories, settings.test_share, settings.seed)
    learning = coded.take(known)
    classifier = FrameClassifier(codebook, settings).fit(
        learning.texts,
        learning.frames,
        stories=learning.stories,
        boilerplate=learning.boilerplate,
        previous=learning.previous,
    )
    parts = np.full(len(coded), "train", dtype=object)
    parts[known[classifier.validation_rows]] = "validation"
    parts[test] = "test"
    is_test = parts == "test"
    tested = np.flatnonzero(is_test & on_one_side(coded.texts, is_test.tolist()))
    held_out = coded.take(tested)
    return _Run(classifier, parts, tested, classifier.predict(held_out.texts, held_out.previous))


def _cross_fit(
    coded: CodedSentences,
    codebook: Codebook,
    settings: TrainingSettings,
    source: Corpus | None,
    surroundings: Surroundings | None,
    uncoded: Uncoded | None,
) -> _Run:
    """Scores from all sentences, each by the network that did not see it, without texts that are in several folds."""
    folded = FoldedClassifier(codebook, settings).fit(
        coded.texts,
        coded.frames,
        stories=coded.stories,
        boilerplate=coded.boilerplate,
        previous=coded.previous,
        uncoded=uncoded,
        corpus=source.manifest["sha256"] if source else None,
    )
    classifier: Classifier = folded
    labels = np.column_stack([coded.frames, coded.boilerplate])
    if settings.refit:
        classifier = FrameClassifier(codebook, settings)
        classifier.fine_tune(*folded.lessons.of_all())
        classifier.taught_by = folded.taught_by
        classifier.adjust(folded.out_of_fold, labels)
    if surroundings is not None:
        probabilities, decided = _read_articles(classifier, folded, surroundings, labels)
    elif settings.refit:
        probabilities = calibrate_by_fold(folded.out_of_fold, labels, folded.folds, settings.folds)
        thresholds = thresholds_by_fold(probabilities, labels, folded.folds, settings.folds)
        decided = decide(probabilities, thresholds[folded.folds])
    else:
        probabilities, decided = folded.out_of_fold, folded.decide_out_of_fold()
    tested = np.flatnonzero(on_one_side(coded.texts, folded.folds.tolist()))
    parts = np.full(len(coded), "train", dtype=object)
    columns = label_columns(codebook.frame_names, probabilities, decided, BOILERPLATE)
    n_uncoded = len(folded.lessons.folds) - len(coded)
    return _Run(classifier, parts, tested, decided[tested, :-1], folded.folds, columns, n_uncoded)


def _read_articles(
    classifier: Classifier, folded: FoldedClassifier, surroundings: Surroundings, labels: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Let the classifier read articles; returns probabilities and decisions out of fold that do."""
    features = surroundings.features(folded.folds, scorer(classifier, folded))
    fitted = fit_article_context(*features, labels, folded.folds)
    classifier.article_context = fitted.context
    if classifier is folded:
        for member, context in zip(folded.members, fitted.by_fold, strict=True):
            member.article_context = context
    return fitted.revised, fitted.decided


def scorer(classifier: Classifier, folded: FoldedClassifier) -> Score:
    """Scores an article by the network of its fold, calibrated as the `classifier` that will read articles is."""

    def score(fold: int, texts: list[str], previous: list[str]) -> NDArray[np.float64]:
        return calibrate(folded.members[fold].label_probabilities(texts), classifier.curves)

    return score


def check_enough(coded: CodedSentences, codebook: Codebook, annotations: Sequence[Path]) -> None:
    """Refuse data that nothing can be learned from, saying what is missing.

    Raises
    ------
    FramingError
        With fewer than 50 sentences, 6 stories, or 5 positives of a frame in 2 stories.
    """
    lacks: list[str] = []
    if len(coded) < LEAST_CODED:
        lacks.append(f"{len(coded)} coded sentences, at least {LEAST_CODED} are needed and some hundred are good")
    stories = np.array(coded.stories)
    if (n_stories := len(np.unique(stories))) < MIN_STORIES:
        lacks.append(f"{_stories(n_stories)}, at least {MIN_STORIES} are needed to keep some out for testing")
    for name, positive in zip(codebook.frame_names, coded.frames.T, strict=True):
        n_positives, n_stories = np.count_nonzero(positive), len(np.unique(stories[positive]))
        if n_positives < MIN_POSITIVES or n_stories < MIN_STORIES_WITH_FRAME:
            lacks.append(
                f"frame {name} has {n_positives} positives in {_stories(n_stories)}, at least {MIN_POSITIVES} in "
                f"{MIN_STORIES_WITH_FRAME} are needed"
            )
    if lacks:
        raise FramingError(
            f"too little to train on: {'; '.join(lacks)}; code more sentences{''.join(map(undecided, annotations))}"
        )


def _stories(n: int) -> str:
    return f"{n} {'story' if n == 1 else 'stories'}"


def _scores(names: Sequence[str], predicted: NDArray[np.bool_], actual: NDArray[np.bool_]) -> list[FrameScore]:
    scores = precision_recall_f1(decision_counts(predicted, actual).sum(axis=0, keepdims=True)).reshape(-1, 3).tolist()
    positives = actual.sum(axis=0).tolist()
    return [FrameScore(name, p, r, f1, n) for name, (p, r, f1), n in zip(names, scores, positives, strict=True)]
