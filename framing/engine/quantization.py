"""A network with 8-bit arithmetic: matrices and what they are multiplied with, rounded as the export will have it."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
import torch.ao.quantization.fx._decomposed  # registers the operations that exports know
from torch import Tensor, nn

from framing.classifier.network import FrameNetwork

_CLIPPED = 0.9999


class _QuantizedLinear(nn.Module):
    """A linear layer that rounds its inputs to 256 levels and its weights to 255 per row.

    Jacob et al. 2018, Quantization and training of neural networks for efficient integer-arithmetic-only inference,
    CVPR, equations 1 to 4: affine for inputs, symmetric for weights.
    """

    steps: Tensor
    zeros: Tensor

    def __init__(self, linear: nn.Linear, low: float, high: float) -> None:
        super().__init__()
        self.bias = linear.bias
        self.scale = max(high - low, 1e-8) / 255
        self.zero_point = max(0, min(255, round(-low / self.scale)))
        steps = linear.weight.detach().abs().amax(dim=1).clamp(min=1e-8) / 127
        self.register_buffer("levels", (linear.weight.detach() / steps[:, None]).round().to(torch.int8))
        self.register_buffer("steps", steps)
        self.register_buffer("zeros", torch.zeros(len(steps), dtype=torch.int8))

    def forward(self, inputs: Tensor) -> Tensor:
        operations = torch.ops.quantized_decomposed
        affine = (self.scale, self.zero_point, 0, 255, torch.uint8)
        inputs = operations.dequantize_per_tensor(operations.quantize_per_tensor(inputs, *affine), *affine)
        weight = operations.dequantize_per_channel(self.levels, self.steps, self.zeros, 0, -127, 127, torch.int8)
        return nn.functional.linear(inputs, weight, self.bias)


@torch.no_grad()
def quantized(network: FrameNetwork, run: Callable[[FrameNetwork], object]) -> FrameNetwork:
    """A copy of a network whose encoder multiplies 8-bit numbers.

    Parameters
    ----------
    network : FrameNetwork
    run : callable
        Sends a sample of sentences through the network it is given, to see which values its layers read.
    """
    network = copy.deepcopy(network).cpu().eval()
    encoder: nn.Module = network.encoder
    layers = {name: module for name, module in encoder.named_modules() if type(module) is nn.Linear}
    with _ranges(layers) as ranges:
        run(network)
    for name, layer in layers.items():
        parent, _, own = name.rpartition(".")
        if name in ranges:
            setattr(encoder.get_submodule(parent), own, _QuantizedLinear(layer, *ranges[name]))
    return network


@contextmanager
def _ranges(layers: dict[str, nn.Linear]) -> Iterator[dict[str, tuple[float, float]]]:
    """Lowest and highest input of each layer while the block runs, without the few that stick out of a batch."""
    ranges: dict[str, tuple[float, float]] = {}

    def watch(name: str) -> Callable[[nn.Module, tuple[Tensor]], None]:
        def hook(_layer: nn.Module, inputs: tuple[Tensor]) -> None:
            values = inputs[0].flatten()[::7]  # a seventh tells as much
            count = max(1, round(len(values) * (1 - _CLIPPED)))
            low, high = -torch.topk(-values, count).values[-1].item(), torch.topk(values, count).values[-1].item()
            before = ranges.get(name, (0.0, 0.0))
            ranges[name] = min(before[0], low), max(before[1], high)

        return hook

    hooks = [layer.register_forward_pre_hook(watch(name)) for name, layer in layers.items()]
    try:
        yield ranges
    finally:
        for hook in hooks:
            hook.remove()
