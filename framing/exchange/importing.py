"""Import: answers from a file of another tool into the database of a coding folder, checked against its ledger."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from framing.annotation.coders import check_coder
from framing.annotation.database import DATABASE
from framing.annotation.folder import codebook_of, known_names, refuse_files
from framing.annotation.ledger import ANNOTATIONS, CODINGS, Ledger, read_ledger
from framing.annotation.rows import MAJORITY, Coding, check_coding
from framing.annotation.store import CodingStore
from framing.annotation.stored import DECISION
from framing.artefact import sha256_text, whole_file
from framing.codebook import Codebook
from framing.corpus.records import UnreadableError
from framing.errors import FramingError
from framing.exchange.blind import blind_id
from framing.exchange.cells import number
from framing.exchange.registry import FORMATS, name_of_format
from framing.exchange.rows import ANSWER, TEXTS, Fields
from framing.exchange.summary import ImportSummary, Rejection

_SAME = ("purpose", "stratum", "outlet", "sha256")
_TOLERANCE = 1e-5  # Excel saves what it shows; the ledger's own number is the one that is used


def import_codings(
    folder: str | Path,
    source: str | Path,
    *,
    form: str | None = None,
    codebook: str | Path | None = None,
    coder: str | None = None,
    final: bool = False,
    replace: bool = False,
    dry_run: bool = False,
) -> ImportSummary:
    """Bring the answers of a file into the database of a coding folder, which is made if there is none.

    Imported twice, a file adds nothing the second time. After ``codings.jsonl`` or ``annotations.jsonl`` of the folder
    itself came in without a rejected row, the file is renamed to ``*.imported``, since only the database counts then.

    A row keeps the codebook that it says, as what `export_codings` wrote does: answers by an earlier one of the folder
    are to be reviewed, like those given before the change.

    Parameters
    ----------
    folder : str or Path
        Coding folder.
    source : str or Path
        File to read.
    form : str, optional
        Name in `framing.exchange.registry.FORMATS`; by default guessed from the file.
    codebook : str or Path, optional
        Needed where the folder was drawn without one and has no database yet.
    coder : str, optional
        Whose answers they are, where a row does not say; a row that says somebody else is rejected.
    final : bool
        The rows are adjudicated: one per sentence, which counts whatever the coders said.
    replace : bool
        Take answers that differ from the ones in the database, or were withdrawn there; else they are rejected.
        One that is to be reviewed after the codebook changed takes any answer, the same one too, as its review.
    dry_run : bool
        Write nothing.

    Raises
    ------
    FramingError
        If the folder or the file as a whole is not sound, or no row could be imported. A row that does not fit the
        ledger, the codebook or the database is rejected, the others come in.
    """
    ledger, path = read_ledger(folder), Path(source)
    coder = None if coder is None else check_coder(coder, "--coder", known_names(ledger.folder))
    book = codebook_of(ledger.folder, codebook)
    summary = ImportSummary(path, name_of_format(path, form, reading=True), dry_run=dry_run)
    incoming = _Incoming(ledger, book, summary, coder, final=final, replace=replace)
    _refuse_unsaid_final(path, incoming, final=final)
    if not _is_the_folders(path, ledger):
        refuse_files(ledger.folder)
    for line, found in FORMATS[summary.form].read(path, book):
        incoming.take(line, found)
    if not dry_run:
        incoming.keep()
        _write_rejects(summary)
    if summary.rejected and len(summary.rejected) + summary.n_blank == summary.n_rows:
        where = f", all in {summary.rejects}" if summary.rejects else ""
        raise FramingError(
            f"no row could be imported, {len(summary.rejected):,} rejected{where}; first: {summary.rejected[0]}"
        )
    if not (dry_run or summary.rejected) and _is_the_folders(path, ledger):
        summary.moved_to = _move_away(path)
    return summary


class _Incoming:
    """Rows checked one by one, and kept all at once."""

    def __init__(
        self, ledger: Ledger, codebook: Codebook, summary: ImportSummary, coder: str | None, *, final: bool,
        replace: bool,
    ) -> None:  # fmt: skip
        self.ledger, self.codebook, self.summary, self.coder = ledger, codebook, summary, coder
        self.final, self.replace = final, replace
        self.blind_ids = {blind_id(sentence_id): sentence_id for sentence_id in ledger.rows}
        self.new: list[tuple[str, Coding]] = []
        self.lines: dict[tuple[str, str], tuple[int, Coding]] = {}
        self.store = CodingStore.open(ledger.folder) if (ledger.folder / DATABASE).exists() else None
        self.names = self.store.names() if self.store else set()
        self.earlier = self.store.earlier_codebooks() if self.store else set()
        history = self.store.history() if self.store else []  # before the answers: what comes between is noticed
        self.read_until = history[-1].id if history else 0
        self.n_events = Counter((event.seat, event.sentence_id) for event in history)
        decided = self.store.decisions().values() if self.store and final else ()
        coded = self.store.codings() if self.store and not final else ()
        self.current = {self._key(coding): coding for coding in (*decided, *coded)}

    def _key(self, coding: Coding) -> tuple[str, str]:
        return DECISION if self.final else coding.coder, coding.sentence_id

    def take(self, line: int, found: Fields | UnreadableError | None) -> None:
        """Check a row, count it, and remember it if it is new."""
        if found is None:
            self.summary.n_blank += 1
            return
        place = f"{self.summary.source}:{line}"
        try:
            if isinstance(found, UnreadableError):
                raise found
            self._accept(self._checked(found, place), line)
        except FramingError as error:
            fields: Fields = found if isinstance(found, dict) else {}
            sentence_id, coder = self._id(fields), str(fields.get("coder") or "")
            message = str(error).removeprefix(place).removeprefix(f" (id {sentence_id})").removeprefix(": ")
            reason, _, remedy = message.rpartition("; ")
            rejection = Rejection(
                str(self.summary.source), line, sentence_id, coder, reason or remedy, remedy if reason else ""
            )
            self.summary.rejected.append(rejection)

    def _checked(self, fields: Fields, place: str) -> Coding:
        """A row as a coding of this folder: sentence, text, probability as drawn, values of the codebook, a coder."""
        sentence_id = self._id(fields)
        drawn = self.ledger.rows.get(sentence_id)
        if drawn is None:
            raise FramingError(
                f"sentence {sentence_id!r} is not among the {len(self.ledger.rows):,} drawn; remove the row, or import "
                "into the folder it was drawn for"
            )
        _check_drawn(fields, drawn)
        given = {name: value for name in ANSWER if (value := fields.get(name)) is not None and value != ""}
        given["coder"] = self._coder(str(given.get("coder", "")).strip())
        if "frames" not in given:
            raise FramingError("no frames, expected a list of them, empty for none; add the field")
        in_use = self.codebook.sha256
        by = given.pop("codebook") if given.get("codebook") in self.earlier else in_use
        coding = check_coding({"sentence_id": sentence_id, **given}, place, self.codebook)
        frames = [name for name in self.codebook.frame_names if name in coding.frames]
        stance = coding.stance if self.codebook.targets else None
        values = {"frames": frames, "stance": stance, "codebook": by}
        return coding.model_copy(update=values | (_nothing_else(stance) if coding.boilerplate else {}))

    def _id(self, fields: Fields) -> str:
        given = str(fields.get("sentence_id") or "")
        return self.blind_ids.get(given, given)

    def _coder(self, said: str) -> str:
        """Who coded a row that says so, or does not."""
        name = said or self.coder or ""
        if self.coder not in {None, name}:
            raise FramingError(
                f"the row says {name}, --coder says {self.coder}; empty the row's coder (user in a table, completed_by "
                f"in Label Studio) to take it as {self.coder}'s, or leave --coder out to take it as {name}'s"
            )
        if self.final and name in {"", MAJORITY}:  # decided by nobody known, or by rule
            return name
        if not name:
            raise FramingError("no coder; add --coder with the name of who coded this")
        return check_coder(name, known=self.names)

    def _accept(self, coding: Coding, line: int) -> None:
        key = self._key(coding)
        if key in self.lines:
            first, other = self.lines[key]
            if not _same(other, coding):
                raise FramingError(f"answered otherwise in line {first} of this file; keep one of the two")
            self.summary.n_unchanged += 1
            return
        before = self.current.get(key)
        outdated = coding.codebook != self.codebook.sha256
        to_review = before is not None and before.codebook != self.codebook.sha256 and not outdated
        is_known = before is not None and not to_review and _same(before, coding)
        if key in self.n_events and not (is_known or self.replace or to_review):
            what = "the database has another answer" if before else "this answer was withdrawn in the database"
            raise FramingError(f"{what}; add --replace to take this one")
        self.lines[key] = line, coding
        self.names.add(coding.coder)
        if is_known:
            self.summary.n_unchanged += 1
            return
        self.summary.n_added += before is None
        self.summary.n_replaced += before is not None
        self.summary.n_to_review += outdated
        self.new.append((_token(key, coding, self.n_events[key]), coding))

    def keep(self) -> None:
        """Write what is new in one transaction."""
        if self.new:
            store = self.store or CodingStore.create(self.ledger.folder, self.codebook)
            seat = DECISION if self.final else None
            store.record_all(self.new, seat=seat, read_until=self.read_until, earlier=self.earlier)


def _nothing_else(stance: object) -> dict[str, object]:
    """What boilerplate says, as on the pages: no frame, no voice, and of who codes stance none."""
    return {"frames": [], "voice": None, "stance": None if stance is None else {}}


def _token(key: tuple[str, str], coding: Coding, n_events: int) -> str:
    """The same for the same answer at the same point of a sentence's history, so that it is kept once."""
    answer = coding.model_dump(include=set(ANSWER))
    return "import-" + sha256_text(json.dumps([*key, n_events, answer], sort_keys=True))


