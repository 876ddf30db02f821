"""Labelling in parts: killed and started again to the same bytes; changed inputs named; bad rows set aside."""

import gzip
import io
import json
import signal
import subprocess
import sys
import zlib
from codecs import BOM_UTF8
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing import FrameClassifier, FramingError, label
from framing.corpus.records import Problem
from framing.labelling import Labeller, parts, read_labels, table
from framing.labelling import corpus as corpus_module
from framing.labelling.batch import label_batch
from framing.labelling.memory import Memory
from framing.labelling.repeated import RepeatedNames, name_hash
from framing.labelling.resumable import WorkFolder
from framing.labelling.stream import TableStream

ROWS = [{"sentence_id": f"s{i}", "text": f"Trade rose by {i % 17} percent."} for i in range(50)]


@pytest.fixture
def small_parts(monkeypatch):
    for module in (corpus_module, table, parts):
        monkeypatch.setattr(module, "PART_ROWS", 8)


def write(path, rows=ROWS):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


class Killed(BaseException):
    """Stands for a kill: nothing in framing catches it."""


def killed_at(monkeypatch, number, run):
    """Run until a file is written for the so-manieth time."""
    written, write = [], WorkFolder.write

    def count(self, path, work):
        written.append(path)
        if len(written) == number:
            raise Killed
        write(self, path, work)

    with monkeypatch.context() as patch:
        patch.setattr(WorkFolder, "write", count)
        with pytest.raises(Killed):
            run()


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_table_killed_anywhere_goes_on_to_the_same_bytes(tmp_path, small_model, small_parts, monkeypatch, suffix):
    source = write(tmp_path / "in.jsonl")
    label(source, small_model, whole := tmp_path / f"whole{suffix}", unit="sentence")
    target = tmp_path / f"out{suffix}"
    for number in (3, 6, 5):
        killed_at(monkeypatch, number, lambda: label(source, small_model, target, unit="sentence"))
        assert not target.exists()
    assert len(list((tmp_path / f"out{suffix}.partial").glob("part-*.json"))) == 2
    summary = label(source, small_model, target, unit="sentence")
    assert target.read_bytes() == whole.read_bytes()
    assert summary.n_sentences == 50
    assert not (tmp_path / f"out{suffix}.partial").exists()


