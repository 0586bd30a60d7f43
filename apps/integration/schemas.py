"""The description of the API (OpenAPI 3): which addresses are in it, and what all of them share."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from apps.integration.idempotency import HEADER
from apps.integration.problems import CONTENT_TYPE, TITLES

PREFIX = "/api/v1/"
# Which statuses beside success an operation may answer with.
EVERY = ("400", "401", "403", "404", "405", "406", "429", "500")
OF_METHOD = {
    "get": ("422",),
    "post": ("408", "409", "412", "413", "415", "422", "503"),
    "patch": ("409", "412", "413", "415", "422", "428"),
}
PROBLEM = {
    "type": "object",
    "description": "A problem detail (RFC 9457). `reasons` says everything that is wrong at once, `errors` "
    "names the fields.",
    "required": ["type", "title", "status", "detail", "instance", "reasons"],
    "properties": {
        "type": {"type": "string", "description": "urn:lfr:problem: and a code that stays."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The address, without what followed its “?”."},
        "reasons": {"type": "array", "items": {"type": "string"}},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
KEY = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "Of the client's own making, kept for 24 hours: the same request with the same key is "
    "done once, and the same answer is given again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,100}$", "minLength": 1, "maxLength": 100},
}


def only_the_api(endpoints: list[Any], **_: Any) -> list[Any]:
    """Of all addresses of the platform those of the API."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(PREFIX)]


def add_what_all_share(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:
    """Problems, the token with the scope that it needs, and the key of a write."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "description": "lfr_…"}}
    scopes = {path: view.cls.scopes for path, _, _, view in generator.endpoints or ()}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            operation["security"] = [{"token": []}]
            operation["x-required-scope"] = str(scopes[path][method])
            if method == "post":
                operation.setdefault("parameters", []).append(KEY)
            for status in (*EVERY, *OF_METHOD[method]):
                operation["responses"].setdefault(status, _problem(int(status)))
    return result


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": TITLES[status], "content": {CONTENT_TYPE: {"schema": schema}}}


@cache
def openapi_yaml() -> bytes:
    """The whole description. It is the same for everybody, so it is made once a process."""
    made = SchemaGenerator().get_schema(request=None, public=True)
    text: bytes = OpenApiYamlRenderer().render(made, renderer_context={})
    return text
