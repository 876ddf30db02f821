"""Encoders that learned something else before the frames, for `ablation.py`; each is made once, in a folder."""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import babe
import ccf
import numpy as np
from numpy.typing import NDArray
from stance_data import newsmtsc
from uncoded import uncoded_corpus
from ways import Coded, Way, tuned

from framing.classifier import TrainingSettings, fitting
from framing.classifier.inputs import encode
from framing.classifier.network import FrameNetwork
from framing.classifier.uncoded import Uncoded
from framing.classifier.weights import find_encoder
from framing.corpus import Corpus
from framing.stance.values import OUTCOMES


def pretraining_ways(shared: Path, output: Path) -> dict[str, Way]:
    """The defaults, from each of the encoders below `output`."""
    return {name: partial(_after, make, shared, output / name.replace(" ", "-")) for name, make in MAKERS.items()}


def _after(
    make: Callable[[Path, Path], None], shared: Path, folder: Path, learned: Coded, judged: Coded, seed: int
) -> NDArray[np.float64]:
    if not folder.is_dir():
        make(shared, folder)
    return tuned(encoder=str(folder))(learned, judged, seed)


def read_on(shared: Path, folder: Path) -> None:
    """Goes on with masked words (Gururangan et al. 2020), two epochs of the sentences that nobody coded."""
    from datasets import Dataset
    from transformers import AutoModelForMaskedLM, DataCollatorForLanguageModeling, Trainer

    settings = TrainingSettings(epochs=2, batch_size=32, learning_rate=2e-4)
    _, tokenizer = fitting.load_encoder(settings.encoder)
    network = AutoModelForMaskedLM.from_pretrained(find_encoder(settings.encoder))
    uncoded = Uncoded.of(Corpus.load(uncoded_corpus(shared, folder.parent)))
    texts = [uncoded.texts[i] for i in uncoded.draw((), settings.max_uncoded, settings.seed)]
    rows = [
        {"input_ids": ids, "length": len(ids)} for ids in tokenizer(texts, truncation=True, max_length=126)["input_ids"]
    ]
    masked = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15)

    def collate(batch: list[dict[str, Any]]) -> Any:
        return masked([{"input_ids": row["input_ids"]} for row in batch])

    with tempfile.TemporaryDirectory() as scratch:
        arguments = fitting._arguments(settings, scratch, len(rows))
        Trainer(model=network, args=arguments, train_dataset=Dataset.from_list(rows), data_collator=collate).train()
    network.base_model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def other_labels(shared: Path, folder: Path) -> None:
    """Learns one set after the other, an epoch each: stance toward persons, frames of climate, bias."""
    settings = TrainingSettings(epochs=1)
    network, tokenizer = fitting.new_network(settings, 1)
    for texts, labels in _other_sets(shared / "benchmarks"):
        network = FrameNetwork(network.encoder, labels.shape[1])
        encoded = encode(tokenizer, texts, None, settings.max_tokens)
        fitting.fit_network(network, tokenizer, encoded, labels.astype(float), settings)
    network.encoder.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _other_sets(folder: Path) -> Iterator[tuple[list[str], NDArray[np.bool_]]]:
    """Training files of the benchmarks: texts, and labels of shape (n_texts, n_labels)."""
    rows = newsmtsc(folder / "newsmtsc" / "mt_hf_train.jsonl")
    stances = np.array([[row.outcome == OUTCOMES.index(s) for s in ("favourable", "critical")] for row in rows])
    yield [row.text for row in rows], stances
    for short in ccf.FRAMES.values():
        texts, labels = ccf.read(folder / "ccf_climate" / f"annotation_base__EN_{short}_Detection_train_EN.jsonl")
        yield texts, labels[:, None]
    texts, biased, _ = babe.read(folder / "babe" / "final_labels_SG2.csv")
    yield texts, biased[:, None]


MAKERS: dict[str, Callable[[Path, Path], None]] = {
    "masked words of other articles first": read_on,
    "benchmarks of others first": other_labels,
}
