"""The ``framing`` command. Heavy imports are inside the commands, so that ``--help`` is quick."""

import os
from typing import Any

import typer
from typer.core import TyperGroup

import framing
from framing.cli import (
    adjudicate,
    agreement,
    annotate,
    codebook,
    curve,
    demo,
    exchange,
    ingest,
    leakage,
    model,
    quality,
    report,
    sample,
    serve,
)
from framing.errors import FramingError


class _Commands(TyperGroup):
    """Errors a user can mend, and Ctrl-C, become one line on standard error."""

    def invoke(self, ctx: Any) -> object:
        try:
            return super().invoke(ctx)
        except FramingError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(2) from None
        except BrokenPipeError:
            raise  # whoever read the output has seen enough (as head does): typer ends quietly
        except OSError as error:
            typer.echo(f"error: {error}; free some space or mend the permissions, then run it again", err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            typer.echo("stopped; nothing half-written was left behind", err=True)
            raise typer.Exit(130) from None


app = typer.Typer(
    name="framing",
    cls=_Commands,
    help="How do outlets frame an issue, and are the differences real?\n\n"
    "articles -> ingest -> corpus -> train -> model -> label -> labels -> evaluate, compare -> report",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
demo.register(app)
app.add_typer(codebook.app, name="codebook")
ingest.register(app)
sample.register(app)
agreement.register(app)
annotate.register(app)
exchange.register(app)
adjudicate.register(app)
curve.register(app)
model.register(app)
serve.register(app)
quality.register(app)
report.register(app)
leakage.register(app)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"framing {framing.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    pass


def main() -> None:
    """Run the command line; an error a user can mend gives exit status 2, Ctrl-C 130."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # Threads that wait give way: on a shared machine spinning ones slow training several times, on a quiet one it
    # makes no difference.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    app()
