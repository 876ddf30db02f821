"""What rules and regressions find of voice and of the presence of targets, on coded sentences, by folds of stories.

Run: ``python training/benchmarks/stance_rules.py ../shared OUTPUT`` (some minutes on one core)
"""

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))

from stance import CODEBOOK, coded_rows
from voice import cross_fit, dealt, out_of_fold, sources

from framing import Codebook
from framing.classifier.splits import deal
from framing.stance import MentionFinder
from framing.stance.reporting import VERB

FOLDS = 5
_SAID = re.compile(rf"[“”\"]|\b{VERB}\b|\b[Aa]ccording to\b")
_ANAPHORA = [
    re.compile(pattern)
    for pattern in (
        r"\b(?:both|two) (?:sides|countries|nations|leaders|powers)\b|\bbilateral\b|\bmutual\b",
        r"^Its?\b",
        r"^The(?:y|ir)\b",
        r"^(?:He|She|His|Her)\b",
        r"\b(?:[Ww]e|us|[Oo]ur)\b",
        r"\b[Tt]he (?:country|nation|government|president|regime|administration)\b",
        r"\bit(?:s|self)?\b|\bthe(?:y|ir|m)\b",
        r"\b(?:said|says|told|added)\b",
    )
]


def main(shared: Path, output: Path) -> None:
    """Print F1 of each way."""
    rows = coded_rows(shared, output)
    source, folds = sources(rows), dealt(rows)
    rule = np.array([_SAID.search(row["text"]) is not None for row in rows])
    regression = out_of_fold(rows, folds, cross_fit(rows, folds))
    print(f"voice: rule {f1_score(source, rule):.3f}, regression {f1_score(source, regression):.3f}")
    codebook = Codebook.load(CODEBOOK)
    find = MentionFinder(codebook.targets)
    here, before = ([find(row[field]) for row in rows] for field in ("text", "previous"))
    cues = np.array([[pattern.search(row["text"]) is not None for pattern in _ANAPHORA] for row in rows], dtype=float)
    stories = [row["story"] for row in rows]
    _print_implied(rows, here, before)
    for name in codebook.target_names:
        present = np.array([name in row["stance"] for row in rows])
        mentioned = _flags(here, name)
        features = np.column_stack(
            [mentioned, _flags(before, name), cues, _implied(mentioned, _flags(before, name), cues)]
        )
        predicted = _out_of_fold(features, present, stories)
        print(f"{name}: aliases {f1_score(present, mentioned):.3f}, regression {f1_score(present, predicted):.3f}")


def _print_implied(rows: list[dict[str, Any]], here: list[dict[str, Any]], before: list[dict[str, Any]]) -> None:
    """How often a target that only the sentence before names is coded, by whether this one names another."""
    for kind, names_another in (("none", False), ("another", True)):
        coded = [
            name in row["stance"]
            for row, own, earlier in zip(rows, here, before, strict=True)
            if bool(own) == names_another
            for name in earlier.keys() - own.keys()
        ]
        print(f"named before, where the sentence names {kind}: {sum(coded):,} of {len(coded):,} are coded")


def _flags(found: list[dict[str, Any]], name: str) -> NDArray[np.bool_]:
    return np.array([name in mentions for mentions in found])


def _implied(mentioned: NDArray[np.bool_], before: NDArray[np.bool_], cues: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cues of a target that the sentence before mentions and this one does not."""
    return cues * (before & ~mentioned)[:, None]


def _out_of_fold(features: NDArray[np.float64], present: NDArray[np.bool_], stories: list[str]) -> NDArray[np.bool_]:
    folds = deal(present[:, None], stories, FOLDS, seed=0)
    predicted = np.empty(len(present), dtype=bool)
    for fold in range(FOLDS):
        model = LogisticRegression(max_iter=1000).fit(features[folds != fold], present[folds != fold])
        predicted[folds == fold] = model.predict(features[folds == fold])
    return predicted


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
