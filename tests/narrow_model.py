"""A model of one narrow layer that knows little: for what does not depend on how good labels are."""

import json
from pathlib import Path

import numpy as np

from framing import Codebook, FrameClassifier
from framing.classifier import TrainingSettings
from framing.resources import shipped


def narrow_model(folder: Path, codebook: Codebook) -> Path:
    """Make its encoder and the model below `folder`; returns the folder of the model."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    from framing.classifier.weights import find_encoder

    tokenizer = AutoTokenizer.from_pretrained(find_encoder("all-MiniLM-L6-v2"))
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=len(tokenizer), **sizes)).save_pretrained(folder / "encoder")
    tokenizer.save_pretrained(folder / "encoder")
    classifier = FrameClassifier(codebook, TrainingSettings(encoder=str(folder / "encoder"), epochs=1))
    lines = (shipped("seeds") / "annotations.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines[:64]]
    labels = np.array([[name in row["frames"] for name in classifier.labels] for row in rows])
    texts = [f"{'Trade' if 'economic' in row['frames'] else 'Talks'} {i}." for i, row in enumerate(rows)]
    classifier.fine_tune(texts, labels)
    classifier.thresholds = dict.fromkeys(classifier.labels, 0.5)
    classifier.thresholds["economic"] = float(np.median(classifier.label_probabilities(texts)[:, 2]))
    classifier.save_pretrained(folder / "model")
    return folder / "model"
