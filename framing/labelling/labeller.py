"""`Labeller`: the classifiers of a labelling run, of frames and, where wanted, of stance and voice."""

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from framing.annotation.variables import ABSENT
from framing.artefact import Manifest, sha256_text
from framing.classifier.base import BOILERPLATE, Classifier
from framing.classifier.record import STANCE_SPLIT, VOICE_SPLIT, write_split
from framing.codebook import Codebook
from framing.engine import EngineName
from framing.progress import silent
from framing.resources import shipped
from framing.stance.values import STANCES

if TYPE_CHECKING:
    from framing.stance.classifier import StanceClassifier
    from framing.stance.voice import VoiceClassifier

SHIPPED_STANCE, SHIPPED_VOICE = shipped("models") / "stance", shipped("models") / "voice"


class Labeller:
    """What labels sentences.

    Parameters
    ----------
    frames : Classifier
        Its codebook has the targets, too.
    stance : StanceClassifier, optional
    voice : VoiceClassifier, optional
        Goes with `stance`.
    """

    def __init__(
        self,
        frames: Classifier,
        stance: "StanceClassifier | None" = None,
        voice: "VoiceClassifier | None" = None,
    ) -> None:
        if (stance is None) != (voice is None):
            raise TypeError("stance and voice are labelled together; give both classifiers or none")
        self.frames, self.stance, self.voice = frames, stance, voice

    @classmethod
    def load(
        cls,
        model: "str | Path | Classifier",
        stance: "bool | str | Path | StanceClassifier" = False,
        voice: "str | Path | VoiceClassifier" = SHIPPED_VOICE,
    ) -> Self:
        """Load what is not loaded yet.

        Parameters
        ----------
        model : str, Path or Classifier
            Of frames: model folder, name of a shipped model, or a classifier.
        stance : bool, str, Path or StanceClassifier
            Of stance; True for the shipped one, False for neither stance nor voice.
        voice : str, Path or VoiceClassifier
            Of voice, used with `stance`.

        Raises
        ------
        FramingError
            If there is no such model.
        """
        from framing.classifier import load_classifier  # needs torch, which evaluation does without

        frames = model if isinstance(model, Classifier) else load_classifier(model)
        if stance is False:
            return cls(frames)
        from framing.stance import StanceClassifier, VoiceClassifier

        name = SHIPPED_STANCE if stance is True else stance
        return cls(
            frames,
            name if isinstance(name, StanceClassifier) else StanceClassifier.from_pretrained(name),
            voice if isinstance(voice, VoiceClassifier) else VoiceClassifier.from_pretrained(voice),
        )

    @property
    def codebook(self) -> Codebook:
        """Of frames and targets."""
        return self.frames.codebook

    @property
    def reads_previous(self) -> bool:
        """Whether labels of a sentence depend on the one before."""
        return self.voice is not None or self.frames.settings.context == "previous"

    @property
    def reads_articles(self) -> bool:
        """Whether labels of a sentence depend on the whole article."""
        by_voice = self.voice is not None and self.voice.article_context is not None
        return by_voice or self.frames.article_context is not None

    def accelerate(self, engine: str, n_sentences: int, n_each: int, threads: int | None = None) -> str:
        """Let the networks compute in their fastest form, see `framing.engine.accelerate`.

        Parameters
        ----------
        engine : str
            Name of an engine, or what this returned in an earlier run, which is computed with again.
        n_sentences, n_each : int
            How many are to be labelled, and by each network of frames.
        threads : int, optional

        Returns
        -------
        str
            What computes frames, and with stance, behind a slash, what computes that.
        """
        from framing.engine import accelerate  # needs torch

        first, _, other = engine.partition("/")
        used = accelerate(self.frames, _engine_name(first), n_each, threads)
        if self.stance is None:
            return used
        formless = self.stance.folder is None or not self.codebook.targets
        name = "torch" if formless else _engine_name(other or first)
        return f"{used}/{accelerate(self.stance, name, n_sentences, threads)}"

    def types(self, boilerplate: str = BOILERPLATE) -> dict[str, pa.DataType]:
        """Columns of `label_batch` in order, and their types in a table; the last is `boilerplate`."""
        types: dict[str, pa.DataType] = {}
        for name in self.codebook.frame_names:
            types |= {f"p_{name}": pa.float64(), name: pa.int64()}
        if self.stance is not None:
            for name in self.codebook.target_names:
                types[f"stance_{name}"] = pa.string()
                types |= {f"p_{name}_{stance}": pa.float64() for stance in STANCES}
            types |= {"voice": pa.string(), "p_source": pa.float64(), "source": pa.string(), "source_verb": pa.string()}
        return types | {boilerplate: pa.bool_()}

    def overlong(self, texts: Sequence[str], previous: Sequence[str] | None = None) -> NDArray[np.bool_]:
        """Tell which sentences the model of frames reads the beginning of only, shape (n_sentences,)."""
        return self.frames.networks[0].overlong(texts, previous)

    def stance_and_voice(
        self,
        texts: Sequence[str],
        previous: Sequence[str] | None,
        articles: Sequence[str | None] | None,
        content: NDArray[np.bool_],
    ) -> dict[str, NDArray[Any]]:
        """Columns of stance and voice, none where they are not wanted.

        Parameters
        ----------
        texts, previous, articles : sequence of str, length n_sentences
            As in `framing.labelling.batch.label_batch`.
        content : ndarray of bool, shape (n_sentences,)
            What is not boilerplate, which has no stance and no voice.

        Returns
        -------
        dict of str to ndarray, shape (n_sentences,)
            See `framing.stance.stance_columns` and `framing.stance.voice_columns`.
        """
        if self.stance is None or self.voice is None:
            return {}
        from framing.stance import stance_columns, voice_columns

        rows = np.flatnonzero(content)
        own = [texts[i] for i in rows.tolist()]
        before = [previous[i] for i in rows.tolist()] if previous is not None else None
        with silent():  # a run counts sentences, not passes
            columns = stance_columns(self.stance, own, self.codebook, before)
        voices = voice_columns(self.voice, texts, previous, articles)  # which reads articles whole
        columns |= {name: values[rows] for name, values in voices.items()}
        return {name: _placed(values, rows, len(texts), _empty(name, values)) for name, values in columns.items()}

    def identity(self) -> dict[str, str | None]:
        """Hashes that tell the model of frames, and those of stance and voice, from any other."""
        readers = [one.article_context for one in (self.frames, *self.frames.networks)]
        contexts = [reader.as_dict() for reader in readers if reader is not None]
        frames = [_known(self.frames.manifest), self.frames.thresholds, self.frames.calibration, contexts]
        if self.stance is None or self.voice is None:
            return {"model": _hash(frames), "stance": None}
        reader = self.voice.article_context
        voice = [_known(self.voice.manifest), reader and reader.as_dict()]
        stance = [_known(self.stance.manifest), self.stance.temperature, voice]
        return {"model": _hash(frames), "stance": _hash(stance)}

    def write_records(self, folder: Path) -> None:
        """Write into labels what the classifiers learned from, so that evaluation can leave it out."""
        write_split(folder, self.frames.record)
        if self.stance is not None and self.voice is not None:
            write_split(folder, self.stance.record, STANCE_SPLIT)
            write_split(folder, self.voice.record, VOICE_SPLIT)

    def described(self) -> Manifest:
        """The models, for the manifest of labels."""
        made = self.frames.manifest
        models: Manifest = {
            "model": {
                "sha256": made.get("sha256"),
                "encoder": made.get("settings", {}).get("encoder"),
                "thresholds": self.frames.thresholds_in_articles,
            }
        }
        if "counts" in made:
            models["model"]["counts"] = made["counts"]
        if self.stance is not None and self.voice is not None:
            models["stance"] = {"sha256": self.stance.manifest.get("sha256"), "temperature": self.stance.temperature}
            models["voice"] = {"sha256": self.voice.manifest.get("sha256")}
        return models


def _engine_name(used: str) -> EngineName:
    """The engine that computes as `accelerate` said, such as ``openvino-bf16``."""
    return cast(EngineName, used.replace("openvino-int8", "int8").partition("-")[0])


def _known(manifest: Manifest) -> Manifest | str:
    return manifest or str(uuid.uuid4())  # a classifier that was never saved is not known again


def _hash(value: object) -> str:
    return sha256_text(json.dumps(value, sort_keys=True))


def _empty(name: str, values: NDArray[Any]) -> object:
    """What boilerplate has in a column."""
    if values.dtype.kind == "f":
        return np.nan
    return ABSENT if name.startswith("stance_") else ""


def _placed(values: NDArray[Any], rows: NDArray[np.intp], n: int, empty: object) -> NDArray[Any]:
    """Values in their rows of n, and `empty` in all others."""
    column = np.full(n, empty, dtype=values.dtype)
    column[rows] = values
    return column
