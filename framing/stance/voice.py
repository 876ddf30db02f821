"""`VoiceClassifier`: whether the outlet speaks in a sentence, or a source; logistic regression on cues and words."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats, distinct
from framing.artefact import Manifest, new_artefact, sha256_file
from framing.classifier.article_context import ArticleContext
from framing.classifier.folder import described, find
from framing.classifier.record import SplitRow, read_split, write_split
from framing.classifier.weights import WEIGHTS, check_hash
from framing.errors import FramingError
from framing.stance.reporting import VERB

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

KIND = "voice-model"
_BUCKETS = 2**16
_WORDS = r"[“”\"‘’:?!]|\b\w+\b"
_ARTICLE = "article_"  # tensors of the article context
_SENTENCE_WEIGHT = 3.0  # of its words against those of the sentence before
_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"[“”\"]",
        r"^[“\"‘']",
        r"[”\"’']$",
        r",[”\"]",
        r"[“\"][^”\"]{0,30}[”\"]",
        r"[“\"][^”\"]{50,}",
        rf"\b{VERB}\b",
        rf"\b[A-Z]\w+ {VERB}\b",
        r"\b[Aa]ccording to\b",
        r"\b(?:I|me|my|I'm|I’m)\b",
        r"\b(?:[Ww]e|[Oo]ur|us)\b",
        r"^(?:He|She|They)\b",
        r"\b(?:would|will|must|should)\b",
        r"^[^“”]*”|“[^”]*$",
        r"^[^\"]*\"[^\"]*(?:\"[^\"]*\"[^\"]*)*$",
        r"^$",
    )
)


class VoiceClassifier:
    """Tells whether a sentence quotes or paraphrases a source.

    Attributes
    ----------
    weights : ndarray of float, shape (n_features,)
        Empty before `fit`.
    intercept : float
    article_context : ArticleContext or None
        What revises the probabilities of sentences in articles: a speech that is printed whole has few cues in each.
        Voices are told by .5, its threshold too.
    manifest : dict
        Of the model folder; empty before it is written.
    record : list of SplitRow
        What it learned from.
    """

    def __init__(self) -> None:
        self.weights: Floats = np.empty(0)
        self.intercept = 0.0
        self.article_context: ArticleContext | None = None
        self.manifest: Manifest = {}
        self.record: list[SplitRow] = []

    def fit(self, sentences: Sequence[str], previous: Sequence[str], source: NDArray[np.bool_]) -> Self:
        """Learn from coded sentences.

        Parameters
        ----------
        sentences, previous : sequence of str, length n
            `previous` is the sentence before each, empty where there is none.
        source : ndarray of bool, shape (n,)
            Whether the voice is a source's.
        """
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(max_iter=1000).fit(_features(sentences, previous), source)
        self.weights, self.intercept = model.coef_[0].astype(np.float32), float(model.intercept_[0])
        return self

    def predict_proba(
        self,
        sentences: Sequence[str],
        previous: Sequence[str] | None = None,
        articles: Sequence[str | None] | None = None,
    ) -> Floats:
        """Probability that a source speaks.

        Parameters
        ----------
        sentences, previous : sequence of str, length n_sentences
            `previous` is the sentence before each, empty where there is none.
        articles : sequence of str, length n_sentences, optional
            The article of each; the rows of an article stand together, in its order. Without, or where it is empty or
            None, the probability is that of the sentence and the one before.

        Returns
        -------
        ndarray of float, shape (n_sentences,)
        """
        if not len(self.weights):
            raise FramingError("the voice classifier is not fitted; call fit, or load one with from_pretrained")
        if not len(sentences):
            return np.empty(0)
        before = previous if previous is not None else [""] * len(sentences)
        inputs, place = distinct(list(zip(sentences, before, strict=True)))
        odds = _features(*zip(*inputs, strict=True)) @ self.weights + self.intercept
        probabilities = np.asarray(1 / (1 + np.exp(-odds)))[place]
        if self.article_context is not None and articles is not None:
            names = np.array([article or "" for article in articles], dtype=object)
            rows = names != ""
            probabilities[rows] = self.article_context.revise(probabilities[rows, None], names[rows].tolist())[:, 0]
        return probabilities

    def predict(
        self,
        sentences: Sequence[str],
        previous: Sequence[str] | None = None,
        articles: Sequence[str | None] | None = None,
    ) -> NDArray[np.bool_]:
        """Whether a source speaks, shape (n_sentences,): its probability is at least .5."""
        return self.predict_proba(sentences, previous, articles) >= 0.5

    def save_pretrained(self, output: str | Path, *, overwrite: bool = False) -> None:
        """Write the model folder.

        Raises
        ------
        FramingError
            If the folder exists or cannot be written.
        """
        from safetensors.numpy import save_file

        with new_artefact(Path(output), KIND, overwrite=overwrite) as (folder, manifest):
            tensors = {"weights": self.weights, "intercept": np.array([self.intercept])}
            if self.article_context is not None:
                context = self.article_context.as_dict()
                tensors |= {f"{_ARTICLE}{name}": np.array(values) for name, values in context.items()}
            save_file(tensors, folder / WEIGHTS)
            (folder / WEIGHTS).chmod(0o644)  # safetensors keeps it from colleagues
            write_split(folder, self.record)
            manifest |= {"sha256": sha256_file(folder / WEIGHTS)}
            self.manifest = manifest

    @classmethod
    def from_pretrained(cls, name_or_path: str | Path) -> Self:
        """Load a model folder, or a shipped model by its name.

        Raises
        ------
        FramingError
            If there is no such model, or its weights are missing, changed, or of other features.
        """
        from safetensors.numpy import load_file

        folder = find(name_or_path)
        with described(folder, KIND) as manifest:
            check_hash(folder / WEIGHTS, manifest["sha256"])
            tensors = load_file(folder / WEIGHTS)
            classifier = cls()
            classifier.weights, classifier.intercept = tensors["weights"], float(tensors["intercept"][0])
            if (found := len(classifier.weights)) != (expected := 2 * (_BUCKETS + len(_CUES))):
                raise FramingError(
                    f"{folder}: {found} weights, expected {expected}; train it with this version of framing"
                )
            context = {name.removeprefix(_ARTICLE): t for name, t in tensors.items() if name.startswith(_ARTICLE)}
            if context:
                classifier.article_context = ArticleContext(**context)
            classifier.manifest, classifier.record = manifest, read_split(folder)
        return classifier


def _features(sentences: Sequence[str], previous: Sequence[str]) -> "csr_matrix":
    """Cues and hashed words and word pairs of each sentence and of the one before, shape (n, 2 (buckets + cues))."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(
        ngram_range=(1, 2), n_features=_BUCKETS, token_pattern=_WORDS, binary=True, alternate_sign=False
    )
    blocks = [hashing.transform(sentences) * _SENTENCE_WEIGHT, csr_matrix(_cues(sentences))]
    return hstack([*blocks, hashing.transform(previous), csr_matrix(_cues(previous))]).tocsr()


def _cues(texts: Sequence[str]) -> Floats:
    return np.array([[pattern.search(text) is not None for pattern in _CUES] for text in texts], dtype=float)
