"""How fast `framing serve` answers 64 clients at once, against labelling the same sentences in one batch.

Each client sends one request after the other on a connection that it keeps, all from a process of their own. The batch
is `Classifier.label_probabilities` on the same sentences in one call. Server and batch take turns, both warmed up, the
other idle; figures are medians of the rounds, latency is of all requests. Without a corpus the seed sentences are
taken, made different by a number.

Run: ``python training/benchmarks/serve_load.py MODEL [--corpus CORPUS] [--requests 16] [--size 32] [--rounds 5]
[--engine auto]``
"""

import argparse
import http.client
import json
import multiprocessing
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from label_server import JSON, PATIENCE, LabelServer

from framing import ingest
from framing.classifier import load_classifier
from framing.corpus import Corpus
from framing.engine import EngineName, accelerate
from framing.machine import cpu_count
from framing.resources import shipped

CLIENTS = 64
FLOOR = 0.70  # of the batch's throughput


def sentences(corpus: Path | None, n: int) -> list[str]:
    """So many sentences, the corpus's first, then again with a number."""
    if corpus is None:
        with tempfile.TemporaryDirectory() as scratch:
            made = ingest([shipped("seeds") / "articles"], Path(scratch) / "corpus").corpus
            texts = made.sentences()["text"].to_pylist()
    else:
        texts = Corpus.load(corpus).sentences()["text"].to_pylist()
    return [texts[i % len(texts)] + (f" {i}" if i >= len(texts) else "") for i in range(n)]


def crowd(port: int, bodies: list[list[str]]) -> tuple[float, list[float]]:
    """Seconds that all clients took together, and of each request."""

    def client(own: list[str]) -> list[float]:
        connection, seconds = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE), []
        for body in own:
            start = perf_counter()
            connection.request("POST", "/label", body, JSON)
            response = connection.getresponse()
            response.read()
            seconds.append(perf_counter() - start)
            if response.status != 200:
                raise RuntimeError(f"answered with {response.status}; raise --max-waiting or send less")
        connection.close()
        return seconds

    start = perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        latencies = [one for own in pool.map(client, bodies) for one in own]
    return perf_counter() - start, latencies


def measure(model: Path, corpus: Path | None, requests: int, size: int, rounds: int, engine: EngineName) -> None:
    """Print latency, both throughputs and their ratio."""
    texts = sentences(corpus, CLIENTS * requests * size)
    chunks = [json.dumps({"sentences": texts[i : i + size]}) for i in range(0, len(texts), size)]
    bodies = [chunks[i::CLIENTS] for i in range(CLIENTS)]
    classifier = load_classifier(model)
    used = accelerate(classifier, engine)
    classifier.label_probabilities(texts[:512])
    served, batch, latencies = [], [], []
    waiting = max(10_000, 2 * CLIENTS * size)
    with (
        LabelServer(model, "--max-waiting", waiting, "--engine", engine) as server,
        multiprocessing.get_context("spawn").Pool(1) as clients,
    ):
        clients.apply(crowd, (server.port, [own[:1] for own in bodies]))
        for _ in range(rounds):
            seconds, of_requests = clients.apply(crowd, (server.port, bodies))
            served.append(len(texts) / seconds)
            latencies += of_requests
            start = perf_counter()
            classifier.decide(classifier.label_probabilities(texts))
            batch.append(len(texts) / (perf_counter() - start))
    ratio = float(np.median(np.divide(served, batch)))
    p50, p95 = 1000 * np.percentile(latencies, [50, 95])
    print(
        f"{CLIENTS} clients, {requests} requests each of {size} sentences, {rounds} rounds, {cpu_count()} cores, {used}"
    )
    print(f"latency of a request: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    print(f"sentences per second: served {np.median(served):.0f}, batch {np.median(batch):.0f}")
    print(f"ratio {ratio:.2f} (at least {FLOOR:.2f} wanted): {'passed' if ratio >= FLOOR else 'FAILED'}")
    sys.exit(ratio < FLOOR)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--requests", type=int, default=16)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", default="auto", choices=["auto", "torch", "openvino", "int8"])
    measure(**vars(parser.parse_args()))
