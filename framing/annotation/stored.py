"""What the coding database holds: assignments, answers, their history, and the codebook in use."""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from framing.annotation.database import IN_USE, Database, load_answer
from framing.annotation.rows import MAJORITY, Coding
from framing.annotation.settling import settle, stands
from framing.codebook import Codebook

_NEWEST = 50  # answers
DECISION = ""  # the seat of the adjudicated answer: one per sentence, whoever decides


@dataclass(frozen=True)
class Event:
    """One change: the answer it left (None: withdrawn), and the event it took back, if it was an undo."""

    id: int
    seat: str
    sentence_id: str
    answer: Coding | None
    at: str
    undoes: int | None


class StoredCodings(Database):
    """Reads the answers of one coding folder; `framing.annotation.store.CodingStore` writes them.

    Parameters
    ----------
    folder : Path
        Coding folder.
    """

    def setting(self, name: str) -> str | None:
        """A setting of the coding, None if it was never set."""
        return next((str(row[0]) for row in self.read("SELECT value FROM meta WHERE name = ?", name)), None)

    def secret(self) -> bytes:
        """Key of this database for signing the pages' forms and the coders' links."""
        return bytes.fromhex(str(self.read("SELECT value FROM meta WHERE name = 'secret'")[0][0]))

    def codebook(self) -> Codebook:
        """The codebook in use: the newest."""
        (yaml,) = self.read("SELECT yaml FROM codebook ORDER BY id DESC LIMIT 1")[0]
        return Codebook.parse(str(yaml), str(self.path))

    def in_use(self) -> str:
        """Hash of the codebook in use."""
        return str(self.read(f"SELECT {IN_USE}")[0][0])

    def earlier_codebooks(self) -> set[str]:
        """Hashes of the codebooks that were in use before."""
        return {str(row[0]) for row in self.read("SELECT sha256 FROM codebook")} - {self.in_use()}

    def coders(self) -> list[str]:
        """Names of those to whom sentences are assigned, sorted."""
        return [str(row[0]) for row in self.read("SELECT DISTINCT coder FROM assignment ORDER BY coder")]

    def seats(self) -> list[str]:
        """Coders that have answered anything, sorted."""
        rows = self.read("SELECT DISTINCT seat FROM current WHERE seat != ? ORDER BY seat", DECISION)
        return [str(row[0]) for row in rows]

    def names(self) -> set[str]:
        """All who are assigned sentences, have answered, or have decided."""
        decided = self.read("SELECT DISTINCT json_extract(answer, '$.coder') FROM current WHERE seat = ?", DECISION)
        return {*self.coders(), *self.seats(), *(str(name) for (name,) in decided if name)}

    def assigned(self, coder: str) -> list[str]:
        """Sentence ids of a coder, in the order they are shown."""
        rows = self.read("SELECT sentence_id FROM assignment WHERE coder = ? ORDER BY position", coder)
        return [str(row[0]) for row in rows]

    def deals(self) -> int:
        """How often sentences were dealt out: a server that has read the assignments knows when to read them again."""
        return int(self.setting("deals") or 0)

    def n_complete(self) -> int:
        """How many sentences are coded by somebody, and by all to whom they are assigned."""
        query = """
            SELECT count(*) FROM (SELECT sentence_id FROM current WHERE seat != ? EXCEPT
              SELECT sentence_id FROM assignment AS given WHERE NOT EXISTS
                (SELECT 1 FROM current WHERE seat = given.coder AND sentence_id = given.sentence_id))
        """
        return int(str(self.read(query, DECISION)[0][0]))

    def answer(self, seat: str, sentence_id: str) -> Coding | None:
        """The current answer of a seat on a sentence."""
        query = "SELECT sentence_id, answer FROM current WHERE seat = ? AND sentence_id = ?"
        return next((load_answer(*row) for row in self.read(query, seat, sentence_id)), None)

    def coded(self, seat: str) -> set[str]:
        """Ids of the sentences that a seat has answered."""
        rows: list[Any] = self.read("SELECT sentence_id FROM current WHERE seat = ?", seat)
        return {sentence_id for (sentence_id,) in rows}

    def seconds(self, seat: str) -> list[float]:
        """Seconds that the newest 50 answers of a seat took, newest first."""
        rows = self.read(
            # backwards through the newest events, not through all of the seat
            "SELECT json_extract(answer, '$.seconds') FROM event NOT INDEXED "
            "WHERE seat = ? AND answer IS NOT NULL ORDER BY id DESC LIMIT ?",
            seat,
            _NEWEST,
        )
        return [float(str(row[0])) for row in rows if row[0] is not None]

    def codings(self) -> list[Coding]:
        """Current answers of all coders, one per coder and sentence, by sentence and coder."""
        query = "SELECT sentence_id, answer FROM current WHERE seat != ? ORDER BY sentence_id, seat"
        return [load_answer(*row) for row in self.read(query, DECISION)]

    def decisions(self) -> dict[str, Coding]:
        """Adjudicated answers by sentence."""
        rows = self.read("SELECT sentence_id, answer FROM current WHERE seat = ?", DECISION)
        return {str(row[0]): load_answer(*row) for row in rows}

    def standing(self) -> dict[str, Coding]:
        """Adjudicated answers that count, by sentence; see `framing.annotation.settling.stands`."""
        by_rule = "SELECT sentence_id FROM current WHERE seat = ? AND json_extract(answer, '$.coder') = ?"
        answers = defaultdict[str, list[Coding]](list)
        for answer in self._answers_to(by_rule, DECISION, MAJORITY):
            answers[answer.sentence_id].append(answer)
        return {name: one for name, one in self.decisions().items() if stands(one, answers[name])}

    def _answers_to(self, sentences: str, *values: object) -> list[Coding]:
        """Current answers of all coders to the sentences that a query finds."""
        query = f"SELECT sentence_id, answer FROM current WHERE seat != ? AND sentence_id IN ({sentences})"  # noqa: S608
        return [load_answer(*row) for row in self.read(query, DECISION, *values)]

    def tally(self) -> tuple[int, int]:
        """How many sentences somebody has coded, and how many of these are disputed: coders differ, none decided.

        Only answers that may differ are read.
        """
        differing = """
            SELECT sentence_id FROM current WHERE seat != ? GROUP BY sentence_id HAVING count(DISTINCT said) > 1
        """
        codings = self._answers_to(differing, DECISION)
        (coded,) = self.read("SELECT count(DISTINCT sentence_id) FROM current WHERE seat != ?", DECISION)[0]
        return int(str(coded)), len(settle(codings, self.decisions()).disputed)

    def changes_since(self, sha256: str) -> list[dict[str, Any]]:
        """What changed in the codebook after it had this hash, oldest first; see `framing.annotation.revision`."""
        query = (
            "SELECT changes FROM codebook WHERE id > "
            "(SELECT coalesce(max(id), 0) FROM codebook WHERE sha256 = ?) ORDER BY id"
        )
        return [change for (changes,) in self.read(query, sha256) for change in json.loads(str(changes))]

    def to_review(self, seat: str) -> set[str]:
        """Ids of the sentences whose current answer a change of the codebook touched, and that are not coded again."""
        outdated = f"(codebook < {IN_USE} OR codebook > {IN_USE})"  # as two ranges, which the index finds
        rows = self.read(f"SELECT sentence_id FROM current WHERE seat = ? AND {outdated}", seat)  # noqa: S608
        return {str(row[0]) for row in rows}

    def history(self, sentence_id: str | None = None, *, after: int = 0) -> list[Event]:
        """All changes, or those of one sentence, behind the event of that id; oldest first."""
        where, values = ("AND sentence_id = ?", [sentence_id]) if sentence_id else ("", [])
        query = f"SELECT id, seat, sentence_id, answer, at, undoes FROM event WHERE id > ? {where} ORDER BY id"  # noqa: S608
        rows = self.read(query, after, *values)
        return [
            Event(int(str(i)), str(seat), str(s), load_answer(s, answer) if answer else None, str(at), undoes)  # type: ignore[arg-type]
            for i, seat, s, answer, at, undoes in rows
        ]
