"""The endpoints described: OpenAPI 3.1 for programs, a page that loads nothing for people."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic.json_schema import models_json_schema

import framing
from framing.codebook import Codebook
from framing.serving.messages import Failure, Health, LabelAnswer, LabelRequest, Limits, Model

_HERE = Path(__file__).parent
_STYLE = (_HERE / "docs.css").read_text(encoding="utf-8")
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
CONTENT_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
FAILURES = {
    400: "The body is not JSON.",
    401: "The key is missing or wrong (only where the server was started with a token).",
    408: "The body came too slowly.",
    413: "The body is too long.",
    415: "The body is not declared as JSON.",
    421: "The Host header names another server.",
    422: "The JSON does not fit; all that is amiss is named.",
    500: "The classifier failed on these sentences.",
    503: "Too many sentences wait; the header Retry-After says for how many seconds to wait.",
}
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def openapi_json(model: Model, limits: Limits, *, keyed: bool) -> str:
    """The OpenAPI document as JSON.

    Parameters
    ----------
    model : Model
    limits : Limits
        They stand in the schema of the request.
    keyed : bool
        Whether requests for labels need a key.
    """
    _, definitions = models_json_schema(
        [(LabelRequest, "validation"), *((one, "serialization") for one in (LabelAnswer, Health, Failure))],
        ref_template="#/components/schemas/{model}",
    )
    schemas = definitions["$defs"]
    _put_limits(schemas, limits)
    label: dict[str, Any] = {
        "summary": "Label sentences",
        "requestBody": {"required": True, "content": _content("LabelRequest")},
        "responses": {"200": _response("Labels, in the order of the sentences.", "LabelAnswer")}
        | {str(status): _response(what, "Failure") for status, what in FAILURES.items()},
    }
    health = {"summary": "Is it up?", "responses": {"200": _response("It is.", "Health")}}
    components: dict[str, Any] = {"schemas": schemas}
    if keyed:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        label["security"] = [{"token": []}]
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": f"framing: {model.name}", "version": framing.__version__},
            "paths": {"/label": {"post": label}, "/health": {"get": health}},
            "components": components,
        }
    )


def _put_limits(schemas: dict[str, Any], limits: Limits) -> None:
    schemas["LabelRequest"]["properties"]["sentences"]["maxItems"] = limits.sentences
    fields = schemas["Sentence"]["properties"]
    fields["text"] |= {"minLength": 1, "maxLength": limits.characters}
    fields["previous"]["maxLength"] = limits.characters


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _response(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": _content(schema)}


def docs_page(model: Model, codebook: Codebook, limits: Limits, *, keyed: bool, reads_articles: bool) -> str:
    """The page for people, one file.

    Parameters
    ----------
    model : Model
    codebook : Codebook
    limits : Limits
    keyed : bool
        Whether requests for labels need a key.
    reads_articles : bool
        Whether the model has other probabilities for sentences that come with their article.
    """
    return _TEMPLATES.get_template("docs.html.j2").render(
        style=Markup(_STYLE),  # noqa: S704 - our own file
        model=model,
        codebook=codebook,
        limits=limits,
        keyed=keyed,
        reads_articles=reads_articles,
        failures=FAILURES,
    )
