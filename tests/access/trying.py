"""One cell of the table, really tried: what somebody asked, and what word the answer comes to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.access.inventory import URLCONF, Address
from tests.access.stage import ALWAYS
from tests.access.table import CONFIRM, HIDDEN, PUBLIC, SIGN_IN, YES, Route

# A rule about the thing, not about the person: they were past the door.
PAST_THE_DOOR = frozenset({400, 409, 410, 422})
SIGNING_IN = ("/sign-in/", "/account/")
CONFIRMING = "/sign-in/confirm/"
# What differs from one answer to the next whatever was asked.
FLEETING = (
    re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"'),
    re.compile(rb'nonce="[^"]*"'),
    # What was said to this person on an earlier page is not about this one.
    re.compile(rb'<div class="message message--.*?</div>', re.DOTALL),
    re.compile(rb'"server_time": ?"[^"]*"'),
    re.compile(rb'"(?:instance|request_id|trace_id)": ?"[^"]*"'),
)
COMPARED = ("Content-Type", "Cache-Control", "Location", "Content-Disposition", "Allow", "WWW-Authenticate")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    past: frozenset[int] = PAST_THE_DOOR
    # As it came, with everything that is taken out of `body`.
    raw: bytes = field(default=b"", compare=False, repr=False)

    @property
    def location(self) -> str:
        return dict(self.headers).get("Location", "")

    @property
    def word(self) -> str:
        if 300 <= self.status < 400 and self.location.startswith(CONFIRMING):
            return CONFIRM
        if 300 <= self.status < 400 and self.location.startswith(SIGNING_IN):
            return SIGN_IN
        return YES if self.status < 400 or self.status in self.past else str(self.status)


def path_of(address: Address, values: Mapping[str, Any], row: Route) -> str:
    """`row.ids` says which of the thing's values goes into which name of the address, where they differ."""
    known = {**ALWAYS, **values}
    kwargs = {name: row.fixed.get(name) or known[row.ids.get(name, name)] for name in address.ids}
    if not address.is_named:
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(kwargs[found[1]]), address.pattern)
    return reverse(address.name, urlconf=URLCONF, kwargs=kwargs)


def ask(
    client: Client,
    row: Route,
    path: str,
    *,
    method: str = "",
    values: Mapping[str, Any] | None = None,
    token: str = "",
) -> Answer:
    """The answer, with everything taken out that names the thing asked for or changes by itself."""
    headers = {"accept": row.accept} if row.accept else {}
    if row.token_scope:
        headers |= {"idempotency-key": uuid4().hex, **row.headers}
    if token:
        headers["authorization"] = f"Bearer {token}"
    method = (method or row.method).lower()
    target = f"{path}?{row.query}" if row.query else path
    send: dict[str, Any] = {}
    if method != "get":
        send = {"data": {name: _filled(text, values) for name, text in row.send.items()}}
        for name, content in row.files.items():
            send["data"][name] = SimpleUploadedFile(f"{name}.txt", content.encode())
        if not row.files and (row.token_scope or row.accept == "application/json" or method != "post"):
            send["content_type"] = "application/json"
    response = getattr(client, method)(target, headers=headers, **send)
    body = b"".join(response) if response.streaming else response.content
    return Answer(
        response.status_code,
        tuple((name, _without(response[name], values)) for name in COMPARED if name in response),
        _faded(body, values),
        PAST_THE_DOOR | {*row.past},
        body,
    )


def _body_of(response: Any) -> bytes:
    if not response.streaming:
        return bytes(response.content)
    if not response.is_async:
        return b"".join(response.streaming_content)

    async def drained() -> bytes:
        return b"".join([chunk async for chunk in response.streaming_content])

    return async_to_sync(drained)()


def _filled(text: Any, values: Mapping[str, Any] | None) -> Any:
    """A field of a form that names the thing: "{job_id}"."""
    return text.format(**(values or {})) if isinstance(text, str) and "{" in text else text


def _without(text: str, values: Mapping[str, Any] | None) -> str:
    for name, forms in _named(values):
        for form in forms:
            text = text.replace(form, f"<{name}>")
    return text


def _faded(body: bytes, values: Mapping[str, Any] | None) -> bytes:
    for pattern in FLEETING:
        body = pattern.sub(b"", body)
    for name, forms in _named(values):
        for form in forms:
            body = body.replace(form.encode(), f"<{name}>".encode())
    return b"\n".join(line.strip() for line in body.splitlines() if line.strip())


def _named(values: Mapping[str, Any] | None) -> Iterator[tuple[str, set[str]]]:
    """How an answer may write what was asked for."""
    for name, value in (values or {}).items():
        if isinstance(value, int):
            yield name, {f"/{value}/"}
        elif name not in ALWAYS:
            yield name, {str(value), quote(str(value)), getattr(value, "hex", str(value))}


def fits(word: str, expected: str) -> bool:
    """`hidden` and `public` are answers too; what is in them is looked at elsewhere."""
    return word == (YES if expected in (HIDDEN, PUBLIC) else expected)


def path_of_socket(pattern: str, values: Mapping[str, Any]) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), pattern)
