"""Writes. A notice follows its deployment; nobody has to remember to publish it (domain.md §3)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from apps.accounts import api as accounts
from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id, force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, DeploymentState
from apps.notices import links, mails, outages, outside, public_files, queries
from apps.notices.corrections import keep_results
from apps.notices.data import (
    DeletionStep,
    NoticeContent,
    NoticeData,
    NoticeStatus,
    ResultsData,
    Verification,
)
from apps.notices.kept import kept_rows
from apps.notices.models import Notice
from apps.notices.rows import note_audit, own_row, system_actor, write_row
from apps.notices.states import (
    CALLED_OFF,
    END,
    GO_LIVE,
    NOTICES,
    PUBLISH,
    PUBLISH_RESULTS,
    RESUME,
    REVOKE,
    SUSPEND,
    UNDER_WAY,
    WAITING,
)
from apps.notices.versions import keep_version
from apps.notices.wording import FIELD_WORDS, PAUSE_HISTORY, RESULTS_RENEWED, STEP_HISTORY, deleted_words
from apps.recognition import api as recognition

log = logging.getLogger(__name__)

PROBLEM_LENGTH = 200
# A late event of these must not overwrite what a later one already said: the deployment itself decides.
STILL_TRUE = {
    GO_LIVE: DeploymentState.LIVE,
    RESUME: DeploymentState.LIVE,
    SUSPEND: DeploymentState.SUSPENDED,
}


@transaction.atomic
def schedule(*, deployment_id: UUID, now: datetime) -> NoticeData:
    """On approval: publish when the plan says, by default at once, at the latest so that notice suffices."""
    deployment = deployments.get(deployment_id=deployment_id)
    row = own_row(deployment_id) or Notice(
        deployment_id=deployment_id, slug=deployment.reference.lower(), status=NoticeStatus.SCHEDULED
    )
    force = deployments.rules_of(deployment)
    latest = deployments.latest_publication(deployment.authority.window_start, force.notice_minimum_days)
    row.publish_at = min(deployment.publish_at or now, latest)
    row.save()
    note_audit(row, "notice.scheduled", now=now, publish_at=row.publish_at.isoformat())
    if row.publish_at <= now:
        return publish(deployment_id=deployment_id, now=now)
    return queries.as_data(row)


@transaction.atomic
def publish(*, deployment_id: UUID, now: datetime) -> NoticeData:
    """Make the page public with what is approved at this moment, and tell the deployment."""
    row = own_row(deployment_id)
    if row is None:
        raise LookupError(f"no notice was scheduled for deployment {deployment_id}")
    deployment = deployments.get(deployment_id=deployment_id)
    if deployment.state is not DeploymentState.APPROVED:
        # Cancelled, voided or expired in the meantime: the event that says so sets the status.
        return queries.as_data(row)
    transition = NOTICES.apply(PUBLISH, current=NoticeStatus(row.status), actor=system_actor())
    content = compose(deployment)
    if row.published_at is None:
        text = "Published."
    else:
        text = "Approved again. " + _changes(row.content, content.snapshot())
        if deployment.notice_verified_at is None:
            # Another place or time is another announcement: it must be seen from outside again.
            row.verified_at = None
        keep_version(row, content, restarted=deployment.notice_verified_at is None, now=now)
    row.status, row.publish_at = transition.target, None
    is_first = row.published_at is None
    row.published_at = row.published_at or now
    # What was deleted belonged to the plan before this one; its certificates stay in the record.
    row.deletions = []
    _fill(row, content)
    write_row(row, text, now)
    mails.tell(row, mails.PUBLISHED if is_first else mails.CHANGED, now=now)
    late = now > deployments.latest_publication(content.window_start, content.notice_minimum_days)
    if late and deployment.notice_verified_at is None and not deployment.authority.urgent_grounds:
        log.error("the notice %s was published too late for its window", row.slug)
    note_audit(row, transition.audit_verb, now=now, digest=row.digest, late=late)
    deployments.mark_notice_published(deployment_id=deployment_id, actor=system_actor(), now=now)
    return queries.as_data(row)


def compose(deployment: DeploymentData) -> NoticeContent:
    """What the page will say. Names, counts and cameras are left out on purpose (domain.md §3)."""
    authority = deployment.authority
    force = deployments.rules_of(deployment)
    return NoticeContent(
        force_name=force.name,
        force_slug=force.slug,
        contact_lines=force.contact_lines,
        notice_minimum_days=force.notice_minimum_days,
        reference=deployment.reference,
        place_name=authority.place_name,
        polygon=_outline(authority.polygon),
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
        deletion=kept_rows(force),
        oversight_lines=force.oversight_lines,
        documents=(*force.documents, *_assessments(deployment)),
        results_deadline_days=force.results_deadline_days,
        contacts=(
            ("data_protection", force.contact_data_protection),
            ("access", force.contact_access),
            ("complaints", force.contact_complaints),
            ("ico", force.contact_ico),
        ),
        paragraphs=force.notice_paragraphs,
        withheld=tuple(sorted(force.withheld_counts)),
        alternatives=tuple((place.name, _outline(place.polygon)) for place in authority.alternatives),
        urgent_grounds=str(authority.urgent_grounds),
        approved_rank=_rank(deployment.approver_id),
    )


def _outline(polygon: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((point[0], point[1]) for point in polygon)


def _assessments(deployment: DeploymentData) -> list[tuple[str, str]]:
    """Those that the plan rests on and that the force published, at addresses of this site."""
    named, site = {ref.id for ref in deployment.authority.assessments}, links.own_site()
    return [
        (f"{row.name} ({row.kind_words})", site + reverse("deployments:assessment-public", args=[row.id]))
        for row in deployments.public_assessments(ids=named)
    ]


def _rank(user_id: UUID | None) -> str:
    """Of the approving officer, whose name is no matter of the page; empty where there is no account."""
    if user_id is None:
        return ""
    try:
        return accounts.get_user(user_id=user_id).rank
    except NotFound:
        return ""


def _fill(row: Notice, content: NoticeContent) -> None:
    row.content = content.snapshot()
    row.window_start, row.window_end = content.window_start, content.window_end


def _changes(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Which parts of the page differ, in words; empty when none does. A notice older than a part lacks it."""
    parts = [
        words for field, words in FIELD_WORDS.items() if (old.get(field) or None) != (new.get(field) or None)
    ]
    return f"Changed: {', '.join(dict.fromkeys(parts))}." if parts else ""


