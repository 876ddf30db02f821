"""How long does a step of coding take, with ten thousand drawn sentences? By HTTP, through a real server.

Half of the sentences are coded beforehand, by both of two coders. `sync` is a plain write of 4 KB that waits for the
disk, for comparison: an answer cannot be kept in less.

Run: ``python training/benchmarks/annotate_speed.py [sentences] [steps]``
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from coding_server import BOOK, Client, Server, hidden, write_coding

from framing.annotation.rows import Coding
from framing.annotation.store import CodingStore
from framing.web import open_desk

CODERS = ("anna", "ben")


def prepare(folder: Path, n: int) -> None:
    """A folder of n sentences, half of them coded by everyone."""
    desk = open_desk(write_coding(folder, n), CODERS)
    store = CodingStore.open(folder)
    with store.held_open():
        for coder in CODERS:
            for i, sentence in enumerate(desk.queues[coder].sentences[: n // 2]):
                frames = [BOOK.frame_names[(i + len(coder)) % 3]]
                store.record(
                    Coding(sentence_id=sentence.id, frames=frames, coder=coder, seconds=4.0), token=f"{coder}{i}"
                )


def timed(seconds: list[float], run: Callable[[], object]) -> object:
    """Result of `run`, whose time is added to `seconds`."""
    start = perf_counter()
    result = run()
    seconds.append(perf_counter() - start)
    return result


def sync(path: Path) -> None:
    """Write 4 KB and wait for the disk."""
    with path.open("ab") as stream:
        stream.write(bytes(4096))
        stream.flush()
        os.fsync(stream.fileno())


def main(n: int, steps: int) -> None:
    """Print a row per step."""
    times: dict[str, list[float]] = {
        name: [] for name in ("GET page", "POST answer", "POST undo", "GET overview", "sync")
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "coding"
        prepare(folder, n)
        with Server(folder, coders=CODERS) as server:
            client = Client(server.port)
            client.get("/code/anna")
            for i in range(steps):
                _, page = timed(times["GET page"], lambda: client.get(client.path))
                form = hidden(page) | {"frame": "economic", "voice": "outlet"}
                _, headers, _ = timed(times["POST answer"], lambda: client.post(client.path, form))  # noqa: B023
                client.path = headers["location"]
                if i % 10 == 0:
                    undo = {"key": form["key"], "token": f"{i:032d}"}
                    timed(times["POST undo"], lambda: client.post("/code/anna/undo", undo))  # noqa: B023
                    timed(times["GET overview"], lambda: client.send("GET", "/code/anna/overview"))
                timed(times["sync"], lambda: sync(folder / "sync"))
    print(f"{n:,} sentences; milliseconds\n{'':14}{'median':>8}{'p95':>8}")
    for step, seconds in times.items():
        print(f"{step:14}{1000 * np.median(seconds):8.1f}{1000 * np.percentile(seconds, 95):8.1f}")


if __name__ == "__main__":
    given = [int(value) for value in sys.argv[1:]]
    main(*(given + [10_000, 200][len(given) :]))
