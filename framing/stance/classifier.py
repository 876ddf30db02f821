"""`StanceClassifier`: one network for any target; fine-tune, calibrate, predict, save, load."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from framing.arrays import Codes, Floats
from framing.artefact import MANIFEST, Manifest, new_artefact
from framing.classifier.calibration import fit_temperature, tempered
from framing.classifier.fitting import fit_network, new_network
from framing.classifier.folder import described, find
from framing.classifier.inference import Compute, infer, torch_compute
from framing.classifier.network import FrameNetwork
from framing.classifier.record import SplitRow, read_split, write_split
from framing.classifier.rounding import round_weights
from framing.classifier.settings import TrainingSettings
from framing.classifier.storage import read_network, write_network
from framing.classifier.teacher import NO_TEACHER, hasten, mixed
from framing.errors import FramingError
from framing.stance.inputs import Targeted, encode_targeted
from framing.stance.values import OUTCOMES

KIND = "stance-model"
INPUTS = "all targets marked"  # how sentences are put to the network; others would be read wrongly


def decide_outcomes(probabilities: Floats) -> Codes:
    """Positions in `OUTCOMES` by probabilities of shape (n, 4): absent if that is likelier than not, else a stance."""
    absent = probabilities[:, -1] > 0.5
    return np.where(absent, len(OUTCOMES) - 1, probabilities[:, :-1].argmax(axis=1))


class StanceClassifier:
    """Tells how a sentence stands toward a target: one network serves any target.

    Parameters
    ----------
    settings : TrainingSettings, optional
        How to fine-tune.

    Attributes
    ----------
    temperature : float
        Divides the log odds, see `framing.classifier.calibration.fit_temperature`.
    accelerated : callable, optional
        What computes probabilities in place of the network; `framing.engine.accelerate` sets it.
    manifest : dict
        Of the model folder; empty before it is written.
    record : list of SplitRow
        What each sentence was used for.
    taught_by : str
        Hash of the model that taught it; empty where none did.
    """

    def __init__(self, settings: TrainingSettings | None = None) -> None:
        self.settings = settings or TrainingSettings()
        self.temperature = 1.0
        self.accelerated: Compute | None = None
        self.manifest: Manifest = {}
        self.folder: Path | None = None
        self.record: list[SplitRow] = []
        self.taught_by = ""
        self._network: FrameNetwork | None = None
        self._tokenizer: PreTrainedTokenizerBase | None = None

    def fine_tune(self, sentences: Sequence[Targeted], outcomes: Codes, uncoded: Sequence[Targeted] = ()) -> None:
        """Fine-tune the encoder on sentences, each with one target.

        If the settings name a teacher, a model of stance, half of what is learned is what it says of them.

        Parameters
        ----------
        sentences : sequence of Targeted, length n
        outcomes : ndarray of int, shape (n,)
            Positions in `OUTCOMES`: a stance, or absent where the sentence is not about its target.
        uncoded : sequence of Targeted
            Sentences that nobody coded: of them is learned what the teacher says.

        Raises
        ------
        FramingError
            If there are sentences that nobody coded, and no teacher.
        """
        self.accelerated, self.folder, self.manifest = None, None, {}
        asked = [*sentences, *uncoded]
        targets = self._targets(asked, np.eye(len(OUTCOMES))[outcomes])
        self._network, self._tokenizer = new_network(self.settings, len(OUTCOMES), exclusive=True)
        encoded = encode_targeted(self._tokenizer, asked, self.settings.max_tokens)
        fit_network(self._network, self._tokenizer, encoded, targets, self.settings)
        if self.settings.weights == "int8":
            round_weights(self._network)

    def calibrate(self, sentences: Sequence[Targeted], outcomes: Codes) -> None:
        """Choose the temperature on sentences that were not learned from; the likeliest outcome stays."""
        self.temperature = 1.0
        self.temperature = fit_temperature(self.predict_proba(sentences), outcomes)

    def predict_proba(self, sentences: Sequence[Targeted]) -> Floats:
        """Probability of each of `OUTCOMES`, shape (n_sentences, 4); rows sum to 1."""
        network, tokenizer = self._fitted()
        encoded = encode_targeted(tokenizer, sentences, self.settings.max_tokens)
        compute = self.accelerated or torch_compute(network.probabilities, network.device)
        result = infer(encoded, tokenizer.pad_token_id or 0, compute, len(OUTCOMES), "Stance")
        return tempered(result, self.temperature)

    @property
    def networks(self) -> Sequence["StanceClassifier"]:
        """The one there is."""
        return [self]

    @property
    def network(self) -> FrameNetwork:
        """The fitted network."""
        return self._fitted()[0]

    def save_pretrained(self, output: str | Path, *, overwrite: bool = False) -> None:
        """Write the model folder: weights, tokenizer, settings, temperature and the record of training.

        Raises
        ------
        FramingError
            If the classifier is not fitted, or the folder exists or cannot be written.
        """
        with new_artefact(Path(output), KIND, overwrite=overwrite) as (folder, manifest):
            manifest |= {
                "labels": list(OUTCOMES),
                "inputs": INPUTS,
                "temperature": self.temperature,
                "settings": self.settings.model_dump(mode="json"),
                **write_network(folder, *self._fitted(), rounded=self.settings.weights == "int8"),
            }
            if self.taught_by:
                manifest["teacher"] = self.taught_by
            write_split(folder, self.record)
            self.manifest = manifest

    @classmethod
    def from_pretrained(cls, name_or_path: str | Path) -> Self:
        """Load a model folder, or a shipped model by its name.

        Raises
        ------
        FramingError
            If there is no such model, or it has other labels or inputs, lacks weights, has other weights, configuration
            or tokenizer than it was saved with, holds pickles, or asks for remote code.
        """
        folder = find(name_or_path)
        with described(folder, KIND) as manifest:
            for name, expected in (("labels", list(OUTCOMES)), ("inputs", INPUTS)):
                if (found := manifest.get(name)) != expected:
                    raise FramingError(
                        f"{folder}: {name} {found}, expected {expected}; train it with this version of framing"
                    )
            classifier = cls(TrainingSettings.of_model(manifest["settings"], str(folder / MANIFEST)))
            classifier.temperature, classifier.manifest = float(manifest["temperature"]), manifest
            network, classifier._tokenizer = read_network(
                folder, manifest, classifier.settings, len(OUTCOMES), exclusive=True
            )
        classifier.folder, classifier.taught_by = folder, manifest.get("teacher", "")
        classifier.record = read_split(folder)
        classifier._network = network.to("cuda") if torch.cuda.is_available() else network
        return classifier

    def _targets(self, asked: Sequence[Targeted], coded: Floats) -> Floats:
        """What is to be learned of all that is asked, of which the first are coded."""
        if self.settings.ensemble > 1:
            raise FramingError("setting ensemble: is for frames only; name a teacher, or leave it out")
        if not self.settings.teacher:
            if len(asked) > len(coded):
                raise FramingError(NO_TEACHER)
            return coded
        teacher = StanceClassifier.from_pretrained(self.settings.teacher)
        self.taught_by = teacher.manifest["sha256"]
        hasten(teacher.network)
        said = teacher.predict_proba(asked)
        said[: len(coded)] = mixed(coded, said[: len(coded)])
        return said

    def _fitted(self) -> tuple[FrameNetwork, Any]:
        if self._network is None or self._tokenizer is None:
            raise FramingError("the stance classifier is not fitted; call fine_tune, or load one with from_pretrained")
        return self._network, self._tokenizer
