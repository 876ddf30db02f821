"""Labelling by a classifier that reads whole articles: where the input is cut into parts changes nothing."""

import json
import re
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_resume import killed_at

from framing import FrameClassifier, FramingError, label
from framing.corpus import Corpus
from framing.labelling import Labeller, table, window
from framing.labelling import corpus as corpus_module
from framing.labelling import rows as rows_module
from framing.labelling.batch import label_batch
from framing.labelling.corpus import label_corpus
from framing.labelling.window import Reach, read_window

N_SENTENCES = 150


class Neighbours:
    """A simple reader of articles: the mean of a sentence, the one before, and twice the article's mean."""

    def __init__(self, thresholds, weight=2.0):
        self.thresholds = thresholds
        self.weight = weight

    def revise(self, probabilities, articles):
        revised = []
        for _, rows in groupby(range(len(articles)), articles.__getitem__):
            own = probabilities[list(rows)]
            before = np.concatenate([own[:1], own[:-1]])
            revised.append((own + before + self.weight * own.mean(axis=0)) / (2 + self.weight))
        return np.concatenate([probabilities[:0], *revised])

    def decide(self, probabilities):
        return probabilities >= self.thresholds

    def as_dict(self):
        return {"weight": self.weight}


@pytest.fixture(params=["none", "previous"])
def reader(small_model, seed_corpus, request):
    """The small model, reading articles, and with the second parameter also the sentence before."""
    classifier = FrameClassifier.from_pretrained(small_model)
    classifier.settings = classifier.settings.model_copy(update={"context": request.param})
    texts = seed_corpus.corpus.sentences(["text"])["text"].to_pylist()[:N_SENTENCES]
    middle = np.median(classifier.label_probabilities(texts), axis=0)
    classifier.article_context = Neighbours(middle)
    return classifier


