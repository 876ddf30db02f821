"""Who may open and change what: Host and Origin checks, signed forms, coders' keys, size limits, headers.

The threats: a page on another site that makes the coder's browser send forms (CSRF) or, by rebinding its name to
this machine, read (Host); somebody in the same network (keys); a coder who is curious about another's answers (a key
for each); markup in articles (content policy, beside escaping).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framing.listening import names_server

MAX_BODY = 64 * 1024  # bytes
COOKIE_SECONDS = 90 * 24 * 3600
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

Form = Mapping[str, list[str]]


@dataclass(frozen=True)
class Guard:
    """Keys of coders and of forms; to it the adjudicator's seat is one more coder.

    Parameters
    ----------
    secret : bytes
        Signs forms and links; kept in the database, so that both outlive a restart of the server. A coder who has
        a link can therefore not find out the token, and with it the others' links, by trying.
    token : str, optional
        Another one makes all links void. Without one every page is open to who can reach the server.
    """

    secret: bytes
    token: str | None = None

    def key(self, coder: str) -> str:
        """The secret part of a coder's link."""
        return _sign(self.secret, "link", self.token or "", coder)

    def admits(self, request: Request, coder: str) -> bool:
        """Whether the request comes from this coder, by the cookie that their link set."""
        if self.token is None:
            return True
        return hmac.compare_digest(request.cookies.get(self._cookie(coder), "").encode(), self.key(coder).encode())

    def let_in(self, response: Response, coder: str, key: str) -> None:
        """Set the coder's cookie.

        Raises
        ------
        HTTPException
            403 if the key is not theirs.
        """
        if self.token is None or not hmac.compare_digest(key.encode(), self.key(coder).encode()):
            raise HTTPException(403, "This link is not valid. Ask for your link again.")
        response.set_cookie(
            self._cookie(coder), self.key(coder), max_age=COOKIE_SECONDS, httponly=True, samesite="strict"
        )

    def form_key(self, coder: str) -> str:
        """What a coder's forms carry to show that they are this server's."""
        return _sign(self.secret, "form", coder)

    async def form(self, request: Request, coder: str) -> Form:
        """Fields of a form that this server gave to this coder.

        Raises
        ------
        HTTPException
            403 if it comes from another site or is not signed, 413 if it is too long, 400 if it is no form.
        """
        if not _same_origin(request.headers):
            raise HTTPException(403, "This form was sent from another site. Nothing was saved.")
        try:
            fields = parse_qs((await request.body()).decode(), keep_blank_values=True, max_num_fields=1000)
        except ValueError:
            raise HTTPException(400, "This is not a form of these pages. Nothing was saved.") from None
        if not hmac.compare_digest("".join(fields.get("key", [])).encode(), self.form_key(coder).encode()):
            raise HTTPException(403, "This form is not of this server. Nothing was saved; reload the page.")
        return fields

    def _cookie(self, coder: str) -> str:
        """Another name in each database: browsers send cookies of one host to all its ports."""
        return f"coder-{_sign(self.secret, 'cookie', coder)[:16]}"


def _sign(secret: bytes, *parts: str) -> str:
    return hmac.new(secret, "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def _same_origin(headers: Headers) -> bool:
    """Browsers say where a form comes from: Origin, or else Referer. Neither is not of a browser, or is hidden."""
    source = headers.get("origin") or headers.get("referer") or ""
    try:
        return urlsplit(source).netloc == headers["host"]
    except ValueError:
        return False


class Shield:
    """Around the whole app: refuses foreign Host headers and long bodies, adds the headers.

    Parameters
    ----------
    app : ASGIApp
    host : str
        The address or name that is served, beside those of loopback.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app = app
        self.host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 421 or 413."""
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                given.update(HEADERS)
                given.setdefault("cache-control", "no-store")
            await send(message)

        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY:
                raise HTTPException(413, "This form is too long. Nothing was saved.")
            return message

        if not names_server(headers.get("host", ""), self.host):
            response = PlainTextResponse("This server does not answer to that name.", 421)
            await response(scope, receive, send_guarded)
        elif not length.isdecimal() or int(length) > MAX_BODY:
            await PlainTextResponse("This form is too long. Nothing was saved.", 413)(scope, receive, send_guarded)
        else:
            await self.app(scope, receive_bounded, send_guarded)
