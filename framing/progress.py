"""Progress on standard error: a bar, silent when it is not a terminal, or JSON lines for schedulers."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Form = Literal["bar", "json"]
Advance = Callable[[int], None]

_SECONDS_BETWEEN_LINES = 1.0
_SILENT: ContextVar[bool] = ContextVar("silent", default=False)
_form: Form = "bar"
_outer: "Run | None" = None


def use_form(form: Form) -> None:
    """Choose how progress is shown from now on in this process."""
    global _form  # noqa: PLW0603  (standard error is one for the whole process, too)
    _form = form


@contextmanager
def silent() -> Iterator[None]:
    """Show no bar in this thread, where work comes in pieces too small for one."""
    before = _SILENT.set(True)
    try:
        yield
    finally:
        _SILENT.reset(before)


def note(message: str) -> None:
    """Say something on standard error, terminal or not."""
    sys.stderr.write(f"{json.dumps({'event': 'note', 'message': message}) if _form == 'json' else message}\n")
    sys.stderr.flush()


@contextmanager
def bar(description: str, total: int | None = None) -> Iterator[Advance]:
    """Show a progress bar; yields a function that advances it by so many steps.

    Within a `run` it shows no bar of its own, but how far the run's current part is.
    """
    if _SILENT.get():
        yield lambda _steps: None
        return
    if _outer is not None:
        yield _outer.begin
        return
    with _shown(description, total, rate=False) as show:
        done = 0

        def advance(steps: int) -> None:
            nonlocal done
            done += steps
            show(done)

        yield advance


@contextmanager
def run(description: str, total: int | None, done: int = 0) -> Iterator["Run"]:
    """Show how far a run of several parts is, with its rate; `done` steps were done before."""
    global _outer  # noqa: PLW0603
    with _shown(description, total, rate=True, done=done) as show:
        _outer = Run(show, done)
        try:
            yield _outer
        finally:
            _outer = None


class Run:
    """A run whose parts may be computed in steps, some of which are skipped."""

    def __init__(self, show: Advance, done: int) -> None:
        self._show, self._done, self._begun = show, done, 0

    def begin(self, steps: int) -> None:
        """Steps of the current part that were computed."""
        self._begun += steps
        self._show(self._done + self._begun)

    def finish(self, steps: int) -> None:
        """The current part is done, which had so many steps."""
        self._done, self._begun = self._done + steps, 0
        self._show(self._done)


@contextmanager
def _shown(description: str, total: int | None, *, rate: bool, done: int = 0) -> Iterator[Advance]:
    """Yields a function that shows how many steps are done."""
    if _form == "json":
        lines = _Lines(description, total, done)
        yield lines.show
        lines.write()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    speed = (TextColumn("{task.fields[rate]}"),) if rate else ()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *speed, TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task(description, total=total, completed=done, rate="")
        start = monotonic()

        def show(now: int) -> None:
            per_second = (now - done) / max(monotonic() - start, 1e-9)
            progress.update(task, completed=now, rate=f"{per_second:,.0f}/s")

        yield show


class _Lines:
    """JSON lines, one a second at most."""

    def __init__(self, task: str, total: int | None, done: int) -> None:
        self._task, self._total, self._before, self._done = task, total, done, done
        self._start = self._written = monotonic()

    def show(self, done: int) -> None:
        self._done = done
        if monotonic() - self._written >= _SECONDS_BETWEEN_LINES:
            self.write()

    def write(self) -> None:
        self._written = monotonic()
        rate = (self._done - self._before) / max(self._written - self._start, 1e-9)
        left = (self._total - self._done) / rate if self._total is not None and rate else None
        line: dict[str, Any] = {"event": "progress", "task": self._task, "done": self._done, "total": self._total}
        line |= {"per_second": round(rate, 1), "seconds_left": None if left is None else round(left)}
        sys.stderr.write(json.dumps(line) + "\n")
        sys.stderr.flush()


def track(items: Iterable[T], description: str) -> Iterator[T]:
    """Yield from `items` and show how far it is and, if they have a length, how long it will take."""
    with bar(description, len(items) if isinstance(items, Sized) else None) as advance:
        for item in items:
            yield item
            advance(1)