def test_a_corpus_killed_anywhere_goes_on_to_the_same_bytes(tmp_path, seed_corpus, small_model, monkeypatch):
    for module in (corpus_module, parts):
        monkeypatch.setattr(module, "PART_ROWS", 400)
    folder = seed_corpus.corpus.folder
    label(folder, small_model, tmp_path / "whole")
    for number in (2, 6, 8):
        killed_at(monkeypatch, number, lambda: label(folder, small_model, tmp_path / "labels"))
    label(folder, small_model, tmp_path / "labels")
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert names[:2] == ["codebook.yaml", "framing.json"]
    for name in names:
        assert (tmp_path / "labels" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    ids = read_labels(tmp_path / "labels").table["sentence_id"].to_pylist()
    assert ids == seed_corpus.corpus.sentences(["sentence_id"])["sentence_id"].to_pylist()


def test_a_real_kill_leaves_what_was_finished(tmp_path, small_model):
    source = write(tmp_path / "in.jsonl")
    script = (
        "import os, signal, sys\n"
        "from framing.labelling import parts, table, label\n"
        "parts.PART_ROWS = table.PART_ROWS = 8\n"
        "done = parts.LabelledPart.row\n"
        "def row(self, frames, seen=[]):\n"
        "    seen.append(1)\n"
        "    if len(seen) == 4: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return done(self, frames)\n"
        "parts.LabelledPart.row = row\n"
        "label(sys.argv[1], sys.argv[2], sys.argv[3], unit='sentence')\n"
    )
    target = tmp_path / "out.jsonl"
    process = subprocess.run([sys.executable, "-c", script, source, small_model, target], check=False)
    assert process.returncode == -signal.SIGKILL
    assert sorted(path.name for path in (tmp_path / "out.jsonl.partial").glob("*.json")) == [
        "part-00000.json",
        "part-00001.json",
        "part-00002.json",
        "plan.json",
    ]


@pytest.mark.parametrize("ended", ["killed", "not yet"])
def test_while_a_run_writes_an_output_a_second_is_refused_and_waits_for_no_killed_one(tmp_path, small_model, ended):
    source, target = write(tmp_path / "in.jsonl"), tmp_path / "out.jsonl"
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from framing.labelling.resumable import work_folder\n"
        "with work_folder(Path(sys.argv[1])):\n"
        "    print('works', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command, pipe = [sys.executable, "-c", script, target], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as first:
        assert first.stdout.readline() == b"works\n"
        if ended == "not yet":
            with pytest.raises(FramingError, match=r"out\.jsonl: another run is writing this output; wait for it, or"):
                label(source, small_model, target, unit="sentence")
            assert (tmp_path / "out.jsonl.partial").is_dir()
        first.kill()
    assert label(source, small_model, target, unit="sentence").n_sentences == 50
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_parts_with_other_rows_than_were_labelled_make_no_labels(tmp_path, seed_corpus, small_model, monkeypatch):
    for module in (corpus_module, parts):
        monkeypatch.setattr(module, "PART_ROWS", 400)
    folder, target = seed_corpus.corpus.folder, tmp_path / "labels"
    killed_at(monkeypatch, 8, lambda: label(folder, small_model, target))
    part = tmp_path / "labels.partial" / "part-00000.parquet"
    pq.write_table(pq.read_table(part).slice(0, 30), part)
    with pytest.raises(FramingError, match=r"labels\.partial: the parts have 1,573 .*, expected 1,943, .*remove this"):
        label(folder, small_model, target)
    assert not target.exists()


def test_what_changed_since_the_interruption_is_named(tmp_path, small_model, small_parts, monkeypatch):
    source, target = write(tmp_path / "in.jsonl"), tmp_path / "out.jsonl"
    killed_at(monkeypatch, 8, lambda: label(source, small_model, target, unit="sentence"))
    write(source, [*ROWS, {"sentence_id": "new", "text": "New."}])
    with pytest.raises(
        FramingError, match=r"partial: holds the first 2 parts .* the input has changed; run the earlier"
    ):
        label(source, small_model, target, unit="sentence")
    write(source)
    other = FrameClassifier.from_pretrained(small_model)
    other.thresholds = {**other.thresholds, "economic": 0.9}
    with pytest.raises(FramingError, match="the model is another one"):
        label(source, other, target, unit="sentence")
    with pytest.raises(FramingError, match="the settings are others"):
        label(source, small_model, target, unit="sentence", engine="torch")
    path = tmp_path / "out.jsonl.partial" / "plan.json"
    plan = path.read_text()
    path.write_text(json.dumps({name: value for name, value in json.loads(plan).items() if name != "parts"}))
    with pytest.raises(FramingError, match=r"parts are kept in another way now; .*remove this folder to start anew"):
        label(source, small_model, target, unit="sentence")
    path.write_text(plan)
    assert label(source, small_model, target, unit="sentence").n_sentences == 50


def test_a_run_killed_before_its_first_part_blocks_no_other(tmp_path, small_model, small_parts, monkeypatch):
    source, target = write(tmp_path / "in.jsonl"), tmp_path / "out.jsonl"
    killed_at(monkeypatch, 2, lambda: label(source, small_model, target, unit="sentence"))
    (tmp_path / "out.jsonl.partial").mkdir(exist_ok=True)
    (tmp_path / "out.jsonl.partial" / "plan.json").write_text('{"input": "another"}')
    assert label(source, small_model, target, unit="sentence", engine="torch").n_sentences == 50


@pytest.mark.parametrize("name", ["notes.txt", "plan.txt~", "part-1.json"])
def test_a_folder_of_somebody_else_is_not_removed(tmp_path, seed_corpus, small_model, name):
    mine = tmp_path / "mine.partial" / name
    mine.parent.mkdir()
    mine.write_text("precious")
    with pytest.raises(
        FramingError, match=r"mine\.partial: holds files that framing did not write, as .*; move it, or"
    ):
        label(seed_corpus.corpus.folder, small_model, tmp_path / "mine")
    assert mine.read_text() == "precious"


def test_only_a_disk_that_refuses_is_blamed_on_the_output(tmp_path, small_model, small_parts, monkeypatch):
    source, target = write(tmp_path / "in.jsonl"), tmp_path / "out.jsonl"

    def refuse(self, path):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Memory, "write", refuse)
        with pytest.raises(FramingError, match=r"out\.jsonl: could not be written \(No space left on device\)"):
            label(source, small_model, target, unit="sentence")
    with monkeypatch.context() as patch:
        patch.setattr(table.TableStream, "sha256", lambda self: refuse(self, None))
        with pytest.raises(OSError, match="No space"):
            label(source, small_model, target, unit="sentence")


def test_a_classifier_that_was_never_saved_labels(tmp_path, small_model, seed_corpus):
    classifier = FrameClassifier.from_pretrained(small_model)
    classifier.manifest, classifier.folder = {}, None
    output = label(seed_corpus.corpus.folder, classifier, tmp_path / "labels").output
    assert read_labels(output).manifest["model"]["sha256"] is None


