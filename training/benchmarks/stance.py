"""Stance on the fixed test files of NewsMTSC: majority, TF-IDF, frozen encoder, fine-tuned network.

Run: ``python training/benchmarks/stance.py ../shared OUTPUT`` (`--methods stance --seeds 1` for a part; what is in
``results/newsmtsc.jsonl`` is not run again; a network takes as long as ``training/stance.py``)
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results import Results

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))

from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from stance import WHAT, coded_rows, examples, outcomes, uncoded
from stance_data import Example, newsmtsc
from stance_scores import macro_f1, test_sets

from framing.classifier import TrainingSettings
from framing.stance import StanceClassifier
from framing.stance.inputs import encode_targeted, marked
from framing.stance.values import OUTCOMES, STANCES

FIRST_SEED = TrainingSettings().seed  # that of the shipped models
Predict = Callable[[list[Example]], NDArray[Any]]
Method = Callable[[argparse.Namespace, int], Predict]


def main() -> None:
    """Measure what is not measured yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--methods", nargs="*", default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    results, tests = Results("newsmtsc"), test_sets(options.shared)
    for seed in range(FIRST_SEED, FIRST_SEED + options.seeds):
        for name in options.methods:
            missing = {task: test for task, test in tests.items() if not results.has(task, name, seed)}
            if not missing or (name not in WHAT and seed > FIRST_SEED):  # baselines are the same for all seeds
                continue
            predict = METHODS[name](options, seed)
            for task, test in missing.items():
                results.add(task, name, seed, macro_f1(outcomes(test), predict(test), range(len(STANCES))))
    results.print_table()


def network(recipe: str) -> Method:
    """Fine-tuning as `training/stance.py` does it."""

    def method(options: argparse.Namespace, seed: int) -> Predict:
        settings = TrainingSettings.load(HERE / f"{recipe}.yaml").model_copy(update={"seed": seed})
        rows = coded_rows(options.shared, options.output)
        training, _ = examples(rows, options.shared, settings)
        classifier = StanceClassifier(settings)
        further = uncoded(rows, options.shared, options.output, settings)
        classifier.fine_tune([e.sentence for e in training], outcomes(training), further)
        return lambda test: classifier.predict_proba([e.sentence for e in test])[:, : len(STANCES)].argmax(axis=1)

    return method


def baseline(read: Callable[[list[Example]], Any], model: Any) -> Method:
    """A classifier of scikit-learn that learns from the training file."""

    def method(options: argparse.Namespace, seed: int) -> Predict:
        training = newsmtsc(options.shared / "benchmarks" / "newsmtsc" / "mt_hf_train.jsonl")
        model.fit(read(training), outcomes(training))
        return lambda rows: np.asarray(model.predict(read(rows)))

    return method


def marked_texts(rows: Sequence[Example]) -> list[str]:
    """Sentences with their target marked."""
    return [marked(row.sentence).text for row in rows]


def embeddings(rows: Sequence[Example]) -> NDArray[np.float64]:
    """The mean that the head would read, of length 1, by the encoder as pretrained."""
    from framing.classifier.fitting import new_network
    from framing.classifier.inference import infer, torch_compute

    settings = TrainingSettings.load(HERE / "stance.yaml")
    network, tokenizer = new_network(settings, len(OUTCOMES), exclusive=True)
    network.eval()
    encoded = encode_targeted(tokenizer, [row.sentence for row in rows], settings.max_tokens)
    compute = torch_compute(network.embeddings, network.device)
    values = infer(encoded, tokenizer.pad_token_id or 0, compute, network.head.in_features, "Embedding")
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True))


METHODS: dict[str, Method] = {
    "majority": baseline(marked_texts, DummyClassifier()),
    "TF-IDF": baseline(
        marked_texts,
        make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(max_iter=1000)
        ),
    ),
    "frozen encoder": baseline(embeddings, LogisticRegression(C=10, max_iter=1000)),
    **{recipe: network(recipe) for recipe in WHAT},
}


if __name__ == "__main__":
    main()
