"""Uploading an assessment, replacing it with the next version, and ending it early."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.text import check_prose
from apps.deployments.assessment_models import Assessment, AssessmentFile
from apps.deployments.assessment_queries import as_data
from apps.deployments.data import AssessmentKind
from apps.deployments.operations._steps import person
from apps.deployments.rules.assessments import AssessmentData
from apps.deployments.rules.policies import MIN_SHORT_REASON, check_reason, check_role
from apps.recognition import api as recognition

KEEPERS = (Role.PLANNER, Role.FORCE_ADMIN)
MOST_BYTES = 20 * 1024 * 1024
HEAD, TAIL, TAIL_BYTES = b"%PDF-", b"%%EOF", 2048
# A document to be read does nothing by itself. Names in a PDF are case-sensitive.
ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")


@dataclass(frozen=True, kw_only=True)
class NewAssessment:
    """What somebody uploads. Days of the London calendar, both included."""

    kind: AssessmentKind
    title: str
    version: str
    in_force_from: date
    in_force_until: date
    content: bytes
    is_public: bool
    pack_id: str = ""


@transaction.atomic
def upload_assessment(
    *, new: NewAssessment, actor: Actor, now: datetime, replaces: UUID | None = None
) -> AssessmentData:
    """Record one version. The version that it `replaces` ends on the day before, if it would last longer.

    Raises RuleViolated with everything that is wrong, NotFound for a version of another force.
    """
    check_role(actor, *KEEPERS)
    old = None if replaces is None else _lock(replaces)
    _check(new, old)
    check_prose(title=new.title, version=new.version)
    row = Assessment.objects.create(
        kind=new.kind,
        title=new.title.strip(),
        version=new.version.strip(),
        in_force_from=new.in_force_from,
        in_force_until=new.in_force_until,
        pack_id=new.pack_id,
        is_public=new.is_public,
        sha256=hashlib.sha256(new.content).hexdigest(),
        size=len(new.content),
        replaces=old,
        uploaded_by_id=person(actor),
        uploaded_by=actor.label,
        uploaded_at=now,
    )
    AssessmentFile.objects.create(assessment=row, content=new.content)
    _note(row, "assessment.uploaded", actor, now)
    if old is not None:
        _end(old, new.in_force_from - timedelta(days=1), f"Replaced by version {row.version}.", actor, now)
    return as_data(row)


@transaction.atomic
def end_assessment(
    *, assessment_id: UUID, last_day: date, reason: str, actor: Actor, now: datetime
) -> AssessmentData:
    """Let a version end earlier than planned. Plans that rest on it after that day are refused."""
    check_role(actor, *KEEPERS)
    check_reason(reason, minimum=MIN_SHORT_REASON)
    check_prose(reason=reason)
    row = _lock(assessment_id)
    if last_day >= row.in_force_until:
        raise RuleViolated(
            ["An assessment can only end earlier than planned. For a longer time upload the next version."],
            code="assessment",
        )
    _end(row, last_day, reason.strip(), actor, now)
    return as_data(row)


def _lock(assessment_id: UUID) -> Assessment:
    current_force_id()
    row = Assessment.objects.select_for_update().filter(id=assessment_id).first()
    if row is None:
        raise NotFound("there is no such assessment in this force")
    return row


def _check(new: NewAssessment, old: Assessment | None) -> None:
    reasons = [*_wrong_words(new), *wrong_file(new.content)]
    if old is not None and old.kind != new.kind:
        reasons.append("A version replaces one of the same kind.")
    if old is not None and (newer := Assessment.objects.filter(replaces=old).first()) is not None:
        reasons.append(f"It was replaced by version {newer.version} already. Replace that one.")
    if old is not None and new.in_force_from <= old.in_force_from:
        reasons.append("A version that replaces another begins after it.")
    taken = Assessment.objects.filter(kind=new.kind, title=new.title.strip(), version=new.version.strip())
    if not reasons and taken.exists():
        reasons.append(
            f"Version {new.version.strip()} of this assessment is there already. Give it another number."
        )
    if reasons:
        raise RuleViolated(reasons, code="assessment")


def _wrong_words(new: NewAssessment) -> list[str]:
    reasons = []
    if not new.title.strip() or not new.version.strip():
        reasons.append("Give the title and the version.")
    if new.in_force_until < new.in_force_from:
        reasons.append("The last day in force cannot be before the first.")
    if new.kind is AssessmentKind.BIAS and new.pack_id not in recognition.known_packs():
        reasons.append("Choose the recognition model that the bias evidence is of.")
    if new.kind is not AssessmentKind.BIAS and new.pack_id:
        reasons.append("Only bias evidence belongs to a recognition model.")
    return reasons


def wrong_file(content: bytes) -> list[str]:
    """Why a file cannot be kept as an assessment. It is no check for malicious software."""
    if len(content) > MOST_BYTES:
        return ["The file is over 20 MB. Make its pictures smaller."]
    if not content.startswith(HEAD) or TAIL not in content[-TAIL_BYTES:]:
        return ["The file is not a whole PDF. Save the document as a PDF and choose that."]
    if b"/Encrypt" in content:
        return ["The PDF has a password or a lock. Save it without one: it must stay readable for years."]
    if any(name in content for name in ACTIVE):
        return ["The PDF contains a script or other files. Print it to a new PDF and choose that."]
    return []


def _end(row: Assessment, last_day: date, reason: str, actor: Actor, now: datetime) -> None:
    if last_day >= row.in_force_until:
        return
    before, row.in_force_until = row.in_force_until, last_day
    row.ended_by, row.end_reason = actor.label, reason
    row.save(update_fields=["in_force_until", "ended_by", "end_reason"])
    _note(row, "assessment.ended", actor, now, reason=reason, planned_until=before.isoformat())


def _note(row: Assessment, verb: str, actor: Actor, now: datetime, *, reason: str = "", **more: str) -> None:
    payload = {
        "kind": row.kind,
        "title": row.title,
        "version": row.version,
        "sha256": row.sha256,
        "in_force_from": row.in_force_from.isoformat(),
        "in_force_until": row.in_force_until.isoformat(),
        **more,
    }
    audit.record(
        actor=actor,
        verb=verb,
        object_type="assessment",
        object_id=row.id,
        payload=payload,
        now=now,
        reason=reason,
    )
