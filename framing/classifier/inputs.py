"""Sentences to tensors: tokenised with their context, batched by token count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from framing.classifier.settings import TrainingSettings

Encoded = dict[str, Any]

_SPECIAL = 4  # tokens around sentences, at most
_WIDTHS = 8  # batches to train on are this wide, or a multiple: oneDNN makes kernels for each shape it meets


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
    sentences = list(sentences)  # a Series of pandas is asked by its index, not by position
    before = list(previous) if previous is not None else [""] * len(sentences)
    paired = [i for i, text in enumerate(before) if text]
    alone = [i for i, text in enumerate(before) if not text]
    rows: list[Encoded] = [{}] * len(sentences)
    for i, ids in zip(alone, _encode_alone(tokenizer, [sentences[i] for i in alone], max_tokens), strict=True):
        rows[i] = {"input_ids": ids, "attention_mask": [1] * len(ids), "pool_mask": [1] * len(ids)}
    pairs = [before[i] for i in paired], [sentences[i] for i in paired]
    for i, row in zip(paired, _encode_pairs(tokenizer, *pairs, max_tokens), strict=True):
        rows[i] = row
    return rows


def overlong(
    tokenizer: PreTrainedTokenizerBase,
    sentences: Sequence[str],
    previous: Sequence[str] | None,
    max_tokens: int,
) -> NDArray[np.bool_]:
    """Tell which inputs `encode` cuts, shape (n,); its parameters."""
    before = previous if previous is not None else [""] * len(sentences)
    pairs = list(zip(sentences, before, strict=True))
    longer = np.array([len("".join(pair).encode()) > max_tokens - _SPECIAL for pair in pairs], dtype=bool)
    suspects = [pairs[i] for i in np.flatnonzero(longer)]  # as a token has a byte or more
    rows = encode(tokenizer, [text for text, _ in suspects], [text for _, text in suspects], max_tokens + 1)
    longer[longer] = [len(row["input_ids"]) > max_tokens for row in rows]
    return longer


def _encode_alone(tokenizer: PreTrainedTokenizerBase, sentences: list[str], max_tokens: int) -> list[list[int]]:
    if not sentences:
        return []
    ids: list[list[int]] = tokenizer(
        sentences,
        truncation=True,
        max_length=max_tokens,
        return_attention_mask=False,  # all ones; making them costs an eighth of the time
        return_token_type_ids=False,
    )["input_ids"]
    return ids


def _encode_pairs(
    tokenizer: PreTrainedTokenizerBase, contexts: list[str], sentences: list[str], max_tokens: int
) -> Iterator[Encoded]:
    if not sentences:
        return
    pairs = tokenizer(contexts, sentences, truncation="longest_first", max_length=max_tokens)
    for i, ids in enumerate(pairs["input_ids"]):
        own = [int(part == 1) for part in pairs.sequence_ids(i)]
        yield {"input_ids": ids, "attention_mask": [1] * len(ids), "pool_mask": own}


def padded(rows: Sequence[Encoded], pad_id: int, multiple: int = 1) -> dict[str, NDArray[Any]]:
    """Arrays of encoded sentences, each of shape (n, longest row): ``input_ids``, ``attention_mask``, ``pool_mask``.

    The width is rounded up to a `multiple`.

    They are of integers, ``pool_mask`` of float32 where it holds weights. Tokens of rows that share an ``owner`` are
    there once, so that they are computed once: then ``input_ids`` and ``attention_mask`` have a row per owner, and
    ``owner`` has the place of each row's, shape (n,).
    """
    batch: dict[str, NDArray[Any]] = {}
    read = rows
    if "owner" in rows[0]:
        _, first, batch["owner"] = np.unique([row["owner"] for row in rows], return_index=True, return_inverse=True)
        read = [rows[i] for i in first]
    for name, padding, of in (("input_ids", pad_id, read), ("attention_mask", 0, read), ("pool_mask", 0, rows)):
        batch[name] = _filled([row[name] for row in of], padding, multiple)
    return batch


def _filled(rows: Sequence[Sequence[float]], padding: int, multiple: int) -> NDArray[Any]:
    """Rows as one array, the shorter ones filled up."""
    lengths = np.array([len(row) for row in rows])
    width = -(-lengths.max() // multiple) * multiple
    filled = np.arange(width) < lengths[:, None]
    kind = np.float32 if isinstance(rows[0][0], float) else np.int64
    result = np.full(filled.shape, padding, dtype=kind)
    result[filled] = np.fromiter(chain.from_iterable(rows), kind, lengths.sum())
    return result


def by_owner(rows: Sequence[Encoded]) -> list[list[int]]:
    """Positions of rows that share an ``owner`` together, in the order of their first; each for itself without one."""
    if not rows or "owner" not in rows[0]:
        return [[i] for i in range(len(rows))]
    groups: dict[int, list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(row["owner"], []).append(i)
    return list(groups.values())


@dataclass(frozen=True)
class Collator:
    """Pad lists of encoded sentences, in ``rows``, to tensors; ``labels`` and ``row`` ride along."""

    pad_id: int

    def __call__(self, examples: Sequence[dict[str, list[Encoded]]]) -> dict[str, Tensor]:
        """Batch of tensors, see `padded`."""
        rows = [row for example in examples for row in example["rows"]]
        batch = {name: torch.from_numpy(values) for name, values in padded(rows, self.pad_id, _WIDTHS).items()}
        if "labels" in rows[0]:
            batch["labels"] = torch.tensor([row["labels"] for row in rows], dtype=torch.float32)
        if "row" in rows[0]:
            batch["row"] = torch.tensor([row["row"] for row in rows])
        return batch


def batches(encoded: Sequence[Encoded], max_tokens: int) -> Iterator[NDArray[np.intp]]:
    """Positions in batches of similar length, each of at most `max_tokens` tokens with padding, owners undivided."""
    groups = by_owner(encoded)
    lengths = np.array([len(encoded[group[0]]["input_ids"]) for group in groups])
    batch: list[list[int]] = []
    for place in np.argsort(lengths, kind="stable"):
        if batch and (len(batch) + 1) * lengths[place] > max_tokens:
            yield np.concatenate(batch).astype(np.intp)
            batch = []
        batch.append(groups[place])
    if batch:
        yield np.concatenate(batch).astype(np.intp)
