"""Everything of a force as JSON Lines, one file a table, with a manifest. No biometric, no key, no secret.

It is read as the application's role behind the wall, in one snapshot of the database. The folder appears
under its name when it is whole, and not before.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection as django_connection
from psycopg import sql

from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.ops.departure import catalogue

MANIFEST = "manifest.json"
# Ciphertext of faces, templates, keys, uploads on their way: empty where an export is allowed at all.
BIOMETRIC = {
    "vault_vaultblob": "true",
    "vault_vaultkey": "destroyed_at IS NULL",
    "watchlists_gallery": "true",
    "watchlists_stagedpicture": "true",
    "watchlists_watchlist": "state <> 'purged'",
}
NEVER_EXPORTED = frozenset(
    {"vault_vaultblob", "vault_vaultkey", "watchlists_gallery", "watchlists_stagedpicture"}
)
# What would let somebody in elsewhere.
SECRET_COLUMNS = frozenset({"token_sha256", "key_sha256", "secret", "secret_sha256", "password"})
RUNNING = ("live", "suspended")
# People of the force, without what they sign in with.
PERSON = "id, username, display_name, rank, is_active, created_at"
BATCH = 1_000


@dataclass(frozen=True)
class Exported:
    folder: Path
    manifest_sha256: str
    counts: dict[str, int]


def export(*, force: ForceData, to: Path, now: datetime) -> Exported:
    """Write the export into the folder `to`, which must not exist. Raises RuleViolated."""
    if to.exists():
        raise RuleViolated([f"{to} exists already. Name a folder that does not."], code="exists")
    draft = to.with_name(f".{to.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    try:
        with _snapshot(force.id) as connection:
            _check_nothing_held(connection, force)
            files = dict(_files(connection, force, draft))
        digest = _write(draft / MANIFEST, [_manifest(force, files, now)])["sha256"]
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    os.rename(draft, to)
    counts = {name: file["rows"] for name, file in files.items()}
    with force_context(force.id):
        forces.note_export(
            manifest_sha256=digest,
            counts=counts,
            actor=Actor.system(force_id=force.id, label="operator of the platform"),
            now=now,
        )
    return Exported(to, digest, counts)


def _snapshot(force_id: UUID) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of its own as the application's role: row-level security applies to it."""
    given = django_connection.settings_dict
    options = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    connection = psycopg.connect(**{key: given[name] for key, name in options.items() if given[name]})
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    connection.execute("SELECT set_config('app.force_id', %s, true)", [str(force_id)])
    return connection


def _check_nothing_held(connection: catalogue.Connection, force: ForceData) -> None:
    reasons = []
    running = connection.execute(
        "SELECT reference FROM deployments_deployment WHERE state = ANY(%s) ORDER BY 1", [list(RUNNING)]
    ).fetchall()
    reasons += [f"{reference} is running. End it first." for (reference,) in running]
    for table, held in BIOMETRIC.items():
        statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(sql.Identifier(table), sql.SQL(held))
        row = connection.execute(statement).fetchone()
        if row and row[0]:
            reasons.append(f"{row[0]:,} rows of {table} still hold biometrics. Wait until they are purged.")
    if reasons:
        raise RuleViolated(reasons, code="held")


def _files(
    connection: catalogue.Connection, force: ForceData, folder: Path
) -> Iterator[tuple[str, dict[str, Any]]]:
    for table in catalogue.tenant_tables(connection):
        if table in NEVER_EXPORTED:
            continue
        names = [name for name in catalogue.columns(connection, table) if name not in SECRET_COLUMNS]
        # The force is named although row-level security is on: anybody may read published notices of others.
        query = sql.SQL(
            "SELECT row_to_json(x)::text FROM (SELECT {} FROM {} WHERE force_id = {} ORDER BY {}) x"
        ).format(
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.Identifier(table),
            sql.Literal(force.id),
            sql.Identifier("id" if "id" in names else names[0]),
        )
        yield table, _write(folder / f"{table}.jsonl", _lines(connection, query))
    own = sql.SQL("SELECT row_to_json(x)::text FROM (SELECT * FROM forces_force WHERE id = {}) x")
    yield (
        "forces_force",
        _write(folder / "forces_force.jsonl", _lines(connection, own.format(sql.Literal(force.id)))),
    )
    people = sql.SQL(
        "SELECT row_to_json(x)::text FROM (SELECT {} FROM accounts_user WHERE id IN"
        " (SELECT user_id FROM accounts_rolegrant) ORDER BY id) x"
    ).format(sql.SQL(PERSON))
    yield "accounts_user", _write(folder / "accounts_user.jsonl", _lines(connection, people))


def _lines(connection: catalogue.Connection, query: sql.Composed) -> Iterator[str]:
    with connection.cursor(name="export") as cursor:
        cursor.itersize = BATCH
        cursor.execute(query)
        for (line,) in cursor:
            yield line


def _write(path: Path, lines: Any) -> dict[str, Any]:
    """One file for its owner alone: its name, rows, and the SHA-256 of its bytes."""
    digest, rows = hashlib.sha256(), 0
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for line in lines:
            data = f"{line}\n".encode()
            digest.update(data)
            file.write(data)
            rows += 1
        file.flush()
        os.fsync(file.fileno())
    return {"file": path.name, "rows": rows, "sha256": digest.hexdigest()}


def _manifest(force: ForceData, files: dict[str, dict[str, Any]], now: datetime) -> str:
    content = {
        "format": "lfr-force-export 1",
        "force": {"id": str(force.id), "name": force.name, "slug": force.slug},
        "exported_at": now.isoformat(),
        "never_exported": sorted(NEVER_EXPORTED),
        "without_columns": sorted(SECRET_COLUMNS),
        "tables": files,
    }
    return json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False)
