"""How good the labels are, and what they say about outlets."""

from framing.evaluation.plan import PilotValues, expected_width, pilot_values, read_pilot
from framing.evaluation.prevalence import Prevalence, corrected_prevalence, fit_prevalence
from framing.evaluation.quality import Evaluation, FrameQuality, evaluate
from framing.evaluation.recalibration import recalibrate
from framing.evaluation.shares import Comparison, compare_shares

__all__ = [
    "Comparison",
    "Evaluation",
    "FrameQuality",
    "PilotValues",
    "Prevalence",
    "compare_shares",
    "corrected_prevalence",
    "evaluate",
    "expected_width",
    "fit_prevalence",
    "pilot_values",
    "read_pilot",
    "recalibrate",
]
