"""Work in parts that a killed run has not lost: a folder beside the output that says what is done and with what."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from framing.artefact import write_json
from framing.errors import FramingError
from framing.progress import note

PLAN = "plan.json"
LOCK = ".lock"
_OWN = re.compile(r"\..*|(plan|part-\d{5,}|stdin|whole|rejected)(\.\w+)?")  # hidden: not yet renamed, or the system's
_REMEDIES = {
    "input": "the input has changed",
    "model": "the model is another one",
    "stance": "stance and voice are labelled by other models, or by none",
    "engine": "another engine computes",
    "settings": "the settings are others",
    "framing": "framing has another version",
    "parts": "parts are kept in another way now",
}


class WorkFolder:
    """Finished parts of an interrupted run, and the plan that they follow.

    Each part is a row of JSON (``part-00000.json``), written last, and the files that the row stands for. All are
    written beside themselves and renamed, so that whatever is killed leaves whole files only. It is locked, so that two
    runs do not mix their parts; the system unlocks it when a process ends, killed or not.

    Parameters
    ----------
    target : Path
        The output; the folder is ``<target>.partial``.

    Raises
    ------
    FramingError
        If another run works in the folder.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.partial")
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self.path / LOCK)
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise FramingError(
                f"{target}: another run is writing this output; wait for it, or choose another output"
            ) from None

    def file(self, part: int, suffix: str) -> Path:
        """Where a file of a part is."""
        return self.path / f"part-{part:05d}{suffix}"

    def follow(self, plan: dict[str, Any]) -> None:
        """Begin a run by this plan, or go on with one.

        Raises
        ------
        FramingError
            If the parts that are there were made by another plan.
        """
        before = self.plan()
        if before is None:
            self.write(self.path / PLAN, lambda path: write_json(path, plan))
        elif changed := [name for name in plan if before.get(name) != plan[name]]:
            reasons = " and ".join(_REMEDIES[name] for name in changed)
            raise FramingError(
                f"{self.path}: holds the first {self.finished()} parts of a run that was interrupted, but "
                f"{reasons}; run the earlier command to finish it, or remove this folder to start anew"
            )

    def plan(self) -> dict[str, Any] | None:
        """The plan of the interrupted run, None if there is none or it did not finish a part."""
        if not self.finished():
            return None
        plan: dict[str, Any] = json.loads((self.path / PLAN).read_text("utf-8"))
        return plan

    def finished(self) -> int:
        """How many parts are done."""
        n = 0
        while self.file(n, ".json").is_file():
            n += 1
        return n

    def rows(self) -> Iterator[dict[str, Any]]:
        """The row of each finished part."""
        for part in range(self.finished()):
            yield json.loads(self.file(part, ".json").read_text("utf-8"))

    def write(self, path: Path, write: Callable[[Path], object]) -> None:
        """Write a file whole or not at all."""
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        with self.writing():
            write(partial)
            partial.replace(path)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What is done within writes the output: errors of the disk are told from those of reading.

        Raises
        ------
        FramingError
            If the disk refuses.
        """
        try:
            yield
        except OSError as error:
            raise _refused(self.target, error, kept=self.finished() > 0) from error

    def release(self) -> None:
        """Let another run work in the folder."""
        self._lock.release()

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.release()
        with suppress(OSError):  # on Windows a folder stays as long as its lock is held
            self.path.rmdir()


@contextmanager
def work_folder(target: Path) -> Iterator[WorkFolder]:
    """A folder to work in, which stays if the work is interrupted after the first part was done.

    Raises
    ------
    FramingError
        If the disk refuses a write, or the folder holds files of somebody else.
    """
    folder = target.with_name(f"{target.name}.partial")
    fresh = not folder.exists()
    _refuse_foreign(folder)
    try:
        work = WorkFolder(target)
    except OSError as error:
        raise _refused(target, error, kept=False) from error
    try:
        yield work
    except BaseException as error:
        kept = work.finished() > 0
        if fresh and not kept:
            work.remove()
        if isinstance(error, KeyboardInterrupt) and kept:
            note(f"{work.finished()} parts are done and kept in {work.path}; the same command goes on from there")
        raise
    else:
        work.remove()
    finally:
        work.release()


def _refuse_foreign(folder: Path) -> None:
    """The folder is removed in the end, so that it must hold nothing that framing did not write."""
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if foreign := [name for name in names if not _OWN.fullmatch(name)]:
        raise FramingError(
            f"{folder}: holds files that framing did not write, as {foreign[0]!r}; move it, or choose another output"
        )


def _refused(target: Path, error: OSError, *, kept: bool) -> FramingError:
    left = "what is done is kept" if kept else "nothing was left behind"
    return FramingError(
        f"{target}: could not be written ({error.strerror or error}); {left}; "
        "free some space or choose another place, then run the same command again"
    )
