"""How outlets frame an issue, and whether the differences are real.

The data path, one function and one command per arrow::

    articles --ingest--> corpus --train--> model --label--> labels --evaluate, compare--> report

Names are loaded on first use, so that ``import framing`` and ``framing --help`` stay fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "Codebook": "framing.codebook",
    "FrameClassifier": "framing.classifier",
    "FramingError": "framing.errors",
    "ingest": "framing.corpus",
    "train": "framing.classifier",
    "label": "framing.labelling",
    "learning_curve": "framing.classifier",
    "sample": "framing.sampling",
    "agreement": "framing.annotation.reliability",
    "evaluate": "framing.evaluation",
    "compare": "framing.report",
}

__all__ = [
    "Codebook",
    "FrameClassifier",
    "FramingError",
    "__version__",
    "agreement",
    "compare",
    "evaluate",
    "ingest",
    "label",
    "learning_curve",
    "sample",
    "train",
]

if TYPE_CHECKING:
    from framing.annotation.reliability import agreement as agreement
    from framing.classifier import FrameClassifier as FrameClassifier
    from framing.classifier import learning_curve as learning_curve
    from framing.classifier import train as train
    from framing.codebook import Codebook as Codebook
    from framing.corpus import ingest as ingest
    from framing.errors import FramingError as FramingError
    from framing.evaluation import evaluate as evaluate
    from framing.labelling import label as label
    from framing.report import compare as compare
    from framing.sampling import sample as sample


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'framing' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
