"""How good the labels are, and what they say about outlets."""

from framing.evaluation.analysis import Analysis, analyse
from framing.evaluation.comparison import Comparison, compare_shares
from framing.evaluation.cooccurrence import CoOccurrence, cooccurrence
from framing.evaluation.diagnosis import Diagnosis, diagnose
from framing.evaluation.error_rates import FrameErrors, error_rates
from framing.evaluation.evidence import Evidence, gather
from framing.evaluation.multiplicity import benjamini_hochberg, holm
from framing.evaluation.plan import PilotValues, expected_width, pilot_values, read_pilot
from framing.evaluation.prevalence import Prevalence, corrected_prevalence, fit_prevalence
from framing.evaluation.profiles import Profiles, compare_profiles
from framing.evaluation.quality import Evaluation, FrameQuality, GroupQuality, evaluate
from framing.evaluation.recalibration import recalibrate
from framing.evaluation.terms import Term, distinctive_terms
from framing.evaluation.trends import Trends, fit_trends

__all__ = [
    "Analysis",
    "CoOccurrence",
    "Comparison",
    "Diagnosis",
    "Evaluation",
    "Evidence",
    "FrameErrors",
    "FrameQuality",
    "GroupQuality",
    "PilotValues",
    "Prevalence",
    "Profiles",
    "Term",
    "Trends",
    "analyse",
    "benjamini_hochberg",
    "compare_profiles",
    "compare_shares",
    "cooccurrence",
    "corrected_prevalence",
    "diagnose",
    "distinctive_terms",
    "error_rates",
    "evaluate",
    "expected_width",
    "fit_prevalence",
    "fit_trends",
    "gather",
    "holm",
    "pilot_values",
    "read_pilot",
    "recalibrate",
]
