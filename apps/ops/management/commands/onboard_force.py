"""A new force, with a link for each of its two administrators, and nowhere public until the first is used."""

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
        "Make a force and print two single-use links: with the first its administrator finishes it, with the "
        "other a second administrator joins. Run it again for a force that is not finished to get new links; "
        "older ones are void then."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="as the public reads it")
        parser.add_argument(
            "--slug", required=True, help="in the addresses of its notices: letters and hyphens"
        )
        parser.add_argument("--admin-email", required=True, help="the first administrator signs in with it")
        parser.add_argument(
            "--second-admin-email",
            required=True,
            help="somebody else: approving roles take two administrators",
        )
        parser.add_argument("--second-admin-name", default="", help="as records show it; the address without")
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
            token, second = onboarding.offer(
                force_id=force.id,
                admin_email=options["admin_email"],
                second_email=options["second_admin_email"],
                second_name=options["second_admin_name"],
                now=utc_now(),
            )
            if options["yes_with_defaults"]:
                self._finish(token, options)
                self.stdout.write(f"{force.name} is set up. {options['admin_email']} can sign in.")
                self._say_link(options["second_admin_email"], "join-link", second)
                return
        except DomainError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{force.name} is made, and nowhere public yet.")
        self._say_link(options["admin_email"], "forces:onboard", token)
        self._say_link(options["second_admin_email"], "join-link", second)
        self.stdout.write(
            "Each link works once, for 7 days, the second one after the first. Neither is stored: send each"
            " by a way that you trust, to nobody but whom it is for."
        )

    def _say_link(self, email: str, page: str, token: str) -> None:
        address = settings.LFR_PUBLIC_BASE_URL.rstrip("/") + reverse(page, args=[token])
        self.stdout.write(f"For {email}:\n\n  {address}\n")

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
