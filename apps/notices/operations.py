"""Writes. A notice follows its deployment; nobody has to remember to publish it (domain.md §3)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core import retention
from apps.core.data import Actor
from apps.core.tenancy import current_force_id, force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, DeploymentState
from apps.forces import api as forces
from apps.notices import outside, queries
from apps.notices.data import NoticeContent, NoticeData, NoticeStatus, Verification, digest_of
from apps.notices.models import Notice
from apps.notices.states import NOTICES, PUBLISH, WAITING
from apps.notices.wording import FIELD_WORDS, STATUS_HISTORY
from apps.recognition import api as recognition

log = logging.getLogger(__name__)

PROBLEM_LENGTH = 200


def _actor() -> Actor:
    return Actor.system(force_id=current_force_id(), label="notices")


def _own(deployment_id: UUID) -> Notice | None:
    # The force is named although row-level security is on: published notices of others can be read.
    own = Notice.objects.select_for_update().filter(force_id=current_force_id())
    return own.filter(deployment_id=deployment_id).first()


def _audit(row: Notice, verb: str, *, now: datetime, **payload: Any) -> None:
    audit.record(
        actor=_actor(),
        verb=verb,
        object_type="notice",
        object_id=row.id,
        payload={"deployment_id": str(row.deployment_id), "slug": row.slug, **payload},
        now=now,
    )


@transaction.atomic
def schedule(*, deployment_id: UUID, now: datetime) -> NoticeData:
    """On approval: publish when the plan says, by default at once, at the latest so that notice suffices."""
    deployment = deployments.get(deployment_id=deployment_id)
    row = _own(deployment_id) or Notice(
        deployment_id=deployment_id, slug=deployment.reference.lower(), status=NoticeStatus.SCHEDULED
    )
    force = forces.get_force(force_id=row.force_id)
    latest = deployments.latest_publication(deployment.authority.window_start, force.notice_minimum_days)
    row.publish_at = min(deployment.publish_at or now, latest)
    row.save()
    _audit(row, "notice.scheduled", now=now, publish_at=row.publish_at.isoformat())
    if row.publish_at <= now:
        return publish(deployment_id=deployment_id, now=now)
    return queries.as_data(row)


@transaction.atomic
def publish(*, deployment_id: UUID, now: datetime) -> NoticeData:
    """Make the page public with what is approved at this moment, and tell the deployment."""
    row = _own(deployment_id)
    if row is None:
        raise LookupError(f"no notice was scheduled for deployment {deployment_id}")
    deployment = deployments.get(deployment_id=deployment_id)
    if deployment.state is not DeploymentState.APPROVED:
        # Cancelled, voided or expired in the meantime: the event that says so sets the status.
        return queries.as_data(row)
    transition = NOTICES.apply(PUBLISH, current=NoticeStatus(row.status), actor=_actor())
    content = compose(deployment)
    if row.published_at is None:
        text = "Published."
    else:
        text = "Approved again. " + _changes(row.content, content.snapshot())
        if deployment.notice_verified_at is None:
            # Another place or time is another announcement: it must be seen from outside again.
            row.verified_at = None
    row.status, row.publish_at = transition.target, None
    row.published_at = row.published_at or now
    row.content = content.snapshot()
    _write(row, text, now)
    late = now > deployments.latest_publication(content.window_start, content.notice_minimum_days)
    if late and deployment.notice_verified_at is None:
        log.error("the notice %s was published too late for its window", row.slug)
    _audit(row, transition.audit_verb, now=now, digest=row.digest, late=late)
    deployments.mark_notice_published(deployment_id=deployment_id, actor=_actor(), now=now)
    return queries.as_data(row)


def compose(deployment: DeploymentData) -> NoticeContent:
    """What the page will say. Names, counts and cameras are left out on purpose (domain.md §3)."""
    authority = deployment.authority
    force = forces.get_force(force_id=deployment.force_id)
    return NoticeContent(
        force_name=force.name,
        force_slug=force.slug,
        contact_lines=force.contact_lines,
        notice_minimum_days=force.notice_minimum_days,
        reference=deployment.reference,
        place_name=authority.place_name,
        polygon=tuple((point[0], point[1]) for point in authority.polygon),
        window_start=authority.window_start,
        window_end=authority.window_end,
        use_case=authority.use_case,
        policing_purpose=authority.policing_purpose,
        categories=tuple(sorted(authority.categories)),
        legal_bases=tuple(authority.legal_bases),
        rehearsal=authority.rehearsal,
        evidence_grade=str(recognition.manifest(authority.pack_id).evidence_grade),
        alert_keep_hours=force.alert_keep_hours,
        watchlist_keep_hours=force.watchlist_keep_hours,
        deletion=tuple((rule.title, rule.kept) for rule in retention.rules()),
    )


def _changes(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Which parts of the page differ, in words; empty when none does."""
    parts = [words for field, words in FIELD_WORDS.items() if old.get(field) != new.get(field)]
    return f"Changed: {', '.join(dict.fromkeys(parts))}." if parts else ""


