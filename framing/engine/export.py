"""A fitted network as an ONNX file, pooling and head included."""

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

INPUTS = ("input_ids", "attention_mask", "pool_mask")
OUTPUT = "probabilities"


class _Probabilities(nn.Module):
    """The network as a function from three arrays to probabilities, which is what is traced."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor, pool_mask: Tensor) -> Tensor:
        return torch.sigmoid(self.network(input_ids, attention_mask, pool_mask)["logits"].float())


def export_network(network: nn.Module, path: Path) -> None:
    """Trace a network and write it to `path`, for any number of sentences and tokens.

    Parameters
    ----------
    network : FrameNetwork
        Any encoder, with adapters or without. Weights rounded to 8 bits are float32 in memory and written as such.
    path : Path
        ONNX file, weights included.
    """
    # Sizes are neither 0 nor 1, which torch takes for constants; one tensor thrice would be traced as one input.
    example = tuple(torch.ones((3, 11), dtype=torch.int64) for _ in INPUTS)
    axes = {0: torch.export.Dim("sentences"), 1: torch.export.Dim("tokens")}
    level = logging.getLogger("torch.onnx").level
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses packages that are not needed here
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _Probabilities(network).eval(),
                example,
                path,
                input_names=INPUTS,
                output_names=[OUTPUT],
                dynamic_shapes=(axes,) * 3,
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        logging.getLogger("torch.onnx").setLevel(level)
