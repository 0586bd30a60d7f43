"""The threshold for a list and a footfall, from a pack's evidence. Touches no database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.recognition import api as recognition
from apps.recognition.data import GenuineCount, GroupEvidence, ImpostorCount
from apps.recognition.engine.errors import PackError
from apps.recognition.engine.evidence import MAX_BYTES, parse_evidence
from apps.recognition.evaluation.words import answer, missed, people

Groups = tuple[GroupEvidence, ...]


class Command(BaseCommand):
    help = (
        "Say which threshold lets at most one person in 1,000 cause a false alert, for a list of N people, "
        "with its 95% range. Exits 1 when the evidence cannot support an answer."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", type=int, required=True, help="how many pictures are listed")
        parser.add_argument("--footfall", type=int, required=True, help="how many people pass")
        parser.add_argument("--at-most", type=float, default=recognition.CEILING)
        parser.add_argument("--pack", default=recognition.DEFAULT_PACK_ID, help="the id of the model pack")
        parser.add_argument(
            "--evidence", type=Path, help="a file of `evaluate --as-evidence`, not the pack's"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        impostors, genuine, groups = _evidence(options["pack"], options["evidence"])
        question = {key: options[key] for key in ("footfall", "at_most")} | {"list_size": options["list"]}
        try:
            found = recognition.calibrate(impostors, **question)
        except ValueError as error:
            raise CommandError(str(error)) from error
        for sentence in answer(found):
            self.stdout.write(sentence)
        if found.threshold is None:
            raise CommandError("the evidence cannot support an answer", returncode=1)
        self.stdout.write(missed(genuine, found.threshold))
        self._by_group(groups, found.threshold, question)

    def _by_group(self, groups: Groups, threshold: float, question: dict[str, Any]) -> None:
        if not groups:
            self.stdout.write("Nothing is recorded by group: whether groups are treated alike is not known.")
        for group in groups:
            share = recognition.false_alert_share(
                group.impostors,
                list_size=question["list_size"],
                threshold=threshold,
                views=recognition.VIEWS_A_TRACK,
            )
            if share is None:
                self.stdout.write(f"{group.group}: nothing was counted at this threshold")
                continue
            low, high = (bound * question["footfall"] for bound in (share.low, share.high))
            kept = "keeps" if share.high <= question["at_most"] else "is not shown to keep"
            self.stdout.write(
                f"{group.group}, were everybody of this group: between {people(low, up=False)} and "
                f"{people(high, up=True)} false alerts; it {kept} the ceiling"
            )


def _evidence(
    pack_id: str, path: Path | None
) -> tuple[tuple[ImpostorCount, ...], tuple[GenuineCount, ...], Groups]:
    try:
        if path is None:
            chosen = recognition.manifest(pack_id)
            measured = chosen.measured
            if measured is None:
                return chosen.impostors, (), ()
        else:
            if path.stat().st_size > MAX_BYTES:
                raise CommandError(f"{path} is too large")
            measured = parse_evidence(path.read_bytes())
    except (OSError, PackError) as error:
        raise CommandError(str(error)) from error
    return measured.impostors, measured.genuine, measured.groups
