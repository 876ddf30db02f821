"""Codebooks: what is coded, and by which rules."""

from framing.codebook.schema import Codebook, Example, Frame, Stance, Target, Voice

__all__ = ["Codebook", "Example", "Frame", "Stance", "Target", "Voice"]
