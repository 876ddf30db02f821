"""Probabilities revised by the article: from the sentences beside, in any cut, calibrated, kept in the model folder."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from framing import FramingError
from framing.classifier import TrainingSettings
from framing.classifier.article_context import ArticleContext, article_features, fit_article_context
from framing.classifier.calibration import log_odds
from framing.classifier.surroundings import Surroundings

ARTICLES = st.lists(st.integers(1, 5), min_size=1, max_size=6).map(
    lambda sizes: [f"a{i}" for i, size in enumerate(sizes) for _ in range(size)]
)


def test_features_are_of_the_sentence_its_neighbours_and_the_rest_of_the_article():
    probabilities, usual = np.array([[0.5], [0.8], [0.1], [0.9]]), np.array([-1.0])
    odds = log_odds(probabilities)[:, 0]
    features = article_features(probabilities, ["a", "a", "a", "b"], usual)[:, 0]
    np.testing.assert_allclose(features[:, 0], odds)
    np.testing.assert_allclose(features[:, 1], [-1, odds[0], odds[1], -1])  # before
    np.testing.assert_allclose(features[:, 2], [odds[1], odds[2], -1, -1])  # after
    beside = (odds[:3].sum() - odds[:3] + 2) / 12  # two others, as far as they depart from usual, among ten usual ones
    np.testing.assert_allclose(features[:, 3], [*beside, 0])


@given(ARTICLES, st.data())
def test_what_an_article_gets_does_not_depend_on_the_articles_beside_it(articles, data):
    shape = (len(articles), 2)
    probabilities = data.draw(hnp.arrays(np.float64, shape, elements=st.floats(0, 1)))
    usual = np.array([-2.0, 0.0])
    together = article_features(probabilities, articles, usual)
    for name in set(articles):
        rows = [i for i, article in enumerate(articles) if article == name]
        alone = article_features(probabilities[rows], [name] * len(rows), usual)
        np.testing.assert_allclose(together[rows], alone, atol=1e-9)


def test_each_article_is_scored_without_its_fold_and_with_what_stands_before():
    corpus = pa.table(
        {"sentence_id": [f"s{i}" for i in range(6)], "article_id": list("xxyyyz"), "text": [f"t{i}" for i in range(6)]}
    )
    surroundings = Surroundings.of(["s1", "s3", "away"], ["t1", "t3", "Away."], ["t0", "t2", "Before."], corpus)
    asked = {}

    def score(fold, texts, previous):
        asked[fold] = list(zip(texts, previous, strict=True))
        return np.array([[(1 + fold) / 10 + len(text) / 100] for text in texts])

    features, usual = surroundings.features(np.array([1, 0, 2]), score)
    assert asked == {
        1: [("t0", ""), ("t1", "t0")],
        0: [("t2", ""), ("t3", "t2"), ("t4", "t3")],
        2: [("Away.", "Before.")],
    }
    probabilities = np.array([[0.22]] * 2 + [[0.12]] * 3 + [[0.35]])
    assert usual == pytest.approx(log_odds(probabilities).mean(axis=0))
    np.testing.assert_allclose(features, article_features(probabilities, list("xxyyya"), usual)[[1, 3, 5]])


USUAL = np.array([-1.0])


@pytest.fixture(scope="module")
def simulated():
    """Sentences of 400 articles, of which half have the frame often; the network sees each sentence dimly."""
    generator = np.random.default_rng(5)
    articles = np.repeat(np.arange(400), 8)
    often = generator.random(400) < 0.5
    labels = generator.random(len(articles)) < np.where(often, 0.7, 0.05)[articles]
    seen = generator.normal(np.where(labels, 1.0, -1.0), 1.5)
    probabilities = 1 / (1 + np.exp(-seen))
    return probabilities[:, None], labels[:, None], articles % 2, [str(a) for a in articles]


def test_it_finds_more_than_the_network_and_means_what_it_says(simulated):
    probabilities, labels, folds, articles = simulated
    features = article_features(probabilities, articles, USUAL)
    fitted = fit_article_context(features, USUAL, labels, folds)
    context, revised, decided = fitted.context, fitted.revised, fitted.decided
    alone = (probabilities > 0.5) == labels
    assert (decided == labels).mean() > alone.mean() + 0.05
    sure = revised[:, 0] > 0.8
    assert labels[sure, 0].mean() == pytest.approx(revised[sure, 0].mean(), abs=0.05)
    np.testing.assert_allclose(context.revise(probabilities, articles), revised, atol=0.15)  # learned from all


def test_no_fold_has_a_part_in_what_its_own_sentences_get(simulated):
    probabilities, labels, folds, articles = simulated
    features = article_features(probabilities, articles, USUAL)
    fitted = fit_article_context(features, USUAL, labels, folds)
    other = fit_article_context(features, USUAL, np.where(folds[:, None] == 1, ~labels, labels), folds)
    np.testing.assert_array_equal(other.revised[folds == 1], fitted.revised[folds == 1])
    np.testing.assert_array_equal(
        fitted.by_fold[1].revise(probabilities, articles)[folds == 1], fitted.revised[folds == 1]
    )


def test_it_comes_back_from_the_manifest_as_it_was(simulated):
    probabilities, labels, folds, articles = simulated
    context = fit_article_context(article_features(probabilities, articles, USUAL), USUAL, labels, folds).context
    again = ArticleContext.from_dict(context.as_dict())
    np.testing.assert_array_equal(again.revise(probabilities, articles), context.revise(probabilities, articles))


def test_a_label_too_rare_to_learn_is_left_as_it_is():
    probabilities = np.random.default_rng(2).random((60, 2))
    labels = np.column_stack([probabilities[:, 0] > 0.5, np.arange(60) < 3])
    articles = [str(i // 6) for i in range(60)]
    usual = np.zeros(2)
    features = article_features(probabilities, articles, usual)
    context = fit_article_context(features, usual, labels, np.arange(60) % 2).context
    np.testing.assert_allclose(
        context.revise(probabilities, articles)[:, 1], probabilities[:, 1], atol=0.01
    )  # but for log odds beyond 5


def test_it_is_learned_out_of_fold_only():
    with pytest.raises(FramingError, match="folds: must be 2 or more for context: article"):
        TrainingSettings.checked({"context": "article"}, "settings.yaml")