def _same(known: Coding, new: Coding) -> bool:
    """Whether an answer is known already; time and duration count where the new one has them."""
    return (
        known.says_the_same(new)
        and (known.unsure, known.comment) == (new.unsure, new.comment)
        and new.coded_at in {None, known.coded_at}
        and new.seconds in {None, known.seconds}
    )


def _check_drawn(fields: Mapping[str, object], drawn: Mapping[str, object]) -> None:
    """Refuse a row whose fields of the ledger are another draw's or another sentence's."""
    for name in _SAME:
        if fields.get(name) not in (None, "", drawn.get(name)):
            raise FramingError(
                f"{name} {fields[name]!r:.40}, the ledger has {drawn.get(name)!r:.40}; import into the folder "
                "that this was drawn for"
            )
    for name in TEXTS:
        if (text := fields.get(name)) and " ".join(str(text).split()) != " ".join(str(drawn.get(name)).split()):
            raise FramingError(
                f"{name} {str(text)!r:.60} is not what the ledger has for this id; check whether rows were mixed up, "
                "and export again"
            )
    _check_probability(fields.get("inclusion_probability"), drawn["inclusion_probability"])


def _check_probability(given: object, drawn: object) -> None:
    found = None if given is None else number(str(given), "inclusion_probability")
    if found is None:
        return
    if drawn is None or not math.isclose(found, float(str(drawn)), rel_tol=_TOLERANCE):
        raise FramingError(
            f"inclusion_probability {given!r:.40}, the ledger has {drawn}; import into the folder that this was "
            "drawn for"
        )


