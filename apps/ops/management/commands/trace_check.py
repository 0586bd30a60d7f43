"""Searches disk, database files and Valkey for anything that should have left no trace."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import redis
from apps.core.clock import utc_now
from apps.ops import operations
from apps.ops.tracecheck.blobs import decryptable_blobs
from apps.ops.tracecheck.check import NoFaceToPlant, run_check
from apps.ops.tracecheck.data import Expectations, Root, TraceReport
from apps.ops.tracecheck.engine import EnginePack
from apps.ops.tracecheck.plan import Plan, PlanError, expectations_of, parse_plan
from apps.recognition import api as recognition

SHOWN = 50


class Command(BaseCommand):
    help = (
        "Search everything the platform could have written to for canaries, faces, templates and blobs that "
        "still decrypt. Exits 1 when anything is found, or when a trace that the check plants itself is not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--plan", default="-", help="JSON file of what to expect; - reads standard input")
        parser.add_argument("--root", action="append", default=[], help="search this too; default: var/")
        parser.add_argument("--out", help="write the report here as JSON")
        parser.add_argument("--no-valkey", action="store_true", help="leave out the live keys of Valkey")

    def handle(self, *args: Any, **options: Any) -> None:
        text = sys.stdin.buffer.read() if options["plan"] == "-" else Path(options["plan"]).read_bytes()
        try:
            plan = parse_plan(json.loads(text), default_pack=settings.LFR_MODEL_PACK)
            report = self.search(plan, text, options)
        except (PlanError, NoFaceToPlant, json.JSONDecodeError) as problem:
            raise CommandError(str(problem)) from problem
        operations.record_trace_check(report=report, now=utc_now())
        if options["out"]:
            Path(options["out"]).write_text(json.dumps(report.as_json(), indent=2), encoding="utf-8")
        self.show(report)
        if not report.clean:
            raise CommandError("a trace was found", returncode=1)

    def search(self, plan: Plan, text: bytes, options: dict[str, Any]) -> TraceReport:
        pack = recognition.get_pack(plan.pack)
        face_pack = EnginePack(pack)
        expected = expectations_of(plan, face_pack, pack.manifest.default_threshold)
        roots = plan.roots + tuple(Root(Path(root)) for root in options["root"])
        return run_check(
            roots=roots or (Root(Path(settings.LFR_VAR_DIR)),),
            expectations=with_input(expected, text),
            pack=face_pack,
            valkey=None if options["no_valkey"] else redis.client(),
            decryptable_blobs=decryptable_blobs,
        )

    def show(self, report: TraceReport) -> None:
        self.stdout.write(
            f"{report.files_scanned} files, {report.bytes_scanned / 1e6:.0f} MB, "
            f"{report.pictures_decoded} pictures and {report.blobs_tried} encrypted blobs "
            f"in {report.seconds:.1f} s; {report.planted_found} of {report.planted} planted traces found"
        )
        for why, count in sorted(report.left_out.items()):
            self.stdout.write(f"  left out, {why}: {count}")
        for finding in report.findings[:SHOWN]:
            at = "" if finding.offset is None else f" at {finding.offset}"
            self.stdout.write(f"TRACE {finding.kind}: {finding.where}{at}: {finding.detail}")
        if len(report.findings) > SHOWN:
            self.stdout.write(f"… and {len(report.findings) - SHOWN} more")


def with_input(expected: Expectations, text: bytes) -> Expectations:
    """The plan itself names the canaries, so it is an input wherever it lies."""
    digest = hashlib.sha256(text).hexdigest()
    return replace(expected, inputs=expected.inputs | {digest})
