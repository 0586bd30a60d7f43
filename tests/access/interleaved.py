"""Things that people, sockets and workers of two forces do at the same time, on connections of one pool.

An `Op` is one of them. While it runs, at a query of its own choosing, it lets others run on other connections
(`inner`), and then goes on, or fails in one of the ways in which things fail.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any
from uuid import uuid4

from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

from apps.core.errors import DomainError, ForceContextError
from apps.core.tenancy import force_context, maybe_force_id
from apps.deployments.models import Deployment
from tests.access.inventory import registry
from tests.access.stage import Side

FAULTS = ("none", "error", "database", "timeout", "lost")
HEAVY = ("home", "list", "page", "equipment", "records", "health", "socket", "export")
REQUESTS = (
    *("home", "list", "page", "equipment", "records", "news", "health", "away", "write", "names", "stream"),
    "export",
)

# A page of the platform takes ten times as long as what only reads a name: more orders in the same time.
LIGHT = (
    "names",
    "direct",
    "trespass",
    "task",
    "names",
    "direct",
    "stream",
    "hang-up",
    "away",
    "news",
    "write",
)
KINDS = (*LIGHT, *HEAVY, *LIGHT)
CSRF = "a" * 32


@dataclass(frozen=True)
class Op:
    side: int
    kind: str
    at: int = 1
    fault: str = "none"
    inner: tuple[Op, ...] = ()


class Meddled(Exception):
    """Something in the middle of a request that nobody thought of."""


class Meddling:
    """At query number `op.at`: the others first, then the fault. A wrapper of Django's for statements."""

    def __init__(self, op: Op, perform: Callable[[Op], None]) -> None:
        self.op, self.perform, self.seen = op, perform, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
        self.seen += 1
        if self.seen == self.op.at:
            for other in self.op.inner:
                self.perform(other)
            self._fail(execute, context)
        return execute(sql, params, many, context)

    def _fail(self, execute: Any, context: Mapping[str, Any]) -> None:
        if self.op.fault == "error":
            raise Meddled
        if self.op.fault == "database":
            execute("SELECT 1 / 0", None, False, context)
        if self.op.fault == "timeout":
            execute("SET LOCAL statement_timeout = 1", None, False, context)
            execute("SELECT pg_sleep(5)", None, False, context)
        if self.op.fault == "lost":
            context["connection"].connection.close()


MEDDLING: dict[str, Meddling] = {}


