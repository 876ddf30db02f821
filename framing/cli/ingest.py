"""``framing ingest``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from framing.cli.console import Overwrite, listed, table

if TYPE_CHECKING:
    from framing.corpus import IngestSummary


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="ingest")(ingest)


def ingest(
    sources: Annotated[
        list[Path],
        typer.Argument(
            help="Files and folders: txt, md, html, csv, tsv, xlsx, json(l), parquet (.gz too), Hugging Face datasets."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Corpus folder to write.")],
    id_column: Annotated[
        str | None, typer.Option(help="Column of the article id; none: ids are made of outlet, headline and text.")
    ] = None,
    text_column: Annotated[str | None, typer.Option(help="Column of the text.")] = None,
    title_column: Annotated[str | None, typer.Option(help="Column of the headline.")] = None,
    outlet_column: Annotated[str | None, typer.Option(help="Column of the outlet.")] = None,
    date_column: Annotated[str | None, typer.Option(help="Column of the date.")] = None,
    url_column: Annotated[str | None, typer.Option(help="Column of the URL.")] = None,
    outlet: Annotated[str | None, typer.Option(help="Outlet of all articles.")] = None,
    outlets: Annotated[Path | None, typer.Option(help="Outlet table: CSV with outlet, domain, group, agency.")] = None,
    date_order: Annotated[Literal["dmy", "mdy"] | None, typer.Option(help="How to read 03/04/2024.")] = None,
    encoding: Annotated[str, typer.Option(help="Encoding of text files.")] = "utf-8",
    max_characters: Annotated[int, typer.Option(help="Reject longer articles.")] = 1_000_000,
    overwrite: Overwrite = False,
) -> None:
    """Read and repair articles, split them, find copies.

    Copies of an article are one story.
    """
    from framing.corpus import ingest as run
    from framing.corpus.columns import Columns
    from framing.corpus.outlets import DEFAULT_TABLE

    summary = run(
        sources,
        output,
        columns=Columns(id_column, text_column, title_column, outlet_column, date_column, url_column),
        outlet=outlet,
        outlet_table=outlets or DEFAULT_TABLE,
        date_order=date_order,
        encoding=encoding,
        max_characters=max_characters,
        overwrite=overwrite,
    )
    print_summary(summary)


def print_summary(summary: "IngestSummary") -> None:
    """Say what was read: columns as taken, a table by outlet, problems with their place and remedy."""
    typer.echo("columns:")
    listed((f"{file}: {columns}" for file, columns in summary.guessed.items()), len(summary.guessed))
    if folders := summary.named_by_folder:
        typer.echo("outlets named after the folder of the file, as no column or URL names one (else --outlet-column):")
        listed(folders, len(folders))
    if alike := summary.alike_outlets:
        typer.echo(
            "outlets whose names differ only in case or spaces count as different ones; if they are one, write one "
            "name in the outlet column, or one group for them in the outlet table (--outlets) and compare --by group:"
        )
        listed((", ".join(map(repr, names)) for names in alike), len(alike))
    table(["outlet", "articles", "sentences", "undated", "from", "to", "copies"], list(_outlet_rows(summary)))
    typer.echo(
        f"{summary.n_read:,} articles read = {len(summary.articles):,} kept + {len(summary.rejected):,} rejected; "
        f"{summary.n_copies:,} are copies of a story that is here already"
    )
    if foreign := sum(article.language != "en" for article in summary.articles):
        typer.echo(f"{foreign:,} are not in English: sentences are split by rules made for English")
    folder = summary.corpus.folder
    for name, problems in (("rejected", summary.rejected), ("warnings", summary.warnings)):
        if problems:
            typer.echo(f"{len(problems):,} {name}, all in {folder / name}.jsonl:")
            listed(problems, len(problems))
    typer.echo(f"wrote {folder}")


def _outlet_rows(summary: "IngestSummary") -> list[list[str]]:
    firsts: set[str] = set()
    rows: dict[str, list[int]] = {}
    dates: dict[str, list[str]] = {}
    for article in summary.articles:
        row = rows.setdefault(article.outlet, [0, 0, 0, 0])
        row[0] += 1
        row[1] += len(article.sentences)
        row[2] += not article.date
        row[3] += article.story in firsts
        firsts.add(article.story)
        dates.setdefault(article.outlet, []).extend([article.date] if article.date else [])
    result = []
    for outlet, (articles, sentences, undated, copies) in sorted(rows.items(), key=lambda item: -item[1][0]):
        first, last = min(dates[outlet], default="-"), max(dates[outlet], default="-")
        result.append([outlet, f"{articles:,}", f"{sentences:,}", f"{undated:,}", first, last, f"{copies:,}"])
    return result
