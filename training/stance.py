"""The stance model to ship: MiniLM fine-tuned on NewsMTSC and on the coded real sentences of ``seeds/real``.

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
from framing.stance.classifier import StanceClassifier

HERE = Path(__file__).parent
CODEBOOK = "china-russia"
RENAMED_SHARE = 0.3


def main(shared: Path, output: Path) -> None:
    """Make corpus and model below `output`."""
    settings = TrainingSettings.load(HERE / "stance.yaml")
    training, validation = examples(shared, output, settings)
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


def examples(shared: Path, output: Path, settings: TrainingSettings) -> tuple[list[Example], list[Example]]:
    """To train on, and to calibrate and score on: NewsMTSC is for training only, coded stories are for one of both."""
    codebook = Codebook.load(CODEBOOK)
    articles = shared / "articles" / "articles.jsonl"
    corpus = output / "corpus"
    if not corpus.is_dir():
        ingest([articles], corpus)
    rows: list[dict[str, Any]] = [row for row in with_text(articles, corpus) if row.get("stance")]
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
