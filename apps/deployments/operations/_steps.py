"""What every step of a deployment shares: lock the row, check the table, then write everything as one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.core import events
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id
from apps.core.text import check_prose
from apps.core.transitions import Transition
from apps.deployments import facts, queries
from apps.deployments.data import Authority, DeploymentData, DeploymentState, Duty, Step
from apps.deployments.documents.content import LATER_TEXT_FIELDS, TEXT_FIELDS
from apps.deployments.facts import DeploymentFacts
from apps.deployments.models import AuthorityRevision, Deployment, DeploymentDecision, DeploymentDuty
from apps.deployments.rules import gate_tables, gates
from apps.deployments.rules.states import DEPLOYMENTS
from apps.deployments.rules.urgency import is_urgent
from apps.watchlists import api as watchlists

# Whose rank and number stand with what they decide (domain.md §2, fields of the authority).
DECIDERS = frozenset({Role.AUTHORISING_OFFICER, Role.URGENT_AUTHORISING_OFFICER})


def lock(deployment_id: UUID) -> Deployment:
    """The row, locked until the transaction ends: two officers' steps happen one after the other."""
    row = queries.rows().select_for_update().filter(id=deployment_id).first()
    if row is None:
        raise NotFound("there is no such deployment in this force")
    return row


def hold_submissions() -> None:
    """One submission of the force after the other, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"submissions {current_force_id()}"]
        )


def enter(
    deployment_id: UUID, step: Step, *, actor: Actor, now: datetime
) -> tuple[Deployment, DeploymentFacts]:
    """Lock, then pass the gate of the step: the same that the step's button is shown by."""
    row = lock(deployment_id)
    known = facts.of(queries.as_data(row))
    gates.check_step(step, known, actor, now)
    if step in gate_tables.REAUTHENTICATED:
        # Last: nobody is asked who they are for a step that they could not take.
        check_reauthenticated(actor)
    return row, known


def begin(
    deployment_id: UUID, step: Step, *, actor: Actor, now: datetime
) -> tuple[Deployment, DeploymentData, Transition[DeploymentState]]:
    """`enter`, for a step that takes a row of the transition table."""
    row, known = enter(deployment_id, step, actor=actor, now=now)
    transition = DEPLOYMENTS.apply(gate_tables.TRANSITIONS[step], current=known.deployment.state, actor=actor)
    return row, known.deployment, transition


def begin_by_itself(
    deployment_id: UUID, name: str, actor: Actor
) -> tuple[Deployment, DeploymentData, Transition[DeploymentState]]:
    """Lock, then check the transition table for what the platform does by itself: no button, no gate."""
    row = lock(deployment_id)
    transition = DEPLOYMENTS.apply(name, current=DeploymentState(row.state), actor=actor)
    return row, queries.as_data(row), transition


def finish(
    row: Deployment,
    transition: Transition[DeploymentState],
    *,
    actor: Actor,
    now: datetime,
    reasons: str = "",
    duty: Duty | None = None,
    payload: dict[str, Any] | None = None,
    event: str = "",
) -> DeploymentData:
    """Write the new state with its duty, decision, audit event and (when named) domain event."""
    before, row.state, row.state_since = row.state, transition.target, now
    if row.state != DeploymentState.SUSPENDED:
        row.suspended_for = ""
    row.save()
    if duty is not None:
        note_duty(row, duty, actor=actor, now=now)
    role = min(actor.roles & transition.roles)
    note_decision(row, transition.name, role=role, actor=actor, reasons=reasons, now=now)
    details = {
        "from": before,
        "to": transition.target,
        "authority_hash": row.authority_hash,
        **(payload or {}),
    }
    note_audit(row, transition.audit_verb, actor=actor, now=now, reasons=reasons, payload=details)
    if event:
        emit(row, event, now=now)
    return queries.as_data(row)


