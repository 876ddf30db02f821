"""Climate frames of CCF, English: their train and validation files, macro-F1 over yes and no as they report it.

Run: ``python training/benchmarks/ccf.py ../shared`` (`--methods ours --seeds 1` for a part; what is in
``results/ccf.jsonl`` is not run again). Published: economic .845, political .853, scientific .869, justice .847.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from methods import METHODS, Labels, Split, macro_f1, timed
from results import Results

FRAMES = {"economic": "Eco", "political": "Pol", "scientific": "Sci", "justice": "Just"}


def main() -> None:
    """Measure what is not measured yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--methods", nargs="*", default=[name for name in METHODS if name != "outlet only"])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    folder = options.shared / "benchmarks" / "ccf_climate"
    results = Results("ccf")
    for seed in range(options.seeds):
        for frame, short in FRAMES.items():
            texts, labels = read(folder / f"annotation_base__EN_{short}_Detection_train_EN.jsonl")
            judged, truth = read(folder / f"annotation_base__EN_{short}_Detection_validation_EN.jsonl")
            split = Split(texts, labels, [""] * len(texts), judged, [""] * len(judged))
            for method in options.methods:
                if not results.has(frame, method, seed):
                    results.add(frame, method, seed, macro_f1(truth, timed(method, split, seed)))
    results.print_table()


def read(path: Path) -> tuple[list[str], Labels]:
    """Texts, and whether each has the frame."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row["text"] for row in rows], np.array([row["label"] == 1 for row in rows])


if __name__ == "__main__":
    main()
