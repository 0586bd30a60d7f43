"""The report of a checked upload: kept encrypted with the job, for it names people."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from apps.recognition.api import SameFace, SameFaceBasis
from apps.vault import api as vault
from apps.vault.data import BlobKind
from apps.watchlists.data import (
    Copied,
    FaceConflict,
    ImportReport,
    ImportWarning,
    PictureRepeat,
    Refused,
    RefusedRow,
)
from apps.watchlists.models import ImportJob


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def write(job: ImportJob, report: ImportReport, *, now: datetime) -> None:
    """Keep the report in the place of an earlier one; the caller saves the job."""
    if job.report_blob_id is not None:
        vault.delete_blob(blob_id=job.report_blob_id)
    content = {
        "accepted_subjects": report.accepted_subjects,
        "accepted_pictures": report.accepted_pictures,
        "refused": [asdict(row) for row in report.refused],
        "warnings": [asdict(warning) for warning in report.warnings],
        "conflicts": [asdict(conflict) for conflict in report.conflicts],
        "repeats": [asdict(repeat) for repeat in report.repeats],
        "same_face": None if report.same_face is None else asdict(report.same_face),
    }
    job.report_blob_id = vault.store(
        key_id=job.key_id, kind=BlobKind.REPORT, plaintext=json.dumps(content).encode(), now=now
    )


def read(job: ImportJob) -> ImportReport | None:
    """None before the check and after the job is closed."""
    if job.report_blob_id is None:
        return None
    content = json.loads(vault.read(blob_id=job.report_blob_id))
    return ImportReport(
        watchlist_id=None,
        accepted_subjects=content["accepted_subjects"],
        accepted_pictures=content["accepted_pictures"],
        refused=tuple(RefusedRow(**row) for row in content["refused"]),
        committed=False,
        warnings=tuple(ImportWarning(**warning) for warning in content["warnings"]),
        # A report from before there were conflicts has none.
        conflicts=tuple(FaceConflict(**conflict) for conflict in content.get("conflicts", ())),
        repeats=tuple(
            PictureRepeat(**{**repeat, "how": Copied(repeat["how"])}) for repeat in content.get("repeats", ())
        ),
        same_face=_same_face(content.get("same_face")),
    )


def _same_face(kept: dict[str, Any] | None) -> SameFace | None:
    return None if kept is None else SameFace(**{**kept, "basis": SameFaceBasis(kept["basis"])})


def same_findings(one: ImportReport, other: ImportReport) -> bool:
    """Whether a planner who read the one knows the other: same people, same refusals, same warnings."""
    return _findings(one) == _findings(other)


def _findings(report: ImportReport) -> tuple[object, ...]:
    # Without the similarities: floats of another machine may differ in the last digit.
    pairs = {conflict.pair for conflict in report.conflicts}
    repeated = {repeat.lines for repeat in report.repeats}
    return (
        report.accepted_subjects,
        report.accepted_pictures,
        report.refused,
        report.warnings,
        pairs,
        repeated,
    )


def objections(report: ImportReport, *, accept_refusals: bool, accept_warnings: bool) -> list[str]:
    """Why this report cannot be confirmed with these choices, in words for the planner."""
    if any(row.code == Refused.OVER_MAXIMUM for row in report.refused):
        return [
            "There are more people than the authority allows. Take some out of the file and upload it again."
        ]
    if report.conflicts:
        return ["One face is there under two identities. Decide who each is before anything is imported."]
    if report.repeats:
        return ["One picture is there twice. Decide which row stays before anything is imported."]
    if report.accepted_subjects == 0:
        return ["Nobody would be on the list. Put right what was refused and upload it again."]
    reasons = []
    if report.refused and not accept_refusals:
        reasons.append("Some rows are refused. Import without them, or put them right and upload again.")
    if report.warnings and not accept_warnings and not accept_refusals:
        reasons.append("Look at each warning and accept them, or import without the pictures that have one.")
    return reasons
