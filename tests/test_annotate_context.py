"""What is shown around a sentence: its neighbours in the article, and the model's view only where it may be seen."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from coding_server import BOOK, write_coding

from framing import sample
from framing.annotation.ledger import read_ledger
from framing.errors import FramingError
from framing.web import open_desk
from framing.web.context import SHOWN, read_sentences


def test_neighbours_come_from_the_corpus_and_the_headline_is_shown_once(seed_corpus, tmp_path):
    sample(seed_corpus.corpus.folder, tmp_path / "coding", n=120, codebook="china-russia")
    ledger = read_ledger(tmp_path / "coding")
    texts = {row["sentence_id"]: row["text"] for row in seed_corpus.corpus.sentences().to_pylist()}
    for sentence in read_sentences(ledger, BOOK, corpus=seed_corpus.corpus.folder).values():
        row = ledger.rows[sentence.id]
        around = [texts.get(f"{row['article_id']}#{i}") for i in range(1, row["index"] + SHOWN + 1)]
        before, after = around[: row["index"] - 1] if row["index"] else [], around[row["index"] :]
        assert list(sentence.before) == before[-SHOWN:]
        assert list(sentence.after) == [text for text in after if text is not None]
        assert sentence.title == ("" if row["part"] == "headline" else row["title"])
    alone = read_sentences(ledger, BOOK)
    assert all(one.after == () and len(one.before) <= 1 for one in alone.values())
    assert {one.before for one in alone.values() if ledger.rows[one.id]["index"] > 1} == {
        (row["previous"],) for row in ledger.rows.values() if row["index"] > 1
    }


@pytest.fixture
def labels(tmp_path):
    """Labels of the corpus that `write_coding` is drawn from."""
    folder = tmp_path / "labels"
    folder.mkdir()
    ids = [f"Outlet-{i % 4}-0#{i}" for i in range(8)]
    columns = {f"p_{name}": [0.25 + 0.5 * (name == "economic")] * 8 for name in BOOK.frame_names}
    pq.write_table(pa.table({"sentence_id": ids, **columns}), folder / "part-00000.parquet")
    BOOK.save(folder / "codebook.yaml")
    manifest = {"kind": "labels", "codebook": BOOK.reference, "corpus": {"sha256": "c" * 64}, "sentences": 8}
    (folder / "framing.json").write_text(json.dumps(manifest))
    return folder


def test_suggestions_are_for_training_only(labels, tmp_path):
    folder = write_coding(tmp_path / "coding", 8, purpose="training")
    rows = [json.loads(line) for line in (folder / "sample.jsonl").read_text().splitlines()]
    rows[0] |= {"purpose": "estimate", "inclusion_probability": 0.5}
    (folder / "sample.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shown = open_desk(folder, ["anna"], labels=labels).sentences
    assert shown[rows[0]["sentence_id"]].suggestion == {}
    assert shown[rows[1]["sentence_id"]].suggestion == {"cooperation": 0.25, "anti_western": 0.25, "economic": 0.75}
    assert all(not one.suggestion for one in open_desk(folder, ["anna"]).sentences.values())
    estimate = write_coding(tmp_path / "estimate", 8)
    with pytest.raises(FramingError, match="no sentence for training"):
        open_desk(estimate, ["anna"], labels=labels)
    (labels / "framing.json").write_text((labels / "framing.json").read_text().replace("cccc", "dddd"))
    with pytest.raises(FramingError, match="another corpus"):
        open_desk(folder, ["anna"], labels=labels)
