"""`framing train`: coded sentences in, a model folder out that knows what it saw."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framing.annotation import CodedSentences, read_coded
from framing.artefact import check_target, new_artefact, sha256_text
from framing.classifier import folder as model_folder
from framing.classifier.card import model_card
from framing.classifier.frame_classifier import FrameClassifier
from framing.classifier.settings import TrainingSettings
from framing.classifier.splits import hold_out
from framing.classifier.summary import FrameScore, TrainingSummary
from framing.codebook import Codebook
from framing.corpus import Corpus
from framing.errors import FramingError

SPLIT = "split.jsonl"
MIN_SENTENCES = 50
MIN_POSITIVES = 5
MIN_STORIES = 6


def train(
    annotations: str | Path,
    output: str | Path,
    *,
    codebook: str | Path | Codebook,
    corpus: str | Path | None = None,
    settings: TrainingSettings | None = None,
    overwrite: bool = False,
) -> TrainingSummary:
    """Fine-tune a classifier on coded sentences.

    The stories are split in three: to train, to choose thresholds, and to report scores on. The model folder
    records which sentence went where, so that `framing.evaluate` can leave out what the model saw.

    Parameters
    ----------
    annotations : str or Path
        Coded sentences, see `framing.annotation.read_coded`.
    output : str or Path
        Model folder to write.
    codebook : str, Path or Codebook
        Codebook of the annotations.
    corpus : str or Path, optional
        Corpus folder with the text of the sentences; not needed when the rows carry their text.
    settings : TrainingSettings, optional
        Default: fine-tuning of all-MiniLM-L6-v2.
    overwrite : bool
        Replace a model that stands at `output`.

    Raises
    ------
    FramingError
        If the annotations do not fit, are too few to learn from, or the output cannot be written.
    """
    target = Path(output)
    check_target(target, model_folder.KIND, overwrite=overwrite)
    book = codebook if isinstance(codebook, Codebook) else Codebook.load(codebook)
    source = Corpus.load(corpus) if corpus else None
    coded = read_coded(Path(annotations), book, source.sentences() if source else None)
    check_enough(coded, book)
    settings = settings or TrainingSettings()
    known, test = hold_out(coded.frames, coded.stories, settings.test_share, settings.seed)
    learning = coded.take(known)
    classifier = FrameClassifier(book, settings).fit(
        learning.texts,
        learning.frames,
        stories=learning.stories,
        boilerplate=learning.boilerplate,
        previous=learning.previous,
    )
    parts = np.full(len(coded), "train", dtype=object)
    parts[known[classifier.validation_rows]] = "validation"
    parts[test] = "test"
    summary = _summary(target, classifier, coded, parts)
    with new_artefact(target, model_folder.KIND, overwrite=overwrite) as (folder, manifest):
        classifier.write(folder, manifest)
        manifest["counts"] = {part: int((parts == part).sum()) for part in ("train", "validation", "test")}
        _write_split(folder / SPLIT, coded, parts, source.manifest["sha256"] if source else None)
        (folder / "README.md").write_text(model_card(coded, summary), encoding="utf-8")
    return summary


def _summary(
    target: Path, classifier: FrameClassifier, coded: CodedSentences, parts: NDArray[np.object_]
) -> TrainingSummary:
    """Scores on the test part, without sentences whose very text is in another part."""
    seen = {text for text, part in zip(coded.texts, parts, strict=True) if part != "test"}
    fresh = [i for i, text in enumerate(coded.texts) if parts[i] == "test" and text not in seen]
    held_out = coded.take(np.array(fresh, dtype=np.intp))
    predicted = classifier.predict(held_out.texts, held_out.previous)
    n_train, n_validation = (int((parts == part).sum()) for part in ("train", "validation"))
    scores = _scores(classifier.codebook.frame_names, predicted, held_out.frames)
    return TrainingSummary(target, classifier, scores, n_train, n_validation, len(held_out))


def check_enough(coded: CodedSentences, codebook: Codebook) -> None:
    """Refuse data that nothing can be learned from, saying what is missing.

    Raises
    ------
    FramingError
        With fewer than 50 sentences, 6 stories, or 5 positives of a frame.
    """
    lacks: list[str] = []
    if len(coded) < MIN_SENTENCES:
        lacks.append(f"{len(coded)} coded sentences, at least {MIN_SENTENCES} are needed and some hundred are good")
    if (stories := len(set(coded.stories))) < MIN_STORIES:
        lacks.append(f"{stories} {'story' if stories == 1 else 'stories'}, at least {MIN_STORIES} are needed to "
                     "keep some out for testing")  # fmt: skip
    for name, positives in zip(codebook.frame_names, coded.frames.sum(axis=0), strict=True):
        if positives < MIN_POSITIVES:
            lacks.append(f"frame {name} has {positives} positives, at least {MIN_POSITIVES} are needed")
    if lacks:
        raise FramingError(f"too little to train on: {'; '.join(lacks)}; code more sentences")


def _scores(names: Sequence[str], predicted: NDArray[np.bool_], actual: NDArray[np.bool_]) -> list[FrameScore]:
    from sklearn.metrics import precision_recall_fscore_support

    columns = precision_recall_fscore_support(actual, predicted, average=None, zero_division=0)
    return [
        FrameScore(name, float(p), float(r), float(f), int(positives))
        for name, p, r, f, positives in zip(names, *columns, strict=True)
    ]


def _write_split(path: Path, coded: CodedSentences, parts: NDArray[np.object_], corpus: str | None) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for sentence_id, text, story, part in zip(coded.sentence_ids, coded.texts, coded.stories, parts, strict=True):
            row = {
                "sentence_id": sentence_id,
                "sha256": sha256_text(text),
                "story": story,
                "part": part,
                "corpus": corpus,
            }
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
