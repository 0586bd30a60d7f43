"""Writes of ops: only the record that a check was made."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from apps.audit import api as audit
from apps.audit.data import VerifyReport
from apps.core.data import Actor
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.ops.tracecheck.data import TraceReport


def record_trace_check(*, report: TraceReport, now: datetime) -> None:
    """One audit event a force: the check decrypted its blobs, so that it was made must be on record."""
    kinds = Counter(finding.kind.value for finding in report.findings)
    for force_id in forces.all_force_ids():
        with force_context(force_id):
            audit.record(
                actor=Actor.system(force_id=force_id, label="trace check"),
                verb="ops.trace_checked",
                object_type="force",
                object_id=force_id,
                payload={
                    "clean": report.clean,
                    "findings": dict(kinds),
                    "planted": report.planted,
                    "planted_found": report.planted_found,
                    "files_scanned": report.files_scanned,
                    "bytes_scanned": report.bytes_scanned,
                    "blobs_tried": report.blobs_tried,
                },
                now=now,
            )


def record_verification(*, report: VerifyReport, now: datetime) -> None:
    """One audit event: that a force's record was verified, and with what result."""
    with force_context(report.force_id):
        audit.record(
            actor=Actor.system(force_id=report.force_id, label="audit verification", origin="verify_audit"),
            verb=audit.VERIFIED,
            object_type="audit",
            object_id=report.force_id,
            payload={
                "ok": report.ok,
                "problems": report.found,
                "events": report.events,
                "links": report.links,
                "anchors": report.anchors,
                "anchored_links": report.anchored_links,
            },
            now=now,
        )


def record_backup(*, manifest_sha256: str, encrypted: bool, now: datetime) -> None:
    """One audit event a force: its data left the database."""
    for force_id in forces.all_force_ids():
        with force_context(force_id):
            audit.record(
                actor=Actor.system(force_id=force_id, label="operator of the platform", origin="backup"),
                verb="ops.backed_up",
                object_type="force",
                object_id=force_id,
                payload={"manifest_sha256": manifest_sha256, "encrypted": encrypted},
                now=now,
            )
