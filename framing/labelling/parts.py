"""A labelling run, part by part: what both a corpus and a table need to be resumed to the same bytes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

import framing
from framing import progress
from framing.artefact import write_json
from framing.corpus.records import Problem
from framing.engine import EngineName
from framing.labelling.labeller import Labeller
from framing.labelling.memory import KEPT_PARTS, Memory
from framing.labelling.resumable import WorkFolder
from framing.stance.values import STANCES, VOICES

PART_ROWS = 10_000  # what a killed run computes again at most, and the window that sentences are sorted by length in
SHOWN = 100
_FORM = 2  # of what is kept beside a part: those of other forms are not gone on with


@dataclass
class LabelSummary:
    """What was labelled.

    Parameters
    ----------
    output : Path
    n_sentences, n_boilerplate, n_rejected : int
        Rejected rows are not in the output.
    positives : dict of str to int
        Sentences per frame.
    rejected : list of Problem
        The first 100.
    rejects : Path or None
        Where all rejected rows are listed.
    engine : str
        What computed frames, and with stance, behind a slash, what computed that.
    n_cut : int
        Sentences that are longer than the model of frames reads.
    values : dict of str to dict of str to int
        Sentences by value of each column of stance and of voice; empty without stance.
    """

    output: Path
    n_sentences: int
    n_boilerplate: int
    positives: dict[str, int]
    n_rejected: int
    rejected: list[Problem]
    rejects: Path | None
    engine: str
    n_cut: int = 0
    values: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, row: dict[str, Any], rejects: TextIO) -> None:
        """Count a part, by its `LabelledPart.row`, and write what it rejected as JSON Lines."""
        self.n_sentences += row["sentences"]
        self.n_boilerplate += row["boilerplate"]
        self.n_cut += row["cut"]
        self.n_rejected += len(row["rejected"])
        for name, count in zip(self.positives, row["positives"], strict=True):
            self.positives[name] += count
        for column, counts in row["values"].items():
            before = self.values.get(column, {})
            self.values[column] = {value: before.get(value, 0) + count for value, count in counts.items()}
        room = SHOWN - len(self.rejected)
        self.rejected += [Problem(**problem) for problem in row["rejected"][:room]]
        rejects.writelines(json.dumps(problem, ensure_ascii=False) + "\n" for problem in row["rejected"])


@dataclass(frozen=True)
class LabelledPart:
    """Labels of one part of the input.

    Parameters
    ----------
    n_items : int
        Rows of the input, rejected ones included.
    columns : dict of str to ndarray
        From `framing.labelling.label_batch`; the last is boilerplate.
    cut : ndarray of bool, shape (n_sentences,)
        Whether the model of frames read only the beginning.
    rejected : list of Problem
    write : callable
        Writes the rows to a path.
    """

    n_items: int
    columns: dict[str, NDArray[Any]]
    cut: NDArray[np.bool_]
    rejected: list[Problem]
    write: Callable[[Path], object]

    def row(self, frames: tuple[str, ...]) -> dict[str, Any]:
        """Counts and rejects, as they are kept beside the part."""
        *_, boilerplate = self.columns.values()
        return {
            "sentences": len(boilerplate),
            "positives": [int(np.sum(self.columns[name])) for name in frames],
            "boilerplate": int(boilerplate.sum()),
            "cut": int((self.cut & ~boilerplate).sum()),
            "values": _value_counts(self.columns),
            "rejected": [problem.as_dict() for problem in self.rejected],
        }


def _value_counts(columns: dict[str, NDArray[Any]]) -> dict[str, dict[str, int]]:
    """Sentences by value of each column of stance and of voice; no frame has a column of text."""
    told = {
        name: VOICES if name == "voice" else STANCES
        for name, column in columns.items()
        if column.dtype == object and (name == "voice" or name.startswith("stance_"))
    }
    return {name: {value: int(np.sum(columns[name] == value)) for value in values} for name, values in told.items()}


def choose_engine(work: WorkFolder, labeller: Labeller, engine: EngineName, n_sentences: int, n_each: int) -> str:
    """Let the labeller compute as the interrupted run did, else with what is best for so many sentences."""
    plan = work.plan()
    goes_on = plan is not None and plan["settings"]["asked"] == engine
    return labeller.accelerate(plan["engine"] if plan and goes_on else engine, n_sentences, n_each)


def plan_of(labeller: Labeller, source: str, engine: str, **settings: object) -> dict[str, Any]:
    """What must be the same for a run to be resumed.

    Parameters
    ----------
    labeller : Labeller
    source : str
        Hash of the input.
    engine : str
        What computes.
    settings
        All else that the output depends on.
    """
    return {
        "input": source,
        **labeller.identity(),
        "engine": engine,
        "settings": settings,
        "framing": framing.__version__,
        "parts": _FORM,
    }


def run_parts(
    work: WorkFolder,
    suffix: str,
    n_items: int,
    frames: tuple[str, ...],
    parts: Callable[[int, Memory], Iterator[LabelledPart]],
) -> None:
    """Label and write all parts that are not finished.

    Parameters
    ----------
    work : WorkFolder
    suffix : str
        Of the files that hold the rows.
    n_items : int
        Rows of the whole input.
    frames : tuple of str
    parts : callable
        Yields the parts from a row of the input on; each goes through `label_batch` once, with the memory it is given.
    """
    done, memory = work.finished(), Memory()
    first = sum(row["sentences"] + len(row["rejected"]) for row in work.rows())
    for number in range(max(0, done - KEPT_PARTS), done):
        memory.read(work.file(number, ".npz"))
    with progress.run("Labelling", n_items, first) as shown:
        for number, part in enumerate(parts(first, memory), start=done):
            row = part.row(frames)
            work.write(work.file(number, suffix), part.write)
            work.write(work.file(number, ".npz"), memory.write)
            work.write(work.file(number, ".json"), partial(write_json, value=row))
            if number >= KEPT_PARTS:
                work.file(number - KEPT_PARTS, ".npz").unlink(missing_ok=True)
            shown.finish(part.n_items)


def summarise(work: WorkFolder, frames: tuple[str, ...], rejects: Path, engine: str) -> LabelSummary:
    """Add up the finished parts, and write the rejects of all of them, if there are any, to `rejects`."""
    summary = LabelSummary(work.target, 0, 0, dict.fromkeys(frames, 0), 0, [], None, engine)
    with rejects.open("w", encoding="utf-8") as stream:
        for row in work.rows():
            summary.add(row, stream)
    if summary.n_rejected:
        summary.rejects = rejects
    else:
        rejects.unlink()
    return summary
