"""``framing export`` and ``framing import``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.console import Overwrite, listed

if TYPE_CHECKING:
    from framing.exchange import ImportSummary

Folder = Annotated[Path, typer.Argument(metavar="CODING", help="Coding folder.")]
Form = Annotated[
    str | None,
    typer.Option("--format", help="jsonl, label-studio, doccano, csv, xlsx or table; by default what the file says."),
]
Book = Annotated[str | None, typer.Option(help="YAML file or shipped name, if the folder was drawn without one.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command(name="export")(export)
    app.command(name="import")(import_)


def export(
    folder: Folder,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    form: Form = None,
    coder: Annotated[
        str | None, typer.Option(help="Only the answers of this coder, and what this coder has still to code.")
    ] = None,
    final: Annotated[bool, typer.Option("--final", help="One row per sentence: the answer that counts.")] = False,
    without_text: Annotated[
        bool, typer.Option("--without-text", help="Leave out text, sentence before and title.")
    ] = False,
    show_outlet: Annotated[
        bool, typer.Option("--show-outlet", help="Show outlet and date, which coders should not know.")
    ] = False,
    codebook: Book = None,
    overwrite: Overwrite = False,
) -> None:
    """Write codings, or what is left to code, for other tools.

    Outlet and date are left out, and hashes stand for ids, which may name the outlet; framing import knows them. JSON
    lines, which hold no sentences to code, have all fields.
    """
    from framing.exchange import export_codings

    summary = export_codings(
        folder, output, form=form, codebook=codebook, coder=coder, final=final, without_text=without_text,
        show_outlet=show_outlet, overwrite=overwrite,
    )  # fmt: skip
    by = f" by {', '.join(summary.coders)}" if summary.coders else ""
    typer.echo(f"wrote {summary.output} ({summary.form}): {summary.n_codings:,} codings{by}")
    if summary.n_uncoded:
        typer.echo(f"{summary.n_uncoded:,} sentences to code; then: framing import {folder} {output}")
    if summary.n_undecided:
        typer.echo(
            f"{summary.n_undecided:,} drawn sentences have no final answer, so no estimate can be made from this "
            f"file: code them, and decide the disputed ones with framing annotate {folder} --adjudicator NAME"
        )
    if summary.config:
        typer.echo(f"labelling configuration for the project's settings: {summary.config}")


def import_(
    folder: Folder,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="File of codings.")],
    form: Form = None,
    coder: Annotated[
        str | None, typer.Option(help="Who coded, where the rows do not say; no row may say another.")
    ] = None,
    final: Annotated[
        bool, typer.Option("--final", help="Adjudicated rows, one per sentence: they count whatever coders said.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take answers that differ from those there.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    codebook: Book = None,
) -> None:
    """Bring in codings of a spreadsheet or another tool."""
    from framing.exchange import import_codings

    summary = import_codings(
        folder, source, form=form, codebook=codebook, coder=coder, final=final, replace=replace, dry_run=dry_run
    )
    print_import(summary)


def print_import(summary: "ImportSummary") -> None:
    """What became of the rows, the first that were rejected, and where files went."""
    counts = {
        "added": summary.n_added,
        "replaced": summary.n_replaced,
        "there already": summary.n_unchanged,
        "not filled in": summary.n_blank,
        "rejected": len(summary.rejected),
    }
    what = " + ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none"
    typer.echo(f"{summary.source} ({summary.form}): {summary.n_rows:,} rows = {what}")
    if summary.n_to_review:
        typer.echo(f"{summary.n_to_review:,} by an earlier codebook: to be reviewed with framing annotate")
    listed(summary.rejected, len(summary.rejected))
    if summary.rejects:
        typer.echo(
            f"rejected rows are in {summary.rejects}; mend them and import the file again, it adds nothing twice"
        )
    if summary.moved_to:
        typer.echo(f"from now on the database counts; the file is {summary.moved_to}")
    if summary.dry_run:
        typer.echo("dry run: nothing was written")
