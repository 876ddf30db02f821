"""What its article says about a sentence: probabilities revised by those of the sentences around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Floats
from framing.classifier.calibration import MIN_SENTENCES, log_odds
from framing.classifier.thresholds import best_thresholds, decide

_SURE = 5.0
_SHRINKAGE = 10


@dataclass(frozen=True)
class ArticleContext:
    """A logistic regression per label, from the probabilities of a sentence and of its article to a better one.

    Coders read a sentence in its article, the network reads it alone. Stacking (Wolpert 1992, Stacked generalization,
    Neural Networks 5) on the log odds of a label for the sentence, the one before and the one after, and on their mean
    over the article's other sentences gives the network's answer some of the rest that they saw. The result is
    calibrated. Other labels are left out: what they add on one network does not hold on another.

    Parameters
    ----------
    weights : ndarray of float, shape (n_labels, 5)
        Of the features of `article_features`, the intercept last.
    usual : ndarray of float, shape (n_labels,)
        Mean log odds.
    thresholds : ndarray of float, shape (n_labels,)
        Of the revised probabilities.
    """

    weights: Floats
    usual: Floats
    thresholds: Floats

    def revise(self, probabilities: Floats, articles: Sequence[str]) -> Floats:
        """Probabilities in the light of the article, shape (n_sentences, n_labels).

        Parameters
        ----------
        probabilities : ndarray of float, shape (n_sentences, n_labels)
            Of sentences alone.
        articles : sequence of str, length n_sentences
            Rows of an article stand together, in its order.
        """
        return _apply(self.weights, article_features(probabilities, articles, self.usual))

    def decide(self, probabilities: Floats) -> NDArray[np.bool_]:
        """Apply the thresholds to `revise`d probabilities; boilerplate rows lose their frames."""
        return decide(probabilities, self.thresholds)

    def as_dict(self) -> dict[str, Any]:
        """For the manifest of a model."""
        return {name: getattr(self, name).tolist() for name in ("weights", "usual", "thresholds")}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "ArticleContext":
        """What `as_dict` gave."""
        return cls(**{name: np.array(values) for name, values in content.items()})


def article_features(probabilities: Floats, articles: Sequence[str], usual: Floats) -> Floats:
    """Log odds of each sentence, of the one before, the one after, and how the rest of the article departs from usual.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n_sentences, n_labels)
    articles : sequence of str, length n_sentences
        Rows of an article stand together, in its order.
    usual : ndarray of float, shape (n_labels,)
        Mean log odds: what a sentence before or after counts as where there is none.

    Returns
    -------
    ndarray of float, shape (n_sentences, n_labels, 4)
        Log odds between -5 and 5, since how sure a network is of a clear case differs from network to network. The
        mean over the rest is shrunk towards the usual as if ten usual sentences stood beside it, so that two
        neighbours do not weigh as much as a whole article.
    """
    own = bounded_odds(probabilities)
    names = np.asarray(articles, dtype=object)
    first = np.append(True, names[1:] != names[:-1])[: len(names)]
    last = np.append(first[1:], True)[: len(names)]
    before = np.where(first[:, None], usual, np.roll(own, 1, axis=0))
    after = np.where(last[:, None], usual, np.roll(own, -1, axis=0))
    starts = np.flatnonzero(first)
    sizes = np.diff(np.append(starts, len(names)))
    others = np.repeat(sizes - 1, sizes)[:, None]
    sums = np.repeat(np.add.reduceat(own, starts, axis=0), sizes, axis=0) if len(names) else own
    beside = (sums - own - others * usual) / (others + _SHRINKAGE)
    return np.stack([own, before, after, beside], axis=2)


def bounded_odds(probabilities: Floats) -> Floats:
    """Log odds between -5 and 5."""
    return np.clip(log_odds(probabilities), -_SURE, _SURE)


@dataclass(frozen=True)
class FittedContext:
    """What `fit_article_context` learned.

    Parameters
    ----------
    context : ArticleContext
        Learned from all sentences.
    by_fold : list of ArticleContext
        Each learned from all folds but one, in their order.
    revised, decided : ndarray, shape (n, n_labels)
        Of each sentence the probabilities and the decisions by the context of its own fold.
    """

    context: ArticleContext
    by_fold: list[ArticleContext]
    revised: Floats
    decided: NDArray[np.bool_]


def fit_article_context(
    features: Floats, usual: Floats, labels: NDArray[np.bool_], folds: NDArray[np.intp]
) -> FittedContext:
    """Learn to revise probabilities.

    Parameters
    ----------
    features : ndarray of float, shape (n, n_labels, 4)
        Of coded sentences, from probabilities of networks that did not learn from their story.
    usual : ndarray of float, shape (n_labels,)
        What they were made with.
    labels : ndarray of bool, shape (n, n_labels)
    folds : ndarray of int, shape (n,)
        From 0.
    """
    parts = [folds == fold for fold in range(folds.max() + 1)]
    weights = [_fit(features[~inside], labels[~inside]) for inside in parts]
    revised, decided = np.empty(labels.shape), np.empty(labels.shape, dtype=bool)
    for inside, learned in zip(parts, weights, strict=True):
        revised[inside] = _apply(learned, features[inside])
    by_fold = [
        ArticleContext(learned, usual, best_thresholds(revised[~inside], labels[~inside]))
        for inside, learned in zip(parts, weights, strict=True)
    ]
    for inside, context in zip(parts, by_fold, strict=True):
        decided[inside] = context.decide(revised[inside])
    context = ArticleContext(_fit(features, labels), usual, best_thresholds(revised, labels))
    return FittedContext(context, by_fold, revised, decided)


def _fit(features: Floats, labels: NDArray[np.bool_]) -> Floats:
    return np.stack([_fit_one(features[:, i], labels[:, i]) for i in range(labels.shape[1])])


def _fit_one(features: Floats, positive: NDArray[np.bool_]) -> Floats:
    """Weights of one label; those that change nothing for a label that is too rare to learn them."""
    from sklearn.linear_model import LogisticRegression

    if min(positive.sum(), (~positive).sum()) < MIN_SENTENCES:
        return np.asarray(np.eye(features.shape[1] + 1)[0])
    model = LogisticRegression(C=1.0, max_iter=2000).fit(features, positive)
    return np.asarray(np.append(model.coef_[0], model.intercept_[0]))


def _apply(weights: Floats, features: Floats) -> Floats:
    odds = np.einsum("nlf,lf->nl", features, weights[:, :-1]) + weights[:, -1]
    return np.asarray(1 / (1 + np.exp(-odds)))
