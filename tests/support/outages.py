"""Taking the database and the frame bus away from this test process, and from nobody else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from django.db import connections
from psycopg import sql

from tests.support.services import TestServices


class Door:
    """This process's database, closed and opened to the application's role by its owner."""

    def __init__(self, owner: psycopg.Connection[tuple[object, ...]], database: str) -> None:
        self.owner, self.database = owner, database

    def close(self) -> None:
        connections.close_all()  # this thread's own connection would be killed too
        self._say("REVOKE CONNECT ON DATABASE {} FROM lfr_app, PUBLIC")
        self.owner.execute("SET ROLE lfr_app")  # a role may end its own sessions
        self.owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = 'lfr_app'",
            [self.database],
        )
        self.owner.execute("RESET ROLE")

    def open(self) -> None:
        self._say("GRANT CONNECT ON DATABASE {} TO lfr_app, PUBLIC")

    def _say(self, statement: str) -> None:
        self.owner.execute(sql.SQL(statement).format(sql.Identifier(self.database)))


@contextmanager
def database_door(services: TestServices) -> Iterator[Door]:
    """Open again at the end, whatever happens."""
    with psycopg.connect(services.worker_owner_url, autocommit=True) as owner:
        door = Door(owner, services.database)
        try:
            yield door
        finally:
            door.open()


class Link:
    """A socket in front of Valkey's that can be cut and joined: the server itself belongs to everybody."""

    def __init__(self, folder: Path, target: str) -> None:
        self.path, self.target = folder / "link.sock", target
        self.pairs: list[socket.socket] = []
        self.listener: socket.socket | None = None

    def join(self) -> None:
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen()
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        assert self.listener is not None
        self.path.unlink()
        for end in (self.listener, *self.pairs):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.pairs.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self.target)
                self.pairs += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