def test_rows_that_are_no_text_are_set_aside_and_the_rest_goes_on(tmp_path, small_model, small_parts):
    source = write(tmp_path / "in.jsonl", ROWS[:10])
    with source.open("ab") as stream:
        stream.write(b'{"sentence_id": "half", "text": "\\ud800"}\n')
        stream.write(b'{"sentence_id": "latin", "text": "caf\xe9"}\n')
        stream.write(b'{"sentence_id": "nested", "text": {"a": 1}}\n')
        stream.write(b'{"sentence_id": "last", "text": "Talks."}\n')
    summary = label(source, small_model, tmp_path / "out.jsonl", unit="sentence")
    assert (summary.n_sentences, summary.n_rejected) == (11, 3)
    rejected = [json.loads(line) for line in (tmp_path / "out.jsonl.rejected.jsonl").read_text().splitlines()]
    assert [row["line"] for row in rejected] == [11, 12, 13]
    assert [word in row["reason"] for row, word in zip(rejected, ("surrogate", "UTF-8", "dict"), strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize("n_before", [1, 2000])
def test_a_row_of_csv_that_is_not_utf_8_costs_itself_only(tmp_path, n_before):
    before = b"".join(b"s%d,Trade rose.\n" % i for i in range(n_before))
    (tmp_path / "in.csv").write_bytes(b"sentence_id,text\n" + before + b'bad,"A\ncaf\xe9."\nlast,Talks began.\n')
    items = list(TableStream(tmp_path / "in.csv", "in.csv").items())
    (problem,) = [item for item in items if isinstance(item, Problem)]
    assert (problem.file, problem.line) == ("in.csv", n_before + 2)
    assert problem.reason == "not UTF-8 text; mend the row, or save the table as UTF-8"
    assert [item.fields["sentence_id"] for item in items if item is not problem][-1] == "last"
    assert len(items) == n_before + 2


def test_names_of_columns_that_are_not_utf_8_are_said(tmp_path, small_model):
    (tmp_path / "in.csv").write_bytes(b"sentence_id,text,caf\xe9\na,Trade rose.,1\n")
    with pytest.raises(FramingError, match=r"in\.csv: no row could be read; not UTF-8 text; .*save the table as UTF-8"):
        label(tmp_path / "in.csv", small_model, tmp_path / "out.csv", unit="sentence")


@pytest.mark.parametrize("name", ["b.csv.gz", "b.jsonl.gz"])
def test_a_damaged_gz_is_named_and_the_other_tables_are_labelled(tmp_path, small_model, name):
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "a.jsonl", ROWS[:3])
    packer = zlib.compressobj(wbits=31)
    whole = packer.compress(b"sentence_id,text\nx,Talks began.\n") + packer.flush(zlib.Z_SYNC_FLUSH)
    (tmp_path / "in" / name).write_bytes(whole + b"\xff" * 99)
    summary = label(tmp_path / "in", small_model, tmp_path / "out.jsonl", unit="sentence")
    assert summary.n_sentences == 3
    (problem,) = summary.rejected
    assert problem.file.endswith(name)
    assert "could not be read further" in problem.reason


def test_of_a_folder_only_tables_are_labelled(tmp_path, small_model):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "README.md").write_text("Sentences of spring.")
    with pytest.raises(FramingError, match=r"in: no table of sentences, expected csv, .*framing ingest"):
        label(tmp_path / "in", small_model, tmp_path / "out.jsonl", unit="sentence")
    write(tmp_path / "in" / "a.jsonl", ROWS[:3])
    assert label(tmp_path / "in", small_model, tmp_path / "out.jsonl", unit="sentence").n_sentences == 3


def test_a_sentence_of_a_corpus_that_is_no_text_is_set_aside(tmp_path, seed_corpus, small_model):
    from framing.corpus import Corpus

    folder = tmp_path / "corpus"
    folder.mkdir()
    table = seed_corpus.corpus.sentences().slice(0, 30)
    texts = [text.encode() for text in table["text"].to_pylist()]
    texts[7] = b"caf\xe9"
    bad = pa.Array.from_buffers(pa.string(), 30, pa.array(texts, pa.binary()).buffers())
    pq.write_table(table.set_column(table.column_names.index("text"), "text", bad), folder / "sentences.parquet")
    label_corpus = corpus_module.label_corpus
    corpus = Corpus(folder, seed_corpus.corpus.manifest)
    summary = label_corpus(corpus, Labeller(FrameClassifier.from_pretrained(small_model)), tmp_path / "labels", "torch")
    assert (summary.n_sentences, summary.n_rejected) == (29, 1)
    assert (
        json.loads((tmp_path / "labels" / "rejected.jsonl").read_text())["article_id"]
        == table["sentence_id"][7].as_py()
    )


