"""`FrameClassifier`: one network; fit, predict, save, load."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from framing.arrays import Floats
from framing.artefact import Manifest
from framing.classifier.base import Classifier
from framing.classifier.calibration import calibrate, fit_calibration
from framing.classifier.fitting import fit_network, new_network
from framing.classifier.folder import KIND, described, find
from framing.classifier.hints import Hints
from framing.classifier.inference import Compute, infer, torch_compute
from framing.classifier.inputs import context, encode, overlong
from framing.classifier.network import FrameNetwork
from framing.classifier.record import split_rows
from framing.classifier.rounding import round_weights
from framing.classifier.settings import TrainingSettings
from framing.classifier.splits import hold_out
from framing.classifier.storage import read_network, write_network
from framing.classifier.thresholds import best_thresholds
from framing.codebook import Codebook
from framing.errors import FramingError


class FrameClassifier(Classifier):
    """Tags sentences with the frames of a codebook.

    Parameters
    ----------
    codebook : Codebook
        Its frames are the labels; one more output recognises boilerplate.
    settings : TrainingSettings, optional
        How to fine-tune.

    Attributes
    ----------
    accelerated : callable, optional
        What computes probabilities in place of the network; `framing.engine.accelerate` sets it.

    Examples
    --------
    >>> classifier = FrameClassifier.from_pretrained("model/")  # doctest: +SKIP
    >>> classifier.predict_proba(["The two sides pledged to deepen their partnership."])  # doctest: +SKIP
    """

    def __init__(self, codebook: Codebook, settings: TrainingSettings | None = None) -> None:
        super().__init__(codebook, settings)
        self.validation_rows: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self.accelerated: Compute | None = None
        self._network: FrameNetwork | None = None
        self._tokenizer: PreTrainedTokenizerBase | None = None

    def fit(
        self,
        sentences: Sequence[str],
        frames: NDArray[np.bool_],
        *,
        stories: Sequence[str] | None = None,
        boilerplate: NDArray[np.bool_] | None = None,
        previous: Sequence[str] | None = None,
    ) -> Self:
        """Fine-tune the encoder, and choose a threshold per frame on stories that are kept out.

        `validation_rows` then holds the positions of the sentences that the thresholds were chosen on.

        Parameters
        ----------
        sentences : sequence of str, length n
        frames : ndarray of bool, shape (n, n_frames)
            In the codebook's order.
        stories : sequence of str, length n, optional
            What must stay on one side of a split; by default each sentence for itself.
        boilerplate : ndarray of bool, shape (n,), optional
        previous : sequence of str, length n, optional
            The sentence before each, empty where there is none; used if the settings say so.

        Raises
        ------
        FramingError
            If there are fewer than two stories, the settings name a teacher or ensemble, or arrays have other shapes.
        """
        if self.settings.taught:
            raise FramingError(
                f"teacher {self.settings.teacher or 'ensemble'}: a model of folds, which teaches several networks, but "
                "this is one; train with as many folds as it has"
            )
        groups = list(stories) if stories is not None else [str(i) for i in range(len(sentences))]
        labels = self._as_labels(len(sentences), frames, boilerplate)
        if len(set(groups)) < 2:
            raise FramingError("fit needs sentences of at least two stories, one of them to choose thresholds on")
        training, validation = hold_out(frames, groups, self.settings.validation_share, self.settings.seed)
        self.validation_rows = validation
        sentences = list(sentences)
        before = list(previous) if previous is not None else [""] * len(sentences)
        self.fine_tune([sentences[i] for i in training], labels[training], [before[i] for i in training])
        probabilities = self.label_probabilities([sentences[i] for i in validation], [before[i] for i in validation])
        self.adjust(probabilities, labels[validation])
        parts = np.full(len(sentences), "train", dtype=object)
        parts[validation] = "validation"
        self.record = split_rows(sentences, groups, parts.tolist())
        return self

    def adjust(self, probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> None:
        """Choose calibration and thresholds.

        Parameters
        ----------
        probabilities : ndarray of float, shape (n, n_frames + 1)
            Uncalibrated, of sentences that were not learned from.
        labels : ndarray of bool, shape (n, n_frames + 1)
        """
        curves = fit_calibration(probabilities, labels)
        self.calibration = dict(zip(self.labels, curves.tolist(), strict=True))
        chosen = best_thresholds(calibrate(probabilities, curves), labels)
        self.thresholds = dict(zip(self.labels, chosen.tolist(), strict=True))

    def fine_tune(
        self,
        sentences: Sequence[str],
        labels: NDArray[np.bool_] | NDArray[np.float64],
        previous: Sequence[str] | None = None,
        hints: Hints | None = None,
    ) -> None:
        """Fine-tune the encoder on all the sentences, and leave thresholds, calibration and record to the caller.

        Parameters
        ----------
        sentences, previous : sequence of str, length n
        labels : ndarray of bool or float, shape (n, n_frames + 1)
            In the order of `labels`: whether each applies, or how likely.
        hints : ndarray of float32, shape (n, width), optional
            What a teacher reads of each, see `framing.classifier.hints`.
        """
        self._forget()
        self.accelerated = None
        self._network, self._tokenizer = new_network(self.settings, labels.shape[1])
        encoded = encode(self._tokenizer, sentences, context(previous, self.settings), self.settings.max_tokens)
        fit_network(self._network, self._tokenizer, encoded, labels.astype(float), self.settings, hints)
        if self.settings.weights == "int8":
            round_weights(self._network)

    def label_probabilities(
        self, sentences: Sequence[str], previous: Sequence[str] | None = None
    ) -> NDArray[np.float64]:
        """Probability of each of `labels`, shape (n_sentences, n_frames + 1)."""
        network, _ = self._fitted()
        compute = self.accelerated or torch_compute(network.probabilities, network.device)
        return calibrate(self._infer(sentences, previous, compute, len(self.labels)), self.curves)

    def teach(self, sentences: Sequence[str], previous: Sequence[str] | None = None) -> tuple[Floats, Hints]:
        """What a pupil learns from it: `label_probabilities`, and what its head reads of each sentence.

        Returns
        -------
        probabilities : ndarray of float, shape (n_sentences, n_frames + 1)
        hints : ndarray of float32, shape (n_sentences, hidden size)
        """
        (network, _), n_labels = self._fitted(), len(self.labels)
        width = n_labels + network.head.in_features
        lesson = self._infer(sentences, previous, torch_compute(network.lesson, network.device), width)
        return calibrate(lesson[:, :n_labels], self.curves), lesson[:, n_labels:].astype(np.float32)

    def _infer(self, sentences: Sequence[str], previous: Sequence[str] | None, compute: Compute, width: int) -> Floats:
        _, tokenizer = self._fitted()
        encoded = encode(tokenizer, sentences, context(previous, self.settings), self.settings.max_tokens)
        return infer(encoded, tokenizer.pad_token_id or 0, compute, width, "Labelling")

    def overlong(self, sentences: Sequence[str], previous: Sequence[str] | None = None) -> NDArray[np.bool_]:
        """Tell which sentences it reads the beginning of only, shape (n_sentences,)."""
        _, tokenizer = self._fitted()
        return overlong(tokenizer, sentences, context(previous, self.settings), self.settings.max_tokens)

    @property
    def networks(self) -> Sequence["FrameClassifier"]:
        """The one there is."""
        return [self]

    @property
    def network(self) -> FrameNetwork:
        """The fitted network."""
        return self._fitted()[0]

    @property
    def tokenizer(self) -> PreTrainedTokenizerBase:
        """Of the fitted network."""
        tokenizer: PreTrainedTokenizerBase = self._fitted()[1]
        return tokenizer

    def _write_weights(self, folder: Path) -> Manifest:
        return write_network(folder, *self._fitted(), rounded=self.settings.weights == "int8")

    @classmethod
    def from_pretrained(cls, name_or_path: str | Path) -> Self:
        """Load a model folder, or a shipped model by its name.

        Raises
        ------
        FramingError
            If there is no such model, or it lacks weights, has other weights, configuration or tokenizer than it was
            saved with, holds pickles, asks for remote code, or is a model of several folds.
        """
        folder = find(name_or_path)
        with described(folder, KIND) as manifest:
            if "folds" in manifest:
                raise FramingError(
                    f"{folder}: a model of {manifest['folds']} folds, expected one network; open it with "
                    f"framing.classifier.load_classifier, or one of its networks ({folder / 'fold-0'})"
                )
            classifier = cls._described(folder, manifest)
            classifier._network, classifier._tokenizer = read_network(
                folder, manifest, classifier.settings, len(classifier.labels)
            )
        if torch.cuda.is_available():
            classifier._network.to("cuda")
        return classifier

    def _fitted(self) -> tuple[FrameNetwork, Any]:
        if self._network is None or self._tokenizer is None:
            raise FramingError("the classifier is not fitted; call fit, or load one with from_pretrained")
        return self._network, self._tokenizer
