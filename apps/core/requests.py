"""Requests whose shape alone could hurt: headers by the megabyte, JSON nested until the parser gives up."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

Scope = MutableMapping[str, Any]
AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]

JSON_TYPES = re.compile(r"application/([\w.-]+\+)?json", re.IGNORECASE)
# Strings out of the way, brackets are all that is left to count.
JSON_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
TOO_LARGE = b"The headers of this request are too large. Delete the cookies of this site and try again.\n"


class JsonDepthMiddleware:
    """Refuses (400) JSON that is nested deeper than anything here is: Python's parser answers such a body
    with RecursionError, which no view expects."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_json = JSON_TYPES.fullmatch(request.content_type or "")
        if is_json and json_depth(request.body) > settings.LFR_MAX_JSON_DEPTH:
            raise SuspiciousOperation("JSON nested too deeply")
        return self.get_response(request)


def json_depth(body: bytes) -> int:
    """How deep brackets are nested, without parsing."""
    depth = deepest = 0
    for byte in JSON_STRING.sub(b"", body):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def limit_headers(application: AsgiApplication) -> AsgiApplication:
    """Answers 431 to more headers, or larger ones, than a browser of ours sends."""

    async def limited(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not _too_large(scope):
            await application(scope, receive, send)
            return
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(TOO_LARGE)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 431, "headers": headers})
        await send({"type": "http.response.body", "body": TOO_LARGE})

    return limited


def _too_large(scope: Scope) -> bool:
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    size += len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
    return len(headers) > settings.LFR_MAX_HEADERS or size > settings.LFR_MAX_HEADER_BYTES
