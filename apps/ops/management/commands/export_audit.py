"""The whole audit of one force in a file that an outsider can verify (docs/how-to/administrator)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit import api as audit
from apps.audit.data import Progress
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.errors import DomainError
from apps.core.tenancy import force_context
from apps.forces import api as forces

SAY_EVERY = 50_000


class Command(BaseCommand):
    help = (
        "Write a force's audit with its anchors and public keys to a file of JSON lines. It is put on record."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", required=True, help="slug of the force")
        parser.add_argument("--to", required=True, type=Path, help="a file that does not exist yet")
        parser.add_argument("--reason", required=True, help="why: it goes on record")
        parser.add_argument("--by", default=os.environ.get("USER", ""), help="who asked for it")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["to"]
        try:
            force = forces.get_force_by_slug(slug=options["force"])
            self._anchor_now(force.id)
            actor = Actor.system(
                force_id=force.id,
                label=f"export_audit: {options['by'] or 'nobody named'}",
                origin="command",
            )
            with force_context(force.id):
                export = audit.begin_export(
                    kind=audit.ExportKind.CHAIN,
                    filters=audit.Filters(),
                    reason=options["reason"],
                    actor=actor,
                    now=utc_now(),
                )
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        except OSError as problem:
            raise CommandError(f"{target}: {problem.strerror}") from problem
        with os.fdopen(descriptor, "wb") as file:
            for chunk in audit.chunks(export, self._progress):
                file.write(chunk)
        self.stdout.write(
            f"{target}: {export.up_to_position:,} links of {force.slug}, {target.stat().st_size:,} bytes"
        )

    def _anchor_now(self, force_id: Any) -> None:
        """So that all of the export is anchored."""
        audit.chain_force(force_id=force_id, now=utc_now())
        try:
            audit.take_anchor(force_id=force_id)
        except audit.AnchorConflict as conflict:
            self.stderr.write(f"no new anchor: {conflict.message}")

    def _progress(self, progress: Progress) -> None:
        if progress.done % SAY_EVERY == 0:
            self.stdout.write(f"{progress.done:,} of {progress.total:,}")
