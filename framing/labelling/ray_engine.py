"""`framing label --engine ray`: a corpus labelled by Ray Data, with actors that hold the model, on one machine or many.

What goes through Ray are numbers of parts alone. An actor reads the rows of a part from where the corpus is, labels
them by `label_batch` and writes the part to where the labels shall be, under its final name when it is whole. A part
may so be done again, as when a worker is lost, and the rows are those of the local engine.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

import framing
from framing.artefact import MANIFEST, Manifest, write_json
from framing.classifier.base import BOILERPLATE, Classifier
from framing.classifier.record import write_split
from framing.corpus.store import KIND as CORPUS
from framing.errors import FramingError
from framing.labelling.batch import label_batch
from framing.labelling.labels import KIND
from framing.labelling.place import Place
from framing.progress import run, silent

PART_ROWS = 50_000
SENTENCES = "sentences.parquet"


def label_with_ray(
    corpus: str | Path,
    model: str | Path,
    output: str | Path,
    *,
    workers: int | None = None,
    part_rows: int = PART_ROWS,
    overwrite: bool = False,
) -> dict[str, int]:
    """Label every sentence of a corpus on the Ray cluster at hand, or on this machine where there is none.

    Parameters
    ----------
    corpus, output : str or Path
        Corpus folder and labels folder: paths that all machines see, or URIs of any Arrow filesystem.
    model : str or Path
        Model folder at a path that all machines see, or name of a shipped model.
    workers : int, optional
        Actors, each with the model and one processor, or a GPU where the cluster has some; as many as there are if
        not given.
    part_rows : int
        Sentences of a part, which is a file of the output and what is done again when a worker is lost.
    overwrite : bool
        Replace labels that stand at `output`.

    Returns
    -------
    dict of str to int
        ``sentences``, and how many have each frame and are boilerplate.

    Raises
    ------
    FramingError
        If Ray is not installed, corpus or model do not fit, the output may not be replaced, or a part fails.
    """
    ray = _ray()
    source, target = Place.of(corpus), Place.of(output)
    made_of = source.manifest(CORPUS)
    _check_output(target, overwrite=overwrite)
    from framing.classifier import load_classifier  # needs torch
    from framing.engine import accelerate

    with source.files.open_input_file(source / SENTENCES) as stream:
        n_rows = pq.ParquetFile(stream).metadata.num_rows
    classifier = load_classifier(model)
    accelerate(classifier, n_sentences=n_rows)  # its faster form is made once, not by all actors at once
    stories = _stories(classifier, source, made_of["sha256"])
    settings = (source, target, str(classifier.folder), stories, part_rows, n_rows)
    totals = {"sentences": 0} | dict.fromkeys(classifier.labels, 0)
    target.files.create_dir(target.path)
    with run("Labelling", n_rows) as progress:
        for counts in _counts(ray, list(range(0, n_rows, part_rows)), settings, workers):
            progress.finish(counts["sentences"])
            totals = {name: totals[name] + counts[name] for name in totals}
    _describe(target, classifier, made_of, totals["sentences"])
    return totals


def _ray() -> Any:
    try:
        import ray
        import ray.data
    except ImportError:
        raise FramingError("--engine ray: Ray is not installed; pip install 'framing[ray]'") from None
    if not ray.is_initialized():
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anybody
        ray.init(include_dashboard=False, log_to_driver=False, logging_level="error")
    return ray


def _check_output(target: Place, *, overwrite: bool) -> None:
    """Refuse an output that holds anything but labels that may be replaced; those are removed."""
    found = target.files.get_file_info(fs.FileSelector(target.path, allow_not_found=True))
    if not found:
        return
    if not target.has(MANIFEST) and any(not info.base_name.startswith((".part-", "part-")) for info in found):
        raise FramingError(f"{target.name}: holds files that framing did not write; choose an empty or new folder")
    if target.has(MANIFEST):
        target.manifest(KIND)
        if not overwrite:
            raise FramingError(f"{target.name}: exists already; choose another folder or add --overwrite")
    target.files.delete_dir_contents(target.path)


def _stories(classifier: Classifier, source: Place, sha256: str) -> Any:
    """For a classifier of several folds: which network scores which story, found in one pass."""
    from framing.classifier import FoldedClassifier

    if not isinstance(classifier, FoldedClassifier):
        return None
    return classifier.coded_folds().recognise(_texts_and_stories(source), sha256)


def _texts_and_stories(source: Place) -> Iterator[tuple[str, str]]:
    with source.files.open_input_file(source / SENTENCES) as stream:
        for batch in pq.ParquetFile(stream).iter_batches(columns=["text", "story"]):
            yield from zip(batch["text"].to_pylist(), batch["story"].to_pylist(), strict=True)


def _counts(ray: Any, starts: list[int], settings: tuple[Any, ...], workers: int | None) -> Iterator[dict[str, int]]:
    """Counts of each part as it gets done."""
    cluster = ray.cluster_resources()
    gpus = int(cluster.get("GPU", 0))
    n = min(workers or gpus or int(cluster["CPU"]), max(1, len(starts)))
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    parts = ray.data.from_items([{"start": start} for start in starts], override_num_blocks=max(1, len(starts)))
    done = parts.map_batches(
        _Labeller,
        fn_constructor_args=settings,
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=n, max_tasks_in_flight_per_actor=2),
        num_cpus=0 if gpus else 1,
        num_gpus=1 if gpus else 0,
        max_restarts=-1,
        max_task_retries=-1,
    )
    try:
        yield from done.iter_rows()
    except ray.exceptions.RayError as error:
        last = str(error).strip().splitlines()[-1]
        raise FramingError(f"--engine ray: a part failed ({last}); mend the cause and run it again") from None


class _Labeller:
    """What an actor does: holds the model, labels parts."""

    def __init__(self, source: Place, target: Place, model: str, stories: Any, part_rows: int, n_rows: int) -> None:
        from framing.classifier import load_classifier
        from framing.engine import accelerate

        self._source, self._target, self._stories, self._part_rows = source, target, stories, part_rows
        self._classifier = load_classifier(model)
        accelerate(self._classifier, n_sentences=n_rows)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Label and write one part; its counts, each an array of one number."""
        start = int(batch["start"][0])
        rows, previous = self._read(start)
        assignment = self._stories.assign(rows["story"].to_pylist()) if self._stories else None
        with silent():
            columns = label_batch(
                self._classifier,
                rows["text"].to_pylist(),
                previous,
                marked=rows[BOILERPLATE].to_numpy(zero_copy_only=False),
                assignment=assignment,
            )
        self._write(start, rows.drop_columns([BOILERPLATE]), columns)
        counts = {name: np.array([int(columns[name].sum())]) for name in self._classifier.labels}
        return {"sentences": np.array([len(rows)]), **counts}

    def _read(self, start: int) -> tuple[pa.Table, list[str]]:
        """The rows of a part, and the sentence before each in its article."""
        first = max(0, start - 1)
        with self._source.files.open_input_file(self._source / SENTENCES) as stream:
            rows = _slice(pq.ParquetFile(stream), first, start + self._part_rows)
        articles, texts = rows["article_id"].to_pylist(), rows["text"].to_pylist()
        previous = ["", *(texts[i] if articles[i] == articles[i + 1] else "" for i in range(len(texts) - 1))]
        return rows.slice(start - first), previous[start - first :]

    def _write(self, start: int, table: pa.Table, columns: dict[str, Any]) -> None:
        for name, values in columns.items():
            table = table.append_column(name, pa.array(values))
        name = f"part-{start // self._part_rows:05d}.parquet"
        partial = self._target / f".{name}.partial-{uuid4().hex}"
        with self._target.files.open_output_stream(partial) as stream:
            pq.write_table(table, stream)
        self._target.files.move(partial, self._target / name)


