"""Labels of a corpus: its sentences as a stream, a folder of Parquet parts out."""

import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

import framing
from framing.artefact import MANIFEST, Manifest, sha256_file, swap_in, write_json
from framing.classifier.base import BOILERPLATE, Classifier
from framing.classifier.record import write_split
from framing.corpus import Corpus
from framing.corpus.records import Problem
from framing.engine import EngineName
from framing.labelling.batch import label_batch
from framing.labelling.labels import KIND
from framing.labelling.memory import Memory
from framing.labelling.parts import PART_ROWS, LabelledPart, LabelSummary, choose_engine, plan_of, run_parts, summarise
from framing.labelling.resumable import WorkFolder, work_folder

if TYPE_CHECKING:
    from framing.classifier.assignment import StoryFolds

REJECTS = "rejected.jsonl"


def label_corpus(corpus: Corpus, classifier: Classifier, target: Path, engine: EngineName) -> LabelSummary:
    """Label every sentence of a corpus, see `framing.labelling.label`."""
    path = corpus.folder / "sentences.parquet"
    n_sentences = pq.read_metadata(path).num_rows
    frames = classifier.codebook.frame_names
    with work_folder(target) as work:
        used = choose_engine(work, classifier, engine, n_sentences // len(classifier.networks))
        work.follow(plan_of(classifier, sha256_file(path), used, unit="article", asked=engine))
        folds = _story_folds(classifier, corpus, path)

        def parts(first: int, memory: Memory) -> Iterator[LabelledPart]:
            before = _last_row(path, first * PART_ROWS)
            for table in _tables(path, first * PART_ROWS):
                yield labelled_part(classifier, table, before, folds, memory, path)
                before = table.slice(len(table) - 1)

        run_parts(work, ".parquet", n_sentences, frames, parts)
        return _finish(work, corpus, classifier, used)


def labelled_part(
    classifier: Classifier,
    table: pa.Table,
    before: pa.Table | None,
    folds: "StoryFolds | None",
    memory: Memory | None,
    path: str | Path,
) -> LabelledPart:
    """Labels of one part of a corpus.

    Parameters
    ----------
    classifier : Classifier
    table : pyarrow.Table
        Its sentences.
    before : pyarrow.Table, optional
        The row before the first, None if there is none.
    folds : StoryFolds, optional
        Of a classifier of several folds: which network scores which story.
    memory : Memory, optional
        Of the parts before.
    path : str or Path
        Of the corpus's sentences, for messages.
    """
    n_items = len(table)
    table, rejected = _readable(table, path)
    texts = table["text"].to_pylist()
    columns = label_batch(
        classifier,
        texts,
        _previous(table, before),
        marked=table[BOILERPLATE].to_numpy(zero_copy_only=False).astype(bool),
        assignment=folds.assign(table["story"].to_pylist()) if folds else None,
        memory=memory,
    )
    labelled = table.drop_columns([BOILERPLATE])
    for name, values in columns.items():
        labelled = labelled.append_column(name, pa.array(values))
    return LabelledPart(n_items, columns, rejected, lambda file: pq.write_table(labelled, file))


def _finish(work: WorkFolder, corpus: Corpus, classifier: Classifier, engine: str) -> LabelSummary:
    """Put the labels folder together from its parts, and in its place."""
    whole = work.path / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir()
    for part in range(work.finished()):
        file = work.file(part, ".parquet")
        _link(file, whole / file.name)
    summary = summarise(work, classifier.codebook.frame_names, whole / REJECTS, engine)
    summary.rejects = summary.rejects and work.target / REJECTS
    classifier.codebook.save(whole / "codebook.yaml")
    write_split(whole, classifier.record)  # so that evaluation can leave out what the model saw
    manifest = labels_manifest(classifier, corpus.manifest, summary.n_sentences, engine)
    write_json(whole / MANIFEST, manifest)
    swap_in(whole, work.target)
    return summary


def labels_manifest(classifier: Classifier, corpus: Manifest, n_sentences: int, engine: str) -> Manifest:
    """What the labels of a corpus were made with, its manifest being `corpus`."""
    return {
        "kind": KIND,
        "framing": framing.__version__,
        "codebook": classifier.codebook.reference,
        "model": {"sha256": classifier.manifest["sha256"], "thresholds": classifier.thresholds},
        "corpus": {"sha256": corpus["sha256"], "articles": corpus["articles"]},
        "sentences": n_sentences,
        "out_of_fold": "folds" in classifier.manifest,
        "engine": engine,
    }


def _link(file: Path, other: Path) -> None:
    """The same file under another name, a copy where the disk has no links; the part stays in case of a kill."""
    try:
        os.link(file, other)
    except OSError:
        shutil.copyfile(file, other)


def _tables(path: Path, start: int) -> Iterator[pa.Table]:
    """Rows from `start` on, in tables of `PART_ROWS`, the last of the rest."""
    waiting: list[pa.Table] = []
    for rows in _rows_from(path, start):
        waiting.append(rows)
        while sum(map(len, waiting)) >= PART_ROWS:
            together = pa.concat_tables(waiting).combine_chunks()
            yield together.slice(0, PART_ROWS)
            waiting = [together.slice(PART_ROWS)]
    if sum(map(len, waiting)):
        yield pa.concat_tables(waiting).combine_chunks()


def _rows_from(path: Path, start: int, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """Rows from `start` on in small tables; groups of rows before it are not read."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        groups = list(range(file.num_row_groups))
        while groups and start >= (rows := file.metadata.row_group(groups[0]).num_rows):
            start -= rows
            groups.pop(0)
        for batch in file.iter_batches(batch_size=PART_ROWS, row_groups=groups, columns=columns):
            table = pa.Table.from_batches([batch])
            yield table.slice(start)
            start = max(0, start - len(table))


def _last_row(path: Path, start: int) -> pa.Table | None:
    """The row before `start`."""
    if not start:
        return None
    return next(table for table in _rows_from(path, start - 1) if len(table)).slice(0, 1)


def _readable(table: pa.Table, path: str | Path) -> tuple[pa.Table, list[Problem]]:
    """Rows whose cells are text, and the others as problems."""
    reasons = [_fault(value) for value in table["text"].cast(pa.binary()).to_pylist()]
    if not any(reasons):
        return table, []
    ids = table["sentence_id"].to_pylist()
    rejected = [Problem(str(path), 0, why, name) for name, why in zip(ids, reasons, strict=True) if why]
    return table.filter(pa.array([not why for why in reasons])), rejected


def _fault(value: bytes | None) -> str:
    if value is None:
        return "no text; ingest the article again"
    try:
        value.decode()
    except UnicodeDecodeError as error:
        return f"bytes that are not UTF-8 text ({error.reason}); ingest the article again"
    return ""


def _previous(table: pa.Table, before: pa.Table | None) -> list[str]:
    """Text before each sentence in its article, empty for the first; the table is in the order of its articles."""
    rows = list(zip(table["article_id"].to_pylist(), table["text"].to_pylist(), strict=True))
    first: list[tuple[str | None, str]] = [(None, "")]
    if before is not None and not _fault(before["text"].cast(pa.binary())[0].as_py()):
        first = [(before["article_id"][0].as_py(), before["text"][0].as_py())]
    return [text if article == own else "" for (article, text), (own, _) in pairwise([*first, *rows])]


def _story_folds(classifier: Classifier, corpus: Corpus, path: Path) -> "StoryFolds | None":
    """Which network scores which story, where there are several."""
    from framing.classifier import FoldedClassifier  # needs torch

    if not isinstance(classifier, FoldedClassifier):
        return None
    pairs = (
        pair
        for table in _rows_from(path, 0, ["text", "story"])
        for pair in zip(table["text"].to_pylist(), table["story"].to_pylist(), strict=True)
    )
    return classifier.coded_folds().recognise(pairs, corpus.manifest["sha256"])
