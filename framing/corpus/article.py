"""From a raw record to an article: fields checked, text repaired, sentences split, boilerplate marked."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framing.corpus.boilerplate import is_boilerplate
from framing.corpus.columns import Columns
from framing.corpus.dates import DateError, DateOrder, parse_date
from framing.corpus.delimited import title_note
from framing.corpus.language import detect_language
from framing.corpus.outlets import OutletTable, credited_agency
from framing.corpus.records import Problem, Record, UnreadableError, as_cell, as_text
from framing.corpus.sentences import split_sentences
from framing.corpus.text import repair, repair_line

MAX_CHARACTERS = 1_000_000
_CREDIT_LINES = 3
_INNER = {"id": "$oid", "outlet": "name", "date": "$date"}  # where MongoDB and NewsAPI put an object for a value


@dataclass(frozen=True)
class Sentence:
    """One row to be coded: where it stands, what it says, and whether it is boilerplate."""

    part: str
    start: int
    end: int
    text: str
    boilerplate: bool


@dataclass
class Article:
    """A repaired article; `story` and `origin` may be refined when all articles are known."""

    article_id: str
    outlet: str
    group: str
    date: str
    title: str
    text: str
    url: str
    language: str
    sentences: list[Sentence]
    extra: dict[str, str]
    file: str
    line: int
    origin: str = ""
    story: str = ""
    has_own_id: bool = True
    is_named_by_folder: bool = False

    @property
    def content(self) -> str:
        """Body text without headline and boilerplate, as it is compared with other articles."""
        return " ".join(s.text for s in self.sentences if s.part == "body" and not s.boilerplate)


@dataclass(frozen=True)
class Reading:
    """How records become articles: column names, outlet rules, date order."""

    columns: Columns
    outlets: OutletTable
    outlet: str | None = None
    date_order: DateOrder | None = None
    max_characters: int = MAX_CHARACTERS

    def article(self, record: Record) -> tuple[Article, list[Problem]]:
        """Make an article of a record, with the losses on the way (a date that could not be read).

        Raises
        ------
        UnreadableError
            If there is no text column, no text, no sentence, no outlet, or far too much text.
        """
        columns = self.columns.guess(record.fields)
        given, extra = columns.take(record.fields)
        if self.outlet:
            given.pop("outlet", None)  # needs not even be text
        known = {role: _field(role, value, getattr(columns, role)) for role, value in given.items()}
        raw = self._text(known, columns, record)
        title = repair_line(known.get("title", ""))
        text = repair(raw).removeprefix(f"{title}\n")  # pages often repeat the headline above the text
        sentences = _sentences(title, text)
        if not any(s.part == "body" and not s.boilerplate for s in sentences):
            raise UnreadableError("no sentence in the text (only white space, credits or symbols); remove the article")
        named = self._outlet(known)
        outlet = named or _folder_name(record, columns)
        date, problems = self._date(known, record)
        own_id = known.get("id", "").strip()
        return Article(
            article_id=own_id or record.name or derived_id(outlet, title, text),
            outlet=outlet,
            group=self.outlets.group_of(outlet),
            date=date,
            title=title,
            text=text,
            url=known.get("url", ""),
            language=detect_language(text),
            sentences=sentences,
            extra={name: as_cell(value) for name, value in extra.items()},
            file=str(record.file),
            line=record.line,
            origin=credited_agency(_credit_lines(sentences), self.outlets.agency_names),
            has_own_id=bool(own_id),
            is_named_by_folder=not named,
        ), problems

    def _text(self, known: dict[str, Any], columns: Columns, record: Record) -> str:
        if columns.text is None or columns.text not in record.fields:
            wanted = f"no column {columns.text!r}" if columns.text else "no text column"
            raise UnreadableError(
                f"{wanted} among {sorted(record.fields)}; name it with --text-column{_misread(record.fields)}"
            )
        text: str = known.get("text", "")
        if not text.strip():
            raise UnreadableError(f"the text column {columns.text!r} is empty; fill it or remove the article")
        if len(text) > self.max_characters:
            raise UnreadableError(
                f"{len(text):,} characters in one article, expected at most {self.max_characters:,}; "
                "split it into articles or raise --max-characters"
            )
        return text

    def _outlet(self, known: dict[str, Any]) -> str:
        """The outlet of all articles, of the column or of the URL; empty if none of them says it."""
        candidates = (self.outlet, known.get("outlet"), self.outlets.by_url(known.get("url", "")))
        return next((name.strip() for name in candidates if name and name.strip()), "")

    def _date(self, known: dict[str, Any], record: Record) -> tuple[str, list[Problem]]:
        try:
            return parse_date(known.get("date", ""), self.date_order), []
        except (DateError, UnreadableError) as error:
            reason = f"{error}; kept without a date"
            return "", [Problem(str(record.file), record.line, reason, known.get("id", ""))]


def _misread(fields: Mapping[str, Any]) -> str:
    """Remedy where the fields seem to be those of something else than an article."""
    if nested := next((name for name, value in fields.items() if _holds_records(value)), None):
        return f"; if {nested!r} holds the articles, save the list of them alone"
    return title_note(fields)


def _holds_records(value: Any) -> bool:
    lists = value.values() if isinstance(value, dict) else [value]
    return any(isinstance(items, list) and items and isinstance(items[0], dict) for items in lists)


def _folder_name(record: Record, columns: Columns) -> str:
    """The folder below the source that the file stands in, which takes the place of an outlet's name."""
    folder = record.file.parent
    if record.source not in {folder, record.file} and (name := folder.name.strip()):
        return name
    column = columns.outlet
    found = f"the outlet column {column!r} is empty in this row" if column in record.fields else "no outlet column"
    raise UnreadableError(
        f"no outlet: {found}, and neither a URL nor a subfolder names one; fill it, name --outlet-column, "
        "or add --outlet NAME if all articles are of one outlet"
    )


def _field(role: str, value: Any, column: str) -> Any:
    """A field as text, the date as it is; of an object that stands for a value, the value."""
    if isinstance(value, dict):
        value = value.get(_INNER.get(role, ""), value)
    try:
        return value if role == "date" else as_text(value)
    except UnreadableError as error:
        raise UnreadableError(f"column {column!r}: {error} (--{role}-column)") from None


def _sentences(title: str, text: str) -> list[Sentence]:
    headline = [Sentence("headline", 0, len(title), title, boilerplate=False)] if title else []
    body = (
        Sentence("body", start, end, text[start:end], is_boilerplate(text[start:end]))
        for start, end in split_sentences(text)
    )
    return [*headline, *body]


def _credit_lines(sentences: list[Sentence]) -> list[str]:
    body = [s for s in sentences if s.part == "body"]
    edges = body[:_CREDIT_LINES] + body[-_CREDIT_LINES:]
    return [s.text for s in body if s.boilerplate or s in edges]


def derived_id(outlet: str, title: str, text: str) -> str:
    """Id of an article that has none of its own: the same for the same outlet, headline and text."""
    slug = re.sub(r"[^a-z0-9]+", "-", outlet.lower()).strip("-")
    digest = hashlib.sha256("\n".join((outlet, title, text)).encode()).hexdigest()
    return f"{slug or 'article'}-{digest[:12]}"
