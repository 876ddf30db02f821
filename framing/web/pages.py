"""What the pages show, as plain data for the templates."""

import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from framing.annotation.revision import Change
from framing.web.answers import Answer
from framing.web.context import Sentence
from framing.web.desk import Desk, Progress, Queue, Work

HERE = Path(__file__).parent
STATIC = {name: (HERE / "static" / name).read_bytes() for name in ("annotate.css", "annotate.js")}
ADJUDICATE = "/adjudicate"
TARGET_KEYS = "qwertasdfg"
FRAME_KEYS = "123456789"
_NOTES = {
    "saved": "Saved.",
    "undone": "Undone: this is the sentence as it was.",
    "nothing": "There is nothing to undo.",
}


def render(template: str, **content: object) -> str:
    """A page; all text is escaped."""
    return _TEMPLATES.get_template(f"{template}.html.j2").render(content)


def place(coder: str, sentence: Sentence | None = None) -> str:
    """Address of a coder's pages, or of one of their sentences."""
    return f"/code/{quote(coder, safe='')}" + (f"/{sentence.key}" if sentence else "")


def doors(desk: Desk) -> dict[str, str]:
    """Where each coder and the adjudicator begin."""
    first = {coder: place(coder) for coder in desk.queues}
    return first | {desk.judge: ADJUDICATE} if desk.adjudicator else first


def note(name: str | None) -> str:
    """What to tell the coder about what they just did; only known words of the address are taken."""
    return _NOTES.get(name or "", "")


def new_token() -> str:
    """A token for one form: 32 hexadecimal digits."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Choice:
    """A frame or a target to choose; `key` is its key, empty beyond the last."""

    of: Any
    key: str


@dataclass(frozen=True, kw_only=True)
class SentencePage:
    """What the pages of coders and of the adjudicator show alike: a sentence with its form.

    Parameters
    ----------
    form_key, token, undo_token : str
        A token makes what its form asks for happen once.
    shown_at : float
        Seconds since 1970, to measure how long the answer took.
    sentence : Sentence
    number : int
        Place in the queue, from 1.
    answer : Answer
        What is filled in.
    problems : list of str
    note : str
    frames, targets : list of Choice
    progress : Progress
    back, forward, next_open : Sentence, optional
    changes : list of Change
        Of the codebook, if the kept answer is to be reviewed because of them.
    """

    form_key: str
    token: str = field(default_factory=new_token)
    undo_token: str = field(default_factory=new_token)
    shown_at: float = field(default_factory=lambda: round(time(), 3))
    sentence: Sentence
    number: int
    answer: Answer
    problems: list[str]
    note: str
    frames: list[Choice]
    targets: list[Choice]
    progress: Progress
    back: Sentence | None
    forward: Sentence | None
    next_open: Sentence | None
    changes: list[Change]


@dataclass(frozen=True, kw_only=True)
class CodingPage(SentencePage):
    """The page of a coder; `is_coded` tells whether there is an answer."""

    coder: str
    is_coded: bool


def coding_page(
    desk: Desk,
    work: Work,
    sentence: Sentence,
    *,
    form_key: str,
    note: str = "",
    rejected: Answer | None = None,
    problems: list[str] | None = None,
) -> CodingPage:
    """The page of a sentence: with the rejected answer and its problems, the kept answer, or nothing filled in."""
    kept = desk.store.answer(work.coder, sentence.id)
    return CodingPage(
        coder=work.coder,
        is_coded=kept is not None,
        form_key=form_key,
        answer=rejected or (Answer.of_coding(kept) if kept else Answer()),
        problems=problems or [],
        note=note,
        progress=desk.progress(work),
        next_open=work.next_open(sentence),
        changes=desk.changes_to_see(kept) if kept and sentence.id in work.review else [],
        **surroundings(desk, work.queue, sentence),
    )


def surroundings(desk: Desk, queue: Queue, sentence: Sentence) -> dict[str, Any]:
    """What a page shows of a sentence whoever looks at it: its place, its neighbours, and what can be chosen."""
    return {
        "sentence": sentence,
        "number": queue.place[sentence.key] + 1,
        "frames": _choices(desk.codebook.frames, FRAME_KEYS),
        "targets": _choices(desk.codebook.targets, TARGET_KEYS),
        "back": queue.neighbour(sentence, -1),
        "forward": queue.neighbour(sentence, 1),
    }


def _choices(things: tuple[Any, ...], keys: str) -> list[Choice]:
    """Frames or targets with their keys."""
    return [Choice(thing, keys[i] if i < len(keys) else "") for i, thing in enumerate(things)]


def _duration(minutes: float) -> str:
    """About how long: "3 min", "2 h 10 min"."""
    hours, rest = divmod(max(1, round(minutes)), 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"duration": _duration}
    versions = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in STATIC.items()}
    made.globals |= {"place": place, "versions": versions, "ADJUDICATE": ADJUDICATE}
    return made


_TEMPLATES = _environment()
