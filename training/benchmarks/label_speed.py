"""Speed of labelling, against what the machine could do and against other ways.

Whole processes: start, reading, tokenisation, writing. In each round all ways run one after another; ratios are of one
round, figures are medians over rounds. `pipeline` is the text-classification pipeline of transformers on the same
encoder, at the batch size that was fastest on 1,000 sentences; `setfit` is SetFit's predict on it. Torch in float32
runs once, for what it says.

Run: ``python training/benchmarks/label_speed.py ../shared MODEL [--sentences 20000] [--rounds 5]``
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import numpy as np

from framing.corpus.sentences import split_sentences

WAYS = ("pipeline", "setfit", "auto", "int8")
BATCH_SIZES = (8, 16, 32, 64)


def pool(shared: Path, n: int) -> list[dict[str, str]]:
    """The first n sentences of the pool, with outlets."""
    rows: list[dict[str, str]] = []
    with gzip.open(shared / "articles" / "pool.jsonl.gz", "rt", encoding="utf-8") as stream:
        for number, line in enumerate(stream):
            article = json.loads(line)
            for i, (start, end) in enumerate(split_sentences(article["text"])):
                row = {"sentence_id": f"{number}#{i}", "outlet": article["outlet"], "text": article["text"][start:end]}
                rows.append(row)
            if len(rows) >= n:
                break
    return rows[:n]


def write_rows(rows: list[dict[str, str]], path: Path) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run_pipeline(source: Path, model: str, target: Path, batch_size: int) -> None:
    """The pipeline that users would write."""
    from transformers import AutoModelForSequenceClassification, pipeline

    from framing.classifier import load_classifier

    classifier = load_classifier(model).networks[0]
    encoder = classifier.network.encoder
    config = encoder.config
    config.num_labels = len(classifier.labels)
    whole = AutoModelForSequenceClassification.from_config(config).eval()
    whole.base_model.load_state_dict(encoder.state_dict(), strict=False)
    tagger = pipeline("text-classification", model=whole, tokenizer=classifier.tokenizer, device="cpu", top_k=None)
    rows = read_rows(source)
    texts = [row["text"] for row in rows]
    results = tagger(texts, batch_size=batch_size, truncation=True, max_length=classifier.settings.max_tokens)
    write_rows([{**row, "labels": result} for row, result in zip(rows, results, strict=True)], target)


def run_setfit(source: Path, model: str, target: Path) -> None:
    """SetFit's predict with a logistic head."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from setfit import SetFitModel
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    from framing.classifier import load_classifier

    classifier = load_classifier(model).networks[0]
    with tempfile.TemporaryDirectory() as name:
        classifier.network.encoder.save_pretrained(name)
        classifier.tokenizer.save_pretrained(name)
        layer = Transformer(name, max_seq_length=classifier.settings.max_tokens)
        body = SentenceTransformer(modules=[layer, Pooling(layer.get_word_embedding_dimension())], device="cpu")
    rows = read_rows(source)
    texts = [row["text"] for row in rows]
    labels = np.random.default_rng(0).random((64, len(classifier.labels))) < 0.5
    head = OneVsRestClassifier(LogisticRegression()).fit(body.encode(texts[:64]), labels)
    predicted = SetFitModel(model_body=body, model_head=head, multi_target_strategy="one-vs-rest").predict(texts)
    write_rows(
        [{**row, "labels": np.asarray(found).tolist()} for row, found in zip(rows, predicted, strict=True)], target
    )


def command(way: str, source: Path, model: str, target: Path, batch_size: int) -> list[str]:
    """The process to time."""
    if way in {"pipeline", "setfit"}:
        return [sys.executable, __file__, "--way", way, str(source), model, str(target), str(batch_size)]
    options = ["--unit", "sentence", "--engine", way, "--overwrite", "-o", str(target)]
    return [sys.executable, "-m", "framing", "label", str(source), model, *options]


