"""How good the labels are, and what they say about outlets."""

from framing.evaluation.quality import Evaluation, FrameQuality, evaluate
from framing.evaluation.shares import Comparison, compare_shares

__all__ = ["Comparison", "Evaluation", "FrameQuality", "compare_shares", "evaluate"]
