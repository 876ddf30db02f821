"""The whole articles in which coded sentences stand, scored by classifiers that did not see them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.classifier.article_context import article_features, bounded_odds
from framing.corpus.store import previous_sentences
from framing.errors import FramingError

Score = Callable[[int, list[str], list[str]], Floats]  # of a fold, sentences, and those before them: probabilities


@dataclass(frozen=True)
class Surroundings:
    """Sentences of articles, in order.

    Parameters
    ----------
    texts, previous, articles : list of str, length n
        `previous` is the sentence before each. A coded sentence that is not in the corpus is an article for itself.
    rows : ndarray of int, shape (n_coded,)
        Where each coded sentence is among them.
    """

    texts: list[str]
    previous: list[str]
    articles: list[str]
    rows: NDArray[np.intp]

    @classmethod
    def of(
        cls, sentence_ids: Sequence[str], texts: Sequence[str], previous: Sequence[str], sentences: pa.Table
    ) -> Self:
        """Look coded sentences up in the sentences of a corpus.

        Parameters
        ----------
        sentence_ids, texts, previous : sequence of str, length n_coded
            `previous` is used where a sentence is not in the corpus.
        sentences : pyarrow.Table
            See `framing.corpus.Corpus.sentences`.

        Raises
        ------
        FramingError
            If none of them is there.
        """
        found = pc.is_in(sentences["sentence_id"], pa.array(sentence_ids, pa.string()))
        near = sentences.filter(pc.is_in(sentences["article_id"], sentences["article_id"].filter(found)))
        read, articles, before = near["text"].to_pylist(), near["article_id"].to_pylist(), previous_sentences(near)
        if not read:
            raise FramingError(
                "context 'article': the corpus has none of the coded sentences; give the one they are of"
            )
        place = {sentence_id: i for i, sentence_id in enumerate(near["sentence_id"].to_pylist())}
        for sentence_id, text, earlier in zip(sentence_ids, texts, previous, strict=True):
            if sentence_id not in place:
                place[sentence_id] = len(read)
                read.append(text)
                before.append(earlier)
                articles.append(f"\0{sentence_id}")
        return cls(read, before, articles, np.array([place[sentence_id] for sentence_id in sentence_ids]))

    def features(self, folds: NDArray[np.intp], score: Score) -> tuple[Floats, Floats]:
        """`article_features` of the coded sentences, from probabilities out of fold, and the usual log odds.

        Parameters
        ----------
        folds : ndarray of int, shape (n_coded,)
            Of the coded sentences, from 0; those of an article are in one.
        score : callable
            Takes a fold, and sentences and those before them; gives their probabilities, shape (n, n_labels), by a
            classifier that did not learn from the fold's stories. What will revise calibrated probabilities must learn
            on calibrated ones.
        """
        fold_of = {self.articles[row]: fold for row, fold in zip(self.rows, folds, strict=True)}
        read_by = np.array([fold_of[article] for article in self.articles])
        parts = [np.flatnonzero(read_by == fold) for fold in range(folds.max() + 1)]
        scored = np.concatenate(
            [
                score(fold, [self.texts[i] for i in rows], [self.previous[i] for i in rows])
                for fold, rows in enumerate(parts)
            ]
        )
        probabilities = np.empty_like(scored)
        probabilities[np.concatenate(parts)] = scored
        usual = bounded_odds(probabilities).mean(axis=0)
        return article_features(probabilities, self.articles, usual)[self.rows], usual
