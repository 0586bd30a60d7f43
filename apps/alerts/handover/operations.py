"""Writes of hand-overs, each atomic with its audit event. Nothing here moves the alert's deadline.

Lock order: the alert's row first, as everywhere, so that no copy is made while the purge deletes the picture.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery

from apps.alerts import operations as alerts
from apps.alerts.changes import locked, number, record
from apps.alerts.data import Outcome, PictureKind
from apps.alerts.handover import bundle, facts, no_copy, policies, queries, recipients
from apps.alerts.handover.data import PROMPT_WITHIN, Bundle, Ground, HandOverData, Kind
from apps.alerts.handover_models import HandOver
from apps.alerts.models import Alert, AlertOutcome, Decision, Engagement
from apps.alerts.policies import PictureGone, person
from apps.alerts.queries import case_of
from apps.core.data import Actor
from apps.core.errors import NotFound, RuleViolated
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.forces import api as forces

A_YEAR = timedelta(days=365.25)
LATE = "handover.late"
# An arrest that is older is told of no more: the sweep was down for longer than any picture lives.
LATE_WITHIN = timedelta(days=7)
IN_IT = "in the copy"
NOT_THEIRS = (
    "not in the copy: it is of somebody listed, who need not be the person seen. The register has the"
    " reference under which the source system holds it."
)
DELETED = "not in the copy: it was deleted from the list before the copy was made."


@transaction.atomic
def request(
    *,
    alert_id: UUID,
    kind: Kind,
    reason: str,
    actor: Actor,
    now: datetime,
    ground: Ground | None = None,
    complaint_reference: str = "",
) -> HandOverData:
    """Raises NotFound, NotPermitted, PictureGone, RuleViolated: also while nobody could open the copy."""
    alert = locked(alert_id)
    policies.check_request(
        case_of(alert),
        kind=kind,
        ground=ground,
        complaint_reference=complaint_reference,
        reason=reason,
        actor=actor,
        now=now,
    )
    if HandOver.objects.filter(alert=alert, kind=kind.value).exclude(approved=False).exists():
        raise RuleViolated(["This copy was asked for already."], code="asked_already")
    if kind is Kind.EVIDENTIAL:
        no_copy.take_back(alert, actor, now)
    rules = deployments.rules_of(deployments.get(deployment_id=alert.deployment_id))
    row = HandOver.objects.create(
        alert=alert,
        deployment_id=alert.deployment_id,
        kind=kind.value,
        ground=ground.value if ground else "",
        complaint_reference=complaint_reference.strip(),
        reason=reason.strip(),
        requested_by_id=person(actor),
        requested_by=actor.label,
        requested_at=now,
        texts_due_at=now + rules.decision_log_years * A_YEAR,
    )
    _note("requested", row, actor, now, reason=row.reason, ground=row.ground)
    return queries.to_data(row)


@transaction.atomic
def approve(*, hand_over_id: UUID, actor: Actor, now: datetime) -> HandOverData:
    """By another person, who proved who they are just now. Raises RuleViolated without a recipient."""
    row = _locked(hand_over_id)
    found = queries.to_data(row)
    policies.check_approve(found, took_part=took_part(row.alert_id), actor=actor, now=now)
    sealed_for = recipients.required(found.to, now=now)
    _decide(row, actor, now, approved=True)
    _note("approved", row, actor, now, certificate=sealed_for.fingerprint)
    return queries.to_data(row)


@transaction.atomic
def refuse(*, hand_over_id: UUID, words: str, actor: Actor, now: datetime) -> HandOverData:
    row = _locked(hand_over_id)
    policies.check_refuse(
        queries.to_data(row), took_part=took_part(row.alert_id), words=words, actor=actor, now=now
    )
    row.refusal = words.strip()
    _decide(row, actor, now, approved=False)
    _note("refused", row, actor, now, reason=row.refusal)
    return queries.to_data(row)


def _decide(row: HandOver, actor: Actor, now: datetime, *, approved: bool) -> None:
    row.decided_by_id, row.decided_by, row.decided_at = person(actor), actor.label, now
    row.approved = approved
    row.save()


@transaction.atomic
def collect(*, hand_over_id: UUID, actor: Actor, now: datetime) -> Bundle:
    """The copy, made anew each time and kept nowhere: every one is another sealing, and an audit event.

    Raises NotFound, NotPermitted, RuleViolated, PictureGone after the deadline.
    """
    row = _locked(hand_over_id)
    found = queries.to_data(row)
    policies.check_collect(found, actor=actor, now=now)
    sealed_for = recipients.required(found.to, now=now)
    pictures, candidate = _pictures(row.alert, found.kind)
    force = forces.get_force(force_id=row.force_id)
    made = bundle.make(
        facts={**facts.facts(row.alert, found, candidate=candidate, now=now), "force": force.name},
        pictures=pictures,
        about={
            "force": force.slug,
            "deployment": deployments.get(deployment_id=row.deployment_id).reference,
            "alert": str(found.number),
            "kind": found.kind.value,
            "request": str(found.id),
        },
        recipient=sealed_for,
        now=now,
    )
    row.collections += 1
    row.collected_at, row.collected_sha256 = now, made.sha256
    row.save()
    _note(
        "collected",
        row,
        actor,
        now,
        sha256=made.sha256,
        sealed_sha256=made.sealed_sha256,
        certificate=sealed_for.fingerprint,
        holds=list(made.holds),
    )
    return made


def _pictures(alert: Alert, kind: Kind) -> tuple[dict[str, bytes], str]:
    """By file name, and what is to be said of the listed one. A restriction keeps what was taken of the
    person who asks, and takes no picture of anybody else along."""
    found = {"probe.jpg": alerts._read_picture(alert, PictureKind.PROBE)}
    if kind is Kind.RESTRICTION:
        return found, NOT_THEIRS
    try:
        found["candidate.jpg"] = alerts._read_picture(alert, PictureKind.CANDIDATE)
    except PictureGone:
        return found, DELETED
    return found, IN_IT


@transaction.atomic
def acknowledge(*, hand_over_id: UUID, reference: str, actor: Actor, now: datetime) -> HandOverData:
    """It arrived: `reference` is the recipient's own. Also after the deletion of what the platform had."""
    row = _locked(hand_over_id)
    policies.check_acknowledge(queries.to_data(row), reference=reference, actor=actor)
    row.acknowledged_by, row.acknowledged_at = actor.label, now
    row.their_reference = reference.strip()
    row.save()
    _note("acknowledged", row, actor, now, sha256=row.collected_sha256)
    return queries.to_data(row)


