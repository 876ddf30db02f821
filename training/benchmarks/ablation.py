"""What pays in the recipe with some hundred coded sentences: one change at a time, five seeds, split by story.

Each seed draws 600 sentences to learn from (or `--sentences`) and 1,200 of other stories to be judged, all of
``seeds/real/coded.jsonl``, which no model chose; each way learns from the same ones. Three to eleven of the judged have
the text of a learned one in another story: credits and the like, none of them with a frame.

Run: ``python training/benchmarks/ablation.py ../shared OUTPUT`` (`--ways base --seeds 1` for a part; what is in
``results/ablation.jsonl`` is not run again; one to four minutes of one core per way and seed)
"""

import argparse
import sys
import time
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results import Results

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))

from fitting_ways import FITTING_WAYS
from pretraining import pretraining_ways
from standoff import with_text
from tables import markdown
from ways import BASE, WAYS, Coded, Way

from framing import ingest

LEARNED, JUDGED = 600, 1200
SCORES = ("macro-F1 at .5", "average precision")


def main() -> None:
    """Measure what is not measured yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--ways", nargs="*", help="all, unless some are named")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sentences", type=int, default=LEARNED)
    options = parser.parse_args()
    ways: dict[str, Way] = {**WAYS, **FITTING_WAYS, **pretraining_ways(options.shared, options.output)}
    rows = read(options.shared, options.output / "coded")
    results = Results("ablation")
    tasks = [score if options.sentences == LEARNED else f"{score}, {options.sentences} sentences" for score in SCORES]
    for seed in range(options.seeds):
        learned, judged = draw(rows, seed, options.sentences)
        for name in options.ways or ways:
            if results.has(tasks[0], name, seed):
                continue
            start = time.perf_counter()
            probabilities = ways[name](learned, judged, seed)
            for task, score in zip(tasks, scores(judged.labels[:, :-1], probabilities), strict=True):
                results.add(task, name, seed, score)
            print(f"  {name}, seed {seed}: {time.perf_counter() - start:.0f} s", flush=True)
    print(table(results, tasks, list(ways)))


def table(results: Results, tasks: Sequence[str], ways: Sequence[str]) -> str:
    """A row per way: mean scores, and mean and standard error of what it adds to the base's at the same seeds."""
    rows = []
    for name in (name for name in ways if results.scores(tasks[0], name)):
        row = [name, str(len(results.scores(tasks[0], name)))]
        for task in tasks:
            found, usual = results.scores(task, name), results.scores(task, BASE)
            row.append(f"{np.mean(list(found.values())):.3f}")
            added = [found[seed] - usual[seed] for seed in found.keys() & usual.keys()]
            several = len(added) > 1 and name != BASE
            row.append(f"{np.mean(added):+.3f} ± {np.std(added, ddof=1) / len(added) ** 0.5:.3f}" if several else "")
        rows.append(row)
    return markdown(("", "seeds", tasks[0], "added", tasks[1], "added"), rows)


def read(shared: Path, output: Path) -> list[dict[str, Any]]:
    """Coded sentences that no model chose, with text and story."""
    articles = shared / "articles" / "articles.jsonl"
    corpus = ingest([articles], output, overwrite=True).corpus
    return [row for row in with_text(articles, corpus.folder) if "round" not in row]


def draw(rows: list[dict[str, Any]], seed: int, sentences: int) -> tuple[Coded, Coded]:
    """Stories in random order: the first, of so many sentences, to learn from, the next to be judged."""
    stories: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        stories.setdefault(row["story"], []).append(row)
    order = np.random.default_rng(seed).permutation(sorted(stories))
    ends = list(accumulate(len(stories[name]) for name in order))
    first, last = (int(np.searchsorted(ends, n)) + 1 for n in (sentences, sentences + JUDGED))
    parts = (order[:first], order[first:last])
    learned, judged = (Coded.of([row for name in part for row in stories[name]]) for part in parts)
    return learned, judged


def scores(truth: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> tuple[float, float]:
    """Means over frames: F1 of probabilities of at least .5, and average precision, which needs no threshold."""
    from sklearn.metrics import average_precision_score, f1_score

    f1 = f1_score(truth, probabilities >= 0.5, average="macro", zero_division=0)
    return float(f1), float(average_precision_score(truth, probabilities, average="macro"))


if __name__ == "__main__":
    main()
