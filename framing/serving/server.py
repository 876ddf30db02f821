"""Start the server: check the address, load the model, bind, say where it is, serve until stopped."""

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from framing.classifier import load_classifier
from framing.engine import EngineName, accelerate
from framing.errors import FramingError
from framing.listening import address, check_host, listen, server
from framing.serving.app import create_app
from framing.serving.messages import Limits

CONNECTIONS = 512
_SECONDS_TO_STOP = 15


def serve(
    model: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8200,
    token: str | None = None,
    origins: Sequence[str] = (),
    limits: Limits | None = None,
    engine: EngineName = "auto",
    announce: Callable[[str], None],
) -> None:
    """Serve a model until Ctrl-C or SIGTERM; requests under way are answered before it stops.

    Parameters
    ----------
    model : str or Path
        Model folder, or name of a shipped model.
    host, port : str, int
        Where to listen; port 0 takes a free one.
    token : str, optional
        Key that requests for labels must bring; needed where `host` is not of this machine alone.
    origins : sequence of str
        Origins whose pages may use the server from a browser; none by default.
    limits : Limits, optional
    engine : {"auto", "torch", "openvino", "int8"}
        What computes, see `framing.engine.accelerate`; a faster form is made once, before the server listens.
    announce : callable
        Called with the server's address once it listens.

    Raises
    ------
    FramingError
        If the address is refused or taken, an origin is none, or the model cannot be loaded.
    """
    check_host(host, token)
    for origin in origins:
        _check_origin(origin)
    classifier = load_classifier(model)
    accelerate(classifier, engine)
    app = create_app(classifier, limits, host=host, token=token, origins=origins)
    made = server(app, lifespan="on", seconds_to_stop=_SECONDS_TO_STOP, connections=CONNECTIONS)
    with listen(host, port) as listening:
        announce(address(host, listening))
        made.run(sockets=[listening])


def _check_origin(origin: str) -> None:
    parts = urlsplit(origin)
    if not (parts.scheme and parts.netloc) or origin != f"{parts.scheme}://{parts.netloc}":
        raise FramingError(
            f"--allow-origin {origin}: expected scheme and host without a path, as https://tool.example.org; name each"
        )
