"""`framing leakage`: whether a model reads what a sentence says, or who wrote it and whom it names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from framing.annotation import CodedSentences, read_coded
from framing.arrays import Codes, Floats
from framing.artefact import new_file, sha256_text, write_json
from framing.bootstrap import UNDEFINED, Interval
from framing.classifier.record import learned_from
from framing.corpus import Corpus
from framing.errors import FramingError
from framing.evaluation.macro_f1 import macro_f1s
from framing.evaluation.outlet_only import outlet_only
from framing.evaluation.swapped import Decisions, Scorer, Swap, swaps
from framing.evaluation.transfer import Transfer, transfer

if TYPE_CHECKING:
    from framing.classifier import Classifier

FOLDS = 5


@dataclass(frozen=True)
class Baseline:
    """Macro-F1 on sentences that the model has not seen: of the model, of the outlet alone, of tagging everything.

    Where the model was refitted after several folds, `n_out_of_fold` of the sentences, which it has seen, are scored by
    the networks of these folds, each on the stories it did not see. With no sentence to score `model` is NaN, and the
    others are of all coded sentences.
    """

    model: Interval
    outlet_only: Interval
    constant: Interval
    n_sentences: int
    n_out_of_fold: int = 0

    @property
    def words(self) -> str:
        """The result in a sentence."""
        known, constant = self.outlet_only.value, self.constant.value
        if np.isnan(self.model.value):
            return (
                f"The outlet's name alone gives {known:.2f}, every frame on every sentence {constant:.2f}. The model "
                "has seen all these sentences, so a score of its own would be too good; give sentences of other "
                "stories, or train with --folds and without refit to get one."
            )
        explained = (
            "what outlets are known for can explain as much of its score as lies between the first two"
            if known > constant
            else "the outlet tells no more than tagging everything, so it cannot explain the model's score"
        )
        text = (
            f"The outlet's name alone gives {known:.2f}, every frame on every sentence {constant:.2f}, the model "
            f"{self.model.value:.2f}: {explained}."
        )
        if self.n_out_of_fold:
            text += (
                f" The model has seen {self.n_out_of_fold:,} of these sentences; there its decisions are those of the "
                "networks it was judged by in training, each on stories it had not seen."
            )
        return text


@dataclass(frozen=True)
class Leakage:
    """Three tests of whether a model has learned outlets and names in place of frames, on coded sentences.

    `n_without_outlet` further ones have no outlet and are left out. `reads_articles` says that the model does, which
    labels of a corpus profit from and these tests, of sentences alone, do not.
    """

    baseline: Baseline
    swaps: list[Swap]
    transfer: Transfer
    n_sentences: int
    n_stories: int
    n_outlets: int
    n_without_outlet: int
    level: float
    seed: int
    codebook: dict[str, str]
    reads_articles: bool = False


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
    Outlets left out: a quick classifier tested on outlets it has not learned from, against random stories, both after
    learning from equally many sentences. All scores are unweighted, of the coded sentences.

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
    read = read_coded(Path(coded), classifier.codebook, opened.sentences() if opened else None)
    sentences = read.take(np.flatnonzero(np.array(read.outlets) != ""))
    _check(sentences, str(coded))
    sha256 = opened.manifest["sha256"] if opened else None
    score, unseen = _scorer(classifier, sentences, sha256), _unseen(classifier, sentences, sha256)
    result = Leakage(
        baseline=_baseline(classifier, sentences, score, unseen, seed, level),
        swaps=swaps(classifier, sentences, score, unseen, seed),
        transfer=transfer(sentences, classifier.settings, seed=seed, level=level),
        n_sentences=len(sentences),
        n_stories=len(set(sentences.stories)),
        n_outlets=len(set(sentences.outlets)),
        n_without_outlet=len(read) - len(sentences),
        level=level,
        seed=seed,
        codebook=classifier.codebook.reference,
        reads_articles=classifier.article_context is not None,
    )
    if output is not None:
        with new_file(Path(output), overwrite=overwrite) as partial:
            write_json(partial, result)
    return result


def _check(coded: CodedSentences, where: str) -> None:
    for values, what in ((coded.outlets, "outlets"), (coded.stories, "stories")):
        if len(set(values)) < 2:
            raise FramingError(
                f"{where}: coded sentences of {len(set(values))} {what}, expected at least two; "
                "code others, or add --corpus with the corpus they were drawn from"
            )


def _scorer(classifier: "Classifier", coded: CodedSentences, corpus: str | None) -> Scorer:
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


def _unseen(classifier: "Classifier", coded: CodedSentences, corpus: str | None) -> Codes:
    """Positions of sentences that the model, or the network that scores them, has not learned from."""
    from framing.classifier import FoldedClassifier

    hashes = [sha256_text(text) for text in coded.texts]
    if isinstance(classifier, FoldedClassifier):
        members = classifier.assign(coded.texts, coded.stories, corpus).members.tolist()
        seen = list(map(classifier.coded_folds().learned, hashes, members))
    else:
        texts, names = learned_from(classifier.record, corpus, pa.table({"text": coded.texts, "story": coded.stories}))
        seen = [sha in texts or story in names for sha, story in zip(hashes, coded.stories, strict=True)]
    return np.flatnonzero(~np.array(seen, dtype=bool))


def _baseline(
    classifier: "Classifier", coded: CodedSentences, score: Scorer, unseen: Codes, seed: int, level: float
) -> Baseline:
    guessed = outlet_only(coded.frames, coded.outlets, coded.stories, folds=FOLDS, seed=seed)
    judged, decisions = _out_of_fold(classifier, coded)
    seen = ~np.isin(judged, unseen)
    rows, predicted = judged[seen], decisions[seen]
    if len(unseen):
        new = coded.take(unseen)
        rows, predicted = np.append(rows, unseen), np.vstack([predicted, score(unseen, new.texts, new.previous)[1]])
    if not len(rows):
        known, constant, _ = macro_f1s([guessed, np.ones_like(guessed)], coded.frames, coded.stories, level)
        return Baseline(UNDEFINED, known, constant, len(coded))
    scored = coded.take(rows)
    everything = [predicted, guessed[rows], np.ones_like(predicted)]
    own, known, constant, *_ = macro_f1s(everything, scored.frames, scored.stories, level)
    return Baseline(own, known, constant, len(rows), int(seen.sum()))


def _out_of_fold(classifier: "Classifier", coded: CodedSentences) -> tuple[Codes, Decisions]:
    """Positions and decisions of the sentences that the folds before a refit have scored, none without such scores."""
    from framing.classifier.columns import read_out_of_fold

    names = classifier.codebook.frame_names
    known = read_out_of_fold(classifier.folder, names, classifier.record) if classifier.folder else {}
    keys = [(name, sha256_text(text)) for name, text in zip(coded.sentence_ids, coded.texts, strict=True)]
    rows = [i for i, key in enumerate(keys) if key in known]
    return np.array(rows, dtype=np.intp), np.array([known[keys[i]] for i in rows], dtype=bool).reshape(-1, len(names))
