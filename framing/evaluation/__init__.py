"""How good the labels are, and what they say about outlets."""

from framing.evaluation.cooccurrence import CoOccurrence, cooccurrence
from framing.evaluation.prevalence import Prevalence, corrected_prevalence, fit_prevalence
from framing.evaluation.profiles import Profiles, compare_profiles
from framing.evaluation.quality import Evaluation, FrameQuality, evaluate
from framing.evaluation.recalibration import recalibrate
from framing.evaluation.shares import Comparison, compare_shares
from framing.evaluation.terms import Term, distinctive_terms

__all__ = [
    "CoOccurrence",
    "Comparison",
    "Evaluation",
    "FrameQuality",
    "Prevalence",
    "Profiles",
    "Term",
    "compare_profiles",
    "compare_shares",
    "cooccurrence",
    "corrected_prevalence",
    "distinctive_terms",
    "evaluate",
    "fit_prevalence",
    "recalibrate",
]
