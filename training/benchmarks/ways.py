"""Ways to learn frames from some hundred coded sentences, with one signature; those of `ablation.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing import Codebook
from framing.classifier import FrameClassifier, TrainingSettings
from framing.codebook import Frame

BASE = "base"
EPOCHS = 4  # of the base
CODEBOOK = Codebook.load("china-russia")


@dataclass(frozen=True)
class Coded:
    """Sentences, those before them, and their labels: frames and boilerplate, shape (n, n_frames + 1)."""

    texts: list[str]
    previous: list[str]
    labels: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]]) -> "Coded":
        """From rows of `standoff.with_text`."""
        labels = [[name in row["frames"] for name in CODEBOOK.frame_names] + [row["boilerplate"]] for row in rows]
        return cls([row["text"] for row in rows], [row["previous"] for row in rows], np.array(labels))

    def repeated(self, times: NDArray[np.intp]) -> "Coded":
        """Each sentence as often as told."""
        rows = np.repeat(np.arange(len(times)), times)
        return Coded([self.texts[i] for i in rows], [self.previous[i] for i in rows], self.labels[rows])


Way = Callable[[Coded, Coded, int], NDArray[np.float64]]  # probabilities of frames, shape (n_judged, n_frames)


def tuned(**changes: object) -> Way:
    """Fine-tuning by the defaults in four epochs, with some settings changed."""

    def way(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
        return judge(fit(learned, seed, **changes), judged)

    return way


def fit(learned: Coded, seed: int, codebook: Codebook = CODEBOOK, **changes: object) -> FrameClassifier:
    """What the defaults in four epochs give, with some settings changed."""
    settings = TrainingSettings.checked({"epochs": EPOCHS, **changes, "seed": seed}, "ablation")
    classifier = FrameClassifier(codebook, settings)
    classifier.fine_tune(learned.texts, learned.labels, learned.previous)
    return classifier


def judge(classifier: FrameClassifier, judged: Coded) -> NDArray[np.float64]:
    """Probabilities of the frames."""
    return classifier.label_probabilities(judged.texts, judged.previous)[:, :-1]


def weighted(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
    """Sentences of the rarest frame twice, which is to weight them."""
    frames = learned.labels[:, :-1]
    return tuned()(learned.repeated(1 + frames[:, frames.sum(axis=0).argmin()]), judged, seed)


def ensemble(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
    """Mean probability of three networks."""
    return np.asarray(np.mean([tuned()(learned, judged, seed + 100 * i) for i in range(3)], axis=0))


def words(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
    """Logistic regression on words and pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit(learned.texts)
    return _regression(vectors.transform(learned.texts), learned, vectors.transform(judged.texts))


def frozen(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
    """Logistic regression on the embeddings of the encoder as it is."""
    from framing.classifier.inference import embed

    features = [embed(coded.texts, TrainingSettings()) for coded in (learned, judged)]
    return _regression(features[0], learned, features[1])


def _regression(features: Any, learned: Coded, judged: Any) -> NDArray[np.float64]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    return np.column_stack([model.fit(features, f).predict_proba(judged)[:, 1] for f in learned.labels[:, :-1].T])


def defined(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
    """A frame's definition is read before each sentence, and the question is whether it applies: three rows for one."""
    question = Frame(name="applies", label="Applies", definition="The definition applies.")
    codebook = CODEBOOK.model_copy(update={"frames": [question], "targets": []})
    classifier = fit(_asked(learned), seed, codebook, context="previous")
    return judge(classifier, _asked(judged)).reshape(-1, len(CODEBOOK.frames))


def _asked(coded: Coded) -> Coded:
    """A row per sentence and frame, the frame's definition in place of the sentence before."""
    definitions = [frame.definition for frame in CODEBOOK.frames]
    texts, n = [text for text in coded.texts for _ in definitions], len(definitions)
    labels = np.column_stack([coded.labels[:, :-1].ravel(), coded.labels[:, -1].repeat(n)])
    return Coded(texts, definitions * len(coded.texts), labels)


WAYS: dict[str, Way] = {
    "words": words,
    "frozen encoder": frozen,
    BASE: tuned(),
    "2 epochs": tuned(epochs=2),
    "8 epochs": tuned(epochs=8),
    "16 epochs": tuned(epochs=16),
    "learning rate 4e-5": tuned(learning_rate=4e-5),
    "learning rate 1.6e-4": tuned(learning_rate=1.6e-4),
    "batches of 32": tuned(batch_size=32),
    "no dropout": tuned(dropout=0),
    "dropout .2": tuned(dropout=0.2),
    "embeddings frozen": tuned(frozen_layers=1),
    "lower half frozen": tuned(frozen_layers=4),
    "sentence before": tuned(context="previous"),
    "rarest frame twice": weighted,
    "three networks": ensemble,
    "definitions as text": defined,
    "10 epochs": tuned(epochs=10),
    "mpnet": tuned(encoder="all-mpnet-base-v2", learning_rate=4e-5),
    "mpnet, 10 epochs": tuned(encoder="all-mpnet-base-v2", learning_rate=4e-5, epochs=10),
    "mpnet, adapters": tuned(encoder="all-mpnet-base-v2", adapter_rank=16, learning_rate=5e-4),
}
