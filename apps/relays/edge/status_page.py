"""A page for whoever stands at the van: is the link up, do the cameras give pictures, is the clock right.

Reachable from this machine only, and it holds no picture, no key and no address beyond host and port. A web
page from elsewhere that is open on this machine cannot read it: a name that was re-bound to 127.0.0.1 comes
with its own Host header, which is refused.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Any, Final

from apps.relays.edge.uplink import CameraHealth
from apps.relays.edge.words import RELAY_VERSION, CaptureState, Fault

HOST: Final = "127.0.0.1"
CLOCK_TOLERANCE_MS: Final = 2000  # a fifth of what the platform takes (apps/relays/sessions.py)
_MOST_BYTES: Final = 8192
_PATIENCE_S: Final = 5.0
_AT_ONCE: Final = 8

_STYLE: Final = (
    "body{font:1.125rem/1.5 Arial,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#0b0c0c}"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;margin:0}"
    ".good,.bad{padding:.75rem 1rem;border-left:.5rem solid;font-weight:bold;overflow-wrap:anywhere}"
    ".good{border-color:#00703c;background:#eaf6ee}.bad{border-color:#d4351c;background:#fdeceb}"
    ".bad{list-style:none}.bad li+li{margin-top:.5rem}"
    "section{border:1px solid #b1b4b6;padding:1rem;margin:1rem 0}section.silent{border:.25rem solid #d4351c}"
    "dl{display:grid;grid-template-columns:minmax(8rem,1fr) 2fr;gap:.25rem 1rem;margin:.75rem 0 0}"
    "dt{color:#505a5f}dd{margin:0;overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{background:#0b0c0c;color:#fff}dt{color:#b1b4b6}"
    ".good{background:#0b3d24}.bad{background:#5c1b12}}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = (
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none';"
        " form-action 'none'",
    ),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Connection", "close"),
)
_GIVES: Final = frozenset({CaptureState.READING, CaptureState.ENDED})
_STATES: Final = {
    CaptureState.WAITING: "waiting to be opened",
    CaptureState.OPENING: "being opened",
    CaptureState.READING: "giving pictures",
    CaptureState.ENDED: "played to its end",
    CaptureState.FAILED: "cannot be played",
}
_DROPS: Final = {
    "rate": "more than the wanted rate",
    "pace": "more than the platform can use",
    "no_credit": "the platform or the link was busy",
    "no_link": "no link",
    "stale": "too old",
    "unsendable": "too large",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is shown. cameras: id, label without credentials, health."""

    linked: bool
    reason: str
    connections: int
    uptime_s: int
    offset_ms: int | None
    rtt_ms: int | None
    cameras: Sequence[tuple[str, str, CameraHealth]]

    def troubles(self) -> list[str]:
        """What is not as it should be, in words; empty when all is well."""
        found = [] if self.linked else [f"No link to the platform: {self.reason or 'connecting'}"]
        # Before the platform wants it no camera is opened at all.
        if self.connections:
            found += [
                f"No picture from {label} (camera {name[:8]})"
                for name, label, health in self.cameras
                if health.state not in _GIVES
            ]
        if self.offset_ms is not None and abs(self.offset_ms) > CLOCK_TOLERANCE_MS:
            found.append(f"The clock of this machine is {offset_words(self.offset_ms)}")
        return found

    def as_dict(self) -> dict[str, Any]:
        return {
            "linked": self.linked,
            "reason": self.reason,
            "connections": self.connections,
            "uptime_s": self.uptime_s,
            "offset_ms": self.offset_ms,
            "rtt_ms": self.rtt_ms,
            "version": RELAY_VERSION,
            "troubles": self.troubles(),
            "cameras": {name: {"label": label, **health.as_dict()} for name, label, health in self.cameras},
        }


def offset_words(offset_ms: int | None) -> str:
    """The relay's clock against the platform's, in words."""
    if offset_ms is None:
        return "not measured yet"
    if offset_ms == 0:
        return "the same as the platform's"
    return f"{abs(offset_ms) / 1000:,.3f} s {'behind' if offset_ms > 0 else 'ahead of'} the platform's"


