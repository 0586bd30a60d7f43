"""A new force, with a link for its first administrator, and nowhere public until that is used."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from apps.core.clock import utc_now
from apps.core.errors import DomainError, NotFound
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.ops import onboarding


class Command(BaseCommand):
    help = (
        "Make a force and print the single-use link with which its first administrator finishes it. Run it "
        "again for a force that is not finished to get a new link; older ones are void then."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="as the public reads it")
        parser.add_argument(
            "--slug", required=True, help="in the addresses of its notices: letters and hyphens"
        )
        parser.add_argument("--admin-email", required=True, help="the first administrator signs in with it")
        parser.add_argument(
            "--yes-with-defaults",
            action="store_true",
            help="finish it at once with the default settings; the password is read from standard input",
        )
        parser.add_argument("--admin-name", default="", help="with --yes-with-defaults")
        parser.add_argument("--admin-rank", default="", help="with --yes-with-defaults")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            force = self._force(options)
            token = forces.offer(force_id=force.id, admin_email=options["admin_email"], now=utc_now())
            if options["yes_with_defaults"]:
                self._finish(token, options)
                self.stdout.write(f"{force.name} is set up. {options['admin_email']} can sign in.")
                return
        except DomainError as problem:
            raise CommandError(str(problem)) from problem
        address = settings.LFR_PUBLIC_BASE_URL.rstrip("/") + reverse("forces:onboard", args=[token])
        self.stdout.write(f"{force.name} is made, and nowhere public yet. For {options['admin_email']}:")
        self.stdout.write(f"\n  {address}\n")
        self.stdout.write(
            "The link works once, for 7 days. It is not stored: send it by a way that you trust."
        )

    def _force(self, options: dict[str, Any]) -> ForceData:
        try:
            return forces.find_force(slug=options["slug"])
        except NotFound:
            return forces.create_force(
                slug=options["slug"], name=options["name"], now=utc_now(), active=False
            )

    def _finish(self, token: str, options: dict[str, Any]) -> None:
        onboarding.finish(
            token=token,
            display_name=options["admin_name"] or options["admin_email"],
            rank=options["admin_rank"],
            password=sys.stdin.readline().rstrip("\n"),
            settings={},
            now=utc_now(),
        )
