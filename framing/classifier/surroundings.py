"""The whole articles in which coded sentences stand, scored by networks that did not see them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from framing.annotation import CodedSentences
from framing.arrays import Floats
from framing.classifier.article_context import article_features, bounded_odds
from framing.classifier.calibration import calibrate
from framing.classifier.folded import FoldedClassifier
from framing.errors import FramingError


@dataclass(frozen=True)
class Surroundings:
    """Sentences of articles, in order.

    Parameters
    ----------
    texts, articles : list of str, length n
        A coded sentence that is not in the corpus is an article for itself.
    rows : ndarray of int, shape (n_coded,)
        Where each coded sentence is among them.
    """

    texts: list[str]
    articles: list[str]
    rows: NDArray[np.intp]

    @classmethod
    def of(cls, coded: CodedSentences, sentences: pa.Table) -> Self:
        """Look coded sentences up in the sentences of a corpus.

        Raises
        ------
        FramingError
            If none of them is there.
        """
        found = pc.is_in(sentences["sentence_id"], pa.array(coded.sentence_ids, pa.string()))
        near = sentences.filter(pc.is_in(sentences["article_id"], sentences["article_id"].filter(found)))
        texts, articles = near["text"].to_pylist(), near["article_id"].to_pylist()
        if not texts:
            raise FramingError(
                "context 'article': the corpus has none of the coded sentences; give the one they are of"
            )
        place = {sentence_id: i for i, sentence_id in enumerate(near["sentence_id"].to_pylist())}
        for sentence_id, text in zip(coded.sentence_ids, coded.texts, strict=True):
            if sentence_id not in place:
                place[sentence_id] = len(texts)
                texts.append(text)
                articles.append(f"\0{sentence_id}")
        return cls(texts, articles, np.array([place[sentence_id] for sentence_id in coded.sentence_ids]))

    def features(self, folded: FoldedClassifier, curves: Floats) -> tuple[Floats, Floats]:
        """`article_features` of the coded sentences, from probabilities out of fold, and the usual log odds.

        Parameters
        ----------
        folded : FoldedClassifier
            Fitted on the coded sentences. An article is scored by the network that did not see its story.
        curves : ndarray of float, shape (n_labels, 2)
            Calibration of the classifier that will read articles: it revises calibrated probabilities, so it must
            learn on calibrated ones.
        """
        fold_of = {self.articles[row]: fold for row, fold in zip(self.rows, folded.folds, strict=True)}
        folds = np.array([fold_of[article] for article in self.articles])
        probabilities = np.empty((len(self.texts), len(folded.labels)))
        for fold, member in enumerate(folded.members):
            inside = np.flatnonzero(folds == fold)
            probabilities[inside] = member.label_probabilities([self.texts[i] for i in inside])
        probabilities = calibrate(probabilities, curves)
        usual = bounded_odds(probabilities).mean(axis=0)
        return article_features(probabilities, self.articles, usual)[self.rows], usual
