"""Weights of 8 bits: a quarter of the size, rounded before anything is measured so that nothing changes on disk."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

_LEVELS = 127
_SCALE = ".scale"


@torch.no_grad()
def round_weights(network: nn.Module) -> None:
    """Round every matrix of a network to 255 levels per row, in place.

    Symmetric quantisation per row (Jacob et al. 2018, Quantization and training of neural networks for efficient
    integer-arithmetic-only inference, CVPR, section 2.1, with zero point 0). What `pack` writes of a rounded network
    is exactly its weights.
    """
    for parameter in network.parameters():
        if parameter.dim() == 2:
            levels, scale = _levels(parameter)
            parameter.copy_(_restored(levels, scale))


def pack(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Matrices of rounded weights as int8 and a scale per row; other tensors as they are."""
    packed: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if tensor.dim() == 2:
            packed[name], packed[name + _SCALE] = _levels(tensor)
        else:
            packed[name] = tensor
    return packed


def unpack(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `pack` was given; a state without scales comes back as it is."""
    return {
        name: _restored(tensor, state[name + _SCALE]) if name + _SCALE in state else tensor
        for name, tensor in state.items()
        if not name.endswith(_SCALE)
    }


def _levels(weights: Tensor) -> tuple[Tensor, Tensor]:
    """Integers from -127 to 127, shape (rows, columns), and the step between them, shape (rows, 1)."""
    scale = weights.abs().amax(dim=1, keepdim=True) / _LEVELS
    # 16 bits of mantissa are kept, so that 127 steps are exact and rounding a second time changes nothing.
    scale = (scale.contiguous().view(torch.int32) & ~0xFF).view(torch.float32)
    levels = torch.where(scale > 0, weights / scale, 0).round().clamp(-_LEVELS, _LEVELS)
    return levels.to(torch.int8), scale


def _restored(levels: Tensor, scale: Tensor) -> Tensor:
    return levels.to(torch.float32) * scale
