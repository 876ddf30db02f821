"""The whole path on 631 real articles: a classifier cross-fitted on coded sentences, a coded sample, a report.

The articles are not part of the project (they are their publishers'); the labels are, without text, in ``seeds/real``.
Training three folds takes about an hour on two cores.

Run: ``python training/real_report.py ../shared OUTPUT``
"""

import shutil
import sys
from pathlib import Path

from standoff import write_with_text

from framing import compare, ingest, label, sample, train
from framing.classifier import TrainingSettings
from framing.resources import shipped

CODEBOOK = "china-russia"
SAMPLE_SIZE, MIN_STORIES = 720, 20  # outlets with at least 20 stories


def main(shared: Path, output: Path) -> None:
    """Make corpus, coding, model, labels and report below `output`."""
    articles = shared / "articles" / "articles.jsonl"
    corpus, coding, model, labels = (output / name for name in ("corpus", "coding", "model", "labels"))
    ingest([articles], corpus)
    sample(corpus, coding, n=SAMPLE_SIZE, min_stories=MIN_STORIES, codebook=CODEBOOK)
    for name in ("annotations", "codings"):
        shutil.copyfile(shipped("seeds") / "real" / f"sample-{name}.jsonl", coding / f"{name}.jsonl")
    coded = write_with_text(articles, corpus, output / "coded.jsonl")
    train(coded, model, codebook=CODEBOOK, settings=TrainingSettings(folds=3))
    label(corpus, model, labels)
    report = compare(labels, output / "report", gold=coding)
    print("\n".join([*report.finding, report.summary, str(report.page)]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
