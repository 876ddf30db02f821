"""`framing ingest`: raw articles in, a corpus folder out, nothing silently lost."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from framing.artefact import check_target, new_artefact, sha256_file
from framing.corpus.article import MAX_CHARACTERS, Article, Reading, derived_id
from framing.corpus.columns import Columns
from framing.corpus.dates import DateOrder
from framing.corpus.outlets import DEFAULT_TABLE, OutletTable
from framing.corpus.read import read_sources, source_files
from framing.corpus.records import Problem, Record, UnreadableError
from framing.corpus.store import ARTICLE_FIELDS, KIND, SENTENCE_FIELDS, Corpus
from framing.corpus.stories import group_stories
from framing.errors import FramingError
from framing.names import plain_name
from framing.progress import track

GROUP_ARTICLES = 1000  # per row group of the Parquet file


@dataclass
class IngestSummary:
    """What an ingest kept and what it could not read.

    `guessed` maps each file to the columns as they were taken, and those that are only kept; `rejected` articles are
    not in the corpus, `warnings` are losses in articles that are.
    """

    corpus: Corpus
    articles: list[Article]
    rejected: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    guessed: dict[str, str] = field(default_factory=dict)

    @property
    def n_read(self) -> int:
        """Articles found in the sources: kept and rejected."""
        return len(self.articles) + len(self.rejected)

    @property
    def named_by_folder(self) -> list[str]:
        """Outlets that only the folder of an article's file names, sorted."""
        return sorted({article.outlet for article in self.articles if article.is_named_by_folder})

    @property
    def alike_outlets(self) -> list[list[str]]:
        """Outlets whose names differ in nothing but case and spaces, together, sorted."""
        alike: dict[str, list[str]] = {}
        for name in sorted({article.outlet for article in self.articles}):
            alike.setdefault(plain_name(name), []).append(name)
        return [names for names in alike.values() if len(names) > 1]

    @property
    def n_copies(self) -> int:
        """Articles that share their story with an earlier one."""
        return len(self.articles) - len({article.story for article in self.articles})


def ingest(
    sources: Iterable[str | Path],
    output: str | Path,
    *,
    columns: Columns | None = None,
    outlet: str | None = None,
    outlet_table: str | Path = DEFAULT_TABLE,
    date_order: DateOrder | None = None,
    encoding: str = "utf-8",
    max_characters: int = MAX_CHARACTERS,
    overwrite: bool = False,
) -> IngestSummary:
    """Read articles, repair and split them, group copies into stories, and write a corpus folder.

    Parameters
    ----------
    sources : iterable of str or Path
        Files and folders; see `framing.corpus.read.read_sources` for the formats.
    output : str or Path
        Corpus folder to write.
    columns : Columns, optional
        Names of columns; what is left open is guessed. With ``id="none"`` articles get ids from their content.
    outlet : str, optional
        Outlet of all articles. By default: the outlet column, else the URL's domain looked up in the outlet
        table, else the name of the folder the file stands in.
    outlet_table : str or Path
        CSV with outlet, domain, group, agency.
    date_order : {"dmy", "mdy"}, optional
        How to read 03/04/2024; without it such dates are left out with a warning.
    encoding : str
        Encoding of text formats.
    max_characters : int
        Longer articles are rejected: they are mostly whole archives in one field.
    overwrite : bool
        Replace a corpus that stands at `output`.

    Returns
    -------
    IngestSummary
        Every article read is either in `articles` or in `rejected`.

    Raises
    ------
    FramingError
        If a source does not exist, no article at all could be read, or the output cannot be written.
    """
    target = Path(output)
    check_target(target, KIND, overwrite=overwrite)
    reading = Reading(columns or Columns(), OutletTable.load(Path(outlet_table)), outlet, date_order, max_characters)
    paths = [Path(source) for source in sources]
    summary = _read(paths, reading, encoding)
    if not summary.articles:
        raise FramingError(_nothing_read(paths, summary.rejected))
    _assign_stories(summary.articles)
    with new_artefact(target, KIND, overwrite=overwrite) as (folder, manifest):
        _write(folder, summary)
        manifest |= {
            "articles": len(summary.articles),
            "sentences": sum(len(article.sentences) for article in summary.articles),
            "rejected": len(summary.rejected),
            "sha256": sha256_file(folder / "sentences.parquet"),
        }
    summary.corpus = Corpus.load(target)
    return summary


def _nothing_read(sources: list[Path], rejected: list[Problem]) -> str:
    more = f" and {len(sources) - 1:,} more" if len(sources) > 1 else ""
    if rejected:
        why = f"{len(rejected)} rejected; first problem: {rejected[0]}"
    elif any(map(source_files, sources)):
        why = "no rows in it; expected rows of articles below the names of the columns"
    else:
        why = "no file found; expected txt, md, html, csv, tsv, xlsx, json, jsonl or parquet files; check the path"
    return f"{', '.join(map(str, sources[:1]))}{more}: no article could be read, {why}"


