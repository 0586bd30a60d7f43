"""A system that knows who is wanted, on this machine: it answers, or misbehaves as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Knowing:
    """`says` answers by reference, "wanted" without; `manner` is how it misbehaves."""

    url: str = ""
    checked_at: str = ""
    says: dict[str, str] = field(default_factory=dict)
    manner: str = "answers"
    keys: list[str | None] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving() -> Iterator[Knowing]:
    known = Knowing()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            references = json.loads(body)["references"]
            known.keys.append(self.headers.get("Authorization"))
            known.asked.append(references)
            people = [
                {"reference": each, "status": known.says.get(each, "wanted"), "checked_at": known.checked_at}
                for each in references
            ]
            getattr(self, known.manner)(json.dumps({"people": people}).encode())

        def answers(self, body: bytes, status: int = 200, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def fails(self, body: bytes) -> None:
            self.answers(body, status=503)

        def is_a_page(self, body: bytes) -> None:
            self.answers(body, kind="text/html")

        def breaks_off(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:-5])

        def leads_away(self, body: bytes) -> None:
            self.send_response(307)
            self.send_header("Location", known.url + "elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def is_huge(self, body: bytes) -> None:
            self.answers(b" " * (4 * 1024 * 1024 + 10) + body)

        def is_deep(self, body: bytes) -> None:
            self.answers(b"[" * 200_000)

        def never_ends(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            try:
                while not known.let_go.wait(0.05):
                    self.wfile.write(b" ")
                    self.wfile.flush()
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        known.let_go.set()
        server.shutdown()
        server.server_close()
