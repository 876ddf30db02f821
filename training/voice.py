"""The model of voice to ship, trained on the coded real sentences of ``seeds/real``.

Run: ``python training/voice.py ../shared OUTPUT`` (a minute or two of one core)
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stance import coded_rows, gold_rows
from stance_scores import macro_f1

from framing.arrays import Floats
from framing.classifier import TrainingSettings
from framing.classifier.article_context import FittedContext, fit_article_context
from framing.classifier.record import split_rows
from framing.classifier.splits import deal
from framing.classifier.surroundings import Surroundings
from framing.corpus import Corpus
from framing.stance import VoiceClassifier

HERE = Path(__file__).parent
FOLDS = 5
Rows = Sequence[dict[str, Any]]


def main(shared: Path, output: Path) -> None:
    """Make corpus and model below `output`."""
    rows = coded_rows(shared, output)
    folds = dealt(rows)
    members = cross_fit(rows, folds)
    fitted = read_articles(rows, folds, members, Corpus.load(output / "corpus"))
    voice = fit(rows)
    voice.article_context = replace(fitted.context, thresholds=np.array([0.5]))
    voice.record = split_rows(
        [row["text"] for row in rows],
        [row["story"] for row in rows],
        ["train"] * len(rows),
        sentence_ids=[row["sentence_id"] for row in rows],
    )
    voice.save_pretrained(output / "voice", overwrite=True)
    alone = out_of_fold(rows, folds, members)
    print(write_card(output / "voice", rows, alone, fitted.revised[:, 0] >= 0.5, shared))


def dealt(rows: Rows) -> NDArray[np.intp]:
    """A fold for each row, those of a story in one."""
    return deal(sources(rows)[:, None], [row["story"] for row in rows], FOLDS, seed=TrainingSettings().seed)


def fit(rows: Rows) -> VoiceClassifier:
    """A classifier of sentences with the one before them."""
    return VoiceClassifier().fit([row["text"] for row in rows], [row["previous"] for row in rows], sources(rows))


def cross_fit(rows: Rows, folds: NDArray[np.intp]) -> list[VoiceClassifier]:
    """A classifier per fold, which learned from all others."""
    return [fit([row for row, fold in zip(rows, folds, strict=True) if fold != own]) for own in range(FOLDS)]


def out_of_fold(rows: Rows, folds: NDArray[np.intp], members: Sequence[VoiceClassifier]) -> NDArray[np.bool_]:
    """Whether a source speaks, of each row by the classifier that did not see its story."""
    found = np.empty(len(rows), dtype=bool)
    for own, member in enumerate(members):
        found[folds == own] = predicted(member, [row for row, fold in zip(rows, folds, strict=True) if fold == own])
    return found


def read_articles(
    rows: Rows, folds: NDArray[np.intp], members: Sequence[VoiceClassifier], corpus: Corpus
) -> FittedContext:
    """Learn to revise probabilities by those of the article's other sentences."""
    columns = ([row[name] for row in rows] for name in ("sentence_id", "text", "previous"))
    surroundings = Surroundings.of(*columns, corpus.sentences())

    def score(fold: int, texts: list[str], previous: list[str]) -> Floats:
        return members[fold].predict_proba(texts, previous)[:, None]

    return fit_article_context(*surroundings.features(folds, score), sources(rows)[:, None], folds)


def sources(rows: Rows) -> NDArray[np.bool_]:
    """Whether a source speaks, by the coders."""
    return np.array([row["voice"] == "source" for row in rows])


def predicted(voice: VoiceClassifier, rows: Rows, articles: Sequence[str] | None = None) -> NDArray[np.bool_]:
    """Whether a source speaks, by a classifier."""
    return voice.predict([row["text"] for row in rows], [row["previous"] for row in rows], articles)


def write_card(model: Path, rows: Rows, alone: NDArray[np.bool_], in_article: NDArray[np.bool_], shared: Path) -> str:
    """Write the card: the template with F1 of `source` and macro-F1, of sentences alone and in their article."""
    voice, whole = VoiceClassifier.from_pretrained(model), gold_rows(shared, boilerplate=True)
    content = np.array([not row["boilerplate"] for row in whole])
    gold = [row for row, kept in zip(whole, content, strict=True) if kept]
    in_gold_article = predicted(voice, whole, [row["article_id"] for row in whole])[content]
    found = {
        "folds_alone": (rows, alone),
        "folds_article": (rows, in_article),
        "gold_alone": (gold, predicted(voice, gold)),
        "gold_article": (gold, in_gold_article),
    }
    scores = {name: scored(sources(truth), labels) for name, (truth, labels) in found.items()}
    card = (HERE / "voice.md").read_text(encoding="utf-8").format(n=len(rows), **scores)
    (model / "README.md").write_text(card, encoding="utf-8")
    return card


def scored(truth: NDArray[np.bool_], labels: NDArray[np.bool_]) -> str:
    """F1 of `source`, and macro-F1 of both voices, as cells of a table."""
    return f"{macro_f1(truth, labels, [True]):.3f} | {macro_f1(truth, labels, [True, False]):.3f}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
