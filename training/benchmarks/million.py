"""How long `framing compare` takes for a million labelled sentences of 200 outlets, and how much memory.

Labels, text and gold (6,000 coded sentences) are made up here; the comparison runs as a user's would, in a process of
its own.

Run: ``python training/benchmarks/million.py [sentences]``
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from framing.artefact import new_artefact
from framing.codebook import Codebook

OUTLETS, PER_ARTICLE, GOLD = 200, 20, 6_000
PREVALENCE = (0.25, 0.1, 0.2)


def write_labels(folder: Path, n: int, rng: np.random.Generator) -> None:
    """A labels folder of `n` sentences in articles of 20, every tenth article a copy of another outlet's."""
    book = Codebook.load("china-russia")
    article = np.arange(n) // PER_ARTICLE
    outlet = article % OUTLETS
    story = np.where(article % 10 == 9, article - 1, article)
    words = np.array([f"word{a}{b}{c}" for a in "abcdefghij" for b in "klmnopqrst" for c in "uvwxyz"])
    texts = [" ".join(words[row]) for row in rng.zipf(1.3, (n, 18)) % len(words)]
    day = np.datetime64("2022-01-01") + (article * 7) % 1000
    columns: dict[str, object] = {
        "sentence_id": [f"a{a}#{i % PER_ARTICLE}" for i, a in enumerate(article)],
        "article_id": [f"a{a}" for a in article],
        "text": texts,
        "boilerplate": rng.random(n) < 0.03,
        "outlet": [f"Outlet {o:03d}" for o in outlet],
        "date": day.astype(str),
        "story": [f"s{s}" for s in story],
    }
    for name, share in zip(book.frame_names, PREVALENCE, strict=True):
        truth = rng.random(n) < share * (0.5 + outlet / OUTLETS)
        p = 1 / (1 + np.exp(-(3 * truth - 2 + rng.normal(0, 1.2, n))))
        columns |= {f"p_{name}": p, name: (p > 0.5).astype(np.int8), f"true_{name}": truth}
    with new_artefact(folder, "labels") as (target, manifest):
        pq.write_table(pa.table(columns), target / "part-00000.parquet")
        book.save(target / "codebook.yaml")
        manifest |= {"codebook": book.reference, "corpus": {"sha256": "made up"}, "model": {"sha256": "made up"}}


def write_gold(path: Path, labels: Path, rng: np.random.Generator) -> None:
    """Gold of sentences drawn simply at random."""
    names = Codebook.load("china-russia").frame_names
    table = pq.read_table(labels / "part-00000.parquet", columns=["sentence_id", *(f"true_{name}" for name in names)])
    rows = table.take(rng.choice(len(table), GOLD, replace=False)).to_pylist()
    with path.open("w") as stream:
        for row in rows:
            frames = [name for name in names if row[f"true_{name}"]]
            coding = {"sentence_id": row["sentence_id"], "frames": frames, "inclusion_probability": GOLD / len(table)}
            stream.write(json.dumps(coding) + "\n")


def main(n: int) -> None:
    """Print seconds, memory and the size of the report."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_labels(folder / "labels", n, rng)
        write_gold(folder / "gold.jsonl", folder / "labels", rng)
        for name, gold in (("corrected", ["--gold", str(folder / "gold.jsonl")]), ("uncorrected", [])):
            report = folder / name
            command = [sys.executable, "-c", "from framing.cli.app import main; main()"]
            start = time.perf_counter()
            subprocess.run(
                [*command, "compare", str(folder / "labels"), *gold, "-o", str(report)], check=True, capture_output=True
            )
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
            size = (report / "report.html").stat().st_size / 1e6
            print(f"{n:,} sentences, {OUTLETS} outlets, {name}: {seconds:.0f} s, {peak:.2f} GB, page {size:.1f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
