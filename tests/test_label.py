"""Labelling: columns as promised, ids and columns intact, formats in and out."""

import csv
import json
import shutil
from datetime import UTC, datetime
from math import inf, nan

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from framing import Codebook, FrameClassifier, FramingError, ingest, label
from framing.artefact import new_artefact
from framing.cli.app import app
from framing.labelling import read_labels
from framing.labelling.tables import read_table

ROWS = [
    {"sid": "s1", "text": "The two sides pledged to deepen their partnership.", "year": 2024, "tags": ["a"]},
    {"sid": "s2", "text": "Trade rose by a fifth.", "year": 2025, "tags": []},
]
ADDED = ["p_cooperation", "cooperation", "p_anti_western", "anti_western", "p_economic", "economic", "boilerplate"]


def test_labels_of_a_corpus_have_every_sentence_once_with_its_columns(seed_corpus, seed_labels, seed_training):
    labels = read_labels(seed_labels)
    sentences = seed_corpus.corpus.sentences()
    assert labels.table["sentence_id"].to_pylist() == sentences["sentence_id"].to_pylist()
    assert [name for name in labels.table.column_names if name not in sentences.column_names] == ADDED[:-1]
    assert labels.table["boilerplate"].type == pa.bool_()
    marked = sentences["boilerplate"].to_pylist()
    rows = labels.table.to_pylist()
    assert all(row["boilerplate"] for row, mark in zip(rows, marked, strict=True) if mark)
    for name in ("cooperation", "anti_western", "economic"):
        threshold = seed_training.classifier.thresholds[name]
        assert all(row[name] == (row[f"p_{name}"] >= threshold and not row["boilerplate"]) for row in rows)


def test_the_classifier_finds_boilerplate_that_rules_miss(seed_corpus, seed_labels):
    rules = sum(seed_corpus.corpus.sentences(["boilerplate"])["boilerplate"].to_pylist())
    assert sum(read_labels(seed_labels).table["boilerplate"].to_pylist()) > rules


def test_labels_with_a_part_missing_or_too_many_say_so(tmp_path):
    book = Codebook.load("china-russia")
    with new_artefact(tmp_path / "labels", "labels") as (folder, manifest):
        for part in range(2):
            pq.write_table(pa.table({"sentence_id": [f"a#{part}"]}), folder / f"part-0000{part}.parquet")
        book.save(folder / "codebook.yaml")
        manifest |= {"codebook": book.reference, "corpus": {"sha256": "c" * 64}, "sentences": 2}
    assert read_labels(tmp_path / "labels").table["sentence_id"].to_pylist() == ["a#0", "a#1"]
    stale = shutil.copyfile(tmp_path / "labels" / "part-00001.parquet", tmp_path / "labels" / "part-00002.parquet")
    with pytest.raises(FramingError, match=r"labels: 3 sentences, expected 2: .* of another run .*; copy the labels"):
        read_labels(tmp_path / "labels")
    stale.unlink()
    (tmp_path / "labels" / "part-00000.parquet").unlink()
    with pytest.raises(FramingError, match=r"labels: 1 sentences, expected 2: .*is missing; bring it back"):
        read_labels(tmp_path / "labels")


def write(path, rows):
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_table_comes_back_with_its_own_columns_first(tmp_path, seed_training, suffix):
    source, target = write(tmp_path / f"in{suffix}", ROWS), tmp_path / f"out{suffix}"
    summary = label(source, seed_training.folder, target, unit="sentence", id_column="sid")
    if suffix == ".parquet":
        rows = pq.read_table(target).to_pylist()
        assert pq.read_schema(target).field("year") == pq.read_schema(source).field("year")
    elif suffix == ".csv":
        with target.open() as stream:
            rows = list(csv.DictReader(stream))
    else:
        rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert list(rows[0]) == [*ROWS[0], *ADDED]
    assert [row["sid"] for row in rows] == ["s1", "s2"]
    if suffix != ".csv":
        assert [{name: row[name] for name in ROWS[0]} for row in rows] == ROWS
    assert summary.n_sentences == 2
    labels = read_labels(target, model=seed_training.folder, id_column="sid")
    assert labels.decisions.shape == (2, 3)


