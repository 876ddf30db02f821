"""The SQLite file of a coding folder: its tables, its transactions, and answers as text.

Answers are appended to `event` and never changed; `current` holds the newest of each coder and sentence. Both are
written in one transaction.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from framing.annotation.rows import Coding
from framing.codebook import Codebook
from framing.errors import FramingError

DATABASE = "coding.sqlite"
WAIT_SECONDS = 30.0
# Answers that differ have different values here; others may, too: where only one of two coders coded voice or stance.
_SAID = " || '|' || ".join(
    f"coalesce(json_extract(answer, '$.{name}'), '')" for name in ("frames", "boilerplate", "voice", "stance")
)
SCHEMA = f"""
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
IN_USE = "(SELECT sha256 FROM codebook ORDER BY id DESC LIMIT 1)"
# What an answer holds; sentence and text are the ledger's.
_ANSWER = {"frames", "boilerplate", "voice", "stance", "unsure", "comment", "coded_at", "seconds", "codebook", "coder"}


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for the block; transactions are begun and ended by hand.

    Raises
    ------
    FramingError
        If the file is not such a database, or the disk or the folder does not let SQLite work.
    """
    try:
        with closing(sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise FramingError(
            f"{path}: SQLite cannot work with it ({error}); it needs, also to read, room on the disk and a folder that "
            "you may write to: make room, or copy the folder to such a place; restore a copy if the file is broken"
        ) from error


class Database:
    """The file, for several threads and processes: every method opens it, does one transaction and closes it.

    Parameters
    ----------
    folder : Path
        Coding folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / DATABASE
        self._turn = Lock()  # threads of one process queue here; waiting in SQLite is by polling

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """Spare many small changes the work of moving each into the main file, which the last to close does."""
        with connected(self.path) as connection:
            connection.execute("SELECT count(*) FROM meta").fetchone()
            yield

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One change, on the disk when the block ends, or not at all if it raises.

        Raises
        ------
        FramingError
            If the database or the disk fails.
        """
        with self._turn, connected(self.path) as connection:
            connection.execute("PRAGMA synchronous=FULL")  # an acknowledged answer survives a power cut
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def read(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Rows of a query.

        Raises
        ------
        FramingError
            If the database or the disk fails.
        """
        with connected(self.path) as connection:
            return connection.execute(query, values).fetchall()


def append_event(
    connection: sqlite3.Connection,
    token: str,
    seat: str,
    sentence_id: str,
    answer: str | None,
    undoes: int | None = None,
) -> bool:
    """Keep a change and its outcome in `current`; False if the token was there before."""
    inserted = connection.execute(
        "INSERT INTO event (token, seat, sentence_id, answer, at, undoes) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (token) DO NOTHING",
        [token, seat, sentence_id, answer, now(), undoes],
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


def use_codebook(connection: sqlite3.Connection, codebook: Codebook, changes: str) -> None:
    """Put a codebook in use."""
    connection.execute(
        "INSERT INTO codebook (sha256, yaml, changes, after_event, at) "
        "VALUES (?, ?, ?, (SELECT coalesce(max(id), 0) FROM event), ?)",
        [codebook.sha256, codebook.yaml(), changes, now()],
    )


def dump_answer(coding: Coding) -> str:
    """An answer as text; equal values are written equally, so that SQL can compare them."""
    stance = None if coding.stance is None else dict(sorted(coding.stance.items()))
    values = {"frames": sorted(set(coding.frames)), "stance": stance}
    return coding.model_copy(update=values).model_dump_json(include=_ANSWER, exclude_defaults=True)


def load_answer(sentence_id: object, answer: object) -> Coding:
    """A coding of what `dump_answer` wrote."""
    return Coding.model_validate({"sentence_id": sentence_id, "frames": [], **json.loads(str(answer))})


def now() -> str:
    """The time, as answers and events have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
