"""All pages as one ASGI app."""

import sys

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from framing.codebook.page import codebook_html
from framing.errors import FramingError
from framing.web.adjudicating import adjudicating_routes
from framing.web.coding import coding_routes
from framing.web.desk import Desk
from framing.web.pages import STATIC, doors, render
from framing.web.security import Guard, Shield

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_YEAR = "max-age=31536000, immutable"  # the address carries a hash of the content


def create_app(desk: Desk, guard: Guard, *, host: str = "127.0.0.1") -> Starlette:
    """The app that serves a desk.

    Parameters
    ----------
    desk : Desk
    guard : Guard
    host : str
        Address or name under which it is served, beside those of loopback.
    """
    codebook = render("codebook", codebook=desk.codebook, content=codebook_html(desk.codebook))

    def admitted(request: Request) -> dict[str, str]:
        open_to = {seat: address for seat, address in doors(desk).items() if guard.admits(request, seat)}
        if not open_to:
            raise HTTPException(403, "These pages are for coders. Open the link you were given.")
        return open_to

    def start(request: Request) -> Response:
        open_to = admitted(request)
        if len(open_to) == 1:
            return RedirectResponse(next(iter(open_to.values())), 303)
        return HTMLResponse(render("start", codebook=desk.codebook, doors=open_to))

    def enter(request: Request) -> Response:
        # A page and no redirect: browsers keep a strict cookie back on redirects of links from elsewhere (a mail).
        seat = request.path_params["seat"]
        judges = desk.adjudicator is not None and seat == desk.judge
        name, address = desk.adjudicator if judges else seat, doors(desk).get(seat, "/")
        response = HTMLResponse(render("enter", codebook=desk.codebook, name=name, judges=judges, address=address))
        guard.let_in(response, seat, request.query_params.get("key", ""))
        return response

    def show_codebook(request: Request) -> Response:
        admitted(request)
        return HTMLResponse(codebook)

    routes = [
        Route("/", start),
        Route("/enter/{seat}", enter),
        Route("/codebook", show_codebook),
        Route("/static/{name}", _static),
        *coding_routes(desk, guard),
        *adjudicating_routes(desk, guard),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Shield, host=host)],
        exception_handlers={HTTPException: _refused, FramingError: _failed},  # type: ignore[dict-item]
    )
    app.router.redirect_slashes = False
    return app


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    return Response(STATIC[name], media_type=_TYPES[name.rpartition(".")[2]], headers={"cache-control": _YEAR})


def _refused(_request: Request, error: HTTPException) -> Response:
    what = {404: "There is no such page.", 405: "This page takes no such request."}
    detail = what.get(error.status_code, error.detail) if error.detail == _phrase(error) else error.detail
    return HTMLResponse(render("message", message=detail), error.status_code, error.headers)


def _phrase(error: HTTPException) -> str:
    return HTTPException(error.status_code).detail


def _failed(_request: Request, error: FramingError) -> Response:
    """The database or the disk failed: the operator sees why, the coder what it means."""
    print(f"error: {error}", file=sys.stderr)  # noqa: T201
    message = "The answer could not be saved. Go back and save it again; if that fails too, tell who runs the server."
    return HTMLResponse(render("message", message=message), 503)
