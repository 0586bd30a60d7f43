"""The access table as it stands in the files, checked for words that nobody explained."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "table"
# In the order of the columns. apps/core/data.py has the same; test_access_table.py compares them.
ROLES = (
    "planner",
    "authorising_officer",
    "urgent_authorising_officer",
    "silver_commander",
    "operator",
    "engagement_officer",
    "system_engineer",
    "oversight",
    "force_admin",
)
YES, HIDDEN, PUBLIC, SIGN_IN, CONFIRM = "yes", "hidden", "public", "sign-in", "confirm"
WORDS = frozenset({YES, "403", "404", "401", "405", SIGN_IN, CONFIRM, PUBLIC, HIDDEN})
SIGNED_IN = "signed in"


class TableError(Exception):
    """The table itself is wrong; the message names the file and the row."""


@dataclass(frozen=True)
class Route:
    """Who gets what from one method of one address."""

    file: str
    name: str
    method: str
    does: str
    allowed: frozenset[str]
    is_public: bool = False
    refused: str = "403"
    anonymous: str = SIGN_IN
    no_second_factor: str = SIGN_IN
    token: str = SIGN_IN
    token_scope: str = ""
    other_force: str = ""
    on: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    send: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    accept: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    past: tuple[int, ...] = ()

    def word_for(self, role: str) -> str:
        if self.is_public:
            return PUBLIC
        return YES if role in self.allowed else self.refused

    @property
    def is_about_a_thing(self) -> bool:
        """Whether a field that is sent names one."""
        return any("{" in str(value) for value in self.send.values())

    @property
    def title(self) -> str:
        return f"{self.method} {self.name}" + (f" ({self.label})" if self.label else "")


@dataclass(frozen=True)
class Socket:
    file: str
    path: str
    does: str
    allowed: frozenset[str]
    commands: tuple[str, ...]
    pushes: tuple[str, ...]
    door: str = "session"


@dataclass(frozen=True)
class Job:
    """A background task or a management command: nobody's role opens it, the platform or an administrator at
    the machine runs it; `takes` are the ids of forces and things that can be handed to it."""

    file: str
    name: str
    does: str
    takes: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    routes: tuple[Route, ...]
    sockets: tuple[Socket, ...]
    tasks: tuple[Job, ...]
    commands: tuple[Job, ...]

    def rows_of(self, name: str) -> list[Route]:
        return [row for row in self.routes if row.name == name]

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(row.name for row in self.routes))


PLAIN = {
    *("name", "method", "does", "refused", "anonymous", "no_second_factor", "token", "token_scope"),
    *("other_force", "ids", "fixed", "query", "send", "accept", "fresh"),
    *("headers", "files"),
}
ALLOWED_KEYS = PLAIN | {"allowed", "on", "as", "past"}


def _route(file: str, row: dict[str, Any]) -> Route:
    where = f"{file}: {row.get('method')} {row.get('name')}"
    if unknown := set(row) - ALLOWED_KEYS:
        raise TableError(f"{where}: unknown words {sorted(unknown)}; tests/access/README.md has them all")
    if missing := {"name", "method", "does", "allowed"} - set(row):
        raise TableError(f"{where}: {sorted(missing)} is missing")
    values = {name: row[name] for name in PLAIN & set(row)}
    is_public = row["allowed"] == PUBLIC
    values |= {"allowed": _roles(where, row["allowed"]), "is_public": is_public}
    values |= {"label": row.get("as", ""), "on": tuple(row.get("on", ())), "file": file}
    values["past"] = tuple(row.get("past", ()))
    door = _usual_door(row, is_public)
    values.setdefault("anonymous", door)
    for column in ("no_second_factor", "token"):
        values.setdefault(column, values["anonymous"])
    values.setdefault("other_force", PUBLIC if is_public else "")
    for column in ("refused", "anonymous", "no_second_factor", "token", "other_force"):
        if values.get(column, "") and values[column] not in WORDS:
            raise TableError(f"{where}: {column} = {values[column]!r} is none of {sorted(WORDS)}")
    if values.get("token_scope"):
        # A session is no token: whoever is signed in is a stranger here.
        values |= {"refused": values["anonymous"], "allowed": frozenset()}
    return Route(**values)


def _usual_door(row: Mapping[str, Any], is_public: bool) -> str:
    if is_public:
        return PUBLIC
    return "401" if row.get("token_scope") or "json" in row.get("accept", "") else SIGN_IN


def _roles(where: str, allowed: str | list[str]) -> frozenset[str]:
    if allowed in (SIGNED_IN, PUBLIC):
        return frozenset(ROLES)
    if isinstance(allowed, str) or (unknown := set(allowed) - set(ROLES)):
        said = allowed if isinstance(allowed, str) else sorted(unknown)
        raise TableError(f"{where}: allowed = {said!r}: roles are {ROLES}, or 'signed in', or 'public'")
    return frozenset(allowed)


@cache
def load() -> Table:
    """Every row of every file. Raises TableError."""
    routes, sockets, tasks, commands = [], [], [], []
    for path in sorted(FOLDER.glob("*.toml")):
        file = f"tests/access/table/{path.name}"
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        if unknown := set(found) - {"route", "socket", "task", "command"}:
            raise TableError(f"{file}: unknown tables {sorted(unknown)}")
        routes += [
            _route(file, {**row, "method": method})
            for row in found.get("route", ())
            for method in ([row["method"]] if isinstance(row.get("method"), str) else row.get("method", [""]))
        ]
        sockets += [_socket(file, row) for row in found.get("socket", ())]
        tasks += [_job(file, row) for row in found.get("task", ())]
        commands += [_job(file, row) for row in found.get("command", ())]
    _check_unique([(row.name, row.method, row.label) for row in routes])
    for jobs in (tasks, commands):
        _check_unique([job.name for job in jobs])
    return Table(tuple(routes), tuple(sockets), tuple(tasks), tuple(commands))


def _socket(file: str, row: dict[str, Any]) -> Socket:
    where = f"{file}: socket {row.get('path')}"
    try:
        return Socket(
            file=file,
            path=row["path"],
            does=row["does"],
            allowed=_roles(where, row["allowed"]),
            commands=tuple(row["commands"]),
            pushes=tuple(row["pushes"]),
            door=row.get("door", "session"),
        )
    except KeyError as missing:
        raise TableError(f"{where}: {missing} is missing") from missing


def _job(file: str, row: dict[str, Any]) -> Job:
    try:
        return Job(file, row["name"], row["does"], tuple(row["takes"]))
    except KeyError as missing:
        raise TableError(f"{file}: {row.get('name')}: {missing} is missing") from missing


def _check_unique(keys: list[Any]) -> None:
    if doubles := sorted({str(key) for key in keys if keys.count(key) > 1}):
        raise TableError(f"these rows are there twice (tell them apart by `as`): {doubles}")
