"""docs/reference/access.md, made from the table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.access.inventory import Address, addresses
from tests.access.table import ROLES, YES, Job, Route, Socket, Table, load

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "access.md"
HEADINGS = {
    "planner": "Planner",
    "authorising_officer": "AO",
    "urgent_authorising_officer": "Urgent AO",
    "silver_commander": "Silver",
    "operator": "Operator",
    "engagement_officer": "Engagement",
    "system_engineer": "Engineer",
    "oversight": "Oversight",
    "force_admin": "Force admin",
}
TITLES = {
    "accounts": "Signing in, accounts and people",
    "alerts": "Alerts and the console",
    "audit": "Audit",
    "demo": "The demonstration (never in production)",
    "deployments": "Deployments",
    "desk": "Home and board",
    "forces": "The force's settings, onboarding and leaving",
    "integration": "The API and its tokens",
    "live": "Recognition",
    "notices": "Public notices",
    "ops": "Health and checks",
    "relays": "Cameras and relays",
    "retention": "Deletion",
    "scrutiny": "Records",
}
HEAD = """# Who may do what

Made by `python -m tests.access` from `tests/access/table/`; a test compares the two. Every cell is tried each
time the tests run (`tests/access/`), at things of one's own force and of another one.

- **yes**: past the door. Rules about the thing itself may still refuse: its state, a missing reason, who did
  what before ([states](../states.md), [domain](../domain.md) §1).
- **403**, **404**, **401**, **405**: refused. **sign-in**: led to a page of signing in. **confirm**: led to
  proving once more who one is. **public**: for everybody.
- *Other force* is what somebody who gets in at home gets at another force's thing. It is, byte for byte, what
  an id that never existed gets, and so does not tell whether the thing exists. Whoever is refused at home is
  refused there. **own force**: the page shows one's own force, and nothing of another one.
- A person has the rights of all their roles together; what they did on a deployment takes some away again.
- A method that is not listed answers 405.
"""


def document() -> str:
    """The whole page."""
    table = load()
    paths = {address.name: address for address in addresses()}
    files = list(dict.fromkeys(_app(row.file) for row in (*table.routes, *table.sockets, *table.tasks)))
    parts = [HEAD]
    for app in sorted(files, key=lambda name: TITLES.get(name, name)):
        parts.append(_section(app, table, paths))
    return "\n".join(parts)


def _section(app: str, table: Table, paths: dict[str, Address]) -> str:
    lines = [f"## {TITLES.get(app, app)}", ""]
    routes = [row for row in table.routes if _app(row.file) == app]
    api = [row for row in routes if row.token_scope]
    pages = [row for row in routes if not row.token_scope]
    if pages:
        heads = [*HEADINGS.values(), "Stranger", "No second factor", "API token", "Other force"]
        lines += _table(["Address", "For", *heads], (_page(row, paths) for row in pages))
    if api:
        heads = ["Scope of the token", "Another scope", "No token", "Other force"]
        lines += _table(["Route", "For", *heads], (_api(row, paths) for row in api))
    sockets = [row for row in table.sockets if _app(row.file) == app]
    if sockets:
        lines += _table(["Socket", "For", "Who", "Takes", "Passes on"], (_socket(row) for row in sockets))
    for title, jobs in (("Task", table.tasks), ("Command", table.commands)):
        mine = [job for job in jobs if _app(job.file) == app]
        if mine:
            lines += _table([title, "For", "Takes"], (_job(job) for job in mine))
    return "\n".join(lines)


def _table(heads: Iterable[str], rows: Iterable[list[str]]) -> list[str]:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return [*("| " + " | ".join(cells) + " |" for cells in lines), ""]


def _page(row: Route, paths: dict[str, Address]) -> list[str]:
    words = [row.word_for(role) for role in ROLES]
    elsewhere = row.other_force or ("404" if _path(row, paths).count("<") else "own force")
    door = [row.anonymous, row.no_second_factor, row.token]
    return [f"{row.method} `{_path(row, paths)}`", _for(row), *words, *door, elsewhere]


def _api(row: Route, paths: dict[str, Address]) -> list[str]:
    elsewhere = row.other_force or ("404" if _path(row, paths).count("<") else "own force")
    where = f"{row.method} `{_path(row, paths)}`"
    return [where, _for(row), f"`{row.token_scope}`: {YES}", "403", row.anonymous, elsewhere]


def _path(row: Route, paths: dict[str, Address]) -> str:
    """As a person would write it: <deployment>."""

    pattern = paths[row.name].pattern if row.name in paths else row.name
    pattern = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", pattern)
    plain = re.sub(r"<(?:\w+:)?(\w+?)(?:_id)?>", r"<\1>", pattern)
    return "/" + plain.replace("\\", "").strip("^$") + (f"?{row.query}" if row.query else "")


def _for(row: Route) -> str:
    return row.does.replace("|", "\\|")


def _socket(row: Socket) -> list[str]:
    who = ", ".join(HEADINGS[role] for role in ROLES if role in row.allowed) or row.door
    takes = ", ".join(row.commands) or "nothing"
    return [f"`/{row.path}`", row.does, who, takes, ", ".join(row.pushes) or "nothing"]


def _job(job: Job) -> list[str]:
    return [f"`{job.name}`", job.does, ", ".join(f"`{each}`" for each in job.takes) or "nothing"]


def _app(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(".toml")
