"""What our servers share: where they may listen, which names they answer to, how they run and stop."""

import ipaddress
import socket
from typing import Literal
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from framing.errors import FramingError

MIN_TOKEN = 12  # characters
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check_host(host: str, token: str | None) -> None:
    """Refuse to listen where others can reach the server without a key.

    Raises
    ------
    FramingError
        If `host` is not of this machine alone and there is no good token, or stands for all addresses.
    """
    if token is not None and len(token) < MIN_TOKEN:
        raise FramingError(f"--token: expected {MIN_TOKEN} or more characters, found {len(token)}; choose a longer one")
    if _is_loopback(host):
        return
    if token is None:
        raise FramingError(
            f"--host {host}: others could use this server; add --token with a secret, or leave --host out"
        )
    if host in {"", "0.0.0.0", "::"}:  # noqa: S104
        raise FramingError(f"--host {host}: expected the one address or name that others will open, as 192.168.1.20")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def names_server(header: str, host: str) -> bool:
    """Whether a Host header names the server at `host`, or this machine.

    A page on another site can rebind its own name to this machine and would then be of one origin with the server, but
    its browser still sends that name.
    """
    try:
        return urlsplit(f"//{header}").hostname in {*LOOPBACK, host.lower()}
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one.

    Raises
    ------
    FramingError
        If the address is unknown or taken.
    """
    listening = None
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Named TCP, else asyncio leaves Nagle's algorithm on and every answer waits 40 ms.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()
    except OSError as error:
        if listening is not None:
            listening.close()
        raise FramingError(
            f"--host {host} --port {port}: cannot listen there ({error.strerror or error}); "
            "choose another port, or stop what uses this one"
        ) from None
    return listening


def address(host: str, listening: socket.socket) -> str:
    """URL of the server without a slash at the end."""
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server(
    app: ASGIApp, *, lifespan: Literal["on", "off"] = "off", seconds_to_stop: int = 3, connections: int | None = None
) -> uvicorn.Server:
    """A server whose ``run(sockets=[...])`` ends at Ctrl-C or SIGTERM.

    Parameters
    ----------
    app : ASGIApp
    lifespan : {"on", "off"}
        Whether the app wants to know of start and stop.
    seconds_to_stop : int
        For requests under way to end.
    connections : int, optional
        At most so many at once; more are answered with 503.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan=lifespan,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=connections,
            timeout_graceful_shutdown=seconds_to_stop,
        )
    )
