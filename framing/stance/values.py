"""The values of stance and voice, as the codebook has them; needs no torch."""

from typing import get_args

from framing.codebook import Stance, Voice

STANCES: tuple[str, ...] = get_args(Stance)  # favourable, neutral, critical
VOICES: tuple[str, ...] = get_args(Voice)  # outlet, source
