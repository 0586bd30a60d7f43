"""Recomputes every digest, link and anchor of the audit, force by force."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit import api as audit
from apps.audit.data import Progress, VerifyReport
from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.core.wording import say_duration
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.ops.operations import record_verification

SAY_EVERY = 50_000


class Command(BaseCommand):
    help = (
        "Verify the audit of every force (or one) against its own hashes and against the signed anchors"
        " outside the database. Exits 1 when anything was changed, inserted, reordered or removed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", help="only this force, by its slug")
        parser.add_argument("--every", type=int, default=SAY_EVERY, help="events between lines of progress")
        parser.add_argument(
            "--leave-no-trace", action="store_true", help="do not put the verification itself on record"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = self._chosen(options["force"])
        broken = 0
        for force in chosen:
            report = audit.verify(
                force_id=force.id, now=utc_now(), progress=self._progress(force.slug, options["every"])
            )
            self._say(force.slug, report)
            if not options["leave_no_trace"]:
                record_verification(report=report, now=utc_now())
            broken += not report.ok
        gone = 0 if options["force"] else self._unknown_forces()
        if broken or gone:
            deleted = f", and that of {gone} more was deleted" if gone else ""
            raise CommandError(
                f"the audit of {broken} of {len(chosen)} forces does not verify{deleted}", returncode=1
            )

    def _chosen(self, slug: str | None) -> list[ForceData]:
        try:
            if slug:
                return [forces.get_force_by_slug(slug=slug)]
        except NotFound as missing:
            raise CommandError(missing.message) from missing
        return [forces.get_force(force_id=force_id) for force_id in forces.all_force_ids()]

    def _progress(self, slug: str, every: int) -> Any:
        began, said = time.monotonic(), 0

        def say(progress: Progress) -> None:
            nonlocal said
            if progress.done - said < every:
                return
            said = progress.done
            rate = progress.done / max(time.monotonic() - began, 0.001)
            left = (progress.total - progress.done) / rate
            self.stdout.write(
                f"{slug}: {progress.done:,} of {progress.total:,} events, {rate:,.0f} a second,"
                f" {_duration(left)} left"
            )

        return say

    def _say(self, slug: str, report: VerifyReport) -> None:
        verdict = "verified" if report.ok else f"{report.found} PROBLEMS"
        notes = [f"{report.erased} with erased content"] if report.erased else []
        notes += (
            [f"{report.anchors} anchors, the last of {report.last_anchor_at} at link {report.anchored_links}"]
            if report.anchors
            else ["no anchor yet"]
        )
        self.stdout.write(
            f"{slug}: {report.events} events, {report.links} links, {verdict} ({'; '.join(notes)})"
        )
        for line in report.problems:
            self.stdout.write(f"  {line}")
        if report.found > len(report.problems):
            self.stdout.write(f"  and {report.found - len(report.problems)} more")
        for line in report.warnings:
            self.stdout.write(f"  note: {line}")

    def _unknown_forces(self) -> int:
        """Anchors outlive their force: one that left has a certificate, one that was deleted has none."""
        gone = 0
        for force_id in sorted(audit.forces_with_anchors() - set(forces.all_force_ids()), key=str):
            try:
                forces.departed(force_id=force_id)
            except NotFound:
                gone += 1
                self.stdout.write(f"{force_id}: there are anchors of this force and no force: it was deleted")
            else:
                self.stdout.write(f"{force_id}: left, with a certificate; its anchors are still here")
        return gone


def _duration(seconds: float) -> str:
    return say_duration(timedelta(seconds=seconds))
