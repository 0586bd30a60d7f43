"""Restoring into an empty database. What was deleted is deleted again before anything can read: until the end
the database is marked, and no process of the platform starts on it (apps/ops/schema_version.py).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.db import connection as application
from psycopg import sql

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.ops.backup import postgres
from apps.ops.backup.checking import checked, gaps, members, pieces
from apps.ops.backup.data import ANCHORS, DATABASE, PUBLIC, BackupRefused, Manifest, Say
from apps.ops.backup.postgres import OWNER, Server
from apps.ops.schema_version import RESTORING, on_disk
from apps.retention import api as retention
from apps.vault import api as vault
from apps.vault.api import Buried

RUNNING = "SELECT count(*) FROM deployments_deployment WHERE state IN ('live', 'suspended')"


@dataclass
class Report:
    """What was done, in lines; `problems` is what must be looked at before the platform opens."""

    manifest_sha256: str
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wanted:
    folder: Path
    identities: list[bytes] = field(repr=False)
    accept_gap: bool
    store_lost: bool


def restore(*, wanted: Wanted, server: Server, now: datetime, say: Say) -> Report:
    """Raises BackupRefused, with nothing touched, for whatever can be seen beforehand."""
    say("checking the backup")
    manifest, digest = checked(wanted.folder, wanted.identities)
    lost = gaps(manifest)
    report = Report(digest)
    _refuse_beforehand(wanted, server, manifest, lost)
    with server.connected() as owner, _marked(owner, report):
        say("restoring the database")
        server.load(pieces(wanted.folder, manifest, DATABASE, wanted.identities))
        _compare(owner, manifest, report)
        _migrate(server, manifest, report)
        _put_back_anchors(wanted, manifest, lost, now, report)
        _put_back_pages(wanted, manifest, report)
        say("deleting again what was deleted or is due")
        buried = _purge(wanted.store_lost, now, report)
        say("verifying the audit")
        _verify(now, report)
        running = postgres.first(owner, RUNNING)
        report.lines += _to_look_at(manifest, int(running))
    if not report.problems:
        _record(manifest, digest, lost, buried, now)
    return report


def _refuse_beforehand(
    wanted: Wanted, server: Server, manifest: Manifest, lost: dict[str, tuple[int, int, str]]
) -> None:
    if lost and not wanted.accept_gap:
        words = "; ".join(
            f"force {force}: the backup ends at link {ends}, {newest} links were anchored until {at}"
            for force, (ends, newest, at) in sorted(lost.items())
        )
        raise BackupRefused(
            f"the record goes on after this backup, and what came after would be lost: {words}. Look for a"
            " newer backup, or give --accept-gap: the anchors are then put aside, and the loss goes on record"
        )
    has_store = (Path(settings.LFR_KEYSTORE_DIR) / "master.key").exists()
    if manifest.rows.get("vault_vaultkey") and not has_store and not wanted.store_lost:
        raise BackupRefused(
            f"{settings.LFR_KEYSTORE_DIR} has no master key: mount the key store as it is now. If it is lost,"
            " give --key-store-is-lost: what was encrypted is then given up"
        )
    if str(application.settings_dict["NAME"]) != server.name:
        raise BackupRefused(f"DATABASE_URL and {OWNER} name two databases: both must be the new one")
    with server.connected() as owner:
        postgres.assert_owner_walks_into_the_wall(owner)
        postgres.assert_empty(owner)
        postgres.assert_nobody_else(owner)
    try:
        application.ensure_connection()
    except DatabaseError as problem:
        raise BackupRefused(
            f"the application's role cannot enter the new database ({type(problem).__name__}): GRANT CONNECT"
        ) from problem
    application.close()


@contextmanager
def _marked(owner: postgres.Connection, report: Report) -> Iterator[None]:
    """The mark goes at the end, when there is no problem; after any other end it stays."""
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    name = sql.Identifier(owner.info.dbname)
    owner.execute(comment.format(name, sql.Literal(RESTORING)))
    yield
    if report.problems:
        report.lines.append("NOT FINISHED: the database stays closed. Mend it, drop it, restore again.")
        return
    owner.execute(comment.format(name, sql.NULL))


def _compare(owner: postgres.Connection, manifest: Manifest, report: Report) -> None:
    if problems := differences(manifest, postgres.counts(owner)):
        raise BackupRefused(f"what was restored is not what was backed up: {'; '.join(problems)}")
    report.lines.append(
        f"{sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables, as in the backup"
    )


def differences(manifest: Manifest, found: dict[str, int]) -> list[str]:
    return [
        f"{name}: {manifest.rows.get(name, 0):,} rows in the backup, {found.get(name, 0):,} here"
        for name in sorted(manifest.rows.keys() | found.keys())
        if manifest.rows.get(name) != found.get(name)
    ]


def _migrate(server: Server, manifest: Manifest, report: Report) -> None:
    missing = on_disk() - set(manifest.migrations)
    if not missing:
        return
    argv = [
        sys.executable,
        str(Path(settings.BASE_DIR) / "manage.py"),
        "migrate",
        "--no-input",
        "--verbosity",
        "0",
    ]
    done = subprocess.run(  # noqa: S603 - our own command
        argv, env={**os.environ, "DATABASE_URL": server.url}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BackupRefused(f"migrate failed: {done.stderr.strip()[-2000:]}")
    report.lines.append(f"{len(missing)} migrations applied: the backup is of version {manifest.platform}")


def _put_back_anchors(
    wanted: Wanted, manifest: Manifest, lost: dict[str, tuple[int, int, str]], now: datetime, report: Report
) -> None:
    """Anchors of this machine stay; those that the backup knows nothing of are put aside, never deleted."""
    folder = Path(settings.LFR_ANCHOR_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for force, (ends, newest, at) in sorted(lost.items()):
        aside = folder / f"{force}.jsonl.lost-{now:%Y%m%dT%H%M%SZ}"
        (folder / f"{force}.jsonl").rename(aside)
        report.lines.append(
            f"force {force}: links {ends + 1} to {newest} (until {at}) are lost; their anchors are in {aside}"
        )
    for name, content in members(wanted.folder, manifest, ANCHORS, wanted.identities):
        path = folder / name
        if name.endswith(".pub.pem") or not name.endswith(".jsonl"):
            continue  # keys are believed only from where somebody put them
        here = path.read_bytes() if path.exists() else b""
        if len(content) > len(here) and content.startswith(here):
            _write_private(path, content)


def _put_back_pages(wanted: Wanted, manifest: Manifest, report: Report) -> None:
    """Only where there are none: those that are there may be newer. They are written anew within a minute."""
    folder = settings.LFR_PUBLIC_DIR
    if folder is None or (Path(folder).exists() and any(Path(folder).iterdir())):
        report.lines.append("public pages: left as they are")
        return
    number = 0
    for name, content in members(wanted.folder, manifest, PUBLIC, wanted.identities):
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        number += 1
    report.lines.append(f"{number} public pages put back")


def _write_private(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.part")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _purge(store_lost: bool, now: datetime, report: Report) -> dict[UUID, Buried]:
    buried, certificates = {}, 0
    for force_id in forces.all_force_ids():
        with force_context(force_id):
            buried[force_id] = vault.bury(store_lost=store_lost, now=now)
        done = retention.run_due(force_id=force_id, now=now)
        certificates += len(done.certificates)
        report.problems += [f"force {force_id}: {problem}" for problem in done.problems]
        with force_context(force_id):
            vault.finish_destruction(now=now)
            vault.destroy_orphans(now=now)
    came_back = sum(each.came_back for each in buried.values())
    if came_back:
        report.lines.append(
            f"WARNING: {came_back} keys that were destroyed lay in the key store again, and were destroyed"
            " again. Somebody put back a copy of it: find out who has copies"
        )
    untold, given_up = (sum(getattr(b, name) for b in buried.values()) for name in ("untold", "given_up"))
    report.lines.append(
        f"{untold} keys were destroyed since the backup: what was under them is deleted again"
    )
    report.lines.append(f"{given_up} keys of open lists and uploads given up: import them again")
    report.lines.append(f"{certificates} purges were due and done")
    return buried


def _verify(now: datetime, report: Report) -> None:
    for force_id in forces.all_force_ids():
        result = audit.verify(force_id=force_id, now=now)
        slug = forces.get_force(force_id=force_id).slug
        verdict = "verified" if result.ok else "NOT verified"
        report.lines.append(f"{slug}: {result.links} links, {result.anchors} anchors, {verdict}")
        report.problems += [f"{slug}: {problem}" for problem in result.problems]


def _to_look_at(manifest: Manifest, running: int) -> list[str]:
    lines = [
        "everybody has to sign in again",
        f"what was taken away after {manifest.made_at} is there again: look through roles, people, tokens of"
        " the API, relays, single sign-on, consents that were withdrawn and names taken out of records before"
        " the platform opens; a force that left since is to be deleted again",
    ]
    if running:
        lines.append(f"{running} deployments were running in the backup and have no list any more: end them")
    return lines


def _record(
    manifest: Manifest,
    digest: str,
    lost: dict[str, tuple[int, int, str]],
    buried: dict[UUID, Buried],
    now: datetime,
) -> None:
    """On each force's own record, and anchored: the next anchor follows those of the backup."""
    for force_id, keys in buried.items():
        ends, newest, at = lost.get(str(force_id), (0, 0, ""))
        with force_context(force_id):
            audit.record(
                actor=Actor.system(force_id=force_id, label="operator of the platform", origin="restore"),
                verb="ops.restored",
                object_type="force",
                object_id=force_id,
                payload={
                    "backup_made_at": manifest.made_at,
                    "manifest_sha256": digest,
                    "lost_from_link": ends + 1 if newest else None,
                    "lost_up_to_link": newest or None,
                    "lost_anchored_until": at,
                    "keys_came_back": keys.came_back,
                    "keys_destroyed_since": keys.untold,
                    "keys_given_up": keys.given_up,
                },
                now=now,
            )
        audit.chain_force(force_id=force_id, now=now)
        audit.take_anchor(force_id=force_id)
