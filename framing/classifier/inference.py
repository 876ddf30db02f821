"""Encoded sentences through a network: batch by batch, in the order they came, with a bar."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from framing.arrays import Codes, Floats
from framing.classifier.fitting import new_network
from framing.classifier.inputs import Encoded, batches, context, encode, padded
from framing.classifier.settings import TrainingSettings
from framing.progress import bar

Batch = dict[str, NDArray[Any]]
Compute = Callable[[Iterable[tuple[Codes, Batch]]], Iterator[tuple[Codes, NDArray[np.float32]]]]
"""From positions and arrays of batches to positions and results, shape (batch, width), in any order."""

BATCH_TOKENS = 1024


def infer(encoded: Sequence[Encoded], pad_id: int, compute: Compute, width: int, description: str) -> Floats:
    """Run a computation on all sentences.

    Parameters
    ----------
    encoded : sequence of dict, length n_sentences
        From `encode`.
    pad_id : int
        Token that fills shorter rows.
    compute : callable
        `torch_compute` of a network, or that of an accelerated form.
    width : int
        Numbers per sentence.
    description : str
        Of the progress bar.

    Returns
    -------
    ndarray of float, shape (n_sentences, width)
    """
    result = np.empty((len(encoded), width))
    groups = batches(encoded, BATCH_TOKENS)
    with bar(description, len(encoded)) as advance:
        for rows, values in compute((rows, padded([encoded[i] for i in rows], pad_id)) for rows in groups):
            result[rows] = values
            advance(len(rows))
    return result


def torch_compute(method: Callable[[dict[str, Tensor]], Tensor], device: torch.device | str = "cpu") -> Compute:
    """A method of a network, from a batch to a tensor of shape (batch, width), as a computation of `infer`."""

    def compute(stream: Iterable[tuple[Codes, Batch]]) -> Iterator[tuple[Codes, NDArray[np.float32]]]:
        for rows, batch in stream:
            tensors = {name: torch.from_numpy(values).to(device) for name, values in batch.items()}
            yield rows, method(tensors).cpu().numpy()

    return compute


def embed(sentences: Sequence[str], settings: TrainingSettings, previous: Sequence[str] | None = None) -> Floats:
    """Embed sentences with the pretrained encoder as it is, mean-pooled as for the head.

    Parameters
    ----------
    sentences, previous : sequence of str, length n_sentences
        `previous` is read if the settings say so.
    settings : TrainingSettings
        Which encoder, which context, how many tokens.

    Returns
    -------
    ndarray of float, shape (n_sentences, hidden size of the encoder)

    Raises
    ------
    FramingError
        If the encoder cannot be loaded.
    """
    network, tokenizer = new_network(settings, n_labels=1)
    network.eval()
    if torch.cuda.is_available():
        network.to("cuda")
    encoded = encode(tokenizer, sentences, context(previous, settings), settings.max_tokens)
    compute = torch_compute(network.embeddings, network.device)
    return infer(encoded, tokenizer.pad_token_id or 0, compute, network.head.in_features, "Embedding")
