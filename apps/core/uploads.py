"""Nothing that somebody uploads is ever written to disk in the clear: it may be a face (domain.md §6).

Django keeps a large request body in a temporary file before anybody has looked at it, and a large uploaded
file in another. Here both stay in memory, and what would be too much for that is refused at the door: a large
body is taken from signed-in people only, one of each, and from few at a time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.template.loader import render_to_string

from apps.core.headers import CONTENT_SECURITY_POLICY

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Django's and Channels' own types of these differ in what is a dict and what a mapping.
AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]

# Where files are uploaded; a body for any other address has to be small.
UPLOAD_PATH = re.compile(r"/deployments/[0-9a-f-]{36}/(list|signs)/|/assessments/new/|/force/map/")
# A browser shows a refusal only once it has sent all it wanted to send. So much is read and thrown away.
DRAINED_BYTES = 1024 * 1024 * 1024
# Whoever made up a cookie is known by its shape, without asking the database.
SESSION_KEY = re.compile(r"[a-z0-9]{32}")
RETRY_AFTER_S = 60


class Why(StrEnum):
    """Why a body is refused; the template has the words."""

    TOO_LARGE = "too_large"
    SIGNED_OUT = "signed_out"
    BUSY = "busy"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Uploads:
    """Another place where large bodies are taken: who sends one, by the scope and in the database, and how a
    refusal is told under `prefix`."""

    path: re.Pattern[str]
    identify: Callable[[Scope], str | None]
    prefix: str
    refusal: Callable[[Why, str], bytes]
    content_type: str


# Registered by upper apps as they start (AppConfig.ready).
_others: list[Uploads] = []


def accept(
    *,
    path: re.Pattern[str],
    identify: Callable[[Scope], str | None],
    prefix: str,
    refusal: Callable[[Why, str], bytes],
    content_type: str,
) -> None:
    """Take large bodies at `path` too, from whom `identify` knows."""
    _others.append(Uploads(path, identify, prefix, refusal, content_type))


def _other(path: str) -> Uploads | None:
    return next((each for each in _others if each.path.fullmatch(path)), None)


STATUS = {Why.TOO_LARGE: 413, Why.SIGNED_OUT: 413, Why.BUSY: 503, Why.STOPPED: 408}


def body_limit(path: str) -> int:
    """The largest request body, in bytes, that `path` takes from anybody at all."""
    is_upload = UPLOAD_PATH.fullmatch(path) is not None or _other(path) is not None
    return int(settings.LFR_MAX_UPLOAD_BYTES if is_upload else settings.LFR_MAX_BODY_BYTES)


def refusal_page(why: Why, limit: int) -> bytes:
    """A page without anything of the request in it."""
    return render_to_string("upload_refused.html", {"why": why, "megabytes": limit // 1024**2}).encode()


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
        declared, limit = request.META.get("CONTENT_LENGTH") or "0", body_limit(request.path)
        if declared.isdigit() and int(declared) > limit:
            return HttpResponse(refusal_page(Why.TOO_LARGE, limit), status=STATUS[Why.TOO_LARGE])
        return self.get_response(request)


def limit_bodies(application: AsgiApplication) -> AsgiApplication:
    """The same one layer further out. Django's ASGI handler reads a body whole before its middleware runs,
    also one that does not say how long it is, and before anybody knows who sends it."""
    door = _Door()

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        person = await _person_sending(scope) if _may_be_large(scope) else None
        if person is None:
            why = Why.SIGNED_OUT if _may_be_large(scope) else Why.TOO_LARGE
            body = _CountedBody(receive, settings.LFR_MAX_BODY_BYTES, seconds=settings.LFR_SMALL_BODY_SECONDS)
            cut_off = await _is_cut_off(application, scope, body, send)
            refused = (Why.STOPPED if body.stopped else why) if cut_off else None
        else:
            body = _CountedBody(
                receive, settings.LFR_MAX_UPLOAD_BYTES, seconds=settings.LFR_LARGE_BODY_SECONDS
            )
            refused = await _through_door(application, door, scope, body, send, person)
        # Outside the door: what is thrown away takes nobody's place.
        if refused is not None:
            await _refuse(scope, body, send, refused)

    return limited


async def _through_door(
    application: AsgiApplication, door: _Door, scope: Scope, body: _CountedBody, send: Send, person: str
) -> Why | None:
    with door.held_by(person) as is_inside:
        if not is_inside:
            return Why.BUSY
        if not await _is_cut_off(application, scope, body, send):
            return None
    return Why.STOPPED if body.stopped else Why.TOO_LARGE


async def _is_cut_off(application: AsgiApplication, scope: Scope, body: _CountedBody, send: Send) -> bool:
    """Run the application on a body up to its limit. Whether the body was cut off and nothing is answered."""
    if _declared(scope) > body.limit:
        return True
    answered = _AnswerOnce(send, body)
    await application(scope, body.receive, answered.send)
    return body.is_cut and not answered.begun


class _Door:
    """Who is sending a large body right now: few at a time in this process, and each person one.

    One each, so that nobody keeps the others out; their own second press waits for the first.
    """

    def __init__(self) -> None:
        self._inside: set[str] = set()

    @contextmanager
    def held_by(self, person: str) -> Iterator[bool]:
        """Whether there is room for this person. It is kept until the application has answered."""
        if person in self._inside or len(self._inside) >= settings.LFR_MAX_LARGE_BODIES:
            yield False
            return
        self._inside.add(person)
        try:
            yield True
        finally:
            self._inside.discard(person)


def _may_be_large(scope: Scope) -> bool:
    """Whether more than a small body may follow. Nobody else is asked who they are."""
    path = scope["path"]
    if scope["method"] != "POST" or not (UPLOAD_PATH.fullmatch(path) or _other(path)):
        return False
    declared = _declared(scope, missing=settings.LFR_MAX_UPLOAD_BYTES)
    return bool(declared > settings.LFR_MAX_BODY_BYTES)


async def _person_sending(scope: Scope) -> str | None:
    """Who is signed in with the session of this request; None for a stranger. Nothing of the body is read."""
    other = _other(scope["path"])
    if other is not None:
        async with ThreadSensitiveContext():
            sender: str | None = await database_sync_to_async(other.identify)(scope)
        return sender
    cookies = b"; ".join(value for name, value in scope["headers"] if name.lower() == b"cookie")
    key = parse_cookie(cookies.decode("latin-1")).get(settings.SESSION_COOKIE_NAME, "")
    if not SESSION_KEY.fullmatch(key):
        return None
    async with ThreadSensitiveContext():  # a thread of its own, as Django gives a request
        person: str | None = await database_sync_to_async(_person_of_session)(key)
    return person


def _person_of_session(key: str) -> str | None:
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return str(user.pk) if user.is_authenticated else None


class _CountedBody:
    """Hands on a body up to the limit, and for `seconds` at most; beyond it the application hears that the
    client has gone."""

    def __init__(self, receive: Receive, limit: int, *, seconds: float | None = None) -> None:
        self.raw_receive, self.limit = receive, limit
        self._left, self._seconds = limit, seconds
        self._deadline: float | None = None
        self.over = self.stopped = self.ended = False

    @property
    def is_cut(self) -> bool:
        return self.over or self.stopped

    async def receive(self) -> Message:
        if self.is_cut:
            return {"type": "http.disconnect"}
        if self.ended:  # what comes now is that the client goes, whenever that is
            return await self.raw_receive()
        try:
            message = await self._in_time()
        except TimeoutError:
            self.stopped = True
            return {"type": "http.disconnect"}
        self._left -= len(message.get("body", b""))
        self.ended = not message.get("more_body", False)
        if self._left < 0:
            self.over = True
            return {"type": "http.disconnect"}
        return message

    async def _in_time(self) -> Message:
        if self._seconds is None:
            return await self.raw_receive()
        now = asyncio.get_running_loop().time()
        if self._deadline is None:
            self._deadline = now + self._seconds
        # A pause ends it much sooner than slowness: it is a connection that nobody holds any more.
        patience = min(self._deadline - now, settings.LFR_LARGE_BODY_PAUSE_SECONDS)
        async with asyncio.timeout(patience):
            return await self.raw_receive()


class _AnswerOnce:
    """Lets nothing of the application's answer through for a body that was cut off."""

    def __init__(self, send: Send, body: _CountedBody) -> None:
        self._send, self._body, self.begun = send, body, False

    async def send(self, message: Message) -> None:
        if self._body.is_cut and not self.begun:
            return
        self.begun = True
        await self._send(message)


def _declared(scope: Scope, *, missing: int = 0) -> int:
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit():
            return int(value)
    return missing


async def _drain(receive: Receive) -> None:
    left = DRAINED_BYTES
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


async def _refuse(scope: Scope, body: _CountedBody, send: Send, why: Why) -> None:
    if not body.ended and not body.stopped:
        await _drain(body.raw_receive)
    told = next((each for each in _others if scope["path"].startswith(each.prefix)), None)
    page = refusal_page(why, body.limit) if told is None else told.refusal(why, scope["path"])
    headers = [
        (b"content-type", b"text/html; charset=utf-8" if told is None else told.content_type.encode()),
        (b"content-length", str(len(page)).encode()),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    if why is Why.BUSY:
        headers.append((b"retry-after", str(RETRY_AFTER_S).encode()))
    await send({"type": "http.response.start", "status": STATUS[why], "headers": headers})
    await send({"type": "http.response.body", "body": page})
