"""Killed labelling runs go on to the same bytes, and memory stays when the input grows.

A table of sentences is labelled once undisturbed, and once killed (SIGKILL) at random moments and started again each
time. A part that was finished must stay as it is. Then tables of two sizes are labelled and the peak memory of
the process is compared; larger tables repeat the sentences with a number in front, so that none is known already.

Run: ``python training/benchmarks/label_resume.py ../shared MODEL [--sentences 60000] [--kills 20]``
"""

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep

sys.path.insert(0, str(Path(__file__).parent))
from label_speed import pool

MEASURE = """
import resource, sys
from framing.cli.app import app
try:
    app(sys.argv[1:], standalone_mode=False)
finally:
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
"""


def write_table(shared: Path, n: int, path: Path) -> Path:
    """So many different sentences."""
    base = pool(shared, 50_000)
    with path.open("w", encoding="utf-8") as stream:
        for i in range(n):
            row, turn = base[i % len(base)], i // len(base)
            text = f"{turn}: {row['text']}" if turn else row["text"]
            stream.write(json.dumps({"sentence_id": str(i), "outlet": row["outlet"], "text": text}) + "\n")
    return path


def arguments(source: Path, model: str, target: Path, engine: str) -> list[str]:
    """Of framing label."""
    return ["label", str(source), model, "--unit", "sentence", "--engine", engine, "-o", str(target)]


def parts(work: Path) -> dict[str, bytes]:
    """Hash of every finished part."""
    files = (work / f"{mark.stem}.jsonl" for mark in sorted(work.glob("part-*.json")))
    return {file.name: hashlib.sha256(file.read_bytes()).digest() for file in files}


def kill_often(command: list[str], target: Path, kills: int, seconds: float) -> Iterator[str]:
    """Start the command again and again, and kill it; yields what was seen."""
    work, draw = target.with_name(f"{target.name}.partial"), random.Random(13)
    before: dict[str, bytes] = {}
    for number in range(kills):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sleep(draw.uniform(0, 2 * seconds / kills) + draw.choice([0.0, seconds / kills]))
        process.kill()
        process.wait()
        if target.exists():
            yield f"finished after {number} kills"
            return
        now = parts(work)
        if any(now.get(name) != sha256 for name, sha256 in before.items()):
            raise SystemExit("a finished part was changed or lost")
        before = now
        yield f"kill {number + 1}: {len(now)} parts done"


def resume(source: Path, model: str, folder: Path, kills: int, engine: str) -> None:
    """Compare bytes."""
    undisturbed, target = folder / "whole.jsonl", folder / "killed.jsonl"
    run = [sys.executable, "-m", "framing"]
    start = perf_counter()
    subprocess.run([*run, *arguments(source, model, undisturbed, engine)], check=True)
    seconds = perf_counter() - start
    command = [*run, *arguments(source, model, target, engine)]
    for line in kill_often(command, target, kills, seconds):
        print(line, flush=True)
    if not target.exists():
        subprocess.run(command, check=True)
    if undisturbed.read_bytes() != target.read_bytes():
        raise SystemExit("other bytes than those of the undisturbed run")
    print("same bytes")


def memory(shared: Path, model: str, folder: Path, sizes: list[int], engine: str) -> None:
    """Peak memory and time by size."""
    for n in sizes:
        source = write_table(shared, n, folder / f"in-{n}.jsonl")
        command = [sys.executable, "-c", MEASURE, *arguments(source, model, folder / f"out-{n}.jsonl", engine)]
        start = perf_counter()
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        peak = int(found.rpartition("peak")[2]) / 1024
        print(f"{n:,} sentences: {perf_counter() - start:.0f} s, peak {peak:.0f} MB", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("shared", type=Path)
    parser.add_argument("model")
    parser.add_argument("--sentences", type=int, default=60_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--engine", default="auto")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        table = write_table(given.shared, given.sentences, Path(name) / "in.jsonl")
        resume(table, given.model, Path(name), given.kills, given.engine)
        memory(given.shared, given.model, Path(name), given.sizes, given.engine)