def note_audit(
    row: Deployment, verb: str, *, actor: Actor, now: datetime, payload: dict[str, Any], reasons: str = ""
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_type="deployment",
        object_id=row.id,
        payload={"reference": row.reference, **payload},
        now=now,
        reason=reasons,
    )


def note_decision(
    row: Deployment, kind: str, *, role: str, actor: Actor, reasons: str, now: datetime
) -> None:
    """Raises RuleViolated for reasons that read otherwise than they are written."""
    check_prose(reasons=reasons)
    is_officers = role in DECIDERS and actor.id is not None
    DeploymentDecision.objects.create(
        deployment=row,
        kind=kind,
        role=role,
        actor_id=actor.id,
        actor_label=actor.label,
        reasons=reasons,
        content_hash=row.authority_hash,
        rank=actor.rank if is_officers else "",
        collar_number=accounts.collar_number_of(user_id=actor.id) if is_officers and actor.id else "",
        decided_at=now,
    )


def note_duty(row: Deployment, duty: Duty, *, actor: Actor, now: datetime) -> None:
    """Remember that a person acts in `duty`, again where they had laid it down. The platform has none."""
    if actor.id is None:
        return
    taken, created = DeploymentDuty.objects.get_or_create(
        deployment=row,
        actor_id=actor.id,
        duty=duty,
        defaults={"actor_label": actor.label, "first_at": now},
    )
    if not created and taken.laid_down_at is not None:
        taken.laid_down_at = None
        taken.save(update_fields=["laid_down_at"])


def set_authority(row: Deployment, authority: Authority) -> None:
    """Raises RuleViolated for words that read otherwise than they are written: some of them are published."""
    check_prose(
        **{name: getattr(authority, name) for name in (*TEXT_FIELDS, *LATER_TEXT_FIELDS)},
        legal_bases="\n".join(authority.legal_bases),
        sources="\n".join(authority.sources),
        approaches="\n".join(authority.approaches),
        alternatives="\n".join(place.name for place in authority.alternatives),
    )
    row.authority = authority.canonical()
    row.authority_hash = authority.sha256()
    row.window_start = authority.window_start
    row.window_end = authority.window_end
    row.lapses_at = authority.starts_by or authority.window_end
    row.urgent = is_urgent(authority)


def note_revision(
    row: Deployment,
    kind: str,
    *,
    previous_hash: str,
    changes: dict[str, Any],
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Add the row's present authority to its chain of hashes."""
    check_prose(reason=reason)
    AuthorityRevision.objects.create(
        deployment=row,
        number=AuthorityRevision.objects.filter(deployment=row).count() + 1,
        kind=kind,
        content=row.authority,
        content_hash=row.authority_hash,
        previous_hash=previous_hash,
        changes=changes,
        reason=reason,
        actor_id=person(actor),
        actor_label=actor.label,
        recorded_at=now,
    )


def person(actor: Actor) -> UUID:
    """The id of a person. Raises NotPermitted for the platform itself, which plans and approves nothing."""
    if actor.id is None:
        raise NotPermitted("Only a person can do this.", code="not_a_person")
    return actor.id


def emit(row: Deployment, kind: str, *, now: datetime) -> None:
    """Ids and hashes only: whoever listens reads the rest through the api."""
    payload = {"reference": row.reference, "state": str(row.state), "authority_hash": row.authority_hash}
    events.emit(kind=kind, subject_id=row.id, payload=payload, now=now)


def bring_purge_forward(row: Deployment, *, since: datetime, now: datetime, at_once: bool = False) -> None:
    """domain.md §6: the list goes 24 h after the *earliest* of the ends of a deployment, so never later; so
    does an upload that is no list yet."""
    hours = 0 if at_once else facts.rules_of(queries.as_data(row)).watchlist_keep_hours
    keep = timedelta(hours=hours)
    watchlists.bring_forward_purge(
        deployment_id=row.id,
        purge_due_at=min(since, row.window_end) + keep,
        # A consequence of the step, not a wish of the person who took it.
        actor=Actor.system(force_id=row.force_id, label="deployment"),
        now=now,
    )
