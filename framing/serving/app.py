"""The endpoints as one ASGI app, and what comes before them: names, keys, sizes."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framing.classifier.base import Classifier
from framing.listening import names_server
from framing.progress import silent
from framing.serving.batching import Batcher, Labels
from framing.serving.messages import Health, Limits, Model, Problem, Refused, answer, read_request
from framing.serving.openapi import CONTENT_POLICY, docs_page, openapi_json

BODY_SECONDS = 30  # for the body of a request to come in
_PASSED_OVER = 16  # times the limit that are read of too long a body, so that its sender gets to read the answer


def create_app(
    classifier: Classifier,
    limits: Limits | None = None,
    *,
    host: str = "127.0.0.1",
    token: str | None = None,
    origins: Sequence[str] = (),
) -> Starlette:
    """The app that serves a classifier.

    Parameters
    ----------
    classifier : Classifier
        Fitted and saved, or loaded.
    limits : Limits, optional
    host : str
        Address or name under which it is served, beside those of loopback.
    token : str, optional
        Key that requests for labels must bring.
    origins : sequence of str
        Origins whose pages may use it from a browser, as ``https://tool.example.org``.
    """
    limits = limits or Limits()
    model = Model.of(classifier)

    def label(texts: Sequence[str], previous: Sequence[str]) -> Labels:
        with silent():
            probabilities = classifier.label_probabilities(texts, previous)
        return probabilities, classifier.decide(probabilities)

    batcher = Batcher(label, limits.waiting)

    async def label_sentences(request: Request) -> Response:
        _check_key(request.headers, token)
        asked = read_request(await _read_body(request, limits.body_bytes), limits)
        labels = await batcher.submit([one.text for one in asked.sentences], [one.previous for one in asked.sentences])
        return _json(answer(model, classifier.labels, asked, *labels).model_dump_json())

    async def health(_request: Request) -> Response:
        return _json(Health(status="ok", model=model, waiting=batcher.waiting).model_dump_json())

    reads_articles = classifier.article_context is not None
    page = docs_page(model, classifier.codebook, limits, keyed=token is not None, reads_articles=reads_articles)
    document = openapi_json(model, limits, keyed=token is not None)

    async def docs(_request: Request) -> Response:
        return HTMLResponse(page, headers={"content-security-policy": CONTENT_POLICY})

    async def openapi(_request: Request) -> Response:
        return _json(document)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        work = asyncio.create_task(batcher.work())
        yield
        work.cancel()
        batcher.close()

    app = Starlette(
        routes=[
            Route("/label", label_sentences, methods=["POST"]),
            Route("/health", health),
            Route("/openapi.json", openapi),
            Route("/", docs),
            Route("/docs", docs),
        ],
        middleware=[
            Middleware(_NameCheck, host=host),
            Middleware(
                CORSMiddleware,
                allow_origins=tuple(origins),
                allow_methods=("GET", "POST"),
                allow_headers=("authorization", "content-type"),
                expose_headers=("retry-after",),
                allow_private_network=bool(origins),
            ),
        ],
        exception_handlers={Refused: _refused, HTTPException: _not_there, ClientDisconnect: _gone},  # type: ignore[dict-item]
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


class _NameCheck:
    """Around the whole app: refuses foreign Host headers, and lets no answer be taken for what it is not."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app, self.host = app, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-content-type-options"] = "nosniff"
                headers.setdefault("cache-control", "no-store")
            await send(message)

        name = Headers(scope=scope).get("host", "") if scope["type"] == "http" else None
        if name is None or names_server(name, self.host):
            await self.app(scope, receive, send_guarded)
        else:
            problem = Problem(where="Host", expected=self.host, found=name[:100])
            await _failure(Refused(421, "This server does not answer to that name.", [problem]))(
                scope, receive, send_guarded
            )


def _check_key(headers: Headers, token: str | None) -> None:
    given = headers.get("authorization", "")
    if token is not None and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        problem = Problem(where="Authorization", expected="Bearer TOKEN", found="another key" if given else "no key")
        raise Refused(401, "Send the key that the server was started with.", [problem], {"www-authenticate": "Bearer"})


async def _read_body(request: Request, limit: int) -> bytes:
    """Body of a request, of which no more than `limit` bytes are ever held.

    A form cannot be of this type, so that browsers ask before they send it from a page of another origin.
    """
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "application/json":
        problem = Problem(where="Content-Type", expected="application/json", found=kind[:100] or "nothing")
        raise Refused(415, "Send JSON, with the header Content-Type: application/json.", [problem])
    body, received = bytearray(), 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                received += len(part)
                if received <= limit:
                    body += part
                elif received > _PASSED_OVER * limit:
                    break
    except TimeoutError:
        problem = Problem(where="body", expected=f"within {BODY_SECONDS} s", found=f"{received:,} bytes so far")
        raise Refused(408, "The body came too slowly.", [problem], {"connection": "close"}) from None
    if received > limit:
        problem = Problem(where="body", expected=f"at most {limit:,} bytes", found=f"{received:,} bytes or more")
        raise Refused(413, "The body is too long; send the sentences in several requests.", [problem])
    return bytes(body)


def _json(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, headers, media_type="application/json")


def _failure(refused: Refused) -> Response:
    return _json(refused.failure.model_dump_json(), refused.status, refused.headers)


async def _refused(_request: Request, refused: Refused) -> Response:
    return _failure(refused)


async def _not_there(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == 405:
        problem = Problem(where="method", expected=headers.get("Allow", ""), found=request.method)
        return _failure(Refused(405, f"{request.url.path} takes no such request.", [problem], headers))
    problem = Problem(where="path", expected="/label, /health, /docs or /openapi.json", found=request.url.path[:100])
    return _failure(Refused(error.status_code, "There is nothing at this path.", [problem], headers))


async def _gone(_request: Request, _error: ClientDisconnect) -> Response:
    """Nobody reads this: the client left before its request was whole."""
    return Response(status_code=400)
