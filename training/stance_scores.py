"""Scores of stance and presence on sentences with known answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from stance_data import Example, newsmtsc

from framing.annotation.coded import stances_toward
from framing.annotation.rows import story_of
from framing.codebook import Codebook
from framing.decisions import decision_counts, precision_recall_f1
from framing.decisions import macro_f1 as mean_f1
from framing.evaluation.stance_scores import one_hot, score_stance
from framing.stance import StanceClassifier, stance_columns
from framing.stance.values import STANCES

Values = Sequence[Any] | NDArray[Any]
TESTS = {"rw": "rw_hf_test.jsonl", "mt": "mt_hf_test.jsonl"}


def test_sets(shared: Path) -> dict[str, list[Example]]:
    """The fixed test files of NewsMTSC."""
    return {name: newsmtsc(shared / "benchmarks" / "newsmtsc" / file) for name, file in TESTS.items()}


def macro_f1(truth: Values, predicted: Values, labels: Sequence[Any]) -> float:
    """Mean F1 of the labels that occur; a prediction that is none of them is a miss."""
    counts = decision_counts(one_hot(predicted, labels), one_hot(truth, labels))
    return float(mean_f1(precision_recall_f1(counts.sum(axis=0, keepdims=True))[:, 2::3])[0])


def on_examples(classifier: StanceClassifier, examples: Sequence[Example]) -> float:
    """Macro-F1 of stance where the target is known."""
    predicted = classifier.predict_proba([e.sentence for e in examples])[:, : len(STANCES)].argmax(axis=1)
    return macro_f1([e.outcome for e in examples], predicted, range(len(STANCES)))


def by_target(classifier: StanceClassifier, rows: Sequence[dict[str, Any]], codebook: Codebook) -> list[list[str]]:
    """Per target: presence F1; macro-F1 of stance where it is coded (one not found is a miss), and where found too."""
    columns = stance_columns(classifier, [row["text"] for row in rows], codebook, [row["previous"] for row in rows])
    stories = [story_of(row["sentence_id"], row) for row in rows]
    table = []
    for name in codebook.target_names:
        truth = stances_toward(name, [row["stance"] for row in rows])
        scores = score_stance(name, columns[f"stance_{name}"], truth, stories)
        shown = (scores.f1, scores.macro_f1, scores.macro_f1_found)
        table.append([name, str(sum(scores.coded.values())), *(f"{interval.value:.3f}" for interval in shown)])
    return table