def timed(way: str, source: Path, model: str, target: Path, batch_size: int = 32) -> float:
    """Seconds of the whole process."""
    start = perf_counter()
    subprocess.run(command(way, source, model, target, batch_size), check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


def matmul_flops() -> dict[str, float]:
    """Floating point operations per second in matrix products of the network's shapes, the best of some sizes."""
    import torch

    from framing.machine import cpu_count, has_bf16

    torch.set_num_threads(cpu_count())
    found = {}
    for name, dtype in {"fp32": torch.float32, **({"bf16": torch.bfloat16} if has_bf16() else {})}.items():
        for rows in (1024, 4096):
            a, b = torch.rand(rows, 384).to(dtype), torch.rand(384, 1536).to(dtype)
            seconds = min(_seconds(lambda: a @ b) for _ in range(200))  # noqa: B023
            found[name] = max(found.get(name, 0.0), 2 * rows * 384 * 1536 / seconds)
    return found


def _seconds(run) -> float:  # noqa: ANN001
    start = perf_counter()
    run()
    return perf_counter() - start


def sentence_flops(lengths: np.ndarray, model: str) -> float:
    """Mean floating point operations of a sentence in the encoder's matrix products."""
    from framing.classifier import load_classifier

    config = load_classifier(model).networks[0].network.encoder.config
    width, inner, layers = config.hidden_size, config.intermediate_size, config.num_hidden_layers
    per_token = layers * 2 * (4 * width**2 + 2 * width * inner)
    return float(np.mean(lengths * per_token + layers * 4 * lengths.astype(float) ** 2 * width))


def stages(rows: list[dict[str, str]], model: str) -> tuple[dict[str, float], np.ndarray]:
    """Seconds of the stages of labelling, each by itself in one process, and the tokens of each sentence."""
    from framing.classifier import load_classifier
    from framing.classifier.inference import BATCH_TOKENS
    from framing.classifier.inputs import batches, encode, padded
    from framing.engine import accelerate
    from framing.labelling import Labeller, label_batch

    seconds = {}
    start = perf_counter()
    classifier = load_classifier(model)
    accelerate(classifier, "auto")
    seconds["load model and engine"] = perf_counter() - start
    network, texts = classifier.networks[0], [row["text"] for row in rows]
    start = perf_counter()
    encoded = encode(network.tokenizer, texts, None, network.settings.max_tokens)
    seconds["tokenise"] = perf_counter() - start
    start = perf_counter()
    for positions in batches(encoded, BATCH_TOKENS):
        padded([encoded[i] for i in positions], 0)
    seconds["sort and pad"] = perf_counter() - start
    start = perf_counter()
    columns = label_batch(Labeller(classifier), texts)
    whole = perf_counter() - start
    seconds["compute (and what waits for it)"] = whole - seconds["tokenise"] - seconds["sort and pad"]
    start = perf_counter()
    lists = {name: values.tolist() for name, values in columns.items()}
    for i, row in enumerate(rows):
        json.dumps({**row, **{name: values[i] for name, values in lists.items()}})
    seconds["write"] = perf_counter() - start
    return seconds, np.array([len(row["input_ids"]) for row in encoded])


def differences(exact: Path, other: Path, frames: list[str]) -> str:
    """Flips and shifts against float32."""
    one, two = read_rows(exact), read_rows(other)
    flips = np.mean([[a[name] != b[name] for name in frames] for a, b in zip(one, two, strict=True)])
    gap = max(abs(a[f"p_{name}"] - b[f"p_{name}"]) for a, b in zip(one, two, strict=True) for name in frames)
    shift = 0.0
    for outlet in {row["outlet"] for row in one}:
        here = [i for i, row in enumerate(one) if row["outlet"] == outlet]
        moved = [[two[i][name] - one[i][name] for name in frames] for i in here]
        shift = max(shift, 100 * float(np.abs(np.mean(moved, axis=0)).max()))
    return f"{flips:.3%} of labels flip, largest gap {gap:.4f}, an outlet's share moves by {shift:.2f} points at most"


def main(shared: Path, model: str, n: int, rounds: int) -> None:
    """Print the table."""
    from framing.classifier import load_classifier

    frames = list(load_classifier(model).codebook.frame_names)
    ways = [way for way in WAYS if way != "setfit" or find_spec("setfit")]
    if "setfit" not in ways:
        print("setfit is not installed: left out")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = pool(shared, n)
        source, few = write_rows(rows, folder / "in.jsonl"), write_rows(rows[:1000], folder / "few.jsonl")
        for way, sentences in (("auto", source), ("int8", few)):  # makes the forms
            timed(way, sentences, model, folder / f"{way}.jsonl")
        timed("torch", source, model, folder / "torch.jsonl")
        best = min(BATCH_SIZES, key=lambda size: timed("pipeline", few, model, folder / "few-out.jsonl", size))
        seconds = {way: [] for way in ways}
        for _ in range(rounds):
            for way in ways:
                seconds[way].append(timed(way, source, model, folder / f"{way}.jsonl", best))
        by_stage, lengths = stages(rows, model)
        print(f"{len(rows):,} sentences, median {np.median(lengths):.0f} tokens; pipeline at batch size {best}")
        print(f"{'way':10}{'sentences/s':>12}{'x pipeline':>12}{'x setfit':>12}")
        for way in ways:
            ratios = [
                np.median(np.array(seconds[base]) / seconds[way]) for base in ("pipeline", "setfit") if base in ways
            ]
            print(
                f"{way:10}{len(rows) / np.median(seconds[way]):12.0f}" + "".join(f"{ratio:12.2f}" for ratio in ratios)
            )
        for way in ("auto", "int8"):
            print(f"{way} against torch: {differences(folder / 'torch.jsonl', folder / f'{way}.jsonl', frames)}")
        flops = sentence_flops(lengths, model)
        for precision, speed in matmul_flops().items():
            bound = speed / flops
            share = len(rows) / np.median(seconds["auto"]) / bound
            print(f"{precision}: {speed / 1e9:.0f} GFLOP/s, bound {bound:.0f} sentences/s, auto reaches {share:.0%}")
        print("where the time goes: " + ", ".join(f"{stage} {s:.1f} s" for stage, s in by_stage.items()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--way"]:
        way, source, model, target, size = sys.argv[2:]
        if way == "pipeline":
            run_pipeline(Path(source), model, Path(target), int(size))
        else:
            run_setfit(Path(source), model, Path(target))
    else:
        parser = argparse.ArgumentParser()
        parser.add_argument("shared", type=Path)
        parser.add_argument("model")
        parser.add_argument("--sentences", type=int, default=20_000)
        parser.add_argument("--rounds", type=int, default=5)
        given = parser.parse_args()
        main(given.shared, given.model, given.sentences, given.rounds)