def test_table_and_corpus_give_the_same_probabilities(tmp_path, seed_training, seed_labels):
    rows = read_labels(seed_labels).table.select(["sentence_id", "text", "p_economic"]).slice(0, 20).to_pylist()
    source = write(tmp_path / "in.jsonl", [{k: row[k] for k in ("sentence_id", "text")} for row in rows])
    label(source, seed_training.folder, tmp_path / "out.jsonl", unit="sentence")
    again = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [r["p_economic"] for r in again] == pytest.approx([r["p_economic"] for r in rows], abs=2e-5)


def test_sentences_longer_than_the_model_reads_are_counted_but_not_boilerplate(tmp_path, small_model):
    classifier = FrameClassifier.from_pretrained(small_model)
    classifier.thresholds["boilerplate"] = 1.0  # none but what ingest marks
    classifier.save_pretrained(model := tmp_path / "model")
    fits, longer = (" ".join(["the"] * (160 - 2 + more)) for more in (0, 1))  # two tokens go around a sentence
    table = write(tmp_path / "in.csv", [{"sentence_id": "a", "text": fits}, {"sentence_id": "b", "text": longer}])
    article = {"outlet": "Ardan Post", "title": "Port", "text": f"It rained. {longer}.\n\nRead more: {longer}"}
    corpus = ingest([write(tmp_path / "articles.jsonl", [article])], tmp_path / "corpus").corpus
    for source, output, more in ((table, "out.csv", ["--unit", "sentence"]), (corpus.folder, "labels", [])):
        arguments = ["label", source, model, *more, "-o", tmp_path / output]
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output
        assert "1 sentence is longer than the model reads" in result.output
    labels = read_labels(tmp_path / "labels")
    assert labels.manifest["cut"] == 1
    assert sum(labels.table["boilerplate"].to_pylist()) == 1
    table.write_text(table.read_text().replace(longer, fits))
    assert label(table, model, tmp_path / "fits.csv", unit="sentence").n_cut == 0


def test_own_boilerplate_column_is_kept(tmp_path, seed_training):
    source = write(tmp_path / "in.jsonl", [{**row, "boilerplate": "mine"} for row in ROWS])
    label(source, seed_training.folder, tmp_path / "out.jsonl", unit="sentence", id_column="sid")
    row = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])
    assert row["boilerplate"] == "mine"
    assert row["predicted_boilerplate"] is False


def test_columns_that_only_later_rows_have_and_mixed_kinds_survive_parquet(tmp_path, seed_training):
    rows = [{**ROWS[0], "year": 2024}, {**ROWS[1], "year": "2025", "note": "later"}]
    source = write(tmp_path / "in.jsonl", rows)
    label(source, seed_training.folder, tmp_path / "out.parquet", unit="sentence", id_column="sid")
    one, two = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert (one["year"], two["year"]) == ("2024", "2025")
    assert (one["note"], two["note"]) == (None, "later")


def test_rows_without_text_and_broken_lines_go_to_rejects(tmp_path, seed_training):
    source = write(tmp_path / "in.jsonl", [*ROWS, {"sid": "s3", "text": " "}])
    with source.open("a") as stream:
        stream.write("{broken\n")
    summary = label(source, seed_training.folder, tmp_path / "out.jsonl", unit="sentence", id_column="sid")
    assert summary.n_sentences == 2
    rejected = [json.loads(line) for line in (tmp_path / "out.jsonl.rejected.jsonl").read_text().splitlines()]
    assert [(row["line"], row["article_id"]) for row in rejected] == [(3, "s3"), (4, "")]
    write(source, ROWS)
    label(source, seed_training.folder, tmp_path / "out.jsonl", unit="sentence", id_column="sid", overwrite=True)
    assert not (tmp_path / "out.jsonl.rejected.jsonl").exists(), "rejects of an earlier run"


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (ROWS, {}, r"in\.jsonl: no column 'sentence_id'; found sid, text, year, tags"),
        (ROWS, {"id_column": "sid", "text_column": "body"}, "no column 'body'; found"),
        ([ROWS[0]] * 2, {"id_column": "sid"}, r"in\.jsonl:2: id 's1' was used before at line 1"),
        ([ROWS[0], {"text": "A row without its id."}], {"id_column": "sid"}, r"in\.jsonl:2: empty id in column 'sid'"),
        ([{**ROWS[0], "sid": None}], {"id_column": "sid"}, r"in\.jsonl:1: empty id in column 'sid'"),
        ([{**ROWS[0], "economic": 1}], {"id_column": "sid"}, r"columns \['economic'\] exist already"),
        (ROWS, {"id_column": "sid", "order_column": "year"}, "--order-column needs --article-column"),
    ],
)
def test_tables_that_do_not_fit_are_refused_and_nothing_is_written(tmp_path, seed_training, rows, options, message):
    source = write(tmp_path / "in.jsonl", rows)
    with pytest.raises(FramingError, match=message):
        label(source, seed_training.folder, tmp_path / "out.jsonl", unit="sentence", **options)
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_integers_beyond_64_bits_are_kept(tmp_path, small_model, suffix):
    big = 2**70 + 1
    rows = [{**ROWS[0], "n": 1, "nested": {"n": big}}, {**ROWS[1], "n": big, "nested": None}]
    source, target = write(tmp_path / "in.jsonl", rows), tmp_path / f"out{suffix}"
    label(source, small_model, target, unit="sentence", id_column="sid")
    found = read_table(target).rows
    assert [int(row["n"]) for row in found] == [1, big]
    nested = found[0]["nested"]
    assert (nested if suffix == ".jsonl" else json.loads(nested)) == {"n": big}


