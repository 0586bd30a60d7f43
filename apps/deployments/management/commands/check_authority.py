"""Says whether a PDF is a written authority as it was approved, and whether the approval still holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.deployments.documents.public_checks import check_file


class Command(BaseCommand):
    help = (
        "Check a written authority (PDF): the text attached to it is hashed again and looked for among the"
        " approvals of every force. Exits 1 when the file is not what was approved."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the PDF")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes()
        except OSError as unreadable:
            raise CommandError(
                f"{options['file']} cannot be read: {unreadable.strerror}", returncode=2
            ) from unreadable
        answer = check_file(content)
        if not answer.genuine:
            raise CommandError(f"{answer.heading}. " + " ".join(answer.words), returncode=1)
        self.stdout.write(f"{answer.heading}. " + " ".join(answer.words))
        self.stdout.write(f"Fingerprint of the text: {answer.content_hash}")
