"""What every classifier can do, whether it is one network or several."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from framing.artefact import MANIFEST, Manifest, new_artefact
from framing.classifier.article_context import ArticleContext
from framing.classifier.folder import KIND
from framing.classifier.record import SplitRow, read_record, write_split
from framing.classifier.settings import TrainingSettings
from framing.classifier.thresholds import decide
from framing.codebook import Codebook
from framing.errors import FramingError

if TYPE_CHECKING:
    from framing.classifier.frame_classifier import FrameClassifier

BOILERPLATE = "boilerplate"


class Classifier(ABC):
    """Tags sentences with the frames of a codebook.

    Attributes
    ----------
    thresholds : dict of str to float
        Of each of `labels`.
    calibration : dict of str to [slope, intercept]
        Of each of `labels`, see `framing.classifier.calibration`.
    article_context : ArticleContext or None
        Revises the probabilities of sentences that come with their article.
    manifest : dict
        Of the model folder; empty before it is written.
    record : list of SplitRow
        What `framing train` used each coded sentence for.
    taught_by : str
        Hash of the model that taught it; empty where none did.
    """

    def __init__(self, codebook: Codebook, settings: TrainingSettings | None = None) -> None:
        self.codebook = codebook
        self.settings = settings or TrainingSettings()
        self._forget()

    @property
    def labels(self) -> tuple[str, ...]:
        """Outputs in order: the codebook's frames, then ``boilerplate``."""
        return (*self.codebook.frame_names, BOILERPLATE)

    def _forget(self) -> None:
        """Be as if nothing was learned or loaded yet."""
        self.thresholds: dict[str, float] = {}
        self.calibration: dict[str, list[float]] = {name: [1.0, 0.0] for name in self.labels}
        self.article_context: ArticleContext | None = None
        self.manifest: Manifest = {}
        self.folder: Path | None = None
        self.record: list[SplitRow] = []
        self.taught_by = ""

    def _as_labels(
        self, n_sentences: int, frames: NDArray[np.bool_], boilerplate: NDArray[np.bool_] | None
    ) -> NDArray[np.bool_]:
        """Frames and boilerplate, which no sentence is if it is None: shape (n_sentences, n_frames + 1)."""
        marks = np.zeros(n_sentences, dtype=bool) if boilerplate is None else boilerplate
        expected = (n_sentences, len(self.codebook.frame_names))
        if np.shape(frames) != expected or np.shape(marks) != expected[:1]:
            raise FramingError(
                f"frames: expected shape {expected}, sentences by frames of codebook {self.codebook.name}, found "
                f"{np.shape(frames)}, and boilerplate of {np.shape(marks)}; give a row to each sentence"
            )
        labels = np.column_stack([frames, marks])
        if not np.isin(labels, (0, 1)).all():
            raise FramingError("frames and boilerplate: expected 0 or 1, whether each applies; decide each")
        return labels.astype(bool)

    @property
    @abstractmethod
    def networks(self) -> Sequence["FrameClassifier"]:
        """The classifiers of one network each that it consists of."""

    @property
    def curves(self) -> NDArray[np.float64]:
        """Calibration as an array, shape (n_labels, 2), see `framing.classifier.calibration.calibrate`."""
        return np.array([self.calibration[name] for name in self.labels])

    @property
    def thresholds_in_articles(self) -> dict[str, float]:
        """Of each of `labels`, for sentences that come with their article."""
        if self.article_context is None:
            return self.thresholds
        return dict(zip(self.labels, self.article_context.thresholds.tolist(), strict=True))

    @abstractmethod
    def label_probabilities(
        self, sentences: Sequence[str], previous: Sequence[str] | None = None
    ) -> NDArray[np.float64]:
        """Probability of each of `labels`, shape (n_sentences, n_frames + 1)."""

    def predict_proba(self, sentences: Sequence[str], previous: Sequence[str] | None = None) -> NDArray[np.float64]:
        """Probability of each frame.

        Parameters
        ----------
        sentences, previous : sequence of str, length n_sentences

        Returns
        -------
        ndarray of float, shape (n_sentences, n_frames)
            0 to 1, columns in the codebook's order; rows need not sum to 1.
        """
        return self.label_probabilities(sentences, previous)[:, :-1]

    def predict(self, sentences: Sequence[str], previous: Sequence[str] | None = None) -> NDArray[np.bool_]:
        """Whether each frame applies, shape (n_sentences, n_frames): probability at or above its threshold.

        Rows recognised as boilerplate have no frame.
        """
        return self.decide(self.label_probabilities(sentences, previous))[:, :-1]

    def decide(self, probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Apply the thresholds to `label_probabilities`; boilerplate rows lose their frames."""
        return decide(probabilities, self._threshold_row())

    def save_pretrained(self, output: str | Path, *, overwrite: bool = False) -> None:
        """Write the model folder: weights, tokenizer, codebook, thresholds, settings, and the record of training.

        Raises
        ------
        FramingError
            If the classifier is not fitted, or the folder exists or cannot be written.
        """
        with new_artefact(Path(output), KIND, overwrite=overwrite) as (folder, manifest):
            self.write(folder, manifest)

    def write(self, folder: Path, manifest: Manifest) -> None:
        """Write the files of the model into `folder` and describe them in `manifest`."""
        manifest |= {
            "codebook": self.codebook.reference,
            "labels": list(self.labels),
            "thresholds": self.thresholds,
            "calibration": self.calibration,
            "settings": self.settings.model_dump(mode="json"),
            **self._write_weights(folder),
        }
        if self.taught_by:
            manifest["teacher"] = self.taught_by
        if self.article_context is not None:
            manifest["article_context"] = self.article_context.as_dict()
        self.codebook.save(folder / "codebook.yaml")
        write_split(folder, self.record)
        self.manifest = manifest

    @classmethod
    def _described(cls, folder: Path, manifest: Manifest) -> Self:
        """A classifier as the files in `folder` describe it, still without weights."""
        codebook = Codebook.load(folder / "codebook.yaml")
        codebook.check_same(manifest["codebook"], str(folder))
        classifier = cls(codebook, TrainingSettings.of_model(manifest["settings"], str(folder / MANIFEST)))
        if missing := [name for name in classifier.labels if name not in manifest["thresholds"]]:
            remedy = "copy the whole folder again, or choose thresholds (adjust) before it is saved"
            raise FramingError(f"{folder}: no threshold of {missing[0]}; {remedy}")
        classifier.thresholds = {name: float(manifest["thresholds"][name]) for name in classifier.labels}
        classifier.calibration |= manifest.get("calibration", {})  # models of version 0.1.0 have none
        if "article_context" in manifest:
            classifier.article_context = ArticleContext.from_dict(manifest["article_context"])
        classifier.taught_by = manifest.get("teacher", "")
        classifier.manifest = manifest
        classifier.folder = folder
        classifier.record = read_record(folder, manifest)
        return classifier

    @abstractmethod
    def _write_weights(self, folder: Path) -> Manifest:
        """Write the weights into `folder`; returns for the manifest ``sha256``, which tells them from others."""

    def _threshold_row(self) -> NDArray[np.float64]:
        return np.array([self.thresholds[name] for name in self.labels])
