"""A backup that was never restored is a hope. This makes one, restores it beside the real database, compares,
and drops it. No key, no anchor and no row of the real database is touched; nothing lies on disk in the clear.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection as application

from apps.ops.backup import age, postgres
from apps.ops.backup.checking import checked, members, pieces
from apps.ops.backup.data import ANCHORS, DATABASE, BackupRefused, Manifest, Say
from apps.ops.backup.making import make
from apps.ops.backup.postgres import OWNER, Server
from apps.ops.backup.restoring import differences
from lfrplatform.embedded.roles import create_test_database, drop_test_database, with_database


def rehearse(*, server: Server, while_lists_are_open: bool, now: datetime, say: Say) -> list[str]:
    """Returns what was seen, in lines. Raises BackupRefused when the backup could not be restored, or what
    was restored is not what was backed up."""
    Path(settings.LFR_VAR_DIR).mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=settings.LFR_VAR_DIR))
    identity, recipient = age.new_identity()
    name = f"lfr_rehearsal_{secrets.token_hex(4)}"
    try:
        made = make(
            to=place / "backup",
            server=server,
            recipients=[recipient],
            while_lists_are_open=while_lists_are_open,
            now=now,
            say=say,
        )
        identities = age.identities_of(identity)
        checked(made.folder, identities)
        scratch = _scratch(server, name)
        say(f"restoring into {name}")
        scratch.load(pieces(made.folder, made.manifest, DATABASE, identities))
        lines = [_compared(scratch, made.manifest)]
        anchors = place / "anchors"
        anchors.mkdir(mode=0o700)
        for file, content in members(made.folder, made.manifest, ANCHORS, identities):
            (anchors / file).write_bytes(content)
        say("verifying the audit of what was restored")
        return lines + _verified(name, anchors)
    finally:
        with server.connected() as owner:
            drop_test_database(owner, name)
        shutil.rmtree(place, ignore_errors=True)


def _scratch(server: Server, name: str) -> Server:
    try:
        create_test_database(server.url, name)
    except psycopg.errors.InsufficientPrivilege as refused:
        raise BackupRefused(
            f"the role of {OWNER} may not make databases: as the superuser, ALTER ROLE lfr_owner CREATEDB"
            " (and NOCREATEDB afterwards)"
        ) from refused
    scratch = Server(with_database(server.url, name), server.programs)
    with scratch.connected() as connection:
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        except psycopg.errors.InsufficientPrivilege as refused:
            raise BackupRefused(
                "new databases come without the extension: as the superuser, CREATE EXTENSION vector in"
                " template1"
            ) from refused
    return scratch


def _compared(scratch: Server, manifest: Manifest) -> str:
    with scratch.connected() as connection:
        problems = differences(manifest, postgres.counts(connection))
    if problems:
        raise BackupRefused(f"what was restored is not what was backed up: {'; '.join(problems)}")
    return (
        f"{sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables restored, each table as it was"
    )


def _verified(name: str, anchors: Path) -> list[str]:
    """By a process of its own, whose database and anchors are the restored ones."""
    env = os.environ | {
        "DATABASE_URL": postgres.url_of(application.settings_dict, name=name),
        "LFR_ANCHOR_DIR": str(anchors),
    }
    argv = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "verify_audit", "--leave-no-trace"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0:
        raise BackupRefused(
            "; ".join(["the audit of what was restored does not verify", *lines, done.stderr[-500:]])
        )
    return lines