def _read(sources: list[Path], reading: Reading, encoding: str) -> IngestSummary:
    summary = IngestSummary(Corpus(Path(), {}), [])
    seen = _Seen()
    found: set[str] = set()
    for item in track(read_sources(sources, encoding), "Reading articles"):
        if isinstance(item, Problem):
            summary.rejected.append(item)
            continue
        columns = reading.columns.guess(item.fields)
        found.update(item.fields)
        summary.guessed.setdefault(str(item.file if item.line else item.source), columns.described(item.fields))
        try:
            article, problems = reading.article(item)
            seen.check(article, item)
        except UnreadableError as error:
            article_id = str(item.fields.get(columns.id or "", ""))
            summary.rejected.append(Problem(str(item.file), item.line, str(error), article_id))
            continue
        summary.articles.append(article)
        summary.warnings += problems
    reading.columns.check_found(found)
    return summary


class _Seen:
    """Articles read so far, by id and, where they have no id of their own, by what they say."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._contents: dict[str, str] = {}

    def check(self, article: Article, record: Record) -> None:
        """Refuse an id that is taken and an article that was read before; rename a file whose name is taken.

        Raises
        ------
        UnreadableError
            Naming the place where the first one is.
        """
        content = derived_id(article.outlet, article.title, article.text)
        if not article.has_own_id:
            if before := self._contents.get(content):
                raise UnreadableError(
                    f"the same article as {before} (outlet, headline and text are equal); remove the repetition"
                )
            if article.article_id in self._ids:
                article.article_id = content
        if before := self._ids.get(article.article_id):
            raise UnreadableError(
                f"id {article.article_id!r} was used before at {before}; "
                "remove the repetition or name another column with --id-column; "
                "where each file counts from 1, add --id-column none"
            )
        self._ids[article.article_id] = record.place
        self._contents.setdefault(content, record.place)


def _assign_stories(articles: list[Article]) -> None:
    """Name each story after its first article, and pass a credited origin on to all copies of the story.

    Where no copy credits an agency, the origin of a story with several outlets is the outlet of its earliest
    dated article, and empty if articles of several have that date; an article that stands alone and credits nobody
    has an empty origin.
    """
    firsts = group_stories([article.content for article in articles])
    members: dict[int, list[Article]] = {}
    for first, article in zip(firsts, articles, strict=True):
        article.story = articles[first].article_id
        members.setdefault(int(first), []).append(article)
    for story in members.values():
        credits = Counter(article.origin for article in story if article.origin)
        origin = credits.most_common(1)[0][0] if credits else _earliest(story)
        for article in story:
            article.origin = article.origin or origin


def _earliest(story: list[Article]) -> str:
    """Outlet of the earliest dated article of a story that several outlets have; empty where it is not known."""
    if len({article.outlet for article in story}) < 2:
        return ""
    earliest = min((article.date for article in story if article.date), default="")
    outlets = {article.outlet for article in story if article.date == earliest}
    return outlets.pop() if earliest and len(outlets) == 1 else ""


def _write(folder: Path, summary: IngestSummary) -> None:
    extras = _free_names({name for article in summary.articles for name in article.extra})
    schema = {**ARTICLE_FIELDS, **dict.fromkeys(extras.values(), pa.string())}
    rows = [
        {**_article_row(article), **{free: article.extra.get(name) for name, free in extras.items()}}
        for article in summary.articles
    ]
    pq.write_table(pa.Table.from_pylist(rows, pa.schema(schema.items())), folder / "articles.parquet")
    with pq.ParquetWriter(folder / "sentences.parquet", pa.schema(SENTENCE_FIELDS.items())) as writer:
        for start in range(0, len(summary.articles), GROUP_ARTICLES):
            group = summary.articles[start : start + GROUP_ARTICLES]
            sentences = [row for article in group for row in _sentence_rows(article)]
            writer.write_table(pa.Table.from_pylist(sentences, writer.schema))
    for name, problems in (("rejected.jsonl", summary.rejected), ("warnings.jsonl", summary.warnings)):
        lines = (json.dumps(problem.as_dict(), ensure_ascii=False) + "\n" for problem in problems)
        (folder / name).write_text("".join(lines), encoding="utf-8")


def _article_row(article: Article) -> dict[str, object]:
    own = {name: getattr(article, name) for name in ARTICLE_FIELDS if name != "n_sentences"}
    return {**own, "n_sentences": len(article.sentences)}


def _sentence_rows(article: Article) -> Iterator[dict[str, object]]:
    shared = {name: getattr(article, name) for name in ("article_id", "outlet", "group", "origin", "date", "story")}
    for index, sentence in enumerate(article.sentences):
        yield {"sentence_id": f"{article.article_id}#{index}", "index": index, **asdict(sentence), **shared}


def _free_names(extras: set[str]) -> dict[str, str]:
    """Columns of the source by the name they get: ``source_`` before it as long as the name is taken."""
    names: dict[str, str] = {}
    taken = {*ARTICLE_FIELDS, *extras.difference(ARTICLE_FIELDS)}
    for name in sorted(extras):
        free = name
        while free in taken and (free != name or name in ARTICLE_FIELDS):
            free = f"source_{free}"
        taken.add(free)
        names[name] = free
    return names
