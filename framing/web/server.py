"""Start the server: check the address, bind, say where it is, serve until stopped."""

import socket
import webbrowser
from collections.abc import Callable
from urllib.parse import quote

import uvicorn

from framing.errors import FramingError
from framing.web.app import create_app
from framing.web.desk import Desk
from framing.web.pages import doors
from framing.web.security import Guard, check_host


def serve(
    desk: Desk,
    *,
    host: str = "127.0.0.1",
    port: int = 8100,
    token: str | None = None,
    open_browser: bool = False,
    announce: Callable[[dict[str, str]], None],
) -> None:
    """Serve the pages of a desk until Ctrl-C.

    Parameters
    ----------
    desk : Desk
    host, port : str, int
        Where to listen; port 0 takes a free one.
    token : str, optional
        Secret that the links are signed with; needed where `host` is not of this machine alone.
    open_browser : bool
        Open the first page in this machine's browser.
    announce : callable
        Called with the address of each coder, and of the adjudicator's seat, once the server listens.

    Raises
    ------
    FramingError
        If the address is refused or taken.
    """
    check_host(host, token)
    guard = Guard(desk.store.secret(), token)
    listening = _listen(host, port)
    links = _links(desk, guard, host, listening.getsockname()[1])
    config = uvicorn.Config(
        create_app(desk, guard, host=host),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )
    announce(links)
    if open_browser:
        webbrowser.open(next(iter(links.values())))
    with desk.store.held_open():
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Named TCP, else asyncio leaves Nagle's algorithm on and every page waits 40 ms.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()
    except OSError as error:
        raise FramingError(
            f"--host {host} --port {port}: cannot listen there ({error.strerror or error}); "
            "choose another port, or stop what uses this one"
        ) from None
    return listening


def _links(desk: Desk, guard: Guard, host: str, port: int) -> dict[str, str]:
    base = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if guard.token is None:
        return {seat: f"{base}{address}" for seat, address in doors(desk).items()}
    return {seat: f"{base}/enter/{quote(seat, safe='')}?key={guard.key(seat)}" for seat in doors(desk)}
