"""Runs the retention rules by hand: the same that the sweep does every minute."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.clock import utc_now
from apps.forces import api as forces
from apps.retention import api


class Command(BaseCommand):
    help = "Delete what is past its deadline in every force, verify it and write certificates."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", help="pretend that it is this time (ISO 8601); refused in production")
        parser.add_argument(
            "--simulate", action="store_true", help="delete, report and roll back: nothing is changed"
        )
        parser.add_argument(
            "--rehearse",
            action="store_true",
            help="say which purges of the next four hours would fail: nothing is changed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = self.moment(options["now"])
        problems = 0
        for force_id in forces.all_force_ids():
            if options["rehearse"]:
                problems += self.rehearse(force_id, now)
            else:
                problems += self.simulate(force_id, now) if options["simulate"] else self.run(force_id, now)
        if problems and options["rehearse"]:
            raise CommandError(f"{problems} purges would fail at their deadline", returncode=1)
        if problems:
            raise CommandError(f"{problems} problems: something that is due is still there", returncode=1)

    def moment(self, text: str | None) -> datetime:
        if text is None:
            return utc_now()
        if not settings.LFR_ALLOW_SIMULATED_CLOCK:
            raise CommandError("--now is refused in this profile: a moved clock could make a purge look done")
        try:
            now = datetime.fromisoformat(text)
        except ValueError as problem:
            raise CommandError(f"--now must be an ISO 8601 time, not {text!r}") from problem
        if now.tzinfo is None:
            raise CommandError("--now needs an offset from UTC, for instance +00:00")
        return now

    def run(self, force_id: UUID, now: datetime) -> int:
        slug = forces.get_force(force_id=force_id).slug
        done = api.run_due(force_id=force_id, now=now)
        for certificate in done.certificates:
            self.stdout.write(
                f"{slug}: {certificate.data_class} of {certificate.subject_id}: {dict(certificate.counts)}, "
                f"certificate {certificate.id}"
            )
        if not done.certificates:
            self.stdout.write(f"{slug}: nothing was due")
        for problem in done.problems:
            self.stderr.write(f"{slug}: {problem}")
        return len(done.problems)

    def rehearse(self, force_id: UUID, now: datetime) -> int:
        slug = forces.get_force(force_id=force_id).slug
        found = api.rehearse(force_id=force_id, now=now)
        for problem in found:
            self.stderr.write(f"{slug}: {problem.words}")
        if not found:
            self.stdout.write(f"{slug}: every purge of the next four hours would go through")
        return len(found)

    def simulate(self, force_id: UUID, now: datetime) -> int:
        slug = forces.get_force(force_id=force_id).slug
        for result in api.simulate_due(force_id=force_id, now=now):
            self.stdout.write(
                f"{slug}: would delete {result.data_class} of {result.subject_id}: {dict(result.counts)}"
            )
        return 0
