"""Delete everything of a force, as the owner of the tables, and prove it. The application's role cannot.

Keys and Valkey go first: should the rest fail, nothing that was encrypted can be read any more, and the
command is run again. The rows, their verification and the certificate are one transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from psycopg import sql

from apps.audit.signing import signer
from apps.core import redis
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.ops.departure import catalogue
from apps.vault import api as vault

VERIFIED_HOW = (
    "Every table with a force_id was counted again before the commit, in the snapshot of the deletion: no row"
    " of the force, and as many rows of every other force as before. Keys were looked for in the key store,"
    " and Valkey was searched for every id, afterwards."
)
# They grow by the leaving itself, or by people looking at pages meanwhile.
MAY_GROW = ("audit_", "forces_leaving", "core_", "retention_", "accounts_", "notices_", "relays_")
# Tables whose ids name keys in Valkey, partitions or files.
NAMED_ELSEWHERE = (
    "deployments_deployment",
    "deployments_camera",
    "relays_relay",
    "accounts_identityprovider",
)
DEPLOYMENT_PARTITION = "watchlists_gallery_"


@dataclass(frozen=True)
class Certificate:
    content: dict[str, Any]
    sha256: str
    signature: str
    # What somebody has to remove by hand: storage that can only be appended to keeps it.
    files_left: tuple[Path, ...] = ()


def connect(owner_url: str) -> catalogue.Connection:
    """Raises RuleViolated for a role that does not own the tables."""
    connection = psycopg.connect(owner_url)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    row = connection.execute(
        "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class"
        " WHERE oid = 'forces_force'::regclass"
    ).fetchone()
    connection.rollback()
    if row is None or not row[0]:
        connection.close()
        raise RuleViolated(
            ["Only the owner of the tables deletes a force. Set DATABASE_OWNER_URL."], code="not_the_owner"
        )
    return connection


def delete(*, force: ForceData, manifest: Path, owner_url: str, started: datetime) -> Certificate:
    """Raises RuleViolated without two confirmations, or when the data is not what was exported."""
    digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
    with connect(owner_url) as connection:
        tables = catalogue.tenant_tables(connection)
        before = catalogue.counts(connection, tables, force.id)
        _check_confirmed(connection, force, digest)
        _check_exported(manifest, before)
        ids = _ids(connection, force)
        keys = vault.destroy_all_keys(force_id=force.id)
        valkey = _forget_in_valkey(ids)
        link = _last_link(connection, force)
        _drop_partitions(connection, ids)
        people = _delete_rows(connection, tables, force)
        after = catalogue.counts(connection, tables, force.id)
        _check_gone(before, after)
        certificate = _certify(
            force,
            {
                "manifest_sha256": digest,
                "started": started.isoformat(),
                "finished": utc_now().isoformat(),
                "rows": {table: own for table, (own, _) in before.items() if own},
                "people": people,
                "keys_destroyed": keys,
                "valkey_keys": valkey,
                "last_audit_link": link,
                "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(ids)},
                "confirmed_by_administrators": forces.CONFIRMATIONS,
            },
        )
        _register(connection, force, certificate)
    # Whatever wrote a key in between finds no force any more.
    vault.destroy_all_keys(force_id=force.id)
    _forget_in_valkey(ids)
    return replace(certificate, files_left=_remove_files(ids))


def _check_confirmed(connection: catalogue.Connection, force: ForceData, digest: str) -> None:
    row = connection.execute(
        "SELECT id, manifest_sha256, refused_at FROM forces_leavingexport WHERE force_id = %s"
        " ORDER BY exported_at DESC LIMIT 1",
        [force.id],
    ).fetchone()
    if row is None or row[1] != digest:
        raise RuleViolated(["This is not the manifest of the latest export of the force."], code="manifest")
    if row[2] is not None:
        raise RuleViolated(
            ["An administrator of the force refused the leaving. Export again."], code="refused"
        )
    # Whoever confirmed must still be an administrator: their role may have been taken away since, or sleep.
    confirmed = connection.execute(
        "SELECT count(DISTINCT c.actor_id) FROM forces_leavingconfirmation c"
        " JOIN accounts_rolegrant g ON g.user_id = c.actor_id AND g.force_id = c.force_id"
        " AND g.role = 'force_admin' AND g.revoked_at IS NULL AND g.confirmed_at IS NOT NULL"
        " WHERE c.export_id = %s",
        [row[0]],
    ).fetchone()
    missing = forces.CONFIRMATIONS - (confirmed[0] if confirmed else 0)
    if missing > 0:
        raise RuleViolated(
            [f"{missing} more administrators of the force must confirm the leaving at /force/leaving/."],
            code="unconfirmed",
        )


def _check_exported(manifest: Path, before: dict[str, tuple[int, int]]) -> None:
    """Nothing was added since but what the leaving itself writes."""
    exported = json.loads(manifest.read_text(encoding="utf-8"))["tables"]
    changed = [
        table
        for table, (own, _) in before.items()
        if table in exported and own != exported[table]["rows"] and not table.startswith(MAY_GROW)
    ]
    if changed:
        raise RuleViolated(
            [f"There is more in {', '.join(changed)} than was exported. Export again."], code="changed"
        )


def _ids(connection: catalogue.Connection, force: ForceData) -> set[str]:
    """By what a key in Valkey, or a partition, could be named."""
    found = {str(force.id)}
    for table in NAMED_ELSEWHERE:
        query = sql.SQL("SELECT id FROM {} WHERE force_id = %s").format(sql.Identifier(table))
        found |= {str(row[0]) for row in connection.execute(query, [force.id])}
    return found


def _forget_in_valkey(ids: Collection[str]) -> int:
    names = {name for each in ids for name in (each, UUID(each).hex)}
    client, gone = redis.client(), 0
    for key in client.scan_iter(redis.key("*")):
        if any(name in key.decode("utf-8", "replace") for name in names):
            gone += int(client.delete(key))
    return gone


def _files(ids: Collection[str]) -> list[Path]:
    """Anchors of its audit and secrets of its sign-in, which lie outside the database."""
    names = {name for each in ids for name in (each, UUID(each).hex)}
    return sorted(
        path
        for folder in (settings.LFR_ANCHOR_DIR, settings.LFR_SECRETS_DIR)
        for path in Path(folder).glob("*")
        if path.is_file() and any(name in path.name for name in names)
    )


def _remove_files(ids: Collection[str]) -> tuple[Path, ...]:
    """Returns those that stay. The rows are gone by now, so one that stays must not keep the others, nor the
    certificate."""
    left = []
    for path in _files(ids):
        try:
            path.unlink()
        except OSError:
            left.append(path)
    return tuple(left)


def _last_link(connection: catalogue.Connection, force: ForceData) -> dict[str, Any] | None:
    row = connection.execute(
        "SELECT position, encode(link_hash, 'hex') FROM audit_auditlink WHERE force_id = %s"
        " ORDER BY position DESC LIMIT 1",
        [force.id],
    ).fetchone()
    return None if row is None else {"position": row[0], "hash": row[1]}


def _drop_partitions(connection: catalogue.Connection, ids: Collection[str]) -> None:
    for each in sorted(ids):
        name = f"{DEPLOYMENT_PARTITION}{UUID(each).hex}"
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))


def _delete_rows(connection: catalogue.Connection, tables: list[str], force: ForceData) -> int:
    """Keys between tables are checked at the end; those of people that belong to no other force go too."""
    people = _people_of_no_other(connection, tables, force)
    connection.execute("SET CONSTRAINTS ALL DEFERRED")
    for table in tables:
        query = sql.SQL("DELETE FROM {} WHERE force_id = %s").format(sql.Identifier(table))
        connection.execute(query, [force.id])
    _delete_sign_ins(connection, people, force)
    _delete_with_referrers(connection, catalogue.PEOPLE, "id", people, set(tables))
    connection.execute("DELETE FROM forces_force WHERE id = %s", [force.id])
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return len(people)


def _people_of_no_other(connection: catalogue.Connection, tables: list[str], force: ForceData) -> list[UUID]:
    """Named by a row of this force, and by no row of another."""
    here: set[UUID] = set()
    elsewhere: set[UUID] = set()
    for table, column in catalogue.referrers(connection, catalogue.PEOPLE):
        if table not in tables:
            continue
        query = sql.SQL("SELECT DISTINCT {0}, force_id = %s FROM {1} WHERE {0} IS NOT NULL").format(
            sql.Identifier(column), sql.Identifier(table)
        )
        for person, is_here in connection.execute(query, [force.id]):
            (here if is_here else elsewhere).add(person)
    return sorted(here - elsewhere)


def _delete_sign_ins(connection: catalogue.Connection, people: list[UUID], force: ForceData) -> None:
    """Sessions of the force and of its people, and what counts their attempts by name."""
    gone = {str(person) for person in people}
    for key, data in connection.execute("SELECT session_key, session_data FROM django_session").fetchall():
        content = SessionStore().decode(data)
        if content.get("_auth_user_id") in gone or str(force.id) in {
            str(value) for value in content.values()
        }:
            connection.execute("DELETE FROM django_session WHERE session_key = %s", [key])
    names = connection.execute(
        "SELECT lower(username) FROM accounts_user WHERE id = ANY(%s)", [people]
    ).fetchall()
    by_name = connection.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = 'username' AND table_name <> 'accounts_user'"
    ).fetchall()
    for (table,) in by_name:
        query = sql.SQL("DELETE FROM {} WHERE lower(username) = ANY(%s)").format(sql.Identifier(table))
        connection.execute(query, [[name for (name,) in names]])


def _delete_with_referrers(
    connection: catalogue.Connection, table: str, key: str, ids: Collection[Any], tenant: set[str]
) -> None:
    """Rows, and before them whatever refers to them (second factors, addresses), table by table."""
    if not ids:
        return
    for found, column in catalogue.referrers(connection, table):
        if found in tenant or found == table:
            continue
        child_key = catalogue.columns(connection, found)[0]
        query = sql.SQL("SELECT {} FROM {} WHERE {} = ANY(%s)").format(
            sql.Identifier(child_key), sql.Identifier(found), sql.Identifier(column)
        )
        children = [row[0] for row in connection.execute(query, [list(ids)])]
        _delete_with_referrers(connection, found, child_key, children, tenant)
    query = sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(sql.Identifier(table), sql.Identifier(key))
    connection.execute(query, [list(ids)])


def _check_gone(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> None:
    """Raises AssertionError, and so rolls everything back, when a row is left or another force's is gone."""
    left = {table: own for table, (own, _) in after.items() if own}
    touched = {table for table in before if before[table][1] != after[table][1]}
    if left or touched:
        raise AssertionError(f"rows are left in {left}, rows of other forces changed in {touched}")


def _certify(force: ForceData, facts: dict[str, Any]) -> Certificate:
    content = {
        "format": "lfr-force-deletion 1",
        "class": "everything of a force",
        "force": {"id": str(force.id), "name": force.name, "slug": force.slug},
        "verified_how": VERIFIED_HOW,
        "signed_by": signer().key_id,
        **facts,
    }
    text = canonical(content)
    return Certificate(content, hashlib.sha256(text).hexdigest(), signer().sign(text).hex())


def canonical(content: dict[str, Any]) -> bytes:
    """What is hashed and signed."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _register(connection: catalogue.Connection, force: ForceData, certificate: Certificate) -> None:
    connection.execute(
        "INSERT INTO forces_departedforce"
        " (force_id, name, slug, left_at, certificate, certificate_sha256, signature)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            force.id,
            force.name,
            force.slug,
            certificate.content["finished"],
            json.dumps(certificate.content),
            certificate.sha256,
            certificate.signature,
        ],
    )
