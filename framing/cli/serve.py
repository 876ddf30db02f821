"""``framing serve``."""

from typing import Annotated, Literal

import typer

from framing.cli.console import Host


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command(name="serve")(serve)


def serve(
    model: Annotated[str, typer.Argument(help="Model folder, or the name of a shipped model.")],
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8200,
    token: Annotated[
        str | None, typer.Option(envvar="FRAMING_TOKEN", help="Secret that requests bring as a bearer token.")
    ] = None,
    allow_origin: Annotated[
        list[str] | None, typer.Option(help="Whose pages may use it from a browser, as https://tool.example.org.")
    ] = None,
    engine: Annotated[
        Literal["auto", "torch", "openvino", "int8"], typer.Option(help="What computes; int8 is faster and less exact.")
    ] = "auto",
    max_bytes: Annotated[int, typer.Option(min=1, help="Of a request.")] = 1024 * 1024,
    max_sentences: Annotated[int, typer.Option(min=1, help="Of a request.")] = 1_000,
    max_characters: Annotated[int, typer.Option(min=1, help="Of a sentence.")] = 5_000,
    max_waiting: Annotated[int, typer.Option(min=1, help="Sentences that wait, of all requests together.")] = 10_000,
) -> None:
    """Label sentences by HTTP: POST /label; GET /docs explains.

    Requests that arrive together share a batch. Beyond the limits they are refused, and the server goes on.
    """
    from framing.serving import Limits
    from framing.serving import serve as run

    def announce(address: str) -> None:
        typer.echo(f"{address} (POST {address}/label, described at {address}/docs)")
        typer.echo("serving; Ctrl-C stops when what is under way is answered")

    limits = Limits(max_bytes, max_sentences, max_characters, max_waiting)
    run(
        model, host=host, port=port, token=token, origins=allow_origin or (), limits=limits, engine=engine,
        announce=announce,
    )  # fmt: skip
