"""The seed corpus is what its datasheet says."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS

from framing.annotation.agreement import krippendorff_alpha
from framing.annotation.rows import read_codings
from framing.annotation.variables import ABSENT
from framing.artefact import sha256_text
from framing.corpus import Corpus
from framing.stance import find_source
from framing.stance.values import OUTCOMES


def read_articles():
    files = sorted((SEEDS / "articles").glob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]


def test_size_and_shape(seed_corpus, codebook):
    articles = read_articles()
    assert len(articles) >= 40
    assert len({article["outlet"] for article in articles}) >= 6
    lengths = Counter(row["article_id"] for row in seed_corpus.corpus.sentences(["article_id"]).to_pylist())
    assert all(12 <= n <= 31 for n in lengths.values())
    frames = Counter(frame for coding in read_codings(SEEDS / "annotations.jsonl", codebook) for frame in coding.frames)
    assert all(frames[name] >= 200 for name in codebook.frame_names)


def test_every_url_is_of_a_domain_that_cannot_exist():
    assert all(article["url"].split("/")[2].endswith(".example") for article in read_articles())


def test_annotations_follow_from_the_two_codings(codebook):
    codings = {}
    for coding in read_codings(SEEDS / "codings.jsonl", codebook):
        codings.setdefault(coding.sentence_id, []).append(coding)
    adjudicated = 0
    for final in read_codings(SEEDS / "annotations.jsonl", codebook):
        one, two = codings[final.sentence_id]
        assert {one.coder, two.coder} == {"author", "second"}
        decisions = [(c.boilerplate, set(c.frames), c.voice, c.stance) for c in (one, two, final)]
        if final.coder == "agreed":
            assert decisions[0] == decisions[1] == decisions[2]
        else:
            assert final.coder == "adjudicated"
            assert decisions[0] != decisions[1]
            adjudicated += 1
    assert 0 < adjudicated < 0.2 * len(codings)


def test_boilerplate_has_no_frames_and_no_stance(codebook):
    for coding in read_codings(SEEDS / "annotations.jsonl", codebook):
        if coding.boilerplate:
            assert (coding.frames, coding.stance) == ([], {})


REAL = SEEDS / "real"


def real_rows(name):
    return [json.loads(line) for line in (REAL / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    "name", ["coded", "extension", "recodings", "recodings-2", "sample-annotations", "sample-codings"]
)
def test_labels_on_real_articles_fit_the_codebook_and_hold_no_text(name, codebook):
    codings = list(read_codings(REAL / f"{name}.jsonl", codebook))
    assert all(coding.text is None and coding.sha256 for coding in codings)
    assert not any(coding.boilerplate and coding.frames for coding in codings)
    if name in {"coded", "extension", "sample-annotations"}:
        assert len({coding.sentence_id for coding in codings}) == len(codings)


def sentence_at(row, articles):
    article = articles[row["article_id"]]
    return article["title"] if row["start"] < 0 else article["text"][row["start"] : row["end"]]


def test_rules_find_who_real_sentences_quote(shared):
    """Floors: `training/benchmarks/sources.py` has the figures."""
    lines = (shared / "articles" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = {article["id"]: article for article in map(json.loads, lines)}
    named = found = right = 0
    for row in real_rows("sources"):
        text = sentence_at(row, articles)
        coded, source = text[slice(*row["source"])] if row["source"] else "", find_source(text)
        named, found = named + bool(coded), found + bool(source)
        right += bool(coded and source and (source.name in coded or coded in source.name))
    assert right / found > 0.9
    assert right / named > 0.8


def test_training_labels_find_their_sentences_in_the_articles(shared):
    lines = (shared / "articles" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = {article["id"]: article for article in map(json.loads, lines)}
    rows = real_rows("coded") + real_rows("extension")
    for row in rows + real_rows("sources"):
        assert sha256_text(sentence_at(row, articles)) == row["sha256"]
    assert Counter(frame for row in rows for frame in row["frames"])["anti_western"] > 900


@pytest.mark.parametrize(("target", "alpha"), [("china", 0.958), ("russia", 0.946), ("west", 0.907)])
def test_second_coders_of_stance_agree_as_the_datasheet_says(target, alpha):
    first = {row["sentence_id"]: row for row in real_rows("extension")}
    second = real_rows("extension-second-stance")
    codes = [
        [OUTCOMES.index(coding["stance"].get(target, ABSENT)) for coding in (first[row["sentence_id"]], row)]
        for row in second
    ]
    assert len(codes) == 577
    assert krippendorff_alpha(np.array(codes).T) == pytest.approx(alpha, abs=5e-4)
    same_voice = [first[row["sentence_id"]]["voice"] == row["voice"] for row in second]
    assert np.mean(same_voice) == pytest.approx(0.981, abs=5e-4)


def test_no_sentence_of_the_sample_is_in_the_extension():
    drawn = {row["sha256"] for row in real_rows("sample-annotations")}
    assert not drawn & {row["sha256"] for row in real_rows("extension")}


def test_no_article_of_the_gold_set_is_trained_on(shared):
    lines = (shared / "gold" / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    gold = {row["article_id"] for row in map(json.loads, lines)}
    assert not gold & {row["article_id"] for row in real_rows("coded") + real_rows("extension")}


def test_articles_that_only_a_teacher_labels_are_none_of_those_models_are_judged_on(shared, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "training")
    from uncoded import uncoded_corpus

    texts = set(Corpus.load(uncoded_corpus(shared, tmp_path)).sentences(["text"])["text"].to_pylist())
    gold = {json.loads(line)["text"] for line in (shared / "gold" / "gold.jsonl").read_text("utf-8").splitlines()}
    assert len(texts) > 20_000
    assert not {text for text in texts & gold if len(text) > 40}
