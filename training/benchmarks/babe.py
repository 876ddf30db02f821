"""BABE (Spinde et al. 2021): sentence bias, five stratified folds as in the paper, and five folds of outlets.

Run: ``python training/benchmarks/babe.py ../shared`` (`--methods ours --seeds 1` for a part; what is in
``results/babe.jsonl`` is not run again)
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from methods import METHODS, Labels, Split, macro_f1, timed
from numpy.typing import NDArray
from results import Results

FOLDS, LEAVE_OUT = "5 folds", "outlets left out"

Rows = NDArray[np.intp]


def main() -> None:
    """Measure what is not measured yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--methods", nargs="*", default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--splits", nargs="*", default=[FOLDS, LEAVE_OUT])
    options = parser.parse_args()
    texts, labels, outlets = read(options.shared / "benchmarks" / "babe" / "final_labels_SG2.csv")
    results = Results("babe")
    for seed in range(options.seeds):
        for task in options.splits:
            for method in options.methods:
                if not results.has(task, method, seed):
                    parts = five_folds(labels, seed) if task == FOLDS else by_outlet(outlets)
                    results.add(task, method, seed, cross_validate(method, texts, labels, outlets, parts, seed))
    results.print_table()


def read(path: Path) -> tuple[list[str], Labels, list[str]]:
    """Texts, whether each is biased, and outlets; sentences without agreement are left out, as in the paper."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream, delimiter=";") if row["label_bias"] != "No agreement"]
    biased = np.array([row["label_bias"] == "Biased" for row in rows])
    return [row["text"] for row in rows], biased, [row["outlet"] for row in rows]


def five_folds(labels: Labels, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Rows to learn from and rows to be judged."""
    from sklearn.model_selection import StratifiedKFold

    yield from StratifiedKFold(5, shuffle=True, random_state=seed).split(labels, labels)


def by_outlet(outlets: list[str]) -> Iterator[tuple[Rows, Rows]]:
    """Five parts of whole outlets: the three largest by themselves, the others in two.

    Each part is judged by a model that learned from about as much as in `five_folds`, so that the difference between
    the two is that of knowing the outlet.
    """
    from sklearn.model_selection import GroupKFold

    yield from GroupKFold(5).split(outlets, groups=outlets)


def cross_validate(
    method: str, texts: list[str], labels: Labels, outlets: list[str], parts: Iterator[tuple[Rows, Rows]], seed: int
) -> float:
    """Macro-F1 over all sentences, each judged by a model that did not see its part."""
    predicted = np.zeros_like(labels)
    for learning, judged in parts:
        split = Split(
            [texts[i] for i in learning], labels[learning], [outlets[i] for i in learning],
            [texts[i] for i in judged], [outlets[i] for i in judged],
        )  # fmt: skip
        predicted[judged] = timed(method, split, seed)
    return macro_f1(labels, predicted)


if __name__ == "__main__":
    main()
