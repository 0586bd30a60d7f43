"""Writes of engagements: begun with "engage", recorded by the officer, ended by an outcome or a release, and
escalated by the clock. Lock order: the alert's row first, as everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.alerts import engagement_policies
from apps.alerts.changes import changed, locked
from apps.alerts.data import AlertData, AlertState, EngagementDecision
from apps.alerts.engagement_data import ForceKind, Power, SearchPower, StopRecord
from apps.alerts.engagement_queries import NOT_ENGAGED, engagement_of, record_of
from apps.alerts.models import Alert, Decision, Engagement
from apps.alerts.queries import case_of, decisions_of, to_data
from apps.audit import api as audit
from apps.core import events
from apps.core.data import Actor
from apps.core.errors import NotFound, RuleViolated
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, DeploymentState

OVERDUE = "alert.engagement_overdue"
LOOKS = ("ethnicity", "sex", "age_band")
A_YEAR = timedelta(days=365.25)
REVIEWED = frozenset({DeploymentState.REVIEWED, DeploymentState.RESULTS_PUBLISHED})


def begin(alert: Alert, now: datetime) -> Engagement:
    """The clock starts when an officer engages, by the minutes that bind the deployment."""
    rules = deployments.rules_of(deployments.get(deployment_id=alert.deployment_id))
    return Engagement.objects.create(
        alert=alert,
        deployment_id=alert.deployment_id,
        engaged_at=now,
        escalates_at=now + timedelta(minutes=rules.engagement_minutes),
        texts_due_at=now + rules.decision_log_years * A_YEAR,
    )


def row_of(alert: Alert) -> Engagement:
    """The engagement of a locked alert; made now for one engaged before there were such rows."""
    found = Engagement.objects.select_for_update().filter(alert=alert).first()
    if found is not None:
        return found
    engaged = Decision.objects.filter(alert=alert, value=EngagementDecision.ENGAGE.value).first()
    if engaged is None:
        raise NotFound(NOT_ENGAGED)
    return begin(alert, engaged.decided_at)


def finish(alert: Alert, now: datetime, *, released: bool = False) -> None:
    """An outcome ends the clock; a release ends the stop too, at that moment: the person is free."""
    if not Decision.objects.filter(alert=alert, value=EngagementDecision.ENGAGE.value).exists():
        return
    row = row_of(alert)
    # Who was released after another outcome was kept until then.
    if released or row.finished_at is None:
        row.finished_at = now
        # What was answered while they were still with the person was not the whole of it.
        _ask_again(row)
    if released and row.started_at is not None and row.ended_at is None:
        row.ended_at = max(row.started_at, now)
    row.save()


def _ask_again(row: Engagement) -> None:
    row.examined_at, row.examined_by, row.examined_words = None, "", ""


class RecordChanged(RuleViolated):
    """Somebody stored the record since the writer opened it."""

    code = "record_changed"


@transaction.atomic
def record_stop(
    *,
    alert_id: UUID,
    record: StopRecord,
    actor: Actor,
    now: datetime,
    seen: str = "",
    entered_by: Actor | None = None,
) -> AlertData:
    """What the officer says of the stop, whole: it replaces what was said before, and the audit keeps both.
    What ended with a release stays ended; what the review answered for is asked again when it changes.

    `seen`: the `mark_of` the record that the writer had before them; empty asks nothing. `entered_by` writes
    down what `actor` said by radio (radio.py), until the officer stores the record themselves.
    Raises NotPermitted, RuleViolated for what cannot be true, RecordChanged when another record stands there
    by now, NotFound where nobody was engaged.
    """
    alert = locked(alert_id)
    case = case_of(alert)
    engagement_policies.check_radio(case, officer=actor, entered_by=entered_by)
    engagement_policies.check_record(case, actor=actor)
    row = row_of(alert)
    if row.texts_erased_at is not None:
        raise RuleViolated(["the free words of this record are erased: its time is over"])
    before = record_of(row)
    released_at = row.finished_at if case.contradicted else None
    record = _ended_with_the_release(_without_idle_words(record), released_at)
    # A button that was pressed twice says the same twice.
    if seen and seen != mark_of(before) and record != before:
        raise RecordChanged(["Somebody stored this record since you opened it."])
    engagement_policies.check_stop(record, earliest=alert.raised_at, now=now, released_at=released_at)
    if _told(record) != _told(before):
        _ask_again(row)
    _write(row, record)
    row.recorded_at, row.recorded_by = now, actor.label
    row.entered_by = entered_by.label if entered_by else ""
    row.save()
    told = _told_of(before, record)
    return changed(alert, actor, "alert.stop_recorded", now, entered_by=entered_by, **told)


def mark_of(record: StopRecord) -> str:
    """Two records that differ in anything have different marks."""
    return sha256(repr(sorted(vars(record).items())).encode()).hexdigest()[:16]


def _ended_with_the_release(record: StopRecord, released_at: datetime | None) -> StopRecord:
    """A form that was opened before, or one that says nothing of it, does not make it go on."""
    if released_at is None or record.started_at is None or record.ended_at is not None:
        return record
    return replace(record, ended_at=max(record.started_at, released_at))


def _without_idle_words(record: StopRecord) -> StopRecord:
    """Words of "other which" belong to "other" alone, kinds of force to force."""
    kinds = tuple(dict.fromkeys(record.force_kinds)) if record.force_used else ()
    power = record.search_power if record.searched else None
    return replace(
        record,
        power_other=record.power_other.strip() if record.power is Power.OTHER else "",
        search_power=power,
        search_other=record.search_other.strip() if power is SearchPower.OTHER else "",
        force_kinds=kinds,
        force_other=record.force_other.strip() if ForceKind.OTHER in kinds else "",
        body_worn=record.body_worn.strip(),
    )


def _write(row: Engagement, record: StopRecord) -> None:
    for name, value in vars(record).items():
        if name == "force_kinds":
            value = [kind.value for kind in record.force_kinds]
        elif name in {"power", "search_power", "adult", "ethnicity", "sex", "age_band"}:
            value = "" if value is None else str(value)
        setattr(row, name, value)


def _told_of(before: StopRecord, record: StopRecord) -> dict[str, Any]:
    told: dict[str, Any] = {"before": _told(before), "after": _told(record)}
    if described := sorted(name for name in LOOKS if getattr(before, name) != getattr(record, name)):
        told["described"] = described
    return told


def _told(record: StopRecord) -> dict[str, object]:
    """For the audit: codes and times. Free words and how somebody looks stay in the row, where they can be
    erased and nobody searches for them."""
    texts = {"power_other", "search_other", "force_other", "body_worn", *LOOKS}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in vars(record).items()
        if name not in texts and value not in (None, ())
    }


@transaction.atomic
def mark_child(
    *, alert_id: UUID, child: bool, actor: Actor, now: datetime, entered_by: Actor | None = None
) -> AlertData:
    """Somebody who looks under 18 is treated as a child until it is known that they are not."""
    alert = locked(alert_id)
    case = case_of(alert)
    engagement_policies.check_radio(case, officer=actor, entered_by=entered_by)
    engagement_policies.check_child(case, actor=actor)
    row = row_of(alert)
    if child == (row.child_at is not None):
        return to_data(alert)
    row.child_at = now if child else None
    row.save(update_fields=["child_at"])
    verb = "alert.apparent_child" if child else "alert.no_apparent_child"
    return changed(alert, actor, verb, now, entered_by=entered_by)


@transaction.atomic
def escalate_engagements(*, now: datetime) -> int:
    """Every engagement of the current force that lasts longer than its time: said once, to everybody. Returns
    how many. What somebody is writing on at this moment waits for the next sweep."""
    actor = Actor.system(force_id=current_force_id(), label="engagement timer")
    due = Engagement.objects.filter(
        escalates_at__lte=now, escalated_at__isnull=True, finished_at__isnull=True, ended_at__isnull=True
    )
    alerts = Alert.objects.select_for_update(skip_locked=True).filter(
        id__in=due.values("alert_id"), state=AlertState.ENGAGED
    )
    told = 0
    for alert in alerts.order_by("deployment_id", "number"):
        if due.filter(alert=alert).update(escalated_at=now):
            changed(alert, actor, OVERDUE, now)
            payload = {"deployment_id": str(alert.deployment_id)}
            events.emit(kind=OVERDUE, subject_id=alert.id, payload=payload, now=now)
            told += 1
    return told


def is_reviewed(deployment: DeploymentData) -> bool:
    return deployment.state in REVIEWED


@transaction.atomic
def examine(*, alert_id: UUID, words: str, actor: Actor, now: datetime) -> None:
    """What the review says of one engagement that it asks about; said once, until that changes."""
    alert = locked(alert_id)
    engagement_policies.check_examine(
        engagement_of(alert_id=alert.id),
        decisions=decisions_of(alert_id=alert.id),
        words=words,
        actor=actor,
        reviewed=is_reviewed(deployments.get(deployment_id=alert.deployment_id)),
    )
    Engagement.objects.filter(alert=alert).update(
        examined_at=now, examined_by=actor.label, examined_words=words.strip()
    )
    audit.record(
        actor=actor,
        verb="alert.engagement_examined",
        object_type="alert",
        object_id=alert.id,
        payload={"deployment_id": str(alert.deployment_id), "number": alert.number},
        now=now,
        reason=words.strip(),
    )
