"""Nothing that somebody uploads is ever written to disk in the clear: it may be a face (domain.md §6).

Django keeps a large request body in a temporary file before anybody has looked at it, and a large uploaded
file in another. Here both stay in memory, and what would be too much for that is refused at the door.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Django's and Channels' own types of these differ in what is a dict and what a mapping.
AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]

# Where files are uploaded; a body for any other address has to be small.
UPLOAD_PATH = re.compile(r"/deployments/[0-9a-f-]{36}/list/")
# A browser shows a refusal only once it has sent all it wanted to send. So much is read and thrown away.
DRAINED_BYTES = 1024 * 1024 * 1024


def body_limit(path: str) -> int:
    """The largest request body, in bytes, that `path` takes."""
    is_upload = UPLOAD_PATH.fullmatch(path) is not None
    return int(settings.LFR_MAX_UPLOAD_BYTES if is_upload else settings.LFR_MAX_BODY_BYTES)


def refusal_page(path: str) -> bytes:
    """The page of a 413, without anything of the request in it."""
    return render_to_string("413.html", {"megabytes": body_limit(path) // 1024**2}).encode()


class MemoryOnlyUploadHandler(MemoryFileUploadHandler):
    """Keeps every uploaded file in memory; the only handler, so that none is left to write one to disk."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        if content_length > settings.LFR_MAX_UPLOAD_BYTES:
            raise RequestDataTooBig("the upload is over the limit")
        self.activated = True


class BodyLimitMiddleware:
    """Refuses a body that says it is too large, before anything reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if declared.isdigit() and int(declared) > body_limit(request.path):
            return HttpResponse(refusal_page(request.path), status=413)
        return self.get_response(request)


def limit_bodies(application: AsgiApplication) -> AsgiApplication:
    """The same one layer further out. Django's ASGI handler reads a body whole before its middleware runs,
    also one that does not say how long it is."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        limit = body_limit(scope["path"])
        if _declared(scope) > limit:
            await _drain(receive)
            await _refuse(scope["path"], send)
            return
        body = _CountedBody(receive, limit)
        answered = _AnswerOnce(send, body)
        await application(scope, body.receive, answered.send)
        if body.over and not answered.begun:
            if not body.ended:
                await _drain(receive)
            await _refuse(scope["path"], send)

    return limited


class _CountedBody:
    """Hands on a body up to the limit; beyond it the application hears that the client has gone."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._left = receive, limit
        self.over = self.ended = False

    async def receive(self) -> Message:
        if self.over:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        self.ended = not message.get("more_body", False)
        if self._left < 0:
            self.over = True
            return {"type": "http.disconnect"}
        return message


class _AnswerOnce:
    """Lets nothing of the application's answer through for a body that was cut off."""

    def __init__(self, send: Send, body: _CountedBody) -> None:
        self._send, self._body, self.begun = send, body, False

    async def send(self, message: Message) -> None:
        if self._body.over and not self.begun:
            return
        self.begun = True
        await self._send(message)


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _drain(receive: Receive) -> None:
    left = DRAINED_BYTES
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


async def _refuse(path: str, send: Send) -> None:
    page = refusal_page(path)
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(page)).encode()),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": page})
