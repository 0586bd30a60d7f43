"""POSTs through an ASGI application as it is served, chunk by chunk, without Django's test client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LIST = "/deployments/00000000-0000-4000-8000-00000000000d/list/"
MB = 1024 * 1024


def multipart(content: bytes, *, further: bytes = b"") -> bytes:
    head = (
        b"--frontier\r\n"
        b'Content-Disposition: form-data; name="archive"; filename="list.zip"\r\n'
        b"Content-Type: application/zip\r\n\r\n"
    )
    return further + head + content + b"\r\n--frontier--\r\n"


@dataclass
class Post:
    """One request. `declared` None sends chunks of unknown total length; `stops` never sends the last one."""

    body: bytes
    path: str = LIST
    declared: int | None = None
    chunk: int = MB
    cookie: str = ""
    stops: bool = False
    answers: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        starts = range(0, len(self.body), self.chunk)
        self.unread = [self.body[at : at + self.chunk] for at in starts]

    @property
    def scope(self) -> dict[str, Any]:
        headers = [(b"host", b"testserver"), (b"content-type", b"multipart/form-data; boundary=frontier")]
        headers += [] if self.declared is None else [(b"content-length", str(self.declared).encode())]
        headers += [(b"cookie", self.cookie.encode())] if self.cookie else []
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
        }

    async def receive(self) -> dict[str, Any]:
        if len(self.unread) > (1 if self.stops else 0):
            return {"type": "http.request", "body": self.unread.pop(0), "more_body": bool(self.unread)}
        await asyncio.Event().wait()
        raise AssertionError("nothing wakes this up")

    async def send(self, message: dict[str, Any]) -> None:
        self.answers.append(message)

    async def to(self, application: Callable[..., Any]) -> Post:
        await application(self.scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        return int(self.answers[0]["status"])

    @property
    def page(self) -> str:
        return b"".join(message.get("body", b"") for message in self.answers).decode()

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.answers[0]["headers"] if key.lower() == name.encode()]
        return found[0].decode() if found else None
