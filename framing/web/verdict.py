"""What the adjudicator's page of a sentence shows, as plain data for the template, and what its form must answer."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from framing.annotation.rows import MAJORITY, Coding
from framing.annotation.settling import Value, ballots, coded, differences
from framing.annotation.stored import DECISION
from framing.annotation.variables import ABSENT
from framing.codebook import Codebook
from framing.web.answers import Answer
from framing.web.context import Sentence
from framing.web.desk import Desk, Progress, Queue
from framing.web.docket import Cases
from framing.web.pages import SentencePage, surroundings
from framing.web.security import Form

TAKE_KEYS = "jklmop"  # beside each other, and where they are on every keyboard


@dataclass(frozen=True)
class Said:
    """A coder's answer as a column: `key` takes it, `of` is its fingerprint."""

    number: int
    key: str
    of: str
    unsure: bool
    comment: str
    outdated: bool


@dataclass(frozen=True)
class Row:
    """One value, and what each coder says of it in words."""

    label: str
    said: list[str]
    differs: bool


@dataclass(frozen=True, kw_only=True)
class DecisionPage(SentencePage):
    """The page of the adjudicator: with the coders' answers.

    Parameters
    ----------
    adjudicator : str
    coders : list of Said
    rows : list of Row
    disputed, unanswered : set of Value
        On what coders differ, and of these what the form has no answer to yet.
    kept : Coding, optional
        The decision that counts now.
    """

    adjudicator: str
    coders: list[Said]
    rows: list[Row]
    disputed: set[Value]
    unanswered: set[Value]
    kept: Coding | None

    @property
    def is_coded(self) -> bool:
        """Whether there is a decision."""
        return self.kept is not None


def decision_page(
    desk: Desk,
    queue: Queue,
    sentence: Sentence,
    answers: Sequence[Coding],
    cases: Cases,
    *,
    form_key: str,
    note: str = "",
    rejected: Answer | None = None,
    form: Form | None = None,
    problems: list[str] | None = None,
) -> DecisionPage:
    """The page of a case: with the rejected form, the decision that counts, or what the coders agree on."""
    kept, done = cases.decisions.get(sentence.id), cases.done(desk.codebook.sha256)
    disputed = set(differences(answers))
    unanswered = disputed if rejected or not kept else set()
    return DecisionPage(
        adjudicator=desk.adjudicator or "",
        coders=_columns(answers, desk.codebook),
        rows=_rows(answers, desk.codebook),
        disputed=disputed,
        unanswered={value for value in unanswered if f"stance-{value[1]}" not in (form or {})},
        kept=kept,
        form_key=form_key,
        answer=rejected or (_kept(kept) if kept else agreed(answers)),
        problems=problems or [],
        note=note,
        progress=progress_of(desk, queue, done),
        next_open=queue.next_open(done, sentence),
        changes=desk.changes_to_see(kept) if kept and sentence.id not in done else [],
        **surroundings(desk, queue, sentence),
    )


def progress_of(desk: Desk, queue: Queue, done: set[str]) -> Progress:
    """How many cases are decided."""
    seconds = desk.store.seconds(DECISION)
    return Progress(len(done), len(queue.sentences), median(seconds) if seconds else None)


def agreed(answers: Sequence[Coding]) -> Answer:
    """The values that all coders give; the others are left open."""
    found = [(value, set(coded(said))) for value, said in ballots(answers)] if answers else []
    same = {value: next(iter(said)) for value, said in found if len(said) == 1}
    voice = same.get(("voice", ""))
    return Answer(
        frames=tuple(name for (what, name), said in same.items() if what == "frame" and said),
        boilerplate=bool(same.get(("boilerplate", ""))),
        voice=None if voice is None else str(voice),
        stance={name: str(said) for (what, name), said in same.items() if what == "stance" and said != ABSENT},
    )


def unanswered(codebook: Codebook, answers: Sequence[Coding], answer: Answer, form: Form) -> list[str]:
    """Disputed values that the form leaves open, in words; frames never are, as one that is not ticked is decided."""
    if answer.boilerplate or not answers:
        return []
    disputed = differences(answers)
    open_ = [_label(value, codebook) for value in disputed if value[0] == "stance" and f"stance-{value[1]}" not in form]
    if ("voice", "") in disputed and answer.voice is None:
        open_.append("who speaks")
    return [f"Still open: {', '.join(open_)}. Coders differ there: choose."] if open_ else []


def fingerprint(coding: Coding) -> str:
    """What tells whether a coder's answer is the one that was shown."""
    return hashlib.sha256(repr(replace(Answer.of_coding(coding), unsure=False, comment="")).encode()).hexdigest()[:16]


def _kept(decision: Coding) -> Answer:
    answer = Answer.of_coding(decision)
    return replace(answer, comment="") if decision.coder == MAJORITY else answer  # its comment is a count


def _columns(answers: Sequence[Coding], codebook: Codebook) -> list[Said]:
    return [
        Said(
            i + 1,
            TAKE_KEYS[i] if i < len(TAKE_KEYS) else "",
            fingerprint(one),
            one.unsure,
            one.comment,
            one.codebook != codebook.sha256,
        )
        for i, one in enumerate(answers)
    ]


def _rows(answers: Sequence[Coding], codebook: Codebook) -> list[Row]:
    """In the order of the form; of what no coder says there is no row."""
    found, disputed = dict(ballots(answers)) if answers else {}, differences(answers)
    order = [
        *(("frame", name) for name in codebook.frame_names),
        ("boilerplate", ""),
        *(("stance", name) for name in codebook.target_names),
        ("voice", ""),
    ]
    return [
        Row(
            _upper_first(_label(value, codebook)),
            [_word(one) for one in found[value]],
            value in disputed,
        )
        for value in order
        if any(found.get(value, []))
    ]


def _label(value: Value, codebook: Codebook) -> str:
    what, name = value
    if what == "frame":
        return next(frame.label for frame in codebook.frames if frame.name == name)
    if what == "stance":
        return "stance on " + next(target.label for target in codebook.targets if target.name == name)
    return "who speaks" if what == "voice" else "boilerplate"


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _word(said: object) -> str:
    if isinstance(said, bool):
        return "yes" if said else "no"
    return "–" if said is None else str(said)