def _is_the_folders(path: Path, ledger: Ledger) -> bool:
    return path.name in {ANNOTATIONS, CODINGS} and path.resolve().parent == ledger.folder.resolve()


def _refuse_unsaid_final(path: Path, incoming: _Incoming, *, final: bool) -> None:
    """Adjudicated rows taken for one more coder's would set sentences in dispute that were settled."""
    others = (incoming.ledger.folder / CODINGS).exists() or incoming.current
    if path.name == ANNOTATIONS and _is_the_folders(path, incoming.ledger) and others and not final:
        raise FramingError(
            f"{path}: one row per sentence, beside the codings of single coders; add --final to bring it in as what "
            "was decided"
        )


def _write_rejects(summary: ImportSummary) -> None:
    path = summary.source.with_name(f"{summary.source.name}.rejected.jsonl")
    if not summary.rejected:
        path.unlink(missing_ok=True)  # of an earlier import of this file
        return
    with whole_file(path) as partial:
        lines = (json.dumps(asdict(rejection), ensure_ascii=False) + "\n" for rejection in summary.rejected)
        partial.write_text("".join(lines), encoding="utf-8")
    summary.rejects = path


def _move_away(path: Path) -> Path:
    target, number = path.with_name(f"{path.name}.imported"), 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.imported-{number}")
    return path.rename(target)
