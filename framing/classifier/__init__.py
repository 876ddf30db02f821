"""The frame classifier: a fine-tuned encoder with a multi-label head, its training, its folder.

Names are loaded on first use, since most of them need torch, and those who only read labels do not.
"""

from importlib import import_module
from typing import TYPE_CHECKING

_HOMES = {
    "Classifier": "framing.classifier.base",
    "FoldedClassifier": "framing.classifier.folded",
    "FrameClassifier": "framing.classifier.frame_classifier",
    "LearningCurve": "framing.classifier.curve",
    "TrainingSettings": "framing.classifier.settings",
    "TrainingSummary": "framing.classifier.summary",
    "learning_curve": "framing.classifier.curve",
    "load_classifier": "framing.classifier.folded",
    "train": "framing.classifier.training",
}

__all__ = [
    "Classifier",
    "FoldedClassifier",
    "FrameClassifier",
    "LearningCurve",
    "TrainingSettings",
    "TrainingSummary",
    "learning_curve",
    "load_classifier",
    "train",
]

if TYPE_CHECKING:
    from framing.classifier.base import Classifier as Classifier
    from framing.classifier.curve import LearningCurve as LearningCurve
    from framing.classifier.curve import learning_curve as learning_curve
    from framing.classifier.folded import FoldedClassifier as FoldedClassifier
    from framing.classifier.folded import load_classifier as load_classifier
    from framing.classifier.frame_classifier import FrameClassifier as FrameClassifier
    from framing.classifier.settings import TrainingSettings as TrainingSettings
    from framing.classifier.summary import TrainingSummary as TrainingSummary
    from framing.classifier.training import train as train


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'framing.classifier' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
