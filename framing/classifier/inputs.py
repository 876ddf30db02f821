"""Sentences to tensors: tokenised with their context, batched by token count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from framing.classifier.settings import TrainingSettings

Encoded = dict[str, Any]


def context(previous: Sequence[str] | None, settings: TrainingSettings) -> Sequence[str] | None:
    """The sentences before, if the settings say that they are read."""
    return previous if settings.context == "previous" else None


def encode(
    tokenizer: PreTrainedTokenizerBase,
    sentences: Sequence[str],
    previous: Sequence[str] | None,
    max_tokens: int,
) -> list[Encoded]:
    """Tokenise sentences, each behind the sentence before it where there is one.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerBase
        A fast tokenizer.
    sentences, previous : sequence of str, length n
        `previous` may be None, or hold empty strings where a sentence has no context.
    max_tokens : int
        Longer inputs are cut at the longer part.

    Returns
    -------
    list of dict, length n
        ``input_ids``, ``attention_mask`` and ``pool_mask`` (1 for the sentence's own tokens).
    """
    return [
        _encode_one(tokenizer, sentence, context, max_tokens)
        for sentence, context in zip(sentences, previous or [""] * len(sentences), strict=True)
    ]


def _encode_one(tokenizer: PreTrainedTokenizerBase, sentence: str, context: str, max_tokens: int) -> Encoded:
    if not context:
        one = tokenizer(sentence, truncation=True, max_length=max_tokens)
        return {
            "input_ids": one["input_ids"],
            "attention_mask": one["attention_mask"],
            "pool_mask": one["attention_mask"],
        }
    pair = tokenizer(context, sentence, truncation="longest_first", max_length=max_tokens)
    own = [int(part == 1) for part in pair.sequence_ids(0)]
    return {"input_ids": pair["input_ids"], "attention_mask": pair["attention_mask"], "pool_mask": own}


@dataclass(frozen=True)
class Collator:
    """Pad a list of encoded sentences to tensors; ``labels`` ride along."""

    pad_id: int

    def __call__(self, rows: Sequence[Encoded]) -> dict[str, Tensor]:
        """Batch of tensors, shape (batch, longest row)."""
        width = max(len(row["input_ids"]) for row in rows)
        padding = {"input_ids": self.pad_id, "attention_mask": 0, "pool_mask": 0}
        batch = {
            name: torch.tensor([row[name] + [value] * (width - len(row[name])) for row in rows])
            for name, value in padding.items()
        }
        if "labels" in rows[0]:
            batch["labels"] = torch.tensor([row["labels"] for row in rows], dtype=torch.float32)
        return batch


def batches(encoded: Sequence[Encoded], max_tokens: int) -> Iterator[NDArray[np.intp]]:
    """Positions in batches of similar length, each of at most `max_tokens` tokens with padding."""
    lengths = np.array([len(row["input_ids"]) for row in encoded])
    batch: list[int] = []
    for position in np.argsort(lengths, kind="stable"):
        if batch and (len(batch) + 1) * lengths[position] > max_tokens:
            yield np.array(batch, dtype=np.intp)
            batch = []
        batch.append(int(position))
    if batch:
        yield np.array(batch, dtype=np.intp)
