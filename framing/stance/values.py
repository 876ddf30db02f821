"""The values of stance and voice; needs no torch."""

from typing import get_args

from framing.annotation.variables import ABSENT
from framing.codebook import Stance, Voice

STANCES: tuple[str, ...] = get_args(Stance)  # favourable, neutral, critical
OUTCOMES = (*STANCES, ABSENT)  # what the network tells apart
VOICES: tuple[str, ...] = get_args(Voice)  # outlet, source
