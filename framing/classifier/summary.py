"""What a training run gives back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framing.classifier.base import Classifier
from framing.decisions import macro_f1, two_decimals

NO_SCORES_OF_FOLDS = "no scores: every text is also in another fold; code other texts"


@dataclass(frozen=True)
class FrameScore:
    """Precision, recall and F1 of one frame on held-out stories, where `positives` sentences have it.

    NaN where undefined, see `framing.decisions.precision_recall_f1`.
    """

    frame: str
    precision: float
    recall: float
    f1: float
    positives: int

    @property
    def shown(self) -> tuple[str, str, str]:
        """Precision, recall and F1 as readers see them."""
        return two_decimals(self.precision), two_decimals(self.recall), two_decimals(self.f1)


@dataclass(frozen=True)
class TrainingSummary:
    """A trained model and how it did on stories it was not trained on.

    `n_test` sentences are scored. In a model of several folds these are all coded sentences, each scored by the network
    that did not see its story, and `n_validation` is 0. Left out are `n_repeated`, whose very text is in another part
    or fold; where no sentence is left, `scores` is empty. Of `n_uncoded` sentences that nobody coded it learned what a
    teacher or ensemble says.
    """

    folder: Path
    classifier: Classifier
    scores: list[FrameScore]
    n_train: int
    n_validation: int
    n_test: int
    n_repeated: int
    n_uncoded: int

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the frames that a held-out sentence has or is labelled with; NaN if there is none."""
        return float(macro_f1(np.array([[score.f1 for score in self.scores]]))[0])

    @property
    def left_out(self) -> str:
        """How many sentences are not scored, and why, in brackets; empty if there are none."""
        other = "fold" if self.classifier.settings.folds > 1 else "part"
        return f" ({self.n_repeated:,} left out, whose very text is also in another {other})" if self.n_repeated else ""

    @property
    def no_scores(self) -> str:
        """Why there are none, and what to do."""
        if self.classifier.settings.folds > 1:
            return NO_SCORES_OF_FOLDS
        return "no scores: every text kept for testing is also in another part; code other texts, or use --folds"
