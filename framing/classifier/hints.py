"""Hints: a pupil learns to read sentences as its teacher does, beside what the teacher says of them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import PreTrainedModel

from framing.classifier.network import FrameNetwork

_FLAT = 0.05  # of the median spread: numbers that hardly vary are no louder than that lets them be

Hints = NDArray[np.float32]
"""What a teacher's head reads of sentences, shape (n_sentences, width)."""


class HintedNetwork(nn.Module):
    """A network as it learns from hints, for training only: the network inside is what stays.

    A linear map of what the network's head reads is to be what the teacher's reads, each number of which has mean 0 and
    variance 1. The mean squared error of that is added to the loss of the labels (Romero et al. 2015, FitNets: hints
    for thin deep nets, arXiv:1412.6550, equation 3; here learned together with the labels and not before them). A
    few probabilities tell little about a sentence, so that a pupil learns from fewer sentences with hints.

    Parameters
    ----------
    network : FrameNetwork
    hints : ndarray of float32, shape (n, width)
    """

    def __init__(self, network: FrameNetwork, hints: Hints) -> None:
        super().__init__()
        self.network = network
        self.map = nn.Linear(network.head.in_features, hints.shape[1])
        self._hints = torch.from_numpy(_standardised(hints))

    @property
    def encoder(self) -> PreTrainedModel:
        """That of the network."""
        return self.network.encoder

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        pool_mask: Tensor,
        labels: Tensor,
        row: Tensor,
        owner: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """As `FrameNetwork.forward`; `row` says which of the hints each sentence has, shape (batch,)."""
        embeddings = self.network.embed(input_ids, attention_mask, pool_mask, owner)
        result = self.network.judge(embeddings, labels)
        hints = self._hints[row.cpu()].to(embeddings.device)
        return {**result, "loss": result["loss"] + nn.functional.mse_loss(self.map(embeddings).float(), hints)}


def _standardised(hints: Hints) -> Hints:
    spread = hints.std(axis=0)
    floor = max(_FLAT * float(np.median(spread)), float(np.finfo(np.float32).tiny))
    return np.asarray((hints - hints.mean(axis=0)) / np.maximum(spread, floor), dtype=np.float32)
