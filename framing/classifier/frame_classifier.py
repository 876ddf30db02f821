"""`FrameClassifier`: fit, predict, save, load."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from framing.artefact import Manifest, new_artefact, read_manifest
from framing.classifier import folder as model_folder
from framing.classifier.fitting import fit_network, new_network
from framing.classifier.inputs import Collator, batches, encode
from framing.classifier.network import FrameNetwork
from framing.classifier.settings import TrainingSettings
from framing.classifier.splits import hold_out
from framing.classifier.thresholds import best_threshold
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.progress import bar

BOILERPLATE = "boilerplate"
_BATCH_TOKENS = 2048


class FrameClassifier:
    """Tags sentences with the frames of a codebook.

    Parameters
    ----------
    codebook : Codebook
        Its frames are the labels; one more output recognises boilerplate.
    settings : TrainingSettings, optional
        How to fine-tune.

    Examples
    --------
    >>> classifier = FrameClassifier.from_pretrained("model/")  # doctest: +SKIP
    >>> classifier.predict_proba(["The two sides pledged to deepen their partnership."])  # doctest: +SKIP
    """

    def __init__(self, codebook: Codebook, settings: TrainingSettings | None = None) -> None:
        self.codebook = codebook
        self.settings = settings or TrainingSettings()
        self.thresholds: dict[str, float] = {}
        self.manifest: Manifest = {}
        self.folder: Path | None = None
        self.validation_rows: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self._network: FrameNetwork | None = None
        self._tokenizer: PreTrainedTokenizerBase | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Outputs in order: the codebook's frames, then ``boilerplate``."""
        return (*self.codebook.frame_names, BOILERPLATE)

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
        """
        groups = list(stories) if stories is not None else [str(i) for i in range(len(sentences))]
        if boilerplate is None:
            boilerplate = np.zeros(len(sentences), dtype=bool)
        labels = np.column_stack([frames, boilerplate])
        if len(set(groups)) < 2:
            raise FramingError("fit needs sentences of at least two stories, one of them to choose thresholds on")
        training, validation = hold_out(frames, groups, self.settings.validation_share, self.settings.seed)
        self.validation_rows = validation
        self._network, self._tokenizer = new_network(self.settings, labels.shape[1])
        context = self._context(previous)
        fit_network(
            self._network,
            self._tokenizer,
            [sentences[i] for i in training],
            labels[training],
            self.settings,
            [context[i] for i in training] if context else None,
        )
        probabilities = self.label_probabilities(
            [sentences[i] for i in validation], [context[i] for i in validation] if context else None
        )
        self.thresholds = {
            name: best_threshold(probabilities[:, column], labels[validation, column])
            for column, name in enumerate(self.labels)
        }
        return self

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

    def label_probabilities(
        self, sentences: Sequence[str], previous: Sequence[str] | None = None
    ) -> NDArray[np.float64]:
        """Probability of each of `labels`, shape (n_sentences, n_frames + 1)."""
        network, tokenizer = self._fitted()
        encoded = encode(tokenizer, sentences, self._context(previous), self.settings.max_tokens)
        collate = Collator(tokenizer.pad_token_id or 0)
        device = next(network.parameters()).device
        result = np.empty((len(sentences), len(self.labels)))
        with bar("Labelling", len(sentences)) as advance:
            for rows in batches(encoded, _BATCH_TOKENS):
                batch = {name: values.to(device) for name, values in collate([encoded[i] for i in rows]).items()}
                result[rows] = network.probabilities(batch).cpu().numpy()
                advance(len(rows))
        return result

    def decide(self, probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Apply the thresholds to `label_probabilities`; boilerplate rows lose their frames."""
        decided = probabilities >= np.array([self.thresholds[name] for name in self.labels])
        decided[:, :-1] &= ~decided[:, -1:]
        return decided

    def save_pretrained(self, output: str | Path, *, overwrite: bool = False) -> None:
        """Write the model folder: weights, tokenizer, codebook, thresholds, settings.

        Raises
        ------
        FramingError
            If the classifier is not fitted, or the folder exists or cannot be written.
        """
        self._fitted()
        with new_artefact(Path(output), model_folder.KIND, overwrite=overwrite) as (folder, manifest):
            self.write(folder, manifest)

    def write(self, folder: Path, manifest: Manifest) -> None:
        """Write the files of the model into `folder` and describe them in `manifest`."""
        network, tokenizer = self._fitted()
        manifest |= {
            "codebook": self.codebook.reference,
            "labels": list(self.labels),
            "thresholds": self.thresholds,
            "settings": self.settings.model_dump(mode="json"),
            "sha256": model_folder.write_network(folder, network, tokenizer),
        }
        self.codebook.save(folder / "codebook.yaml")
        self.manifest = manifest

    @classmethod
    def from_pretrained(cls, name_or_path: str | Path) -> Self:
        """Load a model folder, or a shipped model by its name.

        Raises
        ------
        FramingError
            If there is no such model, or it lacks weights, has other weights than it was saved with, holds
            pickles, or asks for remote code.
        """
        folder = model_folder.find(name_or_path)
        manifest = read_manifest(folder, model_folder.KIND)
        codebook = Codebook.load(folder / "codebook.yaml")
        codebook.check_same(manifest["codebook"], str(folder))
        classifier = cls(codebook, TrainingSettings(**manifest["settings"]))
        classifier._network, classifier._tokenizer = model_folder.read_network(
            folder, manifest["sha256"], len(classifier.labels)
        )
        classifier.thresholds = manifest["thresholds"]
        classifier.manifest = manifest
        classifier.folder = folder
        if torch.cuda.is_available():
            classifier._network.to("cuda")
        return classifier

    def _context(self, previous: Sequence[str] | None) -> Sequence[str] | None:
        return previous if self.settings.context == "previous" else None

    def _fitted(self) -> tuple[FrameNetwork, Any]:
        if self._network is None or self._tokenizer is None:
            raise FramingError("the classifier is not fitted; call fit, or load one with from_pretrained")
        return self._network, self._tokenizer
