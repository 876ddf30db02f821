"""Where coders differ and what was decided, as it stands; only what is new is read from the database."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from threading import Lock

from framing.annotation.rows import Coding
from framing.annotation.settling import differences, stands
from framing.annotation.store import CodingStore
from framing.annotation.stored import DECISION, Event


@dataclass(frozen=True)
class Cases:
    """Sentences on which coders differ, and the decisions that count, by id, at one moment."""

    disputed: frozenset[str]
    decisions: dict[str, Coding]

    def done(self, codebook: str) -> set[str]:
        """What was decided by the codebook of this hash; the others are open."""
        return {one for one, decision in self.decisions.items() if decision.codebook == codebook}


class Docket:
    """The cases of a coding folder, for many threads.

    Bringing all answers together takes too long for a page: each change is read once.

    Parameters
    ----------
    store : CodingStore
    """

    def __init__(self, store: CodingStore) -> None:
        self._store, self._lock, self._last = store, Lock(), 0
        self._answers: dict[str, dict[str, Coding]] = defaultdict(dict)  # by sentence and coder
        self._disputed: set[str] = set()
        self._decisions: dict[str, Coding] = {}
        self._standing: dict[str, Coding] = {}  # of the decisions those that count

    def cases(self) -> Cases:
        """All cases now."""
        with self._lock:
            for event in self._store.history(after=self._last):
                self._take(event)
            return Cases(frozenset(self._disputed), dict(self._standing))

    def answers(self, sentence_id: str) -> list[Coding]:
        """What the coders of a sentence say, in an order that tells nothing of who they are.

        It is another one for each sentence, and the same whenever the page is shown.
        """
        with self._lock:
            answers = list(self._answers.get(sentence_id, {}).values())
        return sorted(answers, key=lambda one: hashlib.sha256(f"{sentence_id}\0{one.coder}".encode()).digest())

    def _take(self, event: Event) -> None:
        sentence_id, self._last = event.sentence_id, event.id
        answers = self._decisions if event.seat == DECISION else self._answers[sentence_id]
        key = sentence_id if event.seat == DECISION else event.seat
        if event.answer is None:
            answers.pop(key, None)
        else:
            answers[key] = event.answer
        said = list(self._answers[sentence_id].values())
        (self._disputed.add if differences(said) else self._disputed.discard)(sentence_id)
        decision = self._decisions.get(sentence_id)
        if decision and stands(decision, said):
            self._standing[sentence_id] = decision
        else:
            self._standing.pop(sentence_id, None)
