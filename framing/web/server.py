"""Start the server: check the address, bind, say where it is, serve until stopped."""

import webbrowser
from collections.abc import Callable
from urllib.parse import quote

from framing.listening import address, check_host, listen, server
from framing.web.app import create_app
from framing.web.desk import Desk
from framing.web.pages import doors
from framing.web.security import Guard


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
    listening = listen(host, port)
    links = _links(desk, guard, address(host, listening))
    announce(links)
    if open_browser:
        webbrowser.open(next(iter(links.values())))
    with desk.store.held_open():
        server(create_app(desk, guard, host=host)).run(sockets=[listening])


def _links(desk: Desk, guard: Guard, base: str) -> dict[str, str]:
    if guard.token is None:
        return {seat: f"{base}{path}" for seat, path in doors(desk).items()}
    return {seat: f"{base}/enter/{quote(seat, safe='')}?key={guard.key(seat)}" for seat in doors(desk)}