def _slice(file: pq.ParquetFile, start: int, stop: int) -> pa.Table:
    """Rows from `start` to before `stop`, of which only the row groups that have some are read."""
    ends = np.cumsum([file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)])
    groups = [i for i, end in enumerate(ends) if end > start and (i == 0 or ends[i - 1] < stop)]
    before = int(ends[groups[0] - 1]) if groups[0] else 0
    return file.read_row_groups(groups).slice(start - before, stop - start)


def _describe(target: Place, classifier: Classifier, corpus: Manifest, n_sentences: int) -> None:
    """Remove what lost workers left, and write what makes the parts a labels folder, the manifest last."""
    for info in target.files.get_file_info(fs.FileSelector(target.path)):
        if info.base_name.startswith(".part-"):
            target.files.delete_file(info.path)
    manifest = {
        "kind": KIND,
        "framing": framing.__version__,
        "codebook": classifier.codebook.reference,
        "model": {"sha256": classifier.manifest["sha256"], "thresholds": classifier.thresholds},
        "corpus": {"sha256": corpus["sha256"], "articles": corpus["articles"]},
        "sentences": n_sentences,
        "out_of_fold": "folds" in classifier.manifest,
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        classifier.codebook.save(folder / "codebook.yaml")
        write_split(folder, classifier.record)
        write_json(folder / MANIFEST, manifest)
        for file in sorted(folder.iterdir(), key=lambda file: file.name == MANIFEST):
            target.copy(file)