def _write(row: Notice, text: str, now: datetime) -> None:
    row.history = [*row.history, {"at": now.isoformat(), "text": text.strip()}]
    row.digest = digest_of(content=row.content, status=row.status, history=row.history)
    row.save()


@transaction.atomic
def refresh(*, deployment_id: UUID, now: datetime) -> None:
    """After a narrowing: show what is approved now. What the page does not show changes nothing on it."""
    row = _own(deployment_id)
    if row is None or row.status != NoticeStatus.PUBLISHED:
        return
    content = compose(deployments.get(deployment_id=deployment_id)).snapshot()
    changes = _changes(row.content, content)
    if changes:
        row.content = content
        _write(row, f"Made narrower. {changes}", now)
        _audit(row, "notice.changed", now=now, digest=row.digest, text=changes)


@transaction.atomic
def follow(*, deployment_id: UUID, step: str, now: datetime) -> None:
    """Set the status that the deployment's event calls for. A page that was public stays, and says so."""
    row = _own(deployment_id)
    if row is None or not NOTICES.allows(step, current=NoticeStatus(row.status), actor=_actor()):
        return
    transition = NOTICES.apply(step, current=NoticeStatus(row.status), actor=_actor())
    row.status, row.publish_at = transition.target, None
    if row.published_at is None:
        row.save()
    else:
        _write(row, STATUS_HISTORY[transition.target], now)
    _audit(row, transition.audit_verb, now=now, digest=row.digest)


def publish_due(*, now: datetime) -> int:
    """Publish, for the open force, what is due and was missed. Returns how many became public."""
    due = Notice.objects.filter(force_id=current_force_id(), status__in=sorted(WAITING), publish_at__lte=now)
    published = 0
    for deployment_id in list(due.values_list("deployment_id", flat=True)):
        try:
            notice = publish(deployment_id=deployment_id, now=now)
        except Exception:  # logged here, and tried again by the next sweep
            log.exception("the notice of deployment %s could not be published", deployment_id)
        else:
            published += notice.status is NoticeStatus.PUBLISHED
    return published


def verify_public(
    *, deployment_id: UUID, now: datetime, fetch: Callable[[str], tuple[int, str]] | None = None
) -> Verification:
    """Look at the published page as anybody would, and start the notice clock when it is there and complete.

    `fetch` takes an address and returns (status, body); by default a real anonymous GET. No transaction is
    open during the look unless the caller opened one. Raises NotFound when nothing is published.
    """
    notice = queries.published_by_deployment(deployment_id=deployment_id)
    status, body = (fetch or outside.get)(outside.address(notice))
    problem = outside.problem(notice, status=status, body=body)
    with force_context(notice.force_id):
        problem = _note_look(notice, problem, now)
    return Verification(verified=not problem, status=status, reason=problem)


@transaction.atomic
def _note_look(seen: NoticeData, problem: str, now: datetime) -> str:
    """Store what was seen. Returns why it does not count as verified, empty when it does."""
    row = _own(seen.deployment_id)
    if row is None or row.digest != seen.digest:
        return "the notice changed during the look: look again"
    row.checked_at, row.check_problem = now, problem[:PROBLEM_LENGTH]
    if problem:
        log.warning("the public notice %s was not available: %s", row.slug, problem)
        _audit(row, "notice.not_available", now=now, problem=problem)
    elif row.verified_at is None and row.status == NoticeStatus.PUBLISHED:
        deployment = deployments.mark_notice_verified(
            deployment_id=row.deployment_id, actor=_actor(), now=now
        )
        row.verified_at = deployment.notice_verified_at
        _audit(row, "notice.verified", now=now, digest=row.digest)
    row.save()
    return problem or ("" if row.verified_at else f"the notice is {row.status}")
