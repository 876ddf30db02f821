"""The coding database: every answer of every coder, in SQLite, so that many can code at once and a crash loses none.

``coding.sqlite`` stands in a coding folder, beside the ledger of drawn sentences.
"""

import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from framing.annotation.database import (
    DATABASE,
    IN_USE,
    SCHEMA,
    append_event,
    connected,
    dump_answer,
    load_answer,
    now,
    use_codebook,
)
from framing.annotation.ledger import KIND
from framing.annotation.rows import Coding
from framing.annotation.stored import DECISION, StoredCodings
from framing.artefact import read_manifest
from framing.codebook import Codebook
from framing.errors import FramingError


class CodingStore(StoredCodings):
    """The answers in one coding folder, to be read and written.

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
            If the folder is not a coding folder, was drawn for another codebook, is coded already, or cannot be
            written to.
        """
        store = cls(Path(folder))
        reference = read_manifest(store.folder, KIND)["codebook"]
        if reference:
            codebook.check_same(reference, str(store.folder))
        partial = store.folder / f".{DATABASE}.partial-{secrets.token_hex(4)}"
        try:
            with connected(partial) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(SCHEMA)
                connection.execute("INSERT INTO meta VALUES ('secret', ?)", [secrets.token_hex(32)])
                use_codebook(connection, codebook, "[]")
            os.link(partial, store.path)  # unlike a rename it never replaces what somebody else just made
        except FileExistsError:
            raise FramingError(f"{store.path}: exists already; open it") from None
        except OSError as error:
            raise FramingError(
                f"{store.path}: cannot be made there ({error.strerror or error}); use a disk with hard links, not FAT"
            ) from None
        finally:
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

    def assign_all(
        self,
        deal: Callable[[list[str], dict[str, set[str]]], Mapping[str, Iterable[str]]],
        settings: Mapping[str, str],
    ) -> None:
        """Deal the sentences out anew, in one transaction; answers stay.

        Parameters
        ----------
        deal : callable
            The coders with sentences so far, and what anybody has coded (others, too, whose answers were imported), in;
            the sentences of each coder in their order out.
        settings : mapping of str to str
            To be remembered with it; see `setting`.
        """
        with self.transaction() as connection:
            known = [coder for (coder,) in connection.execute("SELECT DISTINCT coder FROM assignment")]
            coded = defaultdict[str, set[str]](set)
            for seat, one in connection.execute("SELECT seat, sentence_id FROM current WHERE seat != ?", [DECISION]):
                coded[seat].add(one)
            connection.execute("DELETE FROM assignment")
            for coder, sentence_ids in deal(known, coded).items():
                rows = [(coder, position, sentence_id) for position, sentence_id in enumerate(sentence_ids)]
                connection.executemany("INSERT INTO assignment VALUES (?, ?, ?)", rows)
            connection.executemany("REPLACE INTO meta VALUES (?, ?)", settings.items())
            connection.execute(
                "INSERT INTO meta VALUES ('deals', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
            )

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
        return self.record_all([(token, _timed(coding))], seat=seat) == 1

    def record_all(
        self,
        codings: Iterable[tuple[str, Coding]],
        *,
        seat: str | None = None,
        read_until: int | None = None,
        earlier: Collection[str] = (),
    ) -> int:
        """Keep many answers, each with its token, in one transaction: all or none; how many tokens were new.

        Parameters
        ----------
        codings : iterable of (str, Coding)
            Those without `coded_at` stay without: when somebody coded elsewhere is not known.
        seat : str, optional
            As in `record`.
        read_until : int, optional
            Id of the last event that was known when the answers were chosen, 0 if there was none.
        earlier : collection of str
            Hashes of codebooks that are not in use any more, by which answers may be; these are to be reviewed.

        Raises
        ------
        FramingError
            As `record`, or if there are events after `read_until`.
        """
        with self.transaction() as connection:
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()
            if read_until is not None and last > read_until:
                raise FramingError(
                    f"{self.path}: somebody coded meanwhile; run the import again, it adds nothing twice"
                )
            (in_use,) = connection.execute(f"SELECT {IN_USE}").fetchone()
            return sum(
                append_event(
                    connection,
                    token,
                    coding.coder if seat is None else seat,
                    coding.sentence_id,
                    dump_answer(coding if coding.codebook in earlier else self._coded_by(coding, in_use)),
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
            answers = {one.sentence_id: dump_answer(self._coded_by(_timed(one), in_use)) for one in decided}
            for sentence_id, answer in (answers | dict.fromkeys(withdrawn)).items():
                if sentence_id not in by_people:
                    append_event(connection, secrets.token_hex(16), DECISION, sentence_id, answer)

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


def _timed(coding: Coding) -> Coding:
    """The coding with the time of now, unless it has one."""
    return coding if coding.coded_at else coding.model_copy(update={"coded_at": now()})
