"""Measures a model pack on labelled pictures and writes the report. Touches no database."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.clock import utc_now
from apps.recognition import api as recognition
from apps.recognition.engine.enrol import EnrolmentConfig
from apps.recognition.engine.errors import PackError
from apps.recognition.engine.quality import ENROLMENT_LIMITS, LIVE_LIMITS
from apps.recognition.evaluation.enrolling import Enrolled, doubtful, enrol_all, measure
from apps.recognition.evaluation.html import as_html
from apps.recognition.evaluation.measure import LIST_SIZES, SEARCH_THRESHOLDS, Evaluation, row_of
from apps.recognition.evaluation.report import About, as_csv, as_evidence, as_json
from apps.recognition.evaluation.sources import Labelled, LabelsWrong, Pictures, read_folder, read_pairs
from apps.recognition.evaluation.words import rate

LIMITS = {"enrolment": ENROLMENT_LIMITS, "live": LIVE_LIMITS}
SAY_EVERY = 100


class Command(BaseCommand):
    help = (
        "Measure how well a model pack tells people apart, on a folder with a folder of pictures for each "
        "person, or on a CSV of pairs (columns first, second, same, perhaps group). Writes report.html, "
        "report.json and rates.csv; with --as-evidence also the file that a pack's manifest names."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, help="the folder, or the CSV of pairs")
        parser.add_argument("--out", type=Path, required=True, help="a folder for the report, new or empty")
        parser.add_argument("--pack", default=recognition.DEFAULT_PACK_ID, help="the id of the model pack")
        parser.add_argument("--groups", type=Path, help="a CSV with the columns person and group")
        parser.add_argument(
            "--list", type=int, action="append", default=[], help="a size of list, repeatable"
        )
        parser.add_argument("--quality", choices=sorted(LIMITS), default="enrolment")
        parser.add_argument(
            "--dataset", default="", help="whose pictures these are, and where they come from"
        )
        parser.add_argument("--by", default="", help="who conducts the evaluation and answers for it")
        parser.add_argument("--as-evidence", type=Path, help="write the counts for a manifest into this file")
        parser.add_argument("--name-failures", action="store_true", help="print each picture that failed")

        parser.add_argument(
            "--name-doubtful", type=int, default=0, help="print so many pairs whose label may be wrong"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out, evidence = options["out"], options["as_evidence"]
        _check_target(out, evidence, options["dataset"], options["by"])
        sizes = tuple(options["list"]) or LIST_SIZES
        if min(sizes) < 1:
            raise CommandError("a list has one person or more")
        try:
            source = _read(options["source"], options["groups"])
            pack = recognition.get_pack(options["pack"])
            default = pack.manifest.default_threshold
            enrolled = enrol_all(
                pack,
                source,
                config=EnrolmentConfig(limits=LIMITS[options["quality"]]),
                progress=self._progress(len(source.pictures)),
                failed=self._failed(options["name_failures"]),
            )
            self._name_doubtful(enrolled, source, options["name_doubtful"])
            found = measure(enrolled, source, list_sizes=sizes, thresholds=(*SEARCH_THRESHOLDS, default))
        except (LabelsWrong, PackError) as error:
            raise CommandError(str(error)) from error
        about = About(
            pack_id=pack.manifest.id,
            pack_version=pack.manifest.version,
            fingerprint=pack.manifest.fingerprint,
            default_threshold=default,
            dataset=options["dataset"],
            conducted_by=options["by"],
            made_at=utc_now().isoformat(timespec="seconds"),
            digest=source.digest,
            quality=options["quality"],
            repeated=source.repeated,
            lists_not_measured=_not_measured(options["list"], found),
        )
        self._write(out, evidence, about, found)

    def _write(self, out: Path, evidence: Path | None, about: About, found: Evaluation) -> None:
        files = {
            out / "report.html": as_html(about, found),
            out / "report.json": as_json(about, found),
            out / "rates.csv": as_csv(found),
        }
        if evidence is not None:
            files[evidence] = as_evidence(about, found)
        out.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
        at = row_of(about.default_threshold)
        self.stdout.write(
            f"{found.people:,} people, {found.pictures:,} pictures compared, {found.failures.failed:,} of "
            f"{found.failures.tried:,} not enrolled"
        )
        for reason, count in sorted(found.failures.by_reason.items()):
            self.stdout.write(f"  not enrolled, {reason}: {count:,}")
        everybody = found.everybody
        self.stdout.write(f"at {about.default_threshold:g}: FMR {rate(everybody.impostor.at(at))}")
        self.stdout.write(f"at {about.default_threshold:g}: FNMR {rate(everybody.genuine.at(at))}")
        for size in about.lists_not_measured:
            self.stdout.write(
                f"a list of {size:,} was not measured: it needs a folder each for more than {size:,} people"
            )
        for path in files:
            self.stdout.write(f"wrote {path}")
        if evidence is not None:
            self._say_manifest(evidence)

    def _say_manifest(self, evidence: Path) -> None:
        digest = hashlib.sha256(evidence.read_bytes()).hexdigest()
        self.stdout.write(
            "Put it beside the pack's manifest and write there, in place of [[impostors]]:\n"
            f'  evidence_file = "{evidence.name}"\n  evidence_sha256 = "{digest}"'
        )

    def _progress(self, total: int) -> Any:
        def say(done: int) -> None:
            if done % SAY_EVERY == 0:
                self.stdout.write(f"{done:,} of {total:,} pictures")

        return say

    def _name_doubtful(self, enrolled: Enrolled, source: Pictures, most: int) -> None:
        if most < 1:
            return
        for score, one, other in doubtful(enrolled, source, most=most):
            kind = "one person" if one.person == other.person else "two people"
            self.stderr.write(f"{score:.3f}, labelled as {kind}: {one.path} and {other.path}")

    def _failed(self, by_name: bool) -> Any:
        def say(picture: Labelled, why: str) -> None:
            if by_name:
                self.stderr.write(f"{picture.path}: {why}")

        return say


def _read(source: Path, groups: Path | None) -> Pictures:
    if source.is_dir():
        return read_folder(source, groups_csv=groups)
    if groups is not None:
        raise LabelsWrong("--groups goes with a folder; a CSV of pairs has a column group")
    return read_pairs(source)


def _check_target(out: Path, evidence: Path | None, dataset: str, by: str) -> None:
    """Nothing is overwritten: a report that changed under its name is no evidence."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CommandError(f"{out} is not an empty folder")
    if evidence is None:
        return
    if not dataset.strip() or not by.strip():
        raise CommandError("evidence needs --dataset and --by: somebody answers for whose pictures these are")
    if evidence.exists():
        raise CommandError(f"{evidence} exists already")
    if not evidence.parent.is_dir() and evidence.parent != out:
        raise CommandError(f"{evidence.parent} is not a folder")


def _not_measured(asked: list[int], found: Evaluation) -> tuple[int, ...]:
    return tuple(sorted(set(asked) - {row.list_size for row in found.searches}))