def test_folders_compressed_files_and_standard_input_are_read(tmp_path, small_model, monkeypatch):
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder / "a.jsonl", ROWS[:20])
    with gzip.open(folder / "b.jsonl.gz", "wt") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in ROWS[20:])
    label(folder, small_model, tmp_path / "folder.jsonl", unit="sentence")
    lines = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)
    for number, everything in enumerate([lines, BOM_UTF8 + b" \n" + lines]):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(everything)))
        label("-", small_model, tmp_path / f"stdin{number}.jsonl", unit="sentence")
        assert (tmp_path / f"stdin{number}.jsonl").read_bytes() == (tmp_path / "folder.jsonl").read_bytes()
    with pytest.raises(FramingError, match="is the source itself, or in it"):
        label(folder, small_model, folder / "out.jsonl", unit="sentence")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (json.dumps(ROWS), "standard input: a JSON list, expected JSON lines or CSV; put each object on a line"),
        ('"sentence_id"x,text\n', "standard input: no row could be read; expected names of columns in the first line"),
    ],
)
def test_what_cannot_be_read_of_standard_input_is_said(tmp_path, small_model, monkeypatch, given, message):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(given.encode())))
    with pytest.raises(FramingError, match=message):
        label("-", small_model, tmp_path / "out.jsonl", unit="sentence")
    assert not list(tmp_path.iterdir())


def test_rejects_of_standard_input_are_said_to_be_of_it(tmp_path, small_model, monkeypatch):
    given = b"".join([json.dumps(ROWS[0]).encode(), b"\n{broken\n", b'{"sentence_id": "empty", "text": " "}\n'])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(given)))
    rejected = label("-", small_model, tmp_path / "out.jsonl", unit="sentence").rejected
    assert [(problem.file, problem.line) for problem in rejected] == [("standard input", 2), ("standard input", 3)]


def test_sentences_that_read_alike_are_computed_once(small_model, monkeypatch):
    classifier, computed = FrameClassifier.from_pretrained(small_model), []
    run = classifier.label_probabilities
    monkeypatch.setattr(classifier, "label_probabilities", lambda t, p: computed.extend(t) or run(t, p))
    labeller, memory = Labeller(classifier), Memory(kept_parts=2)
    first = label_batch(labeller, ["a", "b", "a"], memory=memory)
    again = label_batch(labeller, ["b", "c"], memory=memory)
    assert computed == ["a", "b", "c"]
    assert first["p_economic"][[0, 1]].tolist() == [first["p_economic"][2], again["p_economic"][0]]
    label_batch(labeller, ["d"], memory=memory)
    label_batch(labeller, ["a", "c"], memory=memory)
    assert computed == ["a", "b", "c", "d", "a"], "what is too far back is forgotten"


def test_memory_comes_back_as_it_was(tmp_path):
    memory, again = Memory(), Memory()
    memory.add([b"k" * 16, b"\0" * 16], np.array([[0.1, 0.2], [0.3, 0.4]]))
    memory.write(tmp_path / "memory.npz")
    again.read(tmp_path / "memory.npz")
    np.testing.assert_array_equal(again.recall([b"\0" * 16]), [[0.3, 0.4]])


@given(st.lists(st.text(max_size=3), max_size=60))
@settings(max_examples=50)
def test_repeated_names_are_found(names):
    with RepeatedNames() as repeated:
        for name in names:
            repeated.add(name)
        assert repeated.hashes() == {name_hash(name) for name in names if names.count(name) > 1}


def test_progress_for_schedulers_is_json_lines(tmp_path, small_model, small_parts, capfd):
    from framing import progress

    progress.use_form("json")
    try:
        label(write(tmp_path / "in.jsonl"), small_model, tmp_path / "out.jsonl", unit="sentence")
    finally:
        progress.use_form("bar")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    last = lines[-1]
    assert (last["event"], last["done"], last["total"], last["seconds_left"]) == ("progress", 50, 50, 0)
    assert last["per_second"] > 0


def test_scattered_articles_are_refused_where_the_sentence_before_is_read(tmp_path, small_model):
    classifier = FrameClassifier.from_pretrained(small_model)
    classifier.settings = classifier.settings.model_copy(update={"context": "previous"})
    rows = [{**row, "article": "ab"[i % 2]} for i, row in enumerate(ROWS)]
    with pytest.raises(FramingError, match=r"in\.jsonl:3: article 'a' goes on here after another; .* sort the table"):
        label(
            write(tmp_path / "in.jsonl", rows),
            classifier,
            tmp_path / "o.jsonl",
            unit="sentence",
            article_column="article",
        )
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]