@transaction.atomic
def refresh(*, deployment_id: UUID, now: datetime) -> None:
    """After a narrowing: show what is approved now. What the page does not show changes nothing on it."""
    row = own_row(deployment_id)
    if row is None or row.status not in UNDER_WAY:
        return
    content = compose(deployments.get(deployment_id=deployment_id))
    changes = _changes(row.content, content.snapshot())
    if changes:
        keep_version(row, content, restarted=False, now=now)
        _fill(row, content)
        write_row(row, f"Made narrower. {changes}", now)
        mails.tell(row, mails.CHANGED, now=now)
        note_audit(row, "notice.changed", now=now, digest=row.digest, text=changes)


@transaction.atomic
def follow(*, deployment_id: UUID, step: str, now: datetime) -> None:
    """Set the status that the deployment's event calls for. A page that was public stays, and says so."""
    row = own_row(deployment_id)
    if row is None or not NOTICES.allows(step, current=NoticeStatus(row.status), actor=system_actor()):
        return
    if step in STILL_TRUE and deployments.get(deployment_id=deployment_id).state is not STILL_TRUE[step]:
        return
    transition = NOTICES.apply(step, current=NoticeStatus(row.status), actor=system_actor())
    row.status, row.publish_at = transition.target, None
    if row.published_at is None:
        row.save()
    else:
        if step == END:
            row.content = {**row.content, "results_due_at": _results_due(deployment_id).isoformat()}
        write_row(row, _history(step, deployment_id), now)
        if transition.target in CALLED_OFF:
            mails.tell(row, mails.CALLED_OFF, now=now)
    note_audit(row, transition.audit_verb, now=now, digest=row.digest)


def _history(step: str, deployment_id: UUID) -> str:
    """What the page's history says of a step: of a pause, why, where the platform stopped it by itself."""
    if step != SUSPEND:
        return STEP_HISTORY[step]
    cause = deployments.get(deployment_id=deployment_id).suspended_for
    return STEP_HISTORY[step] if cause is None else PAUSE_HISTORY.get(cause, STEP_HISTORY[step])


