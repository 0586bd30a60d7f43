"""The answer to a freedom-of-information request as a file (docs/how-to/freedom-of-information.md)."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.errors import DomainError
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.scrutiny.answers.report import answers_report
from apps.scrutiny.exceptions import Period
from apps.scrutiny.exports import files
from apps.scrutiny.exports.anchor import take_out
from apps.scrutiny.foi.views import VERB
from apps.scrutiny.foi.withholding import fields_of, parse, withhold


class Command(BaseCommand):
    help = "Write a force's 25 answers about a time, with fields withheld under FOIA. It is put on record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", required=True, help="slug of the force")
        parser.add_argument("--first", required=True, type=date.fromisoformat, help="first day, 2026-01-31")
        parser.add_argument("--last", required=True, type=date.fromisoformat, help="last day")
        parser.add_argument("--rehearsals", action="store_true", help="of rehearsals in place of operations")
        parser.add_argument(
            "--withhold", action="append", default=[], help="FIELD=SECTION:WHY, again for more"
        )
        parser.add_argument("--fields", action="store_true", help="list the fields, and write nothing")
        parser.add_argument("--to", type=Path, help="a new file that ends in .pdf, .ods, .csv or .json")
        parser.add_argument("--request", default="", help="the force's own reference of the request")
        parser.add_argument("--by", default=os.environ.get("USER", ""), help="who asked for it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            force = forces.get_force_by_slug(slug=options["force"])
            with force_context(force.id):
                self._answer(force, options)
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        except OSError as problem:
            raise CommandError(f"{options['to']}: {problem.strerror}") from problem

    def _answer(self, force: Any, options: dict[str, Any]) -> None:
        period = Period(options["first"], options["last"])
        report = answers_report(
            force=force, period=period, now=utc_now(), rehearsals=options["rehearsals"], published=True
        )
        if options["fields"]:
            for field in fields_of(report):
                self.stdout.write(f"{field.key}\t{field.words}")
            return
        target, request = options["to"], options["request"].strip()
        if target is None or target.suffix[1:] not in files.TYPES or not request:
            raise CommandError("give --request, and --to with a file that ends in .pdf, .ods, .csv or .json")
        given = [parse(said) for said in options["withhold"]]
        answer = withhold(report, given)
        # The file first: what cannot be written is not put on record as taken out.
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            taken = take_out(
                answer,
                form=target.suffix[1:],
                verb=VERB,
                about={
                    "first": period.first.isoformat(),
                    "last": period.last.isoformat(),
                    "rehearsals": options["rehearsals"],
                    "request": request,
                    "withheld": [f"{each.field}={each.section}" for each in given],
                },
                actor=Actor.system(
                    force_id=force.id,
                    label=f"foi_export: {options['by'] or 'nobody named'}",
                    origin="command",
                ),
                now=utc_now(),
            )
            file.writelines(files.written(taken, target.suffix[1:]))
        self.stdout.write(f"{target}: {len(given)} fields withheld, SHA-256 {answer.sha256()}")
