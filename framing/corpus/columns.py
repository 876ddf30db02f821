"""Which column is what: named by the user, or guessed from the usual names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from framing.errors import FramingError

USUAL_NAMES = {
    "id": ("id", "article_id", "doc_id", "document_id", "uuid", "_id"),
    "text": ("text", "body", "content", "article", "full_text", "maintext", "article_text"),
    "title": ("title", "headline"),
    "outlet": (
        "outlet",
        "source",
        "publisher",
        "newspaper",
        "paper",
        "publication",
        "medium",
        "media",
        "site",
        "outlet_name",
        "source_name",
        "media_name",
        "news_outlet",
        "media_outlet",
        "news_source",
    ),
    "date": (
        "date",
        "published",
        "publish_date",
        "published_at",
        "pub_date",
        "date_publish",
        "datetime",
        "time",
    ),
    "url": ("url", "link", "source_url"),
}


UNUSED = "none"  # in place of a name: no column, not even one of a usual name


@dataclass(frozen=True)
class Columns:
    """Names of the columns that hold id, text, title, outlet, date and URL.

    None: not given or not there. ``"none"``: not to be guessed; without an id, articles get one from their content.
    """

    id: str | None = None
    text: str | None = None
    title: str | None = None
    outlet: str | None = None
    date: str | None = None
    url: str | None = None

    def guess(self, found: Iterable[str]) -> "Columns":
        """Fill what the user left open from the columns found, by their usual names; "Full Text" is full_text."""
        by_lower = {_plain(name): name for name in reversed(list(found))}
        chosen: dict[str, str | None] = {}
        for role, usual in USUAL_NAMES.items():
            guessed = next((by_lower[_plain(name)] for name in usual if _plain(name) in by_lower), None)
            given = getattr(self, role)
            chosen[role] = None if given == UNUSED else given or guessed
        return Columns(**chosen)

    def check_found(self, found: Iterable[str]) -> None:
        """Refuse a column the user named that no source has.

        Raises
        ------
        FramingError
            Naming the column and those that are there.
        """
        known = set(found)
        for field in fields(self):
            name = getattr(self, field.name)
            if name not in {None, UNUSED} and known and name not in known:
                raise FramingError(f"--{field.name}-column {name}: in none of the sources; found {sorted(known)}")

    def take(self, row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Split a row into the roles above (missing ones left out) and all other columns."""
        roles = {field.name: getattr(self, field.name) for field in fields(self)}
        known = {role: row[name] for role, name in roles.items() if name in row}
        extra = {name: value for name, value in row.items() if name not in roles.values()}
        return known, extra

    def described(self, row: Mapping[str, Any]) -> str:
        """Each role with its column, then the columns that have none."""
        pairs = ((field.name, getattr(self, field.name)) for field in fields(self))
        _, extra = self.take(row)
        taken = ", ".join(f"{role} = {name}" for role, name in pairs if name) or "none"
        return f"{taken}; kept without a role: {', '.join(extra)}" if extra else taken


def _plain(name: object) -> str:
    """Lower-case letters and digits of a name."""
    return "".join(character for character in str(name).lower() if character.isalnum())
