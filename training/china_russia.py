"""The shipped model: MiniLM fine-tuned on the coded real sentences of ``seeds/real``.

The articles are not part of the project (they are their publishers'); the labels are, without text.

Run: ``python training/china_russia.py ../shared OUTPUT`` (about an hour on two quiet cores)
"""

import sys
from pathlib import Path

from standoff import write_with_text

from framing import ingest, train
from framing.classifier import TrainingSettings
from framing.cli.model import print_training

RECIPE = Path(__file__).parent / "china-russia.yaml"


def main(shared: Path, output: Path) -> None:
    """Make corpus, annotations with text, and model below `output`."""
    articles = shared / "articles" / "articles.jsonl"
    corpus = output / "corpus"
    ingest([articles], corpus)
    coded = write_with_text(articles, corpus, output / "coded.jsonl")
    summary = train(coded, output / "china-russia", codebook="china-russia", settings=TrainingSettings.load(RECIPE))
    print_training(summary)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
