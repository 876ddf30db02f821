"""The models of stance and voice to ship: MiniLM on NewsMTSC and the coded real sentences of ``seeds/real``.

Voice is a logistic regression on the same coded sentences.

The articles are not part of the project (they are their publishers'); the labels are, without text.

Run: ``python training/stance.py ../shared OUTPUT`` (half an hour on one quiet core)
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from standoff import with_text
from stance_data import Example, coded, newsmtsc, renamed

from framing import Codebook, ingest
from framing.classifier import TrainingSettings
from framing.classifier.record import split_rows
from framing.classifier.splits import hold_out
from framing.stance import StanceClassifier, VoiceClassifier

HERE = Path(__file__).parent
CODEBOOK = "china-russia"
RENAMED_SHARE = 0.3


def main(shared: Path, output: Path) -> None:
    """Make corpus and models below `output`."""
    rows = coded_rows(shared, output)
    train_voice(rows, output / "voice")
    settings = TrainingSettings.load(HERE / "stance.yaml")
    training, validation = examples(rows, shared, settings)
    classifier = StanceClassifier(settings)
    classifier.fine_tune([e.sentence for e in training], stances(training))
    classifier.calibrate([e.sentence for e in validation], stances(validation))
    used = [*training, *validation]
    classifier.record = split_rows(
        [e.text for e in used],
        [e.story for e in used],
        ["train"] * len(training) + ["validation"] * len(validation),
        sentence_ids=[e.sentence_id for e in used],
    )
    classifier.save_pretrained(output / "stance", overwrite=True)


def coded_rows(shared: Path, output: Path) -> list[dict[str, Any]]:
    """Coded sentences with text, the sentence before them, and their story; those that have a voice."""
    articles, corpus = shared / "articles" / "articles.jsonl", output / "corpus"
    if not corpus.is_dir():
        ingest([articles], corpus)
    return [row for row in with_text(articles, corpus) if "voice" in row and not row["boilerplate"]]


def train_voice(rows: list[dict[str, Any]], output: Path) -> None:
    """Voice of all coded sentences."""
    texts = [row["text"] for row in rows]
    source = np.array([row["voice"] == "source" for row in rows])
    classifier = VoiceClassifier().fit(texts, [row["previous"] for row in rows], source)
    ids = [row["sentence_id"] for row in rows]
    classifier.record = split_rows(texts, [row["story"] for row in rows], ["train"] * len(rows), sentence_ids=ids)
    classifier.save_pretrained(output, overwrite=True)


def examples(
    rows: list[dict[str, Any]], shared: Path, settings: TrainingSettings
) -> tuple[list[Example], list[Example]]:
    """To train on, and to calibrate and score on: NewsMTSC is for training only, coded stories are for one of both."""
    codebook = Codebook.load(CODEBOOK)
    rows = [row for row in rows if row["stance"]]
    critical = np.array([[value in row["stance"].values() for value in ("favourable", "critical")] for row in rows])
    learned, kept = hold_out(critical, [row["story"] for row in rows], settings.validation_share, settings.seed)
    training = newsmtsc(shared / "benchmarks" / "newsmtsc" / "mt_hf_train.jsonl")
    training += renamed([rows[i] for i in learned], codebook, RENAMED_SHARE, settings.seed)
    return training, coded([rows[i] for i in kept], codebook)


def stances(rows: list[Example]) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Positions in `STANCES`, shape (n_rows,)."""
    return np.array([row.stance for row in rows], dtype=np.intp)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
