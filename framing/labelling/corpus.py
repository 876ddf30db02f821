"""Labels of a corpus: its sentences as a stream, a folder of Parquet parts out."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import framing
from framing.artefact import MANIFEST, Manifest, sha256_file, swap_in, write_json
from framing.classifier.base import BOILERPLATE, Classifier
from framing.corpus import Corpus, previous_sentences
from framing.corpus.records import Problem
from framing.engine import EngineName
from framing.errors import FramingError
from framing.labelling.batch import label_batch
from framing.labelling.labeller import Labeller
from framing.labelling.labels import FOLD, KIND
from framing.labelling.memory import Memory
from framing.labelling.parts import PART_ROWS, LabelledPart, LabelSummary, choose_engine, plan_of, run_parts, summarise
from framing.labelling.resumable import WorkFolder, work_folder
from framing.labelling.window import Reach, Window, read_window

if TYPE_CHECKING:
    from framing.classifier.assignment import StoryFolds

REJECTS = "rejected.jsonl"


def label_corpus(corpus: Corpus, labeller: Labeller, target: Path, engine: EngineName) -> LabelSummary:
    """Label every sentence of a corpus, see `framing.labelling.label`."""
    path = corpus.folder / "sentences.parquet"
    classifier, reach = labeller.frames, Reach.of(labeller)
    with pq.ParquetFile(path, pre_buffer=False) as sentences, work_folder(target) as work:
        n_sentences = sentences.metadata.num_rows
        used = choose_engine(work, labeller, engine, n_sentences, n_sentences // len(classifier.networks))
        work.follow(plan_of(labeller, sha256_file(path), used, unit="article", asked=engine))
        folds = story_folds(classifier, sentences, corpus.manifest["sha256"])

        def parts(first: int, memory: Memory) -> Iterator[LabelledPart]:
            for start in range(first, n_sentences, PART_ROWS):
                window = read_window(sentences, start, start + PART_ROWS, reach)
                yield labelled_part(labeller, window, folds, memory, path)

        run_parts(work, ".parquet", n_sentences, labeller.codebook.frame_names, parts)
        with work.writing():
            return _finish(work, corpus, labeller, used)


def labelled_part(
    labeller: Labeller,
    window: Window,
    folds: "StoryFolds | None",
    memory: Memory | None,
    path: str | Path,
) -> LabelledPart:
    """Labels of one part of a corpus.

    Parameters
    ----------
    labeller : Labeller
    window : Window
        Its sentences with those around them; all are labelled, those of the part are kept.
    folds : StoryFolds, optional
        Of a classifier of several folds: which network scores which story.
    memory : Memory, optional
        Of the parts before.
    path : str or Path
        Of the corpus's sentences, for messages.
    """
    reasons = np.array([_fault(value) for value in window.table["text"].cast(pa.binary()).to_pylist()], dtype=object)
    readable = reasons == ""
    table, own = window.table.filter(pa.array(readable)), window.own[readable]
    assignment = folds.assign(table["story"].to_pylist()) if folds else None
    texts, previous = table["text"].to_pylist(), previous_sentences(table)
    labels = label_batch(
        labeller,
        texts,
        previous,
        articles=table["article_id"].to_pylist(),
        marked=table[BOILERPLATE].to_numpy(zero_copy_only=False).astype(bool),
        assignment=assignment,
        memory=memory,
    )
    columns = {name: values[own] for name, values in labels.items()}
    labelled = table.drop_columns([BOILERPLATE])
    if assignment:
        labelled = labelled.append_column(FOLD, pa.array(assignment.members))
    labelled = labelled.filter(pa.array(own))
    for name, values in columns.items():
        kind = pa.string() if values.dtype == object else None  # also where a part has no rows
        labelled = labelled.append_column(name, pa.array(values, kind, from_pandas=True))  # not a number: missing
    rejects = window.own & ~readable
    ids = window.table["sentence_id"].filter(pa.array(rejects)).to_pylist()
    rejected = [Problem(str(path), 0, why, name) for name, why in zip(ids, reasons[rejects], strict=True)]
    cut = labeller.overlong(texts, previous)[own]
    return LabelledPart(int(window.own.sum()), columns, cut, rejected, lambda file: pq.write_table(labelled, file))


def _finish(work: WorkFolder, corpus: Corpus, labeller: Labeller, engine: str) -> LabelSummary:
    """Put the labels folder together from its parts, and in its place."""
    whole = work.path / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir()
    for part in range(work.finished()):
        file = work.file(part, ".parquet")
        _link(file, whole / file.name)
    summary = summarise(work, labeller.codebook.frame_names, whole / REJECTS, engine)
    _check_rows(work, whole, summary.n_sentences)
    summary.rejects = summary.rejects and work.target / REJECTS
    labeller.codebook.save(whole / "codebook.yaml")
    labeller.write_records(whole)
    manifest = labels_manifest(labeller, corpus.manifest, summary)
    write_json(whole / MANIFEST, manifest)
    swap_in(whole, work.target)
    return summary


def _check_rows(work: WorkFolder, whole: Path, n_sentences: int) -> None:
    """Refuse parts whose rows are not those that were counted when they were labelled."""
    found = sum(pq.read_metadata(file).num_rows for file in whole.glob("part-*.parquet"))
    if found != n_sentences:
        raise FramingError(
            f"{work.path}: the parts have {found:,} sentences, expected {n_sentences:,}, as many as were labelled; "
            "remove this folder and label again"
        )


def labels_manifest(labeller: Labeller, corpus: Manifest, summary: LabelSummary) -> Manifest:
    """What the labels of a corpus were made with, its manifest being `corpus`."""
    return {
        "kind": KIND,
        "framing": framing.__version__,
        "codebook": labeller.codebook.reference,
        **labeller.described(),
        "corpus": {"sha256": corpus["sha256"], "articles": corpus["articles"]},
        "sentences": summary.n_sentences,
        "cut": summary.n_cut,
        "engine": summary.engine,
    }


def _link(file: Path, other: Path) -> None:
    """The same file under another name, a copy where the disk has no links; the part stays in case of a kill."""
    try:
        os.link(file, other)
    except OSError:
        shutil.copyfile(file, other)


def _fault(value: bytes | None) -> str:
    if value is None:
        return "no text; ingest the article again"
    try:
        value.decode()
    except UnicodeDecodeError as error:
        return f"bytes that are not UTF-8 text ({error.reason}); ingest the article again"
    return ""


def story_folds(classifier: Classifier, sentences: pq.ParquetFile, sha256: str) -> "StoryFolds | None":
    """Which network scores which story of a corpus, whose hash is `sha256`, where there are several."""
    from framing.classifier import FoldedClassifier  # needs torch

    if not isinstance(classifier, FoldedClassifier):
        return None
    return classifier.coded_folds().recognise(_texts_and_stories(sentences), sha256)


def _texts_and_stories(sentences: pq.ParquetFile) -> Iterator[tuple[str, str]]:
    for batch in sentences.iter_batches(batch_size=PART_ROWS, columns=["text", "story"]):
        yield from zip(batch["text"].to_pylist(), batch["story"].to_pylist(), strict=True)