def page(snapshot: Snapshot) -> str:
    """The page, complete in itself; it asks for itself again every 5 seconds."""
    troubles = snapshot.troubles()
    banner = (
        f'<ul class="bad">{"".join(f"<li>{escape(trouble)}</li>" for trouble in troubles)}</ul>'
        if troubles
        else '<p class="good">Linked to the platform, and every camera gives pictures.</p>'
    )
    hours, rest = divmod(snapshot.uptime_s, 3600)
    link = [
        ("Link", "up" if snapshot.linked else "down"),
        ("Times linked", f"{snapshot.connections:,}"),
        ("Clock", offset_words(snapshot.offset_ms)),
        ("There and back", "not measured yet" if snapshot.rtt_ms is None else f"{snapshot.rtt_ms:,} ms"),
        ("Running for", f"{hours} h {rest // 60} min"),
        ("Version", RELAY_VERSION),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Relay</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="refresh" content="5"><style>{_STYLE}</style></head><body><main><h1>Relay</h1>'
        f"{banner}{_list(link)}"
        f"{''.join(_camera(*camera) for camera in snapshot.cameras)}</main></body></html>"
    )


def _camera(name: str, label: str, health: CameraHealth) -> str:
    dropped = {reason.value: count for reason, count in health.dropped_by.items() if count}
    rows = [
        ("State", _STATES[health.state]),
        ("Frames a second", f"{health.fps:.1f}"),
        ("Frames sent", f"{health.sent:,}"),
        ("Age when sent", f"{health.age_ms:,} ms"),
        ("JPEG quality", str(health.quality)),
        ("Opened again", f"{health.reopened:,} times"),
        ("Camera", name),
    ]
    if health.error is not Fault.NONE:
        rows.insert(1, ("Last fault", health.error.value))
    rows += [(f"Not sent: {_DROPS[reason]}", f"{count:,}") for reason, count in dropped.items()]
    kind = "" if health.state in _GIVES else ' class="silent"'
    return f"<section{kind}><h2>{escape(label)}</h2>{_list(rows)}</section>"


def _list(rows: Sequence[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in rows) + "</dl>"


class PortTaken(OSError):
    """Something else listens there."""


class StatusPage:
    """The page's server, on the loopback address and on no other."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._server: asyncio.Server | None = None
        self._serving = 0
        self.port = 0

    async def open(self, port: int) -> None:
        """Listen; port 0 takes a free one. Raises PortTaken."""
        try:
            self._server = await asyncio.start_server(self._client, HOST, port, limit=_MOST_BYTES)
        except OSError as error:
            raise PortTaken(f"port {port} of this machine is not free for the status page") from error
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving += 1
        try:
            if self._serving <= _AT_ONCE:
                async with asyncio.timeout(_PATIENCE_S):
                    writer.write(self._answer(await reader.readuntil(b"\r\n\r\n")))
                    await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a client that asks nothing, too much, or goes away gets no answer
        finally:
            self._serving -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _answer(self, request: bytes) -> bytes:
        first, *lines = request.decode("latin-1").split("\r\n")
        method, _, rest = first.partition(" ")
        path = rest.partition(" ")[0]
        hosts = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("host:")]
        if hosts not in ([f"{HOST}:{self.port}"], [f"localhost:{self.port}"]):
            return _response(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", "not for this host\n")
        if method not in ("GET", "HEAD"):
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", "GET only\n")
        if path == "/":
            answer = _response(HTTPStatus.OK, "text/html", page(self._snapshot()))
        elif path == "/status.json":
            answer = _response(HTTPStatus.OK, "application/json", json.dumps(self._snapshot().as_dict()))
        else:
            answer = _response(HTTPStatus.NOT_FOUND, "text/plain", "there is only /\n")
        return answer if method == "GET" else answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _response(status: HTTPStatus, kind: str, text: str) -> bytes:
    body = text.encode()
    headers = (
        *_HEADERS,
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(body))),
    )
    head = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
