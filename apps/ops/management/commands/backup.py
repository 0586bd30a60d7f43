"""A backup of the database with what belongs to it (docs/how-to/administrator/backup.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.clock import utc_now
from apps.ops.backup import age
from apps.ops.backup.data import BackupRefused
from apps.ops.backup.making import make
from apps.ops.backup.postgres import Server
from apps.ops.backup.rehearsing import rehearse
from apps.ops.operations import record_backup


class Command(BaseCommand):
    help = (
        "Back up database, anchors and public pages into a new folder, with a signed manifest. Never in it:"
        " the key store. Needs DATABASE_OWNER_URL. --rehearse restores it beside the database, compares and"
        " drops it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--to", type=Path, help="a folder that does not exist")
        where.add_argument(
            "--rehearse", action="store_true", help="make one, restore it, compare; keep nothing"
        )
        seal = parser.add_mutually_exclusive_group()
        seal.add_argument("--recipient", action="append", default=[], help="public key of age: age1…")
        seal.add_argument("--recipients-file", type=Path, help="public keys of age, one a line")
        parser.add_argument(
            "--while-lists-are-open", action="store_true", help="leave galleries out instead of refusing"
        )
        parser.add_argument("--programs", type=Path, help="folder with pg_dump and pg_restore")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            server = Server.of_owner(options["programs"])
            if options["rehearse"]:
                self._rehearse(server, options)
            else:
                self._make(server, options)
        except (BackupRefused, OSError, psycopg.Error) as problem:
            raise CommandError(str(problem)) from problem

    def _make(self, server: Server, options: dict[str, Any]) -> None:
        file = options["recipients_file"]
        given = file.read_text(encoding="utf-8") if file else "\n".join(options["recipient"])
        recipients = age.recipients_of(given) if given else []
        if not recipients:
            self.stderr.write(
                "NOT ENCRYPTED: names, offences and reasons are in it in the clear (--recipient)"
            )
        made = make(
            to=options["to"],
            server=server,
            recipients=recipients,
            while_lists_are_open=options["while_lists_are_open"],
            now=utc_now(),
            say=self.stdout.write,
        )
        record_backup(manifest_sha256=made.manifest_sha256, encrypted=bool(recipients), now=utc_now())
        rows = sum(made.manifest.rows.values())
        self.stdout.write(f"{rows:,} rows of {len(made.manifest.rows)} tables in {made.folder}")
        self.stdout.write(f"manifest SHA-256: {made.manifest_sha256}")

    def _rehearse(self, server: Server, options: dict[str, Any]) -> None:
        lines = rehearse(
            server=server,
            while_lists_are_open=options["while_lists_are_open"],
            now=utc_now(),
            say=self.stdout.write,
        )
        for line in lines:
            self.stdout.write(line)
        self.stdout.write("the backup can be restored; nothing of the rehearsal was kept")
