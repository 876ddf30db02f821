"""Scores of stance, presence and voice on sentences with known answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stance_data import Example, newsmtsc

from framing.annotation.variables import ABSENT
from framing.codebook import Codebook
from framing.stance import StanceClassifier, VoiceClassifier, stance_columns
from framing.stance.values import STANCES

Values = Sequence[Any] | NDArray[Any]
TESTS = {"rw": "rw_hf_test.jsonl", "mt": "mt_hf_test.jsonl"}


def test_sets(shared: Path) -> dict[str, list[Example]]:
    """The fixed test files of NewsMTSC."""
    return {name: newsmtsc(shared / "benchmarks" / "newsmtsc" / file) for name, file in TESTS.items()}


def macro_f1(truth: Values, predicted: Values, labels: Sequence[Any]) -> float:
    """Mean F1 of the labels; a prediction that is none of them is a miss."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, predicted, average="macro", labels=labels, zero_division=0))


def on_examples(classifier: StanceClassifier, examples: Sequence[Example]) -> float:
    """Macro-F1 of stance where the target is known."""
    predicted = classifier.predict_proba([e.sentence for e in examples])[:, : len(STANCES)].argmax(axis=1)
    return macro_f1([e.outcome for e in examples], predicted, range(len(STANCES)))


def by_target(classifier: StanceClassifier, rows: Sequence[dict[str, Any]], codebook: Codebook) -> list[list[str]]:
    """Per target: presence F1; macro-F1 of stance where it is coded (one not found is a miss), and where found too."""
    columns = stance_columns(classifier, [row["text"] for row in rows], codebook, [row["previous"] for row in rows])
    table = []
    for name in codebook.target_names:
        truth = np.array([row["stance"].get(name, ABSENT) for row in rows], dtype=object)
        predicted = columns[f"stance_{name}"]
        present, found = truth != ABSENT, predicted != ABSENT
        presence = 2 * (present & found).sum() / max(1, present.sum() + found.sum())
        both = present & found
        strict = macro_f1(truth[present], predicted[present], STANCES)
        where_found = macro_f1(truth[both], predicted[both], STANCES)
        table.append([name, str(int(present.sum())), *(f"{value:.3f}" for value in (presence, strict, where_found))])
    return table


def voice_f1(classifier: VoiceClassifier, rows: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """F1 of `source`, and macro-F1 of both voices, on content sentences; each row has ``text`` and ``previous``."""
    truth = np.array([row["voice"] == "source" for row in rows])
    predicted = classifier.predict([row["text"] for row in rows], [row["previous"] for row in rows])
    return macro_f1(truth, predicted, [True]), macro_f1(truth, predicted, [True, False])
