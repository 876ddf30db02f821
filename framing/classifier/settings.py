"""Settings of a training run; the recipes in ``training/`` are files of them."""

from math import ceil
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from framing.errors import FramingError

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
LEAST_CODED = 50  # sentences to learn from
_EPOCHS, _STEPS = 4, 300  # at least

AdapterLayers = Literal["upper", "all"]
Share = Annotated[float, Field(gt=0, le=1 / 3)]


class TrainingSettings(BaseModel):
    """How a classifier is fine-tuned.

    Parameters
    ----------
    encoder : str
        ``all-MiniLM-L6-v2`` (shipped in a package, works offline), ``all-mpnet-base-v2`` (five times the size, from
        packages named when it is missing), a local folder, or a Hugging Face id.
    adapter_rank : int
        0: the whole encoder is fine-tuned. Else it stays as it is, and low-rank adapters of this rank are learned in
        its layers: for large encoders, at a learning rate of about 5e-4. The model folder then holds the adapters
        only, and needs the same encoder at hand.
    adapter_layers : {"upper", "all"}
        Layers that get adapters; in the upper half they are learned in half the time.
    teacher : str
        Larger model, folder or name, from which the networks learn beside the coded labels; "": none. One of frames
        gives hints, too (`framing.classifier.hints`), and must be a model of folds, each of whose networks teaches that
        of its own fold, so that neither has seen the fold's stories: it needs the same codings, `folds` and `seed`.
    ensemble : int
        More than 1: in place of a teacher, so many networks with seeds from `seed` on learn the codings of each fold
        first, and their mean teaches the network that stays. Needs several `folds`. For frames only.
    max_uncoded : int
        At most so many sentences that nobody coded are drawn for a teacher or ensemble to label. Each is read by every
        network that teaches and, `epochs` times, by those that learn.
    context : {"none", "previous", "article"}
        previous: the network reads the sentence before beside the sentence it labels. article: it reads the sentence
        alone, and its probabilities are then revised by those of the article's other sentences; needs several `folds`,
        and sentences that come without their article get the probabilities of the network.
    epochs : int, optional
        Passes over the sentences. Without: four, and more of few sentences, to make 300 batches, since after fewer the
        network is still learning (Mosbach et al. 2021, On the stability of fine-tuning BERT, advise 20 epochs of small
        sets).
    batch_size, learning_rate, head_learning_rate, weight_decay, warmup_share : numbers
        Of AdamW with a linear schedule; the new head learns faster than the encoder.
    dropout : float
        In the encoder's layers of dropout, in place of what it was pretrained with, and before the head.
    frozen_layers : int
        Layers that stay as they were pretrained, from the embeddings (1) up; 0 trains all. Training is faster.
    max_tokens : int
        Longer inputs are cut. No more than the encoder holds, which is 512 for most.
    validation_share, test_share : float
        Shares of the stories kept out of training: to choose thresholds, and to report scores. With several folds
        nothing more is kept out.
    folds : int
        1, or the number of networks that are each trained on all other folds, so that every coded sentence has a
        score by a network that did not see its story.
    refit : bool
        With several folds: use them for thresholds, calibration and scores only, and then train one network on all
        coded sentences. It is smaller and has seen them all, so they cannot correct its counts. Refused with one fold.
    weights : {"float32", "int8"}
        int8: weights are rounded to 8 bits before thresholds are chosen; the model folder is a quarter of the size.
    seed : int
        Of the splits, the head's weights, the order of batches and dropout.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    encoder: str = DEFAULT_ENCODER
    adapter_rank: int = Field(default=0, ge=0)
    adapter_layers: AdapterLayers = "upper"
    teacher: str = ""
    max_uncoded: int = Field(default=30_000, ge=1)
    context: Literal["none", "previous", "article"] = "none"
    epochs: int | None = Field(default=None, ge=1)
    batch_size: int = Field(default=16, ge=1)
    learning_rate: float = Field(default=8e-5, gt=0)
    head_learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=0.01, ge=0)
    warmup_share: float = Field(default=0.1, ge=0, lt=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    frozen_layers: int = Field(default=0, ge=0)
    max_tokens: int = Field(default=160, ge=8)
    validation_share: Share = 0.15
    test_share: Share = 0.2
    folds: int = Field(default=1, ge=1, validate_default=True)
    ensemble: int = Field(default=1, ge=1)
    refit: bool = Field(default=False, validate_default=True)
    weights: Literal["float32", "int8"] = "float32"
    seed: int = Field(default=13, ge=0, lt=2**32)

    @field_validator("folds")
    @classmethod
    def _folds_fit(cls, folds: int, info: ValidationInfo) -> int:
        if folds == 1 and info.data.get("context") == "article":
            raise ValueError("must be 2 or more for context: article, which is learned on scores out of fold")
        return folds

    @field_validator("ensemble")
    @classmethod
    def _ensemble_fits(cls, ensemble: int, info: ValidationInfo) -> int:
        if ensemble > 1 and (info.data.get("teacher") or info.data.get("folds") == 1):
            raise ValueError("needs folds of 2 or more, and stands in place of a teacher; add folds, or leave one out")
        return ensemble

    @field_validator("refit")
    @classmethod
    def _refit_fits(cls, refit: bool, info: ValidationInfo) -> bool:
        if refit and info.data.get("folds") == 1:
            raise ValueError("needs folds of 2 or more, to choose thresholds and to be scored by, but folds is 1")
        return refit

    @field_validator("weights")
    @classmethod
    def _weights_fit(cls, weights: str, info: ValidationInfo) -> str:
        if weights == "int8" and info.data.get("adapter_rank"):
            raise ValueError("int8 is for a wholly fine-tuned encoder, but adapter_rank says that it stays as it is")
        return weights

    @property
    def taught(self) -> bool:
        """Whether the networks learn from others beside the codings."""
        return bool(self.teacher) or self.ensemble > 1

    def passes(self, n_examples: int) -> int:
        """Epochs over so many sentences."""
        return self.epochs or max(_EPOCHS, ceil(_STEPS * self.batch_size / n_examples))

    def resolved(self, n_sentences: int) -> Self:
        """Settings that say how many epochs there will be when a classifier is trained on so many sentences.

        Not with an ensemble, whose networks learn from fewer sentences than who learns from them.
        """
        if self.ensemble > 1:
            return self
        learned = 1 - 1 / self.folds if self.folds > 1 else (1 - self.test_share) * (1 - self.validation_share)
        return self.model_copy(update={"epochs": self.passes(round(learned * n_sentences))})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read settings from YAML; what the file leaves out keeps its default.

        Raises
        ------
        FramingError
            If the file cannot be read or a setting is unknown or out of range.
        """
        return cls.checked(read_settings(path), str(path))

    @classmethod
    def of_model(cls, content: dict[str, Any], where: str) -> Self:
        """Settings in the manifest of a model.

        Raises
        ------
        FramingError
            As `checked`.
        """
        try:
            return cls.checked(content, where)
        except FramingError as error:
            raise FramingError(f"{error}; copy the whole folder again, or use the version that made it") from None

    @classmethod
    def checked(cls, content: dict[str, Any], where: str) -> Self:
        """Settings from names and values.

        Raises
        ------
        FramingError
            If a setting is unknown or out of range; `where` says where it was given.
        """
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            problem = error.errors()[0]
            name, message = ".".join(str(step) for step in problem["loc"]), problem["msg"].removeprefix("Value error, ")
            if problem["type"] == "extra_forbidden":
                message = f"no such setting, expected one of {', '.join(cls.model_fields)}"
            raise FramingError(f"{where}: setting {name}: {message}, found {problem['input']!r}") from None


def read_settings(path: Path) -> dict[str, Any]:
    """Names and values in a YAML file of settings, unchecked.

    Raises
    ------
    FramingError
        If the file cannot be read.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise FramingError(f"{path}: settings could not be read ({reason}); check the file") from None
    if not isinstance(content, dict):
        raise FramingError(f"{path}: expected lines such as 'epochs: 4'; see training/default.yaml")
    return content
