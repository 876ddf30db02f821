"""``framing codebook check|show|new``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from framing.cli.console import Overwrite

app = typer.Typer(help="Check, show or start a codebook.", no_args_is_help=True, rich_markup_mode=None)

Source = Annotated[
    str, typer.Argument(help="YAML file, or the name of a shipped codebook (china-russia, generic-news).")
]


@app.command()
def check(source: Source) -> None:
    """Check a codebook and say what is in it."""
    from framing.codebook import Codebook

    book = Codebook.load(source)
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
