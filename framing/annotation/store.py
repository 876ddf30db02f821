"""The coding database: every answer of every coder, in SQLite, so that many can code at once and a crash loses none.

``coding.sqlite`` stands in a coding folder, beside the ledger of drawn sentences. Answers are appended to `event` and
never changed; `current` holds the newest of each coder and sentence. Both are written in one transaction.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from framing.annotation.ledger import KIND
from framing.annotation.rows import Coding
from framing.artefact import read_manifest
from framing.codebook import Codebook
from framing.errors import FramingError

DATABASE = "coding.sqlite"
DECISION = ""  # the seat of the adjudicated answer: one per sentence, whoever decides
_WAIT_SECONDS = 30.0
# What counts when answers are compared, as `Coding.says_the_same`; an absent stance is as good as an empty one.
_SAID = " || '|' || ".join(
    f"coalesce(json_extract(answer, '$.{name}'), '')" for name in ("frames", "boilerplate", "voice", "stance")
)
_SCHEMA = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE codebook (id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, yaml TEXT NOT NULL, changes TEXT NOT NULL,
  after_event INTEGER NOT NULL, at TEXT NOT NULL);
CREATE TABLE assignment (coder TEXT, position INTEGER, sentence_id TEXT NOT NULL, PRIMARY KEY (coder, position),
  UNIQUE (coder, sentence_id));
CREATE TABLE event (id INTEGER PRIMARY KEY, token TEXT UNIQUE NOT NULL, seat TEXT NOT NULL, sentence_id TEXT NOT NULL,
  answer TEXT, at TEXT NOT NULL, undoes INTEGER REFERENCES event);
CREATE INDEX event_of_seat ON event (seat, sentence_id);
CREATE TABLE current (seat TEXT, sentence_id TEXT, answer TEXT NOT NULL,
  codebook TEXT AS (coalesce(json_extract(answer, '$.codebook'), '')) STORED,
  said TEXT AS (replace({_SAID}, '{{}}', '')) STORED,
  PRIMARY KEY (seat, sentence_id)) WITHOUT ROWID;
CREATE INDEX current_by_codebook ON current (seat, codebook);
CREATE INDEX current_of_sentence ON current (sentence_id, said);
"""
_IN_USE = "(SELECT sha256 FROM codebook ORDER BY id DESC LIMIT 1)"
# What an answer holds; sentence and text are the ledger's.
_ANSWER = {"frames", "boilerplate", "voice", "stance", "unsure", "comment", "coded_at", "seconds", "codebook", "coder"}


@dataclass(frozen=True)
class Event:
    """One change: the answer it left (None: withdrawn), and the event it took back, if it was an undo."""

    id: int
    seat: str
    sentence_id: str
    answer: Coding | None
    at: str
    undoes: int | None


