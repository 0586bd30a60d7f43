"""A force leaves: export, then (after two of its administrators confirmed) delete, with a certificate."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.clock import utc_now
from apps.core.errors import DomainError
from apps.forces import api as forces
from apps.ops.departure import catalogue, deleting, exporting

OWNER = "DATABASE_OWNER_URL"


class Command(BaseCommand):
    help = "export: write everything of a force. delete: delete everything of it, with the owner's role."

    def add_arguments(self, parser: CommandParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        export = steps.add_parser(
            "export", help="JSON Lines per table with a manifest; no biometrics, no keys"
        )
        export.add_argument("--force", required=True, help="slug")
        export.add_argument("--to", required=True, type=Path, help="a folder that does not exist")
        delete = steps.add_parser("delete", help=f"needs {OWNER} and two confirmations at /force/leaving/")
        delete.add_argument("--force", required=True, help="slug")
        delete.add_argument("--manifest", required=True, type=Path, help="manifest.json of the export")
        delete.add_argument(
            "--certificate", type=Path, help="where the certificate goes; beside the manifest"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._export(options) if options["step"] == "export" else self._delete(options)
        except (DomainError, catalogue.Incomplete, OSError) as problem:
            raise CommandError(str(problem)) from problem

    def _export(self, options: dict[str, Any]) -> None:
        force = forces.find_force(slug=options["force"])
        done = exporting.export(force=force, to=options["to"], now=utc_now())
        self.stdout.write(f"{sum(done.counts.values()):,} rows of {len(done.counts)} tables in {done.folder}")
        self.stdout.write(f"manifest SHA-256: {done.manifest_sha256}")
        self.stdout.write("Two administrators of the force confirm this manifest at /force/leaving/.")

    def _delete(self, options: dict[str, Any]) -> None:
        owner = os.environ.get(OWNER)
        if not owner:
            raise CommandError(f"{OWNER} is not set. Only the owner of the tables deletes a force.")
        force = forces.find_force(slug=options["force"])
        done = deleting.delete(force=force, manifest=options["manifest"], owner_url=owner, started=utc_now())
        path = options["certificate"] or options["manifest"].with_name("certificate.json")
        content = {"certificate": done.content, "sha256": done.sha256, "signature": done.signature}
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
        self.stdout.write(f"{sum(done.content['rows'].values()):,} rows deleted. Certificate: {path}")
        for left in done.files_left:
            self.stdout.write(f"could not be removed, do it by hand: {left}")
        self.stdout.write(f"SHA-256 {done.sha256}, kept in the register of forces that left too.")
