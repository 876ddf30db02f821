"""Stance toward the targets of a codebook, and whose voice a sentence is in.

Names are loaded on first use, since the stance classifier needs torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

_HOMES = {
    "MentionFinder": "framing.stance.mentions",
    "Source": "framing.stance.sources",
    "StanceClassifier": "framing.stance.classifier",
    "Targeted": "framing.stance.inputs",
    "VoiceClassifier": "framing.stance.voice",
    "find_source": "framing.stance.sources",
    "stance_columns": "framing.stance.columns",
    "voice_columns": "framing.stance.columns",
}

__all__ = [
    "MentionFinder",
    "Source",
    "StanceClassifier",
    "Targeted",
    "VoiceClassifier",
    "find_source",
    "stance_columns",
    "voice_columns",
]

if TYPE_CHECKING:
    from framing.stance.classifier import StanceClassifier as StanceClassifier
    from framing.stance.columns import stance_columns as stance_columns
    from framing.stance.columns import voice_columns as voice_columns
    from framing.stance.inputs import Targeted as Targeted
    from framing.stance.mentions import MentionFinder as MentionFinder
    from framing.stance.sources import Source as Source
    from framing.stance.sources import find_source as find_source
    from framing.stance.voice import VoiceClassifier as VoiceClassifier


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'framing.stance' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
