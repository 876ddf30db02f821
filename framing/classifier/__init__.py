"""The frame classifier: a fine-tuned encoder with a multi-label head, its training, its folder."""

from framing.classifier.frame_classifier import FrameClassifier
from framing.classifier.settings import TrainingSettings
from framing.classifier.summary import TrainingSummary
from framing.classifier.training import train

__all__ = ["FrameClassifier", "TrainingSettings", "TrainingSummary", "train"]
