"""Fitted networks in a faster form, compared with the network before it is used.

Names are loaded on first use: making and running such a form needs torch and OpenVINO.
"""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from framing.engine.acceleration import accelerate as accelerate

EngineName = Literal["auto", "torch", "openvino", "int8"]

__all__ = ["EngineName", "accelerate"]


def __getattr__(name: str) -> object:
    if name != "accelerate":
        raise AttributeError(f"module 'framing.engine' has no attribute {name!r}")
    from framing.engine.acceleration import accelerate

    return accelerate