@transaction.atomic
def note_late(*, now: datetime) -> int:
    """For the sweep: one event for each arrest after which an hour passed without a request, nor
    anybody who said that none is needed. How many."""
    arrest = AlertOutcome.objects.filter(alert_id=OuterRef("alert_id"), outcome=Outcome.ARREST.value)
    in_time = HandOver.objects.filter(
        alert_id=OuterRef("alert_id"), kind=Kind.EVIDENTIAL.value, requested_at__lte=OuterRef("hour_ends_at")
    )
    due = (
        Engagement.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("alert")
        .annotate(arrested_at=Subquery(arrest.values("recorded_at")[:1]))
        .annotate(hour_ends_at=F("arrested_at") + PROMPT_WITHIN)
        .filter(~Exists(in_time), hour_ends_at__lte=now, arrested_at__gt=now - LATE_WITHIN)
        .filter(handover_late_at__isnull=True)
        .exclude(no_copy_at__lte=F("hour_ends_at"))
    )
    actor = Actor.system(force_id=current_force_id(), label="hand-over prompt")
    rows = list(due)
    for row in rows:
        row.handover_late_at = now
        row.save(update_fields=["handover_late_at"])
        record(row.alert, actor, LATE, now, arrested_at=row.arrested_at.isoformat())
    return len(rows)


def took_part(alert_id: UUID) -> frozenset[UUID]:
    """Who decided on the alert, recorded what came of it, or entered either for somebody."""
    people = ("actor_id", "entered_by_id")
    rows = [
        *Decision.objects.filter(alert_id=alert_id).values_list(*people),
        *AlertOutcome.objects.filter(alert_id=alert_id).values_list(*people),
    ]
    return frozenset(one for row in rows for one in row if one is not None)


def _locked(hand_over_id: UUID) -> HandOver:
    alert_id = HandOver.objects.filter(id=hand_over_id).values_list("alert_id", flat=True).first()
    if alert_id is None:
        raise NotFound("there is no such request")
    alert = locked(alert_id)
    row = HandOver.objects.select_for_update().get(id=hand_over_id)
    row.alert = alert
    return row


def _note(
    verb: str, row: HandOver, actor: Actor, now: datetime, *, reason: str = "", **payload: object
) -> None:
    """References of other systems stay out: whoever reads the audit without names reads no references."""
    about = {"hand_over": str(row.id), "kind": row.kind, **payload}
    # With a change number: the card says how the hand-over stands.
    number(row.alert)
    row.alert.save()
    record(row.alert, actor, f"handover.{verb}", now, reason=reason, **about)
