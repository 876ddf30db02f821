"""What a training run gives back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framing.classifier.frame_classifier import FrameClassifier


@dataclass(frozen=True)
class FrameScore:
    """Precision, recall and F1 of one frame on the held-out stories, where `positives` sentences have it."""

    frame: str
    precision: float
    recall: float
    f1: float
    positives: int


@dataclass(frozen=True)
class TrainingSummary:
    """A trained model and how it did on the stories kept out of training."""

    folder: Path
    classifier: FrameClassifier
    scores: list[FrameScore]
    n_train: int
    n_validation: int
    n_test: int

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the frames."""
        return float(np.mean([score.f1 for score in self.scores]))
