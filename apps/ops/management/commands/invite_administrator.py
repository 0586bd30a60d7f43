"""A link for a further administrator of a force, when it has too few left to give the role itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from apps.core.clock import utc_now
from apps.core.errors import DomainError
from apps.forces import api as forces
from apps.ops import onboarding


class Command(BaseCommand):
    help = (
        "Print a single-use link with which somebody joins a force as administrator, without one "
        "of the force. For a force that has fewer than two. It is in the force's audit record."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", required=True, help="its short name")
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="", help="as records show it; the address without")
        parser.add_argument("--reason", required=True, help="kept in the audit record")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            force = forces.find_force(slug=options["force"])
            token = onboarding.invite_administrator(
                force_id=force.id,
                email=options["email"],
                name=options["name"],
                reason=options["reason"],
                now=utc_now(),
            )
        except DomainError as problem:
            raise CommandError(str(problem)) from problem
        address = settings.LFR_PUBLIC_BASE_URL.rstrip("/") + reverse("join-link", args=[token])
        self.stdout.write(f"For {options['email']}, an administrator of {force.name}:\n\n  {address}\n")
