"""New articles or sentences in, labels out."""

from framing.labelling.apply import LabelSummary, label
from framing.labelling.batch import label_batch
from framing.labelling.labels import Labels, read_labels

__all__ = ["LabelSummary", "Labels", "label", "label_batch", "read_labels"]
