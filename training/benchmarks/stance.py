"""Stance on the fixed test files of NewsMTSC: majority, TF-IDF, frozen encoder, fine-tuned network.

Run: ``python training/benchmarks/stance.py ../shared OUTPUT`` (evaluates the shipped model, some minutes), with
``--model FOLDER`` another one, with ``--seeds 5`` five networks trained with seeds 13 to 17 (hours). The table is
written to OUTPUT/newsmtsc.md.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))

from stance import coded_rows, examples, outcomes
from stance_data import Example, newsmtsc
from stance_scores import TESTS, macro_f1, on_examples, test_sets
from tables import markdown

from framing.classifier import TrainingSettings
from framing.stance import StanceClassifier
from framing.stance.inputs import encode_targeted, marked
from framing.stance.values import OUTCOMES, STANCES

Predict = Callable[[list[Example]], NDArray[Any]]
FIRST_SEED = 13


def main() -> None:
    """Score baselines and networks, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("shared", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--model", default="stance")
    parser.add_argument("--seeds", type=int, default=0, help="networks to train instead of scoring a model")
    options = parser.parse_args()
    settings = TrainingSettings.load(HERE / "stance.yaml")
    training = newsmtsc(options.shared / "benchmarks" / "newsmtsc" / "mt_hf_train.jsonl")
    tests = test_sets(options.shared)
    rows = []
    for name, predict in baselines(training, settings):
        scores = [macro_f1(outcomes(test), predict(test), range(len(STANCES))) for test in tests.values()]
        rows.append([name, *(f"{score:.3f}" for score in scores)])
    scored = [[on_examples(network, test) for test in tests.values()] for network in networks(options, settings)]
    spread = (f"{np.mean(column):.3f} (sd {np.std(column):.3f})" for column in zip(*scored, strict=True))
    rows.append([f"fine-tuned, {len(scored)} network(s)", *spread])
    table = markdown(["", *(f"{name} macro-F1" for name in TESTS)], rows)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "newsmtsc.md").write_text(table + "\n", encoding="utf-8")
    print(table)


def networks(options: argparse.Namespace, settings: TrainingSettings) -> Iterator[StanceClassifier]:
    """The model at hand, or one newly trained for each seed."""
    if not options.seeds:
        yield StanceClassifier.from_pretrained(options.model)
        return
    rows = coded_rows(options.shared, options.output)
    for seed in range(FIRST_SEED, FIRST_SEED + options.seeds):
        seeded = settings.model_copy(update={"seed": seed})
        training, _ = examples(rows, options.shared, seeded)
        classifier = StanceClassifier(seeded)
        classifier.fine_tune([e.sentence for e in training], outcomes(training))
        yield classifier


def baselines(training: list[Example], settings: TrainingSettings) -> Iterator[tuple[str, Predict]]:
    """What predicts the majority, from words, and from the pretrained encoder as it is."""
    from sklearn.dummy import DummyClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(max_iter=1000)
    )
    truth = outcomes(training)
    for name, read, model in (
        ("majority", marked_texts, DummyClassifier()),
        ("TF-IDF, logistic regression", marked_texts, words),
        ("frozen encoder, logistic regression", embedder(settings), LogisticRegression(C=10, max_iter=1000)),
    ):
        model.fit(read(training), truth)
        yield name, lambda rows, model=model, read=read: model.predict(read(rows))


def marked_texts(rows: list[Example]) -> list[str]:
    """Sentences with their target marked."""
    return [marked(row.sentence).text for row in rows]


def embedder(settings: TrainingSettings) -> Callable[[list[Example]], NDArray[np.float64]]:
    """The mean that the head would read, of length 1, by the encoder as pretrained."""
    from framing.classifier.fitting import new_network
    from framing.classifier.inference import infer, torch_compute

    network, tokenizer = new_network(settings, len(OUTCOMES), exclusive=True)
    network.eval()

    def embed(rows: list[Example]) -> NDArray[np.float64]:
        encoded = encode_targeted(tokenizer, [row.sentence for row in rows], settings.max_tokens)
        compute = torch_compute(network.embeddings, network.device)
        values = infer(encoded, tokenizer.pad_token_id or 0, compute, network.head.in_features, "Embedding")
        return values / np.linalg.norm(values, axis=1, keepdims=True)

    return embed


if __name__ == "__main__":
    main()
