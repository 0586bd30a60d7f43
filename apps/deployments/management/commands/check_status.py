"""Who of a list is still wanted, by a file of the system that knows; for whoever runs the platform."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.errors import DomainError
from apps.core.tenancy import force_context
from apps.core.text import unseen_characters
from apps.deployments import queries
from apps.deployments.operations import status
from apps.forces import api as forces
from apps.watchlists.status import MAX_STATUS_BYTES

LONGEST_KEY = 500
LONGEST_BY = 100


class Command(BaseCommand):
    help = (
        "Check a deployment's list by a file (reference,status,checked_at): who is not wanted, or unknown,"
        " comes off. With --service-key keep the key of a force's status service instead, read from standard "
        "input."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", required=True, help="the slug of the force")
        parser.add_argument("--deployment", help="its reference")
        parser.add_argument("--file", type=Path)
        parser.add_argument("--whole", action="store_true", help="whom the file does not name comes off too")
        parser.add_argument("--at-most", type=int, default=0, help="so many people may come off the list")
        parser.add_argument("--by", default="", help="who or what checks, for the record")
        parser.add_argument("--service-key", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            force = forces.get_force_by_slug(slug=options["force"])
            if options["service_key"]:
                self._keep_key(force.id)
                return
            if not (options["deployment"] and options["file"] and options["by"].strip()):
                raise CommandError("Name --deployment, --file and --by.")
            if len(options["by"]) > LONGEST_BY or unseen_characters(options["by"]):
                raise CommandError(f"--by is a few words, {LONGEST_BY} characters at most.")
            with options["file"].open("rb") as file:
                raw = file.read(MAX_STATUS_BYTES + 1)
            with force_context(force.id):
                deployment = queries.get_by_reference(reference=options["deployment"])
                found = status.check_by_command(
                    deployment_id=deployment.id,
                    raw=raw,
                    whole=options["whole"],
                    at_most=options["at_most"],
                    by=options["by"].strip(),
                    now=utc_now(),
                )
        except (DomainError, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(
            f"still wanted: {found.wanted}, off the list: {found.off}, left as they are: "
            f"{found.unnamed + found.older}"
        )

    def _keep_key(self, force_id: Any) -> None:
        key = sys.stdin.readline().strip()
        if not key.isascii() or not key.isprintable() or not 0 < len(key) <= LONGEST_KEY:
            raise CommandError("Send the key on standard input, one line.")
        accounts.secrets().put(status.key_name(force_id), key)
        self.stdout.write("The key is kept, outside the database.")
