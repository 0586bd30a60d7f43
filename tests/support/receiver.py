"""A system of a force that is told of events, on this machine: it acknowledges, or misbehaves as told."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Message:
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.raw)

    def is_signed_by(self, number: int, key: str) -> bool:
        """As docs/reference/webhooks.md tells a receiver to check it."""
        signed = dict(part.split("=") for part in self.headers["LFR-Signature"].split(","))
        told = f"{self.headers['LFR-Timestamp']}.".encode() + self.raw
        expected = hmac.new(key.encode(), told, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, signed.get(f"k{number}", ""))


@dataclass
class Receiver:
    url: str = ""
    # A status to answer with; None: no answer until `let_go`.
    answer: int | None = 204
    messages: list[Message] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def events(self) -> list[str]:
        return [message.body["event"] for message in self.messages]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.messages.append(Message(dict(self.headers.items()), raw))
            if receiver.answer is None:
                receiver.let_go.wait(20)
                return
            self.send_response(receiver.answer)
            self.send_header("Location", receiver.url + "elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
