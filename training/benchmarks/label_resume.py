"""Killed labelling runs go on to the same bytes, and memory stays when the input grows.

A table of sentences is labelled once undisturbed, and once killed (SIGKILL) at random moments and started again each
time: half of the kills fall into the start, half after one more part. A part that was finished must stay as it is.
Then tables of two sizes are labelled and the peak memory of the process is compared; larger tables repeat the sentences
with a number in front, so that none is known already.

Without a model it is one of a narrow layer, so that a million sentences take minutes.

Run: ``python training/benchmarks/label_resume.py ../shared [MODEL] [--sentences 300000] [--kills 20]``
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

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "tests")]
from label_speed import pool
from narrow_model import narrow_model

from framing import Codebook
from framing.labelling.parts import PART_ROWS

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


def live(process: subprocess.Popen[bytes], work: Path, draw: random.Random, start: float, part: float) -> None:
    """Wait for a moment of the start, or for one after the process has finished a part; in seconds."""
    if draw.random() < 0.5:
        sleep(draw.uniform(0, start))
        return
    done = len(list(work.glob("part-*.json")))
    while process.poll() is None and len(list(work.glob("part-*.json"))) <= done:
        sleep(0.05)
    sleep(draw.uniform(0, part))


def kill_often(command: list[str], target: Path, kills: int, start: float, part: float) -> Iterator[str]:
    """Start the command again and again, and kill it; yields what was seen."""
    work, draw = target.with_name(f"{target.name}.partial"), random.Random(13)
    before: dict[str, bytes] = {}
    for number in range(kills):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        live(process, work, draw, start, part)
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


def seconds(command: list[str]) -> float:
    """How long a command takes."""
    start = perf_counter()
    subprocess.run(command, check=True)
    return perf_counter() - start


def resume(shared: Path, model: str, folder: Path, n: int, kills: int, engine: str) -> None:
    """Compare bytes."""
    run, undisturbed, target = [sys.executable, "-m", "framing"], folder / "whole.jsonl", folder / "killed.jsonl"
    source, one = write_table(shared, n, folder / "in.jsonl"), write_table(shared, 1, folder / "one.jsonl")
    start = seconds([*run, *arguments(one, model, folder / "few.jsonl", engine)])
    whole = seconds([*run, *arguments(source, model, undisturbed, engine)])
    command = [*run, *arguments(source, model, target, engine)]
    for line in kill_often(command, target, kills, start, whole * PART_ROWS / n):
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
    parser.add_argument("model", nargs="?")
    parser.add_argument("--sentences", type=int, default=300_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--engine", default="torch")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        made = given.model or str(narrow_model(Path(name), Codebook.load("china-russia")))
        resume(given.shared, made, Path(name), given.sentences, given.kills, given.engine)
        memory(given.shared, made, Path(name), given.sizes, given.engine)
