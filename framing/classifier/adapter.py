"""Low-rank adapters: a large encoder stays as it is and learns a few percent of its size beside it."""

from dataclasses import dataclass
from hashlib import sha256

import torch
from torch import Tensor, nn

from framing.classifier.settings import AdapterLayers
from framing.errors import FramingError

_SCALE = 2.0  # alpha / rank
_DOWN, _UP = ".down", ".up"


@dataclass(frozen=True)
class Adapter:
    """Low-rank matrices, two for each linear map they are beside, and the SHA-256 of the encoder they belong to."""

    matrices: dict[str, Tensor]
    encoder: str


def add_adapter(encoder: nn.Module, rank: int, layers: AdapterLayers) -> None:
    """Put trainable low-rank matrices beside every linear map of all layers or the upper half; freeze all else.

    Hu et al. (2022), LoRA: Low-rank adaptation of large language models, ICLR, equation 3: h = W x + s B A x, with
    s = 2. Without adapters there, the lower half is not differentiated, which saves time.

    Raises
    ------
    FramingError
        If peft is not installed.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model  # only training needs it
    except ImportError:
        raise FramingError("adapter_rank: peft is not installed; pip install 'framing[adapter]'") from None
    config = LoraConfig(r=rank, lora_alpha=int(_SCALE * rank), target_modules=_linear_maps(encoder, layers))
    inject_adapter_in_model(config, encoder)


def take_adapter(encoder: nn.Module) -> Adapter:
    """Remove what `add_adapter` put in, and return it; the encoder is then as it was before."""
    from peft.tuners.lora import LoraLayer

    matrices: dict[str, Tensor] = {}
    for name, module in list(encoder.named_modules()):
        if isinstance(module, LoraLayer):
            down, up = module.lora_A["default"], module.lora_B["default"]
            matrices[name + _DOWN] = torch.as_tensor(down.weight).detach().clone()
            matrices[name + _UP] = torch.as_tensor(up.weight).detach().clone()
            encoder.set_submodule(name, module.base_layer)
    return Adapter(matrices, _fingerprint(encoder))


@torch.no_grad()
def merge_adapter(encoder: nn.Module, adapter: Adapter) -> None:
    """Add the products of the matrices to the encoder's weights, in place: inference costs no more than without.

    Raises
    ------
    FramingError
        If the adapter was trained beside another encoder.
    """
    if (found := _fingerprint(encoder)) != adapter.encoder:
        raise FramingError(
            f"the adapter was trained beside an encoder with sha256 {adapter.encoder[:12]}..., found {found[:12]}...; "
            "get the encoder that the model card names"
        )
    for name, up in adapter.matrices.items():
        if name.endswith(_UP):
            path = name.removesuffix(_UP)
            encoder.get_parameter(f"{path}.weight").add_(_SCALE * up @ adapter.matrices[path + _DOWN])


def _fingerprint(encoder: nn.Module) -> str:
    digest = sha256()
    for name, tensor in sorted(encoder.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _linear_maps(encoder: nn.Module, layers: AdapterLayers) -> list[str]:
    stacks = [(name, module) for name, module in encoder.named_modules() if isinstance(module, nn.ModuleList)]
    name, blocks = max(stacks, key=lambda stack: len(stack[1]))
    return [
        f"{name}.{number}.{inner}"
        for number in range(len(blocks) // 2 if layers == "upper" else 0, len(blocks))
        for inner, module in blocks[number].named_modules()
        if isinstance(module, nn.Linear)
    ]
