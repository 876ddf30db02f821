"""``framing annotate``."""

from pathlib import Path
from typing import Annotated

import typer

from framing.cli.console import Host


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="annotate")(annotate)


def annotate(
    coding: Annotated[Path, typer.Argument(help="Coding folder of framing sample.")],
    coder: Annotated[
        list[str] | None, typer.Option(help="Who codes; repeat it for several. Default: all named before.")
    ] = None,
    adjudicator: Annotated[
        str | None, typer.Option(help="Who decides where coders differ, best none of them; alone, nobody codes.")
    ] = None,
    codebook: Annotated[
        str | None, typer.Option(help="YAML file or shipped name; needed once, where the folder has none.")
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus drawn from: shows the sentences before and after.")
    ] = None,
    overlap: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Percent that all code, the rest is dealt out. Default: 100, or as before."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of order and overlap. Default: 13, or as before.")] = None,
    blind: Annotated[
        bool, typer.Option("--blind/--show-outlet", help="Hide outlet and date, which colour what coders see.")
    ] = True,
    suggest: Annotated[
        Path | None, typer.Option(help="Labels folder: show the model's view, on sentences for training only.")
    ] = None,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8100,
    token: Annotated[
        str | None, typer.Option(envvar="FRAMING_TOKEN", help="Secret: everyone gets a link of their own.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
) -> None:
    """Code drawn sentences in the browser, alone or with others.

    Every answer is kept in coding.sqlite at once; stop and go on whenever you like.
    """
    from framing.listening import check_host
    from framing.web import open_desk, serve

    check_host(host, token)
    desk = open_desk(
        coding, coder or (), codebook=codebook, corpus=corpus, labels=suggest, overlap=overlap, seed=seed, blind=blind,
        adjudicator=adjudicator,
    )  # fmt: skip

    def announce(links: dict[str, str]) -> None:
        for name, address in links.items():
            what = f"{len(desk.queues[name].sentences):,} sentences" if name in desk.queues else "where coders differ"
            typer.echo(f"{name}: {address} ({what})")
        if (judge := desk.adjudicator) in {*desk.queues, *desk.store.seats()}:
            typer.echo(f"note: {judge} codes here too and will judge own answers; a third person is the better judge")
        if token is not None:
            typer.echo("give everyone only their own link; on the way it is not encrypted, so trust the network")
        typer.echo("serving; Ctrl-C stops, no answer is lost")

    serve(desk, host=host, port=port, token=token, open_browser=not no_browser, announce=announce)
