"""The coding database: every answer of every coder, in SQLite, so that many can code at once and a crash loses none.

``coding.sqlite`` stands in a coding folder, beside the ledger of drawn sentences.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.annotation.database import (
    DATABASE,
    IN_USE,
    SCHEMA,
    Database,
    append_event,
    dump_answer,
    load_answer,
    use_codebook,
)
from framing.annotation.ledger import KIND
from framing.annotation.rows import Coding
from framing.artefact import read_manifest
from framing.codebook import Codebook
from framing.errors import FramingError

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


class CodingStore(Database):
    """The answers in one coding folder.

    Parameters
    ----------
    folder : Path
        Coding folder; `create` or `open` it.
    """

    @classmethod
    def create(cls, folder: str | Path, codebook: Codebook) -> "CodingStore":
        """Make the database of a coding folder that has none.

        Raises
        ------
        FramingError
            If the folder is not a coding folder, was drawn for another codebook, or is coded already.
        """
        store = cls(Path(folder))
        reference = read_manifest(store.folder, KIND)["codebook"]
        if reference:
            codebook.check_same(reference, str(store.folder))
        partial = store.folder / f".{DATABASE}.partial-{secrets.token_hex(4)}"
        connection = sqlite3.connect(partial)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)
            connection.execute("INSERT INTO meta VALUES ('secret', ?)", [secrets.token_hex(32)])
            use_codebook(connection, codebook, "[]")
            connection.commit()
            connection.close()
            os.link(partial, store.path)  # unlike a rename it never replaces what somebody else just made
        except FileExistsError:
            raise FramingError(f"{store.path}: exists already; open it") from None
        except OSError as error:
            raise FramingError(
                f"{store.path}: cannot be made there ({error.strerror or error}); use a disk with hard links, not FAT"
            ) from None
        finally:
            connection.close()
            partial.unlink(missing_ok=True)
        return store

    @classmethod
    def open(cls, folder: str | Path) -> "CodingStore":
        """Open the database of a coding folder.

        Raises
        ------
        FramingError
            If there is none, or the file is not such a database.
        """
        store = cls(Path(folder))
        read_manifest(store.folder, KIND)
        if not store.path.is_file():
            raise FramingError(f"{store.folder}: no {DATABASE}, nobody has coded here yet; start framing annotate")
        store.codebook()
        return store

    # -- what is coded, and by whom --

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

    def coders(self) -> list[str]:
        """Names of those to whom sentences are assigned, sorted."""
        return [str(row[0]) for row in self.read("SELECT DISTINCT coder FROM assignment ORDER BY coder")]

    def seats(self) -> list[str]:
        """Coders that have answered anything, sorted."""
        rows = self.read("SELECT DISTINCT seat FROM current WHERE seat != ? ORDER BY seat", DECISION)
        return [str(row[0]) for row in rows]

    def assigned(self, coder: str) -> list[str]:
        """Sentence ids of a coder, in the order they are shown."""
        rows = self.read("SELECT sentence_id FROM assignment WHERE coder = ? ORDER BY position", coder)
        return [str(row[0]) for row in rows]

    def assign_all(
        self, deal: Callable[[dict[str, set[str]]], Mapping[str, Iterable[str]]], settings: Mapping[str, str]
    ) -> None:
        """Deal the sentences out anew, in one transaction; answers stay.

        Parameters
        ----------
        deal : callable
            What each coder known so far has coded in, the sentences of each coder in their order out.
        settings : mapping of str to str
            To be remembered with it; see `setting`.
        """
        with self.transaction() as connection:
            coders = connection.execute("SELECT DISTINCT coder FROM assignment").fetchall()
            query = "SELECT sentence_id FROM current WHERE seat = ?"
            coded = {coder: {one for (one,) in connection.execute(query, [coder])} for (coder,) in coders}
            connection.execute("DELETE FROM assignment")
            for coder, sentence_ids in deal(coded).items():
                rows = [(coder, position, sentence_id) for position, sentence_id in enumerate(sentence_ids)]
                connection.executemany("INSERT INTO assignment VALUES (?, ?, ?)", rows)
            connection.executemany("REPLACE INTO meta VALUES (?, ?)", settings.items())
            connection.execute(
                "INSERT INTO meta VALUES ('deals', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
            )

    def deals(self) -> int:
        """How often sentences were dealt out: a server that has read the assignments knows when to read them again."""
        return int(self.setting("deals") or 0)

    def all_coded(self) -> bool:
        """Whether every coder has coded all that was assigned to them."""
        query = """
            SELECT NOT EXISTS (SELECT 1 FROM assignment AS given WHERE NOT EXISTS
              (SELECT 1 FROM current WHERE seat = given.coder AND sentence_id = given.sentence_id))
        """
        return bool(self.read(query)[0][0])

    # -- answers --

    def record(self, coding: Coding, *, token: str, seat: str | None = None) -> bool:
        """Keep an answer.

        Parameters
        ----------
        coding : Coding
            With its `coder`; `coded_at` is set to now where it is missing, `codebook` to that in use.
        token : str
            Chosen by the caller for this answer: one that comes twice, because a connection broke, is kept once.
        seat : str, optional
            Whose answer it is: that of `coding.coder`, or `DECISION` for the adjudicated one.

        Returns
        -------
        bool
            False if the token was there before.

        Raises
        ------
        FramingError
            If `coding.codebook` is not the codebook in use: it was changed since the sentence was shown.
        """
        return self.record_all([(token, coding)], seat=seat) == 1

    def record_all(self, codings: Iterable[tuple[str, Coding]], *, seat: str | None = None) -> int:
        """Keep many answers, each with its token, in one transaction: all or none; how many tokens were new.

        Raises
        ------
        FramingError
            As `record`.
        """
        with self.transaction() as connection:
            (in_use,) = connection.execute(f"SELECT {IN_USE}").fetchone()
            return sum(
                append_event(
                    connection,
                    token,
                    coding.coder if seat is None else seat,
                    coding.sentence_id,
                    dump_answer(self._coded_by(coding, in_use)),
                )
                for token, coding in codings
            )

    def _coded_by(self, coding: Coding, in_use: str) -> Coding:
        """The coding as one by the codebook in use."""
        if coding.codebook not in {None, in_use}:
            raise FramingError(
                f"{self.path} (id {coding.sentence_id}): coded with codebook {str(coding.codebook)[:12]}, expected "
                f"{in_use[:12]}, which is in use now; load the page again and code the sentence by it"
            )
        return coding.model_copy(update={"codebook": in_use})

    def decide_by_rule(self, rule: str, decided: Iterable[Coding], withdrawn: Iterable[str]) -> None:
        """Keep what a rule decided and take its earlier decisions back, in one transaction; a person's decisions stay.

        Parameters
        ----------
        rule : str
            Coder that stands for the rule.
        decided : iterable of Coding
        withdrawn : iterable of str
            Ids of the sentences that the rule leaves undecided.

        Raises
        ------
        FramingError
            As `record`.
        """
        with self.transaction() as connection:
            (in_use,) = connection.execute(f"SELECT {IN_USE}").fetchone()
            query = "SELECT sentence_id FROM current WHERE seat = ? AND json_extract(answer, '$.coder') IS NOT ?"
            by_people = {one for (one,) in connection.execute(query, [DECISION, rule])}
            answers = {one.sentence_id: dump_answer(self._coded_by(one, in_use)) for one in decided}
            for sentence_id, answer in (answers | dict.fromkeys(withdrawn)).items():
                if sentence_id not in by_people:
                    append_event(connection, secrets.token_hex(16), DECISION, sentence_id, answer)

    def withdraw(self, seat: str, sentence_id: str, *, token: str) -> bool:
        """Take the answer of a seat back, so that the sentence is uncoded again; False if the token was there."""
        with self.transaction() as connection:
            return append_event(connection, token, seat, sentence_id, None)

    def undo(self, seat: str, *, token: str, coder: str | None = None) -> str | None:
        """Take back the last change of a seat that is not taken back yet; its sentence, None if there is nothing.

        What was done before the codebook in use is not taken back: those answers have names of another codebook.
        At a seat that several use nothing is taken back unless the last change is an answer of `coder`.
        """
        with self.transaction() as connection:
            known = connection.execute("SELECT sentence_id FROM event WHERE token = ?", [token]).fetchone()
            if known:
                return str(known[0])
            last = connection.execute(
                "SELECT max(id), sentence_id, json_extract(answer, '$.coder') FROM event "
                "WHERE seat = ? AND undoes IS NULL "
                "AND id > (SELECT max(after_event) FROM codebook) "
                "AND id NOT IN (SELECT undoes FROM event WHERE undoes IS NOT NULL AND seat = ?)",
                [seat, seat],
            ).fetchone()
            if last[0] is None or coder not in {None, last[2]}:
                return None
            before = connection.execute(
                "SELECT answer FROM event WHERE seat = ? AND sentence_id = ? AND undoes IS NULL AND id < ? "
                "AND id NOT IN (SELECT undoes FROM event WHERE undoes IS NOT NULL AND seat = ?) "
                "ORDER BY id DESC LIMIT 1",
                [seat, last[1], last[0], seat],
            ).fetchone()
            append_event(connection, token, seat, last[1], before[0] if before else None, undoes=last[0])
            return str(last[1])

    def answer(self, seat: str, sentence_id: str) -> Coding | None:
        """The current answer of a seat on a sentence."""
        query = "SELECT sentence_id, answer FROM current WHERE seat = ? AND sentence_id = ?"
        return next((load_answer(*row) for row in self.read(query, seat, sentence_id)), None)

    def coded(self, seat: str) -> set[str]:
        """Ids of the sentences that a seat has answered."""
        rows: list[Any] = self.read("SELECT sentence_id FROM current WHERE seat = ?", seat)
        return {sentence_id for (sentence_id,) in rows}

    def seconds(self, seat: str, last: int = 50) -> list[float]:
        """Seconds that the newest answers of a seat took, newest first."""
        rows = self.read(
            # backwards through the newest events, not through all of the seat
            "SELECT json_extract(answer, '$.seconds') FROM event NOT INDEXED "
            "WHERE seat = ? AND answer IS NOT NULL ORDER BY id DESC LIMIT ?",
            seat,
            last,
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

    def tally(self) -> tuple[int, int]:
        """How many sentences somebody has coded, and how many of these are disputed: coders differ, none decided.

        As `framing.annotation.folder.settle` finds them, without reading every answer.
        """
        query = """
            SELECT count(*), coalesce(sum(answers > 1 AND sentence_id NOT IN
              (SELECT sentence_id FROM current WHERE seat = ?)), 0)
            FROM (SELECT sentence_id, count(DISTINCT said) AS answers
                  FROM current WHERE seat != ? GROUP BY sentence_id)
        """
        coded, disputed = self.read(query, DECISION, DECISION)[0]
        return int(str(coded)), int(str(disputed))

    # -- the codebook in use --

    def revise(
        self, codebook: Codebook, migrate: Callable[[list[Coding]], list[Coding]], *, replaces: str, changes: str
    ) -> list[Coding]:
        """Put another codebook in use and bring the current answers over to it, all or nothing.

        Parameters
        ----------
        codebook : Codebook
        migrate : callable
            Current answers of all seats in, the same in the new codebook's names out, in the same order.
        replaces : str
            Hash of the codebook in use that `migrate` starts from.
        changes : str
            JSON list that says what changed; see `changes_since`.

        Returns
        -------
        list of Coding
            The answers as they were before.

        Raises
        ------
        FramingError
            If another codebook than `replaces` is in use.
        """
        with self.transaction() as connection:
            (number, in_use) = connection.execute("SELECT id, sha256 FROM codebook ORDER BY id DESC LIMIT 1").fetchone()
            if in_use != replaces:
                raise FramingError(f"{self.path}: the codebook was changed by somebody else meanwhile; run it again")
            query = "SELECT seat, sentence_id, answer FROM current ORDER BY sentence_id, seat"
            rows = connection.execute(query).fetchall()
            answers = [load_answer(sentence_id, answer) for _, sentence_id, answer in rows]
            for (seat, sentence_id, _), answer in zip(rows, migrate(answers), strict=True):
                token = f"codebook {number + 1}: {len(seat)} {seat} {sentence_id}"
                append_event(connection, token, seat, sentence_id, dump_answer(answer))
            use_codebook(connection, codebook, changes)
            return answers

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