class CodingStore:
    """The answers in one coding folder.

    Every method opens the database, does one transaction and closes it, so that several threads and processes may
    use the same folder.

    Parameters
    ----------
    folder : Path
        Coding folder; `create` or `open` it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / DATABASE
        self._turn = Lock()  # threads of one process queue here; waiting in SQLite is by polling

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
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO meta VALUES ('secret', ?)", [secrets.token_hex(32)])
            _use_codebook(connection, codebook, "[]")
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

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """Spare many small changes the work of moving each into the main file, which the last to close does."""
        connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, check_same_thread=False)
        try:
            connection.execute("SELECT count(*) FROM meta").fetchone()
            yield
        finally:
            connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            yield from self._begin()

    def _begin(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous=FULL")  # an acknowledged answer survives a power cut
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise FramingError(f"{self.path}: database error ({error}); check the disk, or restore a copy") from error
        finally:
            connection.close()

    def _read(self, query: str, *values: object) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS)
        try:
            return connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise FramingError(f"{self.path}: not a coding database ({error}); restore a copy") from error
        finally:
            connection.close()

    # -- what is coded, and by whom --

    def setting(self, name: str) -> str | None:
        """A setting of the coding, None if it was never set."""
        return next((str(row[0]) for row in self._read("SELECT value FROM meta WHERE name = ?", name)), None)

    def secret(self) -> bytes:
        """Key of this database for signing the pages' forms and the coders' links."""
        return bytes.fromhex(str(self._read("SELECT value FROM meta WHERE name = 'secret'")[0][0]))

    def codebook(self) -> Codebook:
        """The codebook in use: the newest."""
        (yaml,) = self._read("SELECT yaml FROM codebook ORDER BY id DESC LIMIT 1")[0]
        return Codebook.parse(str(yaml), str(self.path))

    def in_use(self) -> str:
        """Hash of the codebook in use."""
        return str(self._read(f"SELECT {_IN_USE}")[0][0])

    def coders(self) -> list[str]:
        """Names of those to whom sentences are assigned, sorted."""
        return [str(row[0]) for row in self._read("SELECT DISTINCT coder FROM assignment ORDER BY coder")]

    def seats(self) -> list[str]:
        """Coders that have answered anything, sorted."""
        rows = self._read("SELECT DISTINCT seat FROM current WHERE seat != ? ORDER BY seat", DECISION)
        return [str(row[0]) for row in rows]

    def assigned(self, coder: str) -> list[str]:
        """Sentence ids of a coder, in the order they are shown."""
        rows = self._read("SELECT sentence_id FROM assignment WHERE coder = ? ORDER BY position", coder)
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
        with self._transaction() as connection:
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
        return bool(self._read(query)[0][0])

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
        with self._transaction() as connection:
            (in_use,) = connection.execute(f"SELECT {_IN_USE}").fetchone()
            return sum(
                _append(
                    connection,
                    token,
                    coding.coder if seat is None else seat,
                    coding.sentence_id,
                    _dump(self._coded_by(coding, in_use)),
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
        with self._transaction() as connection:
            (in_use,) = connection.execute(f"SELECT {_IN_USE}").fetchone()
            query = "SELECT sentence_id FROM current WHERE seat = ? AND json_extract(answer, '$.coder') IS NOT ?"
            by_people = {one for (one,) in connection.execute(query, [DECISION, rule])}
            answers = {one.sentence_id: _dump(self._coded_by(one, in_use)) for one in decided}
            for sentence_id, answer in (answers | dict.fromkeys(withdrawn)).items():
                if sentence_id not in by_people:
                    _append(connection, secrets.token_hex(16), DECISION, sentence_id, answer)

    def withdraw(self, seat: str, sentence_id: str, *, token: str) -> bool:
        """Take the answer of a seat back, so that the sentence is uncoded again; False if the token was there."""
        with self._transaction() as connection:
            return _append(connection, token, seat, sentence_id, None)

    def undo(self, seat: str, *, token: str, coder: str | None = None) -> str | None:
        """Take back the last change of a seat that is not taken back yet; its sentence, None if there is nothing.

        What was done before the codebook in use is not taken back: those answers have names of another codebook.
        At a seat that several use nothing is taken back unless the last change is an answer of `coder`.
        """
        with self._transaction() as connection:
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
            _append(connection, token, seat, last[1], before[0] if before else None, undoes=last[0])
            return str(last[1])

    def answer(self, seat: str, sentence_id: str) -> Coding | None:
        """The current answer of a seat on a sentence."""
        query = "SELECT sentence_id, answer FROM current WHERE seat = ? AND sentence_id = ?"
        return next((_load(*row) for row in self._read(query, seat, sentence_id)), None)

    def coded(self, seat: str) -> set[str]:
        """Ids of the sentences that a seat has answered."""
        rows: list[Any] = self._read("SELECT sentence_id FROM current WHERE seat = ?", seat)
        return {sentence_id for (sentence_id,) in rows}

    def seconds(self, seat: str, last: int = 50) -> list[float]:
        """Seconds that the newest answers of a seat took, newest first."""
        rows = self._read(
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
        return [_load(*row) for row in self._read(query, DECISION)]

    def decisions(self) -> dict[str, Coding]:
        """Adjudicated answers by sentence."""
        rows = self._read("SELECT sentence_id, answer FROM current WHERE seat = ?", DECISION)
        return {str(row[0]): _load(*row) for row in rows}

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
        coded, disputed = self._read(query, DECISION, DECISION)[0]
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
        with self._transaction() as connection:
            (number, in_use) = connection.execute("SELECT id, sha256 FROM codebook ORDER BY id DESC LIMIT 1").fetchone()
            if in_use != replaces:
                raise FramingError(f"{self.path}: the codebook was changed by somebody else meanwhile; run it again")
            query = "SELECT seat, sentence_id, answer FROM current ORDER BY sentence_id, seat"
            rows = connection.execute(query).fetchall()
            answers = [_load(sentence_id, answer) for _, sentence_id, answer in rows]
            for (seat, sentence_id, _), answer in zip(rows, migrate(answers), strict=True):
                token = f"codebook {number + 1}: {len(seat)} {seat} {sentence_id}"
                _append(connection, token, seat, sentence_id, _dump(answer))
            _use_codebook(connection, codebook, changes)
            return answers

    def changes_since(self, sha256: str) -> list[dict[str, Any]]:
        """What changed in the codebook after it had this hash, oldest first; see `framing.annotation.revision`."""
        query = (
            "SELECT changes FROM codebook WHERE id > "
            "(SELECT coalesce(max(id), 0) FROM codebook WHERE sha256 = ?) ORDER BY id"
        )
        return [change for (changes,) in self._read(query, sha256) for change in json.loads(str(changes))]

    def to_review(self, seat: str) -> set[str]:
        """Ids of the sentences whose current answer a change of the codebook touched, and that are not coded again."""
        outdated = f"(codebook < {_IN_USE} OR codebook > {_IN_USE})"  # as two ranges, which the index finds
        rows = self._read(f"SELECT sentence_id FROM current WHERE seat = ? AND {outdated}", seat)  # noqa: S608
        return {str(row[0]) for row in rows}

    def history(self, sentence_id: str | None = None, *, after: int = 0) -> list[Event]:
        """All changes, or those of one sentence, behind the event of that id; oldest first."""
        where, values = ("AND sentence_id = ?", [sentence_id]) if sentence_id else ("", [])
        query = f"SELECT id, seat, sentence_id, answer, at, undoes FROM event WHERE id > ? {where} ORDER BY id"  # noqa: S608
        rows = self._read(query, after, *values)
        return [
            Event(int(str(i)), str(seat), str(s), _load(s, answer) if answer else None, str(at), undoes)  # type: ignore[arg-type]
            for i, seat, s, answer, at, undoes in rows
        ]


def _append(
    connection: sqlite3.Connection,
    token: str,
    seat: str,
    sentence_id: str,
    answer: str | None,
    undoes: int | None = None,
) -> bool:
    inserted = connection.execute(
        "INSERT INTO event (token, seat, sentence_id, answer, at, undoes) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (token) DO NOTHING",
        [token, seat, sentence_id, answer, _now(), undoes],
    )
    if not inserted.rowcount:
        return False
    if answer is None:
        connection.execute("DELETE FROM current WHERE seat = ? AND sentence_id = ?", [seat, sentence_id])
    else:
        connection.execute(
            "REPLACE INTO current (seat, sentence_id, answer) VALUES (?, ?, ?)", [seat, sentence_id, answer]
        )
    return True


def _use_codebook(connection: sqlite3.Connection, codebook: Codebook, changes: str) -> None:
    connection.execute(
        "INSERT INTO codebook (sha256, yaml, changes, after_event, at) "
        "VALUES (?, ?, ?, (SELECT coalesce(max(id), 0) FROM event), ?)",
        [codebook.sha256, codebook.yaml(), changes, _now()],
    )


def _dump(coding: Coding) -> str:
    """An answer as text; equal values are written equally, so that SQL can compare them."""
    stance = None if coding.stance is None else dict(sorted(coding.stance.items()))
    values = {"coded_at": coding.coded_at or _now(), "frames": sorted(set(coding.frames)), "stance": stance}
    return coding.model_copy(update=values).model_dump_json(include=_ANSWER, exclude_defaults=True)


def _load(sentence_id: object, answer: object) -> Coding:
    return Coding.model_validate({"sentence_id": sentence_id, "frames": [], **json.loads(str(answer))})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