@pytest.fixture
def small_corpus(tmp_path, seed_corpus):
    """Some articles of the seed corpus, in groups of rows that cut through them."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    pq.write_table(
        seed_corpus.corpus.sentences().slice(0, N_SENTENCES), folder / "sentences.parquet", row_group_size=32
    )
    return Corpus(folder, seed_corpus.corpus.manifest)


@pytest.fixture
def small_parts(monkeypatch):
    for module in (corpus_module, table):
        monkeypatch.setattr(module, "PART_ROWS", 7)


def labels_of(folder):
    return pq.read_table(sorted(folder.glob("*.parquet")))


def assert_same(found, expected):
    for name in expected.column_names:
        if name.startswith("p_"):
            np.testing.assert_allclose(found[name], expected[name], atol=1e-6)
        else:
            assert found[name].to_pylist() == expected[name].to_pylist()


def test_labels_of_a_corpus_do_not_depend_on_its_parts(tmp_path, small_corpus, reader, monkeypatch):
    label_corpus(small_corpus, Labeller(reader), tmp_path / "whole", "torch")
    monkeypatch.setattr(corpus_module, "PART_ROWS", 7)
    summary = label_corpus(small_corpus, Labeller(reader), tmp_path / "parts", "torch")
    whole = labels_of(tmp_path / "whole")
    assert_same(labels_of(tmp_path / "parts"), whole)
    assert summary.n_sentences == len(whole) == N_SENTENCES
    assert 0 < sum(whole["economic"].to_pylist()) < N_SENTENCES
    reader.article_context = None
    label_corpus(small_corpus, Labeller(reader), tmp_path / "alone", "torch")
    assert not np.allclose(labels_of(tmp_path / "alone")["p_economic"], whole["p_economic"], atol=1e-3)


def test_table_and_corpus_give_the_same_labels_of_articles(tmp_path, small_corpus, reader, small_parts):
    label_corpus(small_corpus, Labeller(reader), tmp_path / "labels", "torch")
    sentences = pq.read_table(small_corpus.folder / "sentences.parquet")
    rows = sentences.select(["sentence_id", "article_id", "index", "text"]).to_pylist()
    backwards = [row for _, own in groupby(rows, lambda row: row["article_id"]) for row in list(own)[::-1]]
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.Table.from_pylist(backwards), source)
    columns = {"article_column": "article_id", "order_column": "index"}
    label(source, reader, target, unit="sentence", engine="torch", **columns)
    found = pq.read_table(target)
    assert found["sentence_id"].to_pylist() == [row["sentence_id"] for row in backwards]
    by_id = {row["sentence_id"]: row for row in found.to_pylist()}
    for row in labels_of(tmp_path / "labels").to_pylist():
        again = by_id[row["sentence_id"]]
        assert again["p_economic"] == pytest.approx(row["p_economic"], abs=1e-6)
        assert again["economic"] == row["economic"] or row["boilerplate"]  # marked by ingest, which a table is not


ROWS = [
    {"sentence_id": f"s{i}", "article": f"a{(i // 4) ** 2 // 5}", "text": f"Trade rose by {i % 17} percent."}
    for i in range(60)
]


def test_a_table_of_articles_killed_anywhere_goes_on_to_the_same_bytes(tmp_path, reader, small_parts, monkeypatch):
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in [*ROWS[:20], {"sentence_id": "bad"}, *ROWS[20:]]))

    def run(target):
        return label(source, reader, target, unit="sentence", article_column="article", engine="torch")

    run(tmp_path / "whole.jsonl")
    for number in (6, 5):
        killed_at(monkeypatch, number, lambda: run(tmp_path / "out.jsonl"))
    context = reader.article_context
    reader.article_context = Neighbours(reader.article_context.thresholds, weight=3.0)
    with pytest.raises(FramingError, match="the model is another one"):
        run(tmp_path / "out.jsonl")
    reader.article_context = context
    summary = run(tmp_path / "out.jsonl")
    assert (summary.n_sentences, summary.n_rejected) == (60, 1)
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_sentences_without_articles_are_not_revised(tmp_path, small_model, reader):
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in ROWS[:9]))
    label(source, reader, tmp_path / "out.jsonl", unit="sentence", engine="torch")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    alone = label_batch(Labeller(FrameClassifier.from_pretrained(small_model)), [row["text"] for row in rows])
    np.testing.assert_allclose([row["p_economic"] for row in rows], alone["p_economic"], atol=1e-6)
    assert [row["economic"] for row in rows] == alone["economic"].tolist()


def test_rows_without_an_article_are_read_alone_and_the_others_as_if_they_were_not_there(tmp_path, reader):
    of_article = [{"sentence_id": f"s{i}", "article": "a", "text": f"Trade rose by {i} percent."} for i in range(4)]
    texts = {None: "Tanks rolled in.", "": "Talks went on.", "NA": "Prices fell in May."}
    alone = [{"sentence_id": f"n{i}", "article": i, "text": text} for i, text in texts.items()]
    sources = {"mixed": [alone[0], *of_article[:2], alone[1], *of_article[2:], alone[2]], "article": of_article}
    sources["alone"] = [{**row, "article": f"b{i}"} for i, row in enumerate(alone)]
    found = {}
    for name, rows in sources.items():
        source, target = tmp_path / f"{name}.jsonl", tmp_path / f"{name}.out.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
        reader.article_context = None if name == "alone" else Neighbours(np.full(len(reader.codebook.frames) + 1, 0.0))
        label(source, reader, target, unit="sentence", engine="torch", article_column="article")
        found[name] = {row["sentence_id"]: row for row in map(json.loads, target.read_text().splitlines())}
    assert list(found["mixed"]) == [row["sentence_id"] for row in sources["mixed"]]
    for row in [*found["article"].values(), *found["alone"].values()]:
        again = found["mixed"][row["sentence_id"]]
        assert again["p_economic"] == pytest.approx(row["p_economic"], abs=1e-6)
        assert (again["economic"], again["boilerplate"]) == (row["economic"], row["boilerplate"])


def test_a_long_article_is_read_in_pieces_as_if_each_were_an_article(tmp_path, reader, monkeypatch):
    monkeypatch.setattr(rows_module, "ARTICLE_ROWS", 4)
    found = []
    for name, article in {"long": lambda i: "a", "pieces": lambda i: f"a{i // 4}"}.items():
        source, target = tmp_path / f"{name}.jsonl", tmp_path / f"{name}.out.jsonl"
        source.write_text("".join(json.dumps({**row, "article": article(i)}) + "\n" for i, row in enumerate(ROWS[:10])))
        label(source, reader, target, unit="sentence", engine="torch", article_column="article")
        found.append([json.loads(line)["p_economic"] for line in target.read_text().splitlines()])
    assert found[0] == pytest.approx(found[1], abs=1e-6)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (None, "None"),
        ("second", "'second'"),
        (float("nan"), "nan"),
        ("inf", "'inf'"),
        pytest.param(10**400, "1000", id="huge"),
        ([2], "[2]"),
    ],
)
def test_an_order_that_is_no_number_is_refused_with_its_place_before_anything_is_labelled(
    tmp_path, reader, cell, found
):
    rows = [{**row, "at": i} for i, row in enumerate(ROWS[:6])]
    rows[1] |= {"article": None, "at": None}  # read alone, so it needs no order
    rows[3]["at"] = rows[5]["at"] = cell
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(FramingError, match=rf"in\.jsonl:4: expected a number in column 'at', found {re.escape(found)}"):
        label(source, reader, target, unit="sentence", article_column="article", order_column="at")
    with pytest.raises(FramingError, match=r"in\.jsonl: no column 'att'; found sentence_id, article, text, at"):
        label(source, reader, target, unit="sentence", article_column="article", order_column="att")


def test_scattered_articles_are_refused_where_articles_are_read(tmp_path, reader):
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps({**row, "article": "ab"[i % 2]}) + "\n" for i, row in enumerate(ROWS)))
    with pytest.raises(FramingError, match=r"in\.jsonl:3: article 'a' goes on here after another; .* sort the table"):
        label(source, reader, tmp_path / "out.jsonl", unit="sentence", article_column="article")


@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=12),
    part_rows=st.integers(1, 12),
    group_rows=st.integers(1, 20),
    reach=st.sampled_from([Reach(0, 0), Reach(1, 0), Reach(3, 3), Reach(50, 50)]),
)
@settings(max_examples=100)
def test_a_window_is_the_part_and_the_rest_of_its_articles(tmp_path_factory, sizes, part_rows, group_rows, reach):
    path = tmp_path_factory.mktemp("window") / "sentences.parquet"
    articles = [f"a{i}" for i, size in enumerate(sizes) for _ in range(size)]
    rows = pa.table({"article_id": articles, "row": range(len(articles))})
    pq.write_table(rows, path, row_group_size=group_rows)
    with pq.ParquetFile(path) as file:
        for start in range(0, len(articles), part_rows):
            part = range(start, min(start + part_rows, len(articles)))
            margins = [
                *(i for i in range(start - reach.before, start) if i >= 0 and articles[i] == articles[start]),
                *(i for i in range(part.stop, part.stop + reach.after) if articles[i : i + 1] == [articles[part[-1]]]),
            ]
            found = read_window(file, start, start + part_rows, reach)
            numbers = np.array(found.table["row"].to_pylist())
            assert numbers.tolist() == sorted([*part, *margins])
            assert numbers[found.own].tolist() == list(part)


def test_a_classifier_reads_no_further_than_it_must(small_model):
    classifier = FrameClassifier.from_pretrained(small_model)
    assert Reach.of(Labeller(classifier)) == Reach(0, 0)
    classifier.settings = classifier.settings.model_copy(update={"context": "previous"})
    assert Reach.of(Labeller(classifier)) == Reach(1, 0)
    classifier.article_context = Neighbours(None)
    assert Reach.of(Labeller(classifier)) == Reach(window.ARTICLE_ROWS, window.ARTICLE_ROWS)
