"""Restores a backup into an empty database (docs/how-to/administrator/backup.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.clock import utc_now
from apps.ops.backup import age
from apps.ops.backup.data import BackupRefused
from apps.ops.backup.postgres import Server
from apps.ops.backup.restoring import Report, Wanted, restore


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty database, delete again what was deleted or is due, verify the audit,"
        " and say what to look at. Needs DATABASE_OWNER_URL; stop web, workers and beat first."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that `manage.py backup` made")
        parser.add_argument("--identity", type=Path, help="file with the secret key of age")
        parser.add_argument(
            "--accept-gap", action="store_true", help="what was recorded after the backup is lost: go on"
        )
        parser.add_argument(
            "--key-store-is-lost", action="store_true", help="give up what was encrypted under its keys"
        )
        parser.add_argument("--programs", type=Path, help="folder with pg_restore")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            identity = options["identity"]
            wanted = Wanted(
                folder=options["folder"],
                identities=age.identities_of(identity.read_text(encoding="utf-8")) if identity else [],
                accept_gap=options["accept_gap"],
                store_lost=options["key_store_is_lost"],
            )
            server = Server.of_owner(options["programs"])
            report = restore(wanted=wanted, server=server, now=utc_now(), say=self.stdout.write)
        except (BackupRefused, OSError, psycopg.Error) as problem:
            raise CommandError(str(problem)) from problem
        self._say(report)

    def _say(self, report: Report) -> None:
        self.stdout.write(f"restored from the backup with manifest SHA-256 {report.manifest_sha256}")
        for line in report.lines:
            self.stdout.write(f"- {line}")
        for problem in report.problems:
            self.stderr.write(f"PROBLEM: {problem}")
        if report.problems:
            raise CommandError(f"{len(report.problems)} problems: the database stays closed", returncode=1)
