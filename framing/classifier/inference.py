"""Encoded sentences through a network: batch by batch, in the order they came, with a bar."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from framing.arrays import Floats
from framing.classifier.fitting import new_network
from framing.classifier.inputs import Collator, Encoded, batches, context, encode
from framing.classifier.network import FrameNetwork
from framing.classifier.settings import TrainingSettings
from framing.progress import bar

_BATCH_TOKENS = 2048


def infer(
    network: FrameNetwork,
    tokenizer: PreTrainedTokenizerBase,
    encoded: Sequence[Encoded],
    compute: Callable[[dict[str, Tensor]], Tensor],
    width: int,
    description: str,
) -> Floats:
    """Run a method of the network on all sentences.

    Parameters
    ----------
    network, tokenizer
        From `new_network` or a model folder.
    encoded : sequence of dict, length n_sentences
        From `encode`.
    compute : callable
        From a batch to a tensor of shape (batch, width).
    width : int
    description : str
        Of the progress bar.

    Returns
    -------
    ndarray of float, shape (n_sentences, width)
    """
    collate = Collator(tokenizer.pad_token_id or 0)
    device = next(network.parameters()).device
    result = np.empty((len(encoded), width))
    with bar(description, len(encoded)) as advance:
        for rows in batches(encoded, _BATCH_TOKENS):
            batch = {name: values.to(device) for name, values in collate([encoded[i] for i in rows]).items()}
            result[rows] = compute(batch).cpu().numpy()
            advance(len(rows))
    return result


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
    return infer(network, tokenizer, encoded, network.embeddings, network.head.in_features, "Embedding")
