"""`framing label --engine ray`: a corpus labelled by Ray Data, with actors that hold the model, on one machine or many.

What goes through Ray are numbers of parts alone. An actor reads the rows of a part from where the corpus is, labels
them as the local engine does and writes the part to a folder within the output, under its final name when it is whole.
A part may so be done again, as when a worker is lost. When all parts are there, they replace what the output held. What
needs the whole corpus (which network scores which story) is found beforehand, in one pass.
"""

import json
import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import pyarrow.parquet as pq

from framing.artefact import MANIFEST, write_json
from framing.corpus.store import KIND as CORPUS
from framing.engine import EngineName
from framing.errors import FramingError
from framing.labelling.corpus import REJECTS, labelled_part, labels_manifest, story_folds
from framing.labelling.labeller import SHIPPED_VOICE, Labeller
from framing.labelling.labels import KIND
from framing.labelling.parts import PART_ROWS, LabelledPart, LabelSummary
from framing.labelling.place import Place
from framing.labelling.window import Reach, Window, read_window
from framing.progress import run, silent

if TYPE_CHECKING:
    from framing.classifier.assignment import StoryFolds

SENTENCES = "sentences.parquet"


@dataclass(frozen=True)
class _Task:
    """What all actors are told."""

    source: Place
    target: Place
    model: str
    stance: bool | str | Path
    voice: str | Path
    engine: EngineName
    folds: "StoryFolds | None"
    n_rows: int
    part_rows: int


def label_with_ray(
    corpus: str | Path,
    model: str | Path,
    output: str | Path,
    *,
    workers: int | None = None,
    part_rows: int = PART_ROWS,
    engine: EngineName = "auto",
    stance: bool | str | Path = False,
    voice: str | Path = SHIPPED_VOICE,
    overwrite: bool = False,
) -> LabelSummary:
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
    engine : {"auto", "torch", "openvino", "int8"}
        What an actor computes with.
    stance : bool, str or Path
        Whether to label stance and voice, or by which model of stance, as `model`.
    voice : str or Path
        Model of voice, used with `stance`.
    overwrite : bool
        Replace labels that stand at `output`.

    Raises
    ------
    FramingError
        If Ray is not installed, corpus or model do not fit, the output may not be replaced, or a part fails.
    """
    ray = _ray()
    source, target = Place.of(corpus), Place.of(output)
    made_of = source.manifest(CORPUS)
    _check_output(target, overwrite=overwrite)
    with source.files.open_input_file(source / SENTENCES) as stream:
        sentences = pq.ParquetFile(stream)
        n_rows = sentences.metadata.num_rows
        labeller = Labeller.load(model, stance, voice)
        classifier = labeller.frames
        # A faster form is made once, not by all actors at once that see this cache.
        used = labeller.accelerate(engine, n_rows, n_rows // len(classifier.networks))
        folds = story_folds(classifier, sentences, made_of["sha256"])
    task = _Task(source, target.partial, str(classifier.folder), stance, voice, engine, folds, n_rows, part_rows)
    summary = LabelSummary(Path(output), 0, 0, dict.fromkeys(classifier.codebook.frame_names, 0), 0, [], None, used)
    target.begin()
    with run("Labelling", n_rows) as progress, tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with (folder / REJECTS).open("w", encoding="utf-8") as rejects:
            for row in _results(ray, task, workers):
                summary.add(row, rejects)
                progress.finish(row["sentences"] + len(row["rejected"]))
        if not summary.n_rejected:
            (folder / REJECTS).unlink()
        classifier.codebook.save(folder / "codebook.yaml")
        labeller.write_records(folder)
        write_json(folder / MANIFEST, labels_manifest(labeller, made_of, summary))
        target.complete(folder)
    summary.rejects = Path(output) / REJECTS if summary.n_rejected else None
    return summary


def _ray() -> Any:
    try:
        import ray
        import ray.data
    except ImportError:
        raise FramingError("--engine ray: Ray is not installed; pip install 'framing[ray]'") from None
    if not ray.is_initialized():
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anybody
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    return ray


def _check_output(target: Place, *, overwrite: bool) -> None:
    """Refuse an output that holds anything but labels that may be replaced, or what a broken run has left."""
    if target.has(MANIFEST):
        target.manifest(KIND)
        if not overwrite:
            raise FramingError(f"{target.name}: exists already; choose another folder or add --overwrite")
    elif not target.is_free():
        raise FramingError(f"{target.name}: holds files that framing did not write; choose an empty or new folder")


def _results(ray: Any, task: _Task, workers: int | None) -> Iterator[dict[str, Any]]:
    """`LabelledPart.row` of each part, as it gets done."""
    cluster = ray.cluster_resources()
    gpus = int(cluster.get("GPU", 0))
    starts = range(0, task.n_rows, task.part_rows)
    n_actors = min(workers or gpus or int(cluster["CPU"]), len(starts))
    if not n_actors:
        return
    ray.data.DataContext.get_current().enable_progress_bars = False
    parts = ray.data.from_items([{"start": start} for start in starts], override_num_blocks=len(starts))
    done = parts.map_batches(
        _Labeller,
        fn_constructor_args=(task,),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=n_actors, max_tasks_in_flight_per_actor=2),
        num_cpus=0 if gpus else 1,
        num_gpus=1 if gpus else 0,
    )
    try:
        for row in done.iter_rows():
            yield json.loads(row["result"])
    except ray.exceptions.RayError as error:
        last = str(error).strip().splitlines()[-1]
        raise FramingError(f"--engine ray: a part failed ({last}); mend the cause and run it again") from None


class _Labeller:
    """What an actor does: holds the model, labels and writes parts."""

    def __init__(self, task: _Task) -> None:
        import torch

        if not torch.cuda.is_available():
            torch.set_num_threads(1)  # the one processor that Ray counts for an actor
        self._task = task
        self._labeller = Labeller.load(task.model, task.stance, task.voice)
        n_each = task.n_rows // len(self._labeller.frames.networks)
        self._labeller.accelerate(task.engine, task.n_rows, n_each, threads=1)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Label and write the part that begins at a row; what it says of itself, as JSON."""
        task, start = self._task, int(batch["start"][0])
        window = self._read(start)
        with silent():
            part = labelled_part(self._labeller, window, task.folds, None, task.source / SENTENCES)
        self._write(f"part-{start // task.part_rows:05d}.parquet", part)
        return {"result": np.array([json.dumps(part.row(self._labeller.codebook.frame_names))])}

    def _read(self, start: int) -> Window:
        """The rows of a part, and what the labeller reads around them."""
        with self._task.source.files.open_input_file(self._task.source / SENTENCES) as stream:
            stop = start + self._task.part_rows
            return read_window(pq.ParquetFile(stream), start, stop, Reach.of(self._labeller))

    def _write(self, name: str, part: LabelledPart) -> None:
        """Write a part under a name of its own first: the part of a lost worker is not taken for a whole one."""
        target = self._task.target
        partial = target / f".{name}.partial-{uuid4().hex}"
        with tempfile.TemporaryDirectory() as scratch:
            part.write(Path(scratch) / name)
            with target.files.open_output_stream(partial) as stream:
                stream.write((Path(scratch) / name).read_bytes())
        target.files.move(partial, target / name)
