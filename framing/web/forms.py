"""What all forms have in common: checked before they are handled, sent twice but kept once."""

from collections.abc import Awaitable, Callable
from math import isfinite
from time import time

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from framing.web.desk import Desk
from framing.web.security import Form, Guard

SENT_BEFORE = (
    "This form was sent before with another answer, which is kept. Yours is below: save it to replace that one."
)
_STALE = (
    "The codebook was changed while the server was running, so that this page is of the old one. Nothing was saved. "
    "Whoever runs the server must start it again."
)


def on_form(
    guard: Guard, seat: Callable[[Request], str], handle: Callable[[Request, Form], Response]
) -> Callable[[Request], Awaitable[Response]]:
    """Read and check the form of a seat, then handle it in a thread, as the database waits for the disk."""

    async def endpoint(request: Request) -> Response:
        form = await guard.form(request, seat(request))
        return await run_in_threadpool(handle, request, form)

    return endpoint


def check_codebook(desk: Desk) -> None:
    """Stop where the codebook in use is not the one that the server was started with.

    Raises
    ------
    HTTPException
        503.
    """
    if desk.store.in_use() != desk.codebook.sha256:
        raise HTTPException(503, _STALE)


def token_of(form: Form) -> str:
    """The token that makes what the form asks for happen once.

    Raises
    ------
    HTTPException
        400 if there is none.
    """
    token = form.get("token", [""])[-1]
    if not (len(token) == 32 and token.isalnum()):
        raise HTTPException(400, "This is not a form of these pages. Nothing was saved.")
    return token


def seconds_since(form: Form) -> float | None:
    """Seconds since the form was shown, None if the form does not say when."""
    try:
        seconds = time() - float(form["shown"][-1])
    except (KeyError, ValueError):
        return None
    return max(0.0, round(seconds, 1)) if isfinite(seconds) else None