@pytest.mark.parametrize(
    ("suffix", "name", "missing"), [(".jsonl", 1.0, nan), (".parquet", 1.0, nan), (".csv", "1", "NA")]
)
def test_cells_of_a_labelled_table_are_read_as_they_were_labelled(tmp_path, suffix, name, missing):
    frames = dict.fromkeys(("cooperation", "anti_western", "economic"), 1)
    row = {"sentence_id": name, "story": missing, "outlet": "NA", **frames}
    labels = read_labels(write(tmp_path / f"labels{suffix}", [row]), codebook="china-russia")
    assert labels.positions == {"1": 0}
    assert (labels.names("story").tolist(), labels.names("outlet").tolist()) == ([""], [""])


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_nested_dates_and_numbers_that_are_none_can_be_read_by_others(tmp_path, small_model, suffix):
    seen = {"at": datetime(2024, 5, 6, tzinfo=UTC), "by": "Müller", "scores": [0.5, nan, inf]}
    source = write(tmp_path / "in.parquet", [{**row, "score": nan, "seen": seen} for row in ROWS])
    label(source, small_model, tmp_path / f"out{suffix}", unit="sentence", id_column="sid")
    if suffix == ".parquet":
        assert pq.read_schema(tmp_path / "out.parquet").field("seen") == pq.read_schema(source).field("seen")
        return
    row = read_table(tmp_path / f"out{suffix}").rows[0]
    nested = row["seen"] if suffix == ".jsonl" else json.loads(row["seen"])
    assert nested == {"at": "2024-05-06 00:00:00+00:00", "by": "Müller", "scores": [0.5, None, None]}
    assert "Müller" in (tmp_path / f"out{suffix}").read_text("utf-8")
    assert row["score"] == ("" if suffix == ".csv" else None)


def test_unknown_output_format_and_wrong_artefact_are_refused(tmp_path, seed_training):
    source = write(tmp_path / "in.jsonl", ROWS)
    with pytest.raises(FramingError, match=r"unknown format '\.txt'"):
        label(source, seed_training.folder, tmp_path / "out.txt", unit="sentence", id_column="sid")
    with pytest.raises(FramingError, match="expected a corpus folder, found a model folder"):
        label(seed_training.folder, seed_training.folder, tmp_path / "labels")


def test_order_within_articles_gives_the_context(tmp_path):
    from framing.labelling.rows import text_rows
    from framing.labelling.stream import TableStream
    from framing.labelling.survey import TableColumns

    cells = [("b", 10, "b3"), ("b", "2", "b2"), ("b", 1, "b1"), ("a", 1, "a1"), ("a", "2", ""), ("a", 3, "a3")]
    source = write(
        tmp_path / "in.jsonl",
        [{"id": i, "article": name, "at": at, "text": text} for i, (name, at, text) in enumerate(cells)],
    )
    items = list(text_rows(TableStream(source, "in").items(), TableColumns("id", "text", "article", "at")))
    rows = [row for row in items if row is not items[4]]
    assert "no text" in items[4].reason
    assert [row.previous for row in rows] == ["b2", "b1", "", "", "a1"]
    assert [row.text for row in sorted(rows, key=lambda row: row.place)] == ["b1", "b2", "b3", "a1", "a3"]
