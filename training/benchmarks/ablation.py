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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results import Results

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))

from standoff import with_text
from tables import markdown

from framing import Codebook, ingest
from framing.classifier import FrameClassifier, TrainingSettings

LEARNED, JUDGED = 600, 1200
BASE, SCORES = "base", ("macro-F1 at .5", "average precision")
EPOCHS = 4  # of the base
CODEBOOK = Codebook.load("china-russia")


@dataclass(frozen=True)
class Coded:
    """Sentences, those before them, and their labels: frames and boilerplate, shape (n, n_frames + 1)."""

    texts: list[str]
    previous: list[str]
    labels: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]]) -> "Coded":
        """From rows of `standoff.with_text`."""
        labels = [[name in row["frames"] for name in CODEBOOK.frame_names] + [row["boilerplate"]] for row in rows]
        return cls([row["text"] for row in rows], [row["previous"] for row in rows], np.array(labels))

    def repeated(self, times: NDArray[np.intp]) -> "Coded":
        """Each sentence as often as told."""
        rows = np.repeat(np.arange(len(times)), times)
        return Coded([self.texts[i] for i in rows], [self.previous[i] for i in rows], self.labels[rows])


Way = Callable[[Coded, Coded, int], NDArray[np.float64]]  # probabilities of frames, shape (n_judged, n_frames)


def tuned(**changes: object) -> Way:
    """Fine-tuning by the defaults in four epochs, with some settings changed."""

    def way(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
        settings = TrainingSettings.checked({"epochs": EPOCHS, **changes, "seed": seed}, "ablation")
        classifier = FrameClassifier(CODEBOOK, settings)
        classifier.fine_tune(learned.texts, learned.labels, learned.previous)
        return classifier.label_probabilities(judged.texts, judged.previous)[:, :-1]

    return way


def weighted(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
    """Sentences of the rarest frame twice, which is to weight them."""
    frames = learned.labels[:, :-1]
    return tuned()(learned.repeated(1 + frames[:, frames.sum(axis=0).argmin()]), judged, seed)


def ensemble(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
    """Mean probability of three networks."""
    return np.asarray(np.mean([tuned()(learned, judged, seed + 100 * i) for i in range(3)], axis=0))


def words(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
    """Logistic regression on words and pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit(learned.texts)
    return _regression(vectors.transform(learned.texts), learned, vectors.transform(judged.texts))


def frozen(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
    """Logistic regression on the embeddings of the encoder as it is."""
    from framing.classifier.inference import embed

    features = [embed(coded.texts, TrainingSettings()) for coded in (learned, judged)]
    return _regression(features[0], learned, features[1])


def _regression(features: Any, learned: Coded, judged: Any) -> NDArray[np.float64]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    return np.column_stack([model.fit(features, f).predict_proba(judged)[:, 1] for f in learned.labels[:, :-1].T])


WAYS: dict[str, Way] = {
    "words": words,
    "frozen encoder": frozen,
    BASE: tuned(),
    "2 epochs": tuned(epochs=2),
    "8 epochs": tuned(epochs=8),
    "16 epochs": tuned(epochs=16),
    "learning rate 4e-5": tuned(learning_rate=4e-5),
    "learning rate 1.6e-4": tuned(learning_rate=1.6e-4),
    "batches of 32": tuned(batch_size=32),
    "no dropout": tuned(dropout=0),
    "dropout .2": tuned(dropout=0.2),
    "embeddings frozen": tuned(frozen_layers=1),
    "lower half frozen": tuned(frozen_layers=4),
    "sentence before": tuned(context="previous"),
    "rarest frame twice": weighted,
    "three networks": ensemble,
    "mpnet, adapters": tuned(encoder="all-mpnet-base-v2", adapter_rank=16, learning_rate=5e-4),
}


def main() -> None:
    """Measure what is not measured yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--ways", nargs="*", default=list(WAYS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sentences", type=int, default=LEARNED)
    options = parser.parse_args()
    rows = read(options.shared, options.output)
    results = Results("ablation")
    tasks = [score if options.sentences == LEARNED else f"{score}, {options.sentences} sentences" for score in SCORES]
    for seed in range(options.seeds):
        learned, judged = draw(rows, seed, options.sentences)
        for name in options.ways:
            if results.has(tasks[0], name, seed):
                continue
            start = time.perf_counter()
            probabilities = WAYS[name](learned, judged, seed)
            for task, score in zip(tasks, scores(judged.labels[:, :-1], probabilities), strict=True):
                results.add(task, name, seed, score)
            print(f"  {name}, seed {seed}: {time.perf_counter() - start:.0f} s", flush=True)
    print(table(results, tasks))


def table(results: Results, tasks: Sequence[str]) -> str:
    """A row per way: mean scores, and mean and standard error of what it adds to the base's at the same seeds."""
    rows = []
    for name in (name for name in WAYS if results.scores(tasks[0], name)):
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
