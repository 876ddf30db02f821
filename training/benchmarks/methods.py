"""Ways to learn a yes-or-no label of texts, from the majority to a fine-tuned encoder, with one signature."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]


@dataclass(frozen=True)
class Split:
    """Texts to learn from and texts to be judged; outlets are empty strings where a set has none."""

    texts: list[str]
    labels: Labels
    outlets: list[str]
    test_texts: list[str]
    test_outlets: list[str]


LARGE = {"encoder": "all-mpnet-base-v2", "adapter_rank": 16, "learning_rate": 5e-4, "batch_size": 32, "dropout": 0}
Method = Callable[[Split, int], Labels]


def majority(split: Split, seed: int) -> Labels:
    """The more frequent label, always."""
    return np.full(len(split.test_texts), split.labels.mean() > 0.5)


def outlet_only(split: Split, seed: int) -> Labels:
    """The more frequent label of the text's outlet; of an outlet that was not seen, of all."""
    outlets = np.array(split.outlets)
    usual = {name: split.labels[outlets == name].mean() > 0.5 for name in set(split.outlets)}
    return np.array([usual.get(name, split.labels.mean() > 0.5) for name in split.test_outlets])


def tfidf(split: Split, seed: int) -> Labels:
    """Logistic regression on words and pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
        LogisticRegression(C=10, class_weight="balanced", max_iter=1000, random_state=seed),
    )
    return np.asarray(model.fit(split.texts, split.labels).predict(split.test_texts))


def frozen(split: Split, seed: int) -> Labels:
    """Logistic regression on the embeddings of the encoder as it is."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, class_weight="balanced", max_iter=1000))
    model.fit(_embedded(split.texts), split.labels)
    return np.asarray(model.predict(_embedded(split.test_texts)))


def setfit(split: Split, seed: int) -> Labels:
    """SetFit (Tunstall et al. 2022) on the same encoder and in the same precision: pairs, for about as long as `ours`.

    That is until it has read half as many texts as `ours` has, since batches of pairs are not of one length.
    """
    import torch
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    from framing.classifier import TrainingSettings
    from framing.classifier.fitting import device_has_bf16
    from framing.classifier.weights import find_encoder

    model = SetFitModel.from_pretrained(find_encoder("all-MiniLM-L6-v2"), local_files_only=True)
    rows = Dataset.from_dict({"text": split.texts, "label": split.labels.astype(int).tolist()})
    pairs = len(split.texts) * TrainingSettings().passes(len(split.texts)) // 4
    arguments = TrainingArguments(batch_size=16, max_steps=pairs // 16, seed=seed, report_to="none", save_strategy="no")
    with torch.autocast(model.device.type, torch.bfloat16, enabled=device_has_bf16()):
        Trainer(model=model, args=arguments, train_dataset=rows).train()
    return np.asarray(model.predict(split.test_texts)).astype(bool)


def ours(split: Split, seed: int) -> Labels:
    """`framing`'s fine-tuning with its default settings, all texts to learn from, threshold .5."""
    return _fine_tuned(split.texts, split.labels, seed)(split.test_texts) >= 0.5


def ours_large(split: Split, seed: int) -> Labels:
    """The same with adapters beside the larger encoder, in the upper half of its layers."""
    return _fine_tuned(split.texts, split.labels, seed, **LARGE)(split.test_texts) >= 0.5


def ours_taught(split: Split, seed: int) -> Labels:
    """`ours`, which learns half from two networks with adapters in all layers, each of which knows half of the texts.

    As `china-russia` learns from the folds of a larger model; the texts to be judged have no part in it.
    """
    from sklearn.model_selection import StratifiedKFold

    from framing.classifier.teacher import mixed

    said = []
    for half, _ in StratifiedKFold(2, shuffle=True, random_state=seed).split(split.labels, split.labels):
        teacher = _fine_tuned([split.texts[i] for i in half], split.labels[half], seed, adapter_layers="all", **LARGE)
        said.append(teacher(split.texts))
    learned = mixed(split.labels.astype(float), np.mean(said, axis=0))
    return _fine_tuned(split.texts, learned, seed)(split.test_texts) >= 0.5


def _fine_tuned(
    texts: Sequence[str], labels: NDArray[Any], seed: int, **changes: Any
) -> Callable[[Sequence[str]], NDArray[np.float64]]:
    """Learn labels, or how likely they are; what is returned says how likely the label of other texts is."""
    from framing import Codebook
    from framing.classifier import FrameClassifier, TrainingSettings
    from framing.codebook import Frame

    frame = Frame(name="yes", label="Yes", definition="It applies.")
    codebook = Codebook(
        name="benchmark", version="1", language="en", title="-", unit="A text.", boilerplate="-", frames=[frame]
    )
    classifier = FrameClassifier(codebook, TrainingSettings(seed=seed, **changes))
    classifier.fine_tune(texts, np.column_stack([labels, np.zeros_like(labels)]))
    return lambda others: np.asarray(classifier.predict_proba(others)[:, 0])


METHODS: dict[str, Method] = {
    "majority": majority,
    "outlet only": outlet_only,
    "TF-IDF": tfidf,
    "frozen encoder": frozen,
    "SetFit": setfit,
    "ours": ours,
    "ours, taught by mpnet": ours_taught,
    "ours, mpnet": ours_large,
}


def macro_f1(truth: Labels, predicted: Labels) -> float:
    """Mean of the F1 of yes and of no, as BABE and CCF report it."""
    from sklearn.metrics import f1_score

    return float(f1_score(truth, predicted, average="macro", zero_division=0))


def timed(name: str, split: Split, seed: int) -> Labels:
    """Run a method and say how long it took."""
    start = time.perf_counter()
    predicted = METHODS[name](split, seed)
    print(f"  {name}, seed {seed}: {len(split.texts)} texts, {time.perf_counter() - start:.0f} s", flush=True)
    return predicted


_EMBEDDED: dict[str, NDArray[np.float64]] = {}


def _embedded(texts: Sequence[str]) -> NDArray[np.float64]:
    """Embeddings, each text once in a run: folds and seeds share them."""
    from framing.classifier import TrainingSettings
    from framing.classifier.inference import embed

    if new := [text for text in dict.fromkeys(texts) if text not in _EMBEDDED]:
        _EMBEDDED.update(zip(new, embed(new, TrainingSettings()), strict=True))
    return np.stack([_EMBEDDED[text] for text in texts])
