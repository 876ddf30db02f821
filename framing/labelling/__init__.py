"""New articles or sentences in, labels out."""

from framing.labelling.apply import label
from framing.labelling.batch import label_batch
from framing.labelling.labeller import Labeller
from framing.labelling.labels import Labels
from framing.labelling.parts import LabelSummary
from framing.labelling.reading import read_labels

__all__ = ["LabelSummary", "Labeller", "Labels", "label", "label_batch", "read_labels"]
