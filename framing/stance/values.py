"""The values of stance, as the codebook has them; needs no torch."""

from typing import get_args

from framing.codebook import Stance

STANCES: tuple[str, ...] = get_args(Stance)  # favourable, neutral, critical
