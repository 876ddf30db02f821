"""A fitted network as an ONNX file, pooling and head included."""

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from framing.classifier.network import FrameNetwork

OUTPUT = "probabilities"


class _Probabilities(nn.Module):
    """The network as a function from arrays to probabilities, which is what is traced."""

    def __init__(self, network: FrameNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, pool_mask: Tensor, owner: Tensor | None = None
    ) -> Tensor:
        return self.network.likelihood(self.network(input_ids, attention_mask, pool_mask, owner=owner)["logits"])


def export_network(network: FrameNetwork, path: Path, *, owned: bool = False) -> None:
    """Trace a network and write it to `path`, for any number of sentences and tokens.

    Parameters
    ----------
    network : FrameNetwork
        Any encoder, with adapters or without. Weights rounded to 8 bits are float32 in memory and written as such.
    path : Path
        ONNX file, weights included.
    owned : bool
        Whether rows share the tokens of their ``owner`` and pool them by weights, see
        `framing.classifier.inputs.padded`.
    """
    inputs = _example(owned)
    axes = {0: torch.export.Dim("sentences"), 1: torch.export.Dim("tokens")}
    rows = {0: torch.export.Dim("rows")} if owned else {0: axes[0]}
    shapes = {"input_ids": axes, "attention_mask": axes, "pool_mask": axes | rows, "owner": rows}
    level = logging.getLogger("torch.onnx").level
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses packages that are not needed here
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _Probabilities(network).eval(),
                tuple(inputs.values()),
                path,
                input_names=list(inputs),
                output_names=[OUTPUT],
                dynamic_shapes={name: shapes[name] for name in inputs},
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        logging.getLogger("torch.onnx").setLevel(level)


def _example(owned: bool) -> dict[str, Tensor]:
    """Inputs to trace with: sizes other than 0 and 1, which torch takes for constants, and no tensor twice."""
    inputs = {name: torch.ones((3, 11), dtype=torch.int64) for name in ("input_ids", "attention_mask", "pool_mask")}
    if owned:
        inputs |= {"pool_mask": torch.ones((4, 11)), "owner": torch.tensor([0, 1, 1, 2])}
    return inputs