def _results_due(deployment_id: UUID) -> datetime:
    """The same time of day that many calendar days after the end (domain.md §3)."""
    deployment = deployments.get(deployment_id=deployment_id)
    force = deployments.rules_of(deployment)
    ended_at = deployment.ended_at or deployment.authority.window_end
    return deployments.earliest_start(ended_at, force.results_deadline_days)


@transaction.atomic
def publish_results(*, deployment_id: UUID, results: ResultsData, now: datetime) -> NoticeData:
    """Show what became of the deployment on its page, and tell the deployment. Repeating it changes nothing.

    One that was stopped while it ran stays stopped, and later results replace those that it has.
    Raises NotFound when the deployment has no public page, InvalidTransition when it was called off.
    """
    row = own_row(deployment_id)
    if row is None or row.published_at is None:
        raise NotFound("there is no published notice to show the results on")
    deployment = deployments.get(deployment_id=deployment_id)
    # Not in the row either: anybody may read what is published.
    results = results.without(sorted(deployments.rules_of(deployment).withheld_counts))
    if deployment.state is DeploymentState.REVOKED and deployment.started_at is not None:
        return _publish_stopped(row.deployment_id, results, now)
    if row.status == NoticeStatus.RESULTS_PUBLISHED:
        return queries.as_data(row)
    transition = NOTICES.apply(PUBLISH_RESULTS, current=NoticeStatus(row.status), actor=system_actor())
    row.status, row.results = transition.target, results.snapshot()
    write_row(row, STEP_HISTORY[PUBLISH_RESULTS], now)
    mails.tell(row, mails.RESULTS, now=now)
    note_audit(row, transition.audit_verb, now=now, digest=row.digest, results=row.results)
    deployments.mark_results_published(deployment_id=deployment_id, actor=system_actor(), now=now)
    return queries.as_data(row)


def _publish_stopped(deployment_id: UUID, results: ResultsData, now: datetime) -> NoticeData:
    # The event that stops the page may still be on its way.
    follow(deployment_id=deployment_id, step=REVOKE, now=now)
    row = own_row(deployment_id)
    if row is None:
        raise NotFound("there is no published notice to show the results on")
    told = results.snapshot()
    if row.results != told:
        text = STEP_HISTORY[PUBLISH_RESULTS] if row.results is None else RESULTS_RENEWED
        if row.results is not None:
            keep_results(row, results, reason="", role="", now=now)
        row.results = told
        write_row(row, text, now)
        note_audit(row, "notice.stopped_results", now=now, digest=row.digest, results=told)
    return queries.as_data(row)


@transaction.atomic
def note_deletions(*, deployment_id: UUID, steps: Sequence[DeletionStep], now: datetime) -> None:
    """Set the public deletion clock: what is due when, and what is proven to be gone. Told by scrutiny.

    A deployment without a public page has no public clock.
    """
    row = own_row(deployment_id)
    if row is None or row.published_at is None:
        return
    before = {step["data_class"] for step in row.deletions if step["done_at"]}
    after = [step.snapshot() for step in steps]
    if after == row.deletions:
        return
    row.deletions = after
    newly = [step.title for step in steps if step.done_at and step.data_class not in before]
    write_row(row, deleted_words(newly), now)
    note_audit(row, "notice.deletions_noted", now=now, digest=row.digest, deletions=after)


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
    row = own_row(seen.deployment_id)
    if row is None or row.digest != seen.digest:
        return "the notice changed during the look: look again"
    counted_from = row.verified_at
    outages.note_look(row, problem=problem, actor=system_actor(), now=now)
    row.checked_at, row.check_problem = now, problem[:PROBLEM_LENGTH]
    if problem:
        log.warning("the public notice %s was not available: %s", row.slug, problem)
        note_audit(row, "notice.not_available", now=now, problem=problem)
    elif row.verified_at is None and row.status == NoticeStatus.PUBLISHED:
        deployment = deployments.mark_notice_verified(
            deployment_id=row.deployment_id, actor=system_actor(), now=now
        )
        row.verified_at = deployment.notice_verified_at
        row.first_seen_at = now
        note_audit(row, "notice.verified", now=now, digest=row.digest)
    row.save()
    if row.verified_at != counted_from:
        public_files.announce(row)
    return problem or ("" if row.verified_at else f"the notice is {row.status}")
