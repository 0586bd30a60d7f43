"""Recomputes every digest and link of the audit chain, force by force."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.forces import api as forces


class Command(BaseCommand):
    help = "Verify the audit chain of every force (or one). Exits 1 when anything was changed or removed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", help="only this force, by its slug")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            chosen = (
                [forces.get_force_by_slug(slug=options["force"])]
                if options["force"]
                else [forces.get_force(force_id=force_id) for force_id in forces.all_force_ids()]
            )
        except NotFound as missing:
            raise CommandError(missing.message) from missing
        broken = 0
        for force in chosen:
            report = audit.verify(force_id=force.id, now=utc_now())
            verdict = "verified" if report.ok else f"{len(report.problems)} PROBLEMS"
            self.stdout.write(f"{force.slug}: {report.events} events, {report.links} links, {verdict}")
            for problem in report.problems:
                self.stdout.write(f"  {problem}")
            broken += not report.ok
        if broken:
            raise CommandError(f"the audit of {broken} of {len(chosen)} forces does not verify", returncode=1)
