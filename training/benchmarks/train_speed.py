"""Time and memory of fine-tuning by the recipe of `china-russia`, three epochs of 3,000 coded real sentences.

Run: ``python training/benchmarks/train_speed.py ../shared OUTPUT``
"""

import resource
import sys
from itertools import islice
from pathlib import Path
from time import perf_counter

import numpy as np

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))

from standoff import with_text

from framing import Codebook, ingest
from framing.classifier import FrameClassifier, TrainingSettings

SENTENCES, EPOCHS, CODEBOOK = 3_000, 3, "china-russia"


def main(shared: Path, output: Path) -> None:
    """Print seconds of fine-tuning, and peak memory of the process."""
    articles, corpus = shared / "articles" / "articles.jsonl", output / "corpus"
    if not corpus.is_dir():
        ingest([articles], corpus)
    rows = list(islice(with_text(articles, corpus), SENTENCES))
    settings = TrainingSettings.load(HERE / f"{CODEBOOK}.yaml").model_copy(update={"epochs": EPOCHS})
    classifier = FrameClassifier(Codebook.load(CODEBOOK), settings)
    labels = np.array(
        [[*(name in row["frames"] for name in classifier.labels[:-1]), row["boilerplate"]] for row in rows]
    )
    start = perf_counter()
    classifier.fine_tune([row["text"] for row in rows], labels)
    seconds = perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{len(rows):,} sentences, {EPOCHS} epochs: {seconds:.0f} s, peak memory {memory:.2f} GB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