class MeddlingMiddleware:
    """The innermost one: inside the force's context, around view and rendering."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        meddling = MEDDLING.get(request.headers.get("x-meddling", ""))
        if meddling is None:
            return self.get_response(request)
        with connection.execute_wrapper(meddling):
            return self.get_response(request)


@dataclass
class Platform:
    """The application as it is served, on a loop of its own, and threads as a worker has them."""

    application: Any
    sides: tuple[Side, Side]
    markers: tuple[str, str]
    cookies: tuple[dict[str, str], dict[str, str]]
    problems: list[str] = field(default_factory=list)
    performed: int = 0
    written: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True, name="platform").start()
        self.threads = ThreadPoolExecutor(16, thread_name_prefix="worker")
        self.numbers = count(1)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.threads.shutdown()

    def perform(self, op: Op) -> None:
        """Do it, wait for its end, and note what should not have come back."""
        self.begin(op)()

    def begin(self, op: Op) -> Callable[[], None]:
        """Begin it; what is returned waits for its end."""
        self.performed += 1
        if op.kind in REQUESTS or op.kind in ("hang-up", "socket"):
            coroutine = self._socket(op) if op.kind == "socket" else self._request(op)
            # Another client's request: it has nothing of the context in which this one is begun.
            future = Context().run(asyncio.run_coroutine_threadsafe, coroutine, self.loop)
        else:
            future = self.threads.submit(self._in_a_thread, op)  # type: ignore[assignment]  # both have result()
        return lambda: self._judge(op, future.result(30))

    def _judge(self, op: Op, said: str) -> None:
        own, other = self.markers[op.side], self.markers[1 - op.side]
        if other in said.lower():
            self.problems.append(f"{op} heard of the other force")
        if op.fault == "none" and op.kind in MARKED and own not in said.lower():
            self.problems.append(f"{op} heard nothing of its own force: {said[:200]}")

    # Requests and sockets

    def _path(self, op: Op) -> str:
        own, other = (self.sides[side].stage.deployment_id for side in (op.side, 1 - op.side))
        return {
            "home": "/",
            "list": "/deployments/",
            "page": f"/deployments/{own}/",
            "equipment": "/equipment/",
            "records": "/records/",
            "news": f"/console/{own}/alerts.json",
            "health": f"/console/{own}/health.json",
            "away": f"/deployments/{other}/",
            "write": "/probe/write/",
            "export": "/audit/export/",
            "stream": "/probe/stream/",
            "names": "/probe/names/",
            "hang-up": "/probe/names/",
        }[op.kind]

    async def _request(self, op: Op) -> str:
        key = uuid4().hex
        MEDDLING[key] = Meddling(op, self.perform)
        body, name = b"", ""
        if op.kind == "export":
            body = b"kind=json&export_reason=A+check+of+the+record"
        if op.kind == "write":
            name = f"{self.markers[op.side]} camera {next(self.numbers)}"
            body = f"name={name.replace(' ', '+')}".encode()
        try:
            status, text = await self._http(op, self._path(op), key, body)
        finally:
            del MEDDLING[key]
        if name:
            self.written[name] = status == 200
        expected = {"away": 404}.get(op.kind, 200)
        allowed = {expected} if op.fault == "none" else {expected, 500}
        if op.kind != "hang-up" and status not in allowed:
            self.problems.append(f"{op} was answered {status}, not {expected}")
        return text

    async def _http(self, op: Op, path: str, key: str, body: bytes) -> tuple[int, str]:
        cookies = {**self.cookies[op.side], settings.CSRF_COOKIE_NAME: CSRF}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST" if body else "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [
                (b"host", b"testserver"),
                (b"content-type", b"application/x-www-form-urlencoded"),
                (b"content-length", str(len(body)).encode()),
                (b"x-csrftoken", CSRF.encode()),
                (b"x-meddling", key.encode()),
                (b"cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
        }
        sent: list[dict[str, Any]] = []
        incoming: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if incoming:
                return incoming.pop()
            if op.kind == "hang-up":
                return {"type": "http.disconnect"}
            await asyncio.Event().wait()
            raise AssertionError("nothing wakes this up")

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.application(scope, receive, send)
        status = next((message["status"] for message in sent if "status" in message), 0)
        return status, b"".join(message.get("body", b"") for message in sent).decode()

    async def _socket(self, op: Op) -> str:
        headers = [
            (b"host", b"testserver"),
            (b"origin", b"http://testserver"),
            (b"cookie", "; ".join(f"{k}={v}" for k, v in self.cookies[op.side].items()).encode()),
        ]
        # With a fault: at the other force's door.
        side = op.side if op.fault == "none" else 1 - op.side
        scope = {
            "type": "websocket",
            "path": f"/ws/console/{self.sides[side].stage.deployment_id}/",
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
            "client": ("127.0.0.1", 1),
        }
        socket = ApplicationCommunicator(self.application, scope)
        await socket.send_input({"type": "websocket.connect"})
        await socket.receive_output(10)
        said = await socket.receive_output(10)
        if (said["type"] == "websocket.send") is not (op.fault == "none"):
            self.problems.append(f"{op} was told {said}")
        for other in op.inner:
            await asyncio.to_thread(self.perform, other)
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait(10)
        return json.dumps(said)

    # Workers

    def _in_a_thread(self, op: Op) -> str:
        try:
            return {"task": self._task, "direct": self._direct, "trespass": self._trespass}[op.kind](op)
        except (Meddled, DatabaseError, DomainError) as failed:
            return str(failed)
        finally:
            if maybe_force_id() is not None:
                self.problems.append(f"{op} left the context of a force in its thread")
            connections.close_all()

    def _task(self, op: Op) -> str:
        """As a worker calls it: by its name, in a thread."""
        with connection.execute_wrapper(Meddling(op, self.perform)):
            force_id = str(self.sides[op.side].force_id)
            return str(registry()["deployments.run_import"].apply(args=[force_id, str(uuid4())]).result)

    def _direct(self, op: Op) -> str:
        """Savepoints inside savepoints, some of which fail."""
        with (
            force_context(self.sides[op.side].force_id),
            connection.execute_wrapper(Meddling(op, self.perform)),
        ):
            before = _names()
            try:
                with transaction.atomic():
                    _names()
                    with transaction.atomic():
                        _names()
                        raise Meddled
            except Meddled:
                pass
            return before + _names()

    def _trespass(self, op: Op) -> str:
        """The other force cannot be entered from inside one's own, and the attempt leaves nothing."""
        with force_context(self.sides[op.side].force_id):
            try:
                with force_context(self.sides[1 - op.side].force_id):
                    self.problems.append(f"{op} got in")
            except ForceContextError:
                pass
            for other in op.inner:
                self.perform(other)
            return _names()


# What these answer names the force whose it is.
MARKED = frozenset(
    {"home", "list", "export", "equipment", "records", "names", "stream", "direct", "trespass"}
)


def steps_of(numbers: Sequence[int]) -> list[tuple[Op, ...]]:
    """Steps from numbers, which hypothesis makes up and shortens fast: each is what happens alone, inside
    each other, or begun at the same time."""
    # Made-up numbers are often small; all of them are to be different things.
    rest = iter([number * 0x9E3779B1 % 2**25 for number in numbers])
    steps: list[tuple[Op, ...]] = []
    for number in rest:
        shape = number // 2**20 % 5
        if shape < 2:
            steps.append((_op(number),))
        elif shape < 4:
            innermost = tuple(_op(each) for each in islice(rest, 1))
            inside = tuple(_op(each, innermost) for each in islice(rest, 1))
            beside = tuple(_op(each) for each in islice(rest, shape - 2))
            steps.append((_op(number, inside + beside),))
        else:
            steps.append((_op(number), *(_op(each) for each in islice(rest, 3))))
    return steps


def _op(number: int, inner: tuple[Op, ...] = ()) -> Op:
    at = 1 + number // 2**10 % (4 if inner else 12)
    # Half of them go well.
    fault = FAULTS[number // 2**14 % len(FAULTS)] if number // 2**18 % 2 else "none"
    return Op(side=number % 2, kind=KINDS[number // 2 % len(KINDS)], at=at, fault=fault, inner=inner)


def _names() -> str:
    places = Deployment.objects.order_by("id").values_list("authority__place_name", flat=True)
    return " ".join(str(place) for place in places)
