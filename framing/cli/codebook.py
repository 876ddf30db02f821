"""``framing codebook check|show|new|change``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from framing.cli.console import Overwrite, table
from framing.errors import FramingError

if TYPE_CHECKING:
    from framing.annotation.revision import Change, Touched

app = typer.Typer(help="Check, show, start or change a codebook.", no_args_is_help=True, rich_markup_mode=None)

Source = Annotated[
    str, typer.Argument(help="YAML file, or the name of a shipped codebook (china-russia, generic-news).")
]


@app.command()
def check(source: Source) -> None:
    """Check a codebook and say what is in it."""
    from framing.codebook import Codebook

    book = Codebook.load(source)
    book.check_labels(source)
    typer.echo(f"{book.name} {book.version} ({book.language}) is sound, sha256 {book.sha256[:12]}")
    typer.echo(f"frames:  {', '.join(book.frame_names)}")
    typer.echo(f"targets: {', '.join(book.target_names) or 'none'}")


@app.command()
def show(
    source: Source,
    form: Annotated[
        Literal["md", "html"] | None, typer.Option("--format", help="Default: by the suffix of the output, else md.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; default: print.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Render a codebook as a page for coders."""
    from framing.artefact import new_file
    from framing.codebook import Codebook
    from framing.codebook.page import codebook_markdown, codebook_page

    book = Codebook.load(source)
    html = form == "html" or (form is None and output is not None and output.suffix.lower() in {".html", ".htm"})
    page = codebook_page(book) if html else codebook_markdown(book)
    if output is None:
        typer.echo(page, nl=False)
        return
    with new_file(output, overwrite=overwrite) as partial:
        partial.write_text(page, encoding="utf-8")
    typer.echo(f"wrote {output}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the codebook: lower case, digits, hyphens.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; default: NAME.yaml.")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Start a codebook from a commented template."""
    from framing.artefact import new_file
    from framing.codebook import Codebook
    from framing.codebook.page import TEMPLATE

    target = output or Path(f"{name}.yaml")
    content = TEMPLATE.format(name=name)
    Codebook.parse(content, str(target))
    with new_file(target, overwrite=overwrite) as partial:
        partial.write_text(content, encoding="utf-8")
    typer.echo(f"wrote {target}; edit it, then: framing codebook check {target}")


@app.command()
def change(
    coding: Annotated[Path, typer.Argument(help="Coding folder whose codebook is in use.")],
    new: Annotated[Path, typer.Argument(help="YAML file of the new codebook.")],
    rename: Annotated[
        list[str] | None, typer.Option(metavar="OLD=NEW", help="A frame or target that has another name now.")
    ] = None,
    merge: Annotated[list[str] | None, typer.Option(metavar="A+B=C", help="Frames or targets, now one.")] = None,
    widened: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Its rules changed so that sentences without it may have it: review those."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be done.")] = False,
) -> None:
    """Put a changed codebook in use in a coding folder.

    Names are brought over, touched codings marked for review.
    """
    from framing.annotation.revision import change_codebook, compare_codebooks
    from framing.annotation.store import CodingStore
    from framing.codebook import Codebook

    in_use, book = CodingStore.open(coding).codebook(), Codebook.load(new)
    book.check_labels(str(new))
    renamed, merged = _names(rename or [], "--rename", "OLD=NEW"), _names(merge or [], "--merge", "A+B=C")
    if both := renamed.keys() & merged.keys():
        raise FramingError(f"{min(both)}: expected in --rename or in --merge, found in both; leave one out")
    revision = compare_codebooks(in_use, book, renamed=renamed, merged=merged, widened=widened or [])
    if book.sha256 != in_use.sha256:
        typer.echo(
            f"models and labels made with {in_use.name} {in_use.version} ({in_use.sha256[:12]}) belong to its very "
            "text, titles and examples too, and are refused beside codings by the new one: make them again, or keep "
            "the old file (they have it as codebook.yaml), with which this command changes back"
        )
    touched = change_codebook(coding, revision, dry_run=dry_run)
    _print_changes(touched)
    typer.echo(f"{book.name} {book.version} ({book.sha256[:12]}) {'would be' if dry_run else 'is'} in use in {coding}")
    if any(each.n_review for each in touched) and not dry_run:
        typer.echo(f"next: framing annotate {coding} --coder NAME, which shows what is to be reviewed first")


def _names(pairs: list[str], option: str, form: str) -> dict[str, str]:
    """New name by old name."""
    names: dict[str, str] = {}
    for pair in pairs:
        before, _, after = pair.partition("=")
        olds = before.split("+")
        if not all(olds) or not after or (option == "--merge") != (len(olds) > 1) or names.keys() & set(olds):
            raise FramingError(f"{option} {pair}: expected {form}, each old name once")
        names |= dict.fromkeys(olds, after)
    return names


def _print_changes(touched: list["Touched"]) -> None:
    if not touched:
        typer.echo("no frame, target or rule differs")
        return
    rows = [[*_named(each.change), f"{each.n_codings:,}", f"{each.n_review:,}"] for each in touched]
    table(["part", "change", "codings touched", "to review"], rows)
    if only := [each.change.name for each in touched if each.change.how == "redefined"]:
        typer.echo(f"reviewed is what has {', '.join(only)}; if sentences without may have it now, add --widened NAME")


def _named(change: "Change") -> tuple[str, str]:
    name = change.name if change.kind in {change.name, "frame"} else f"{change.kind} {change.name}"
    return name, change.how + (f" from {', '.join(change.before)}" if change.before else "")
