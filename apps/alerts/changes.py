"""How an alert's row changes: locked, numbered, recorded, and told to the consoles, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from apps.alerts.data import AlertData, AlertState
from apps.alerts.models import Alert
from apps.alerts.numbering import next_revision
from apps.alerts.push import tell_console
from apps.alerts.queries import to_data
from apps.alerts.states import table_of
from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound


def locked(alert_id: UUID) -> Alert:
    try:
        return Alert.objects.select_for_update().get(id=alert_id)
    except Alert.DoesNotExist as missing:
        raise NotFound("there is no such alert") from missing


def move(
    alert: Alert,
    name: str,
    actor: Actor,
    now: datetime,
    *,
    reason: str = "",
    entered_by: Actor | None = None,
    **payload: object,
) -> AlertData:
    """To the next state, which asks something new of somebody: whoever worked on the last step is done.

    `entered_by` wrote it down for `actor`, who said it by radio: the audit names them as who did it, and for
    whom.
    """
    transition = table_of(decoy=alert.decoy).apply(name, current=AlertState(alert.state), actor=actor)
    before, alert.state = alert.state, transition.target
    clear_claim(alert)
    number(alert)
    alert.asked_revision = alert.revision
    alert.save()
    payload = {"from": str(before), **payload, **_behalf(actor, entered_by)}
    record(alert, entered_by or actor, transition.audit_verb, now, reason=reason, **payload)
    return to_data(alert)


def _behalf(actor: Actor, entered_by: Actor | None) -> dict[str, object]:
    if entered_by is None:
        return {}
    return {"by_radio": True, "on_behalf_of": actor.label, "on_behalf_of_id": str(actor.id)}


def changed(
    alert: Alert,
    actor: Actor,
    verb: str,
    now: datetime,
    *,
    reason: str = "",
    entered_by: Actor | None = None,
    **payload: object,
) -> AlertData:
    """In its state. `entered_by` as in `move`."""
    number(alert)
    alert.save()
    payload |= _behalf(actor, entered_by)
    record(alert, entered_by or actor, verb, now, reason=reason, **payload)
    return to_data(alert)


def number(alert: Alert) -> None:
    """The next change number, which every console is told once this transaction is committed."""
    alert.revision = next_revision(alert.deployment_id)
    tell_console(alert.deployment_id, alert.revision)


def clear_claim(alert: Alert) -> None:
    alert.claim_step, alert.claim_holder_id = "", None
    alert.claim_holder_label, alert.claim_lapses_at = "", None


def record(
    alert: Alert, actor: Actor, verb: str, now: datetime, *, reason: str = "", **payload: object
) -> None:
    """What happened, where: never a face, a template or a name, which the audit would outlive."""
    audit.record(
        actor=actor,
        verb=verb,
        object_type="alert",
        object_id=alert.id,
        payload=_said(alert, payload),
        now=now,
        reason=reason,
    )


def record_raised(alerts: Iterable[Alert], actor: Actor, now: datetime) -> None:
    """New alerts, in the order of their numbers."""
    where = [(alert, {"camera_id": str(alert.camera_id), "track_id": alert.track_id}) for alert in alerts]
    audit.record_each(
        actor=actor,
        verb="alert.raised",
        object_type="alert",
        objects=[(alert.id, _said(alert, payload)) for alert, payload in where],
        now=now,
    )


def _said(alert: Alert, payload: Mapping[str, object]) -> dict[str, object]:
    return {
        "deployment_id": str(alert.deployment_id),
        "number": alert.number,
        "state": str(alert.state),
        **payload,
    }
