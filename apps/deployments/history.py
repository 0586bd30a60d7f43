"""What is on record of one deployment, each row with its time: what was in force at any instant.

Every function is one query and needs an open force context.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.tenancy import current_force_id
from apps.deployments.data import Authority, CheckKind, DeploymentState, Duty
from apps.deployments.models import AuthorityRevision, CheckRecord, DeploymentDuty
from apps.deployments.rules.states import DEPLOYMENTS

# What changes something and is no transition: its kind in the decision log, and its verb in the audit.
OTHER_VERBS = {
    "narrow": "deployment.narrowed",
    "confirm": "deployment.confirmed",
    "accept_list": "deployment.list_accepted",
    "meet_condition": "deployment.condition_met",
    "refuse_afterwards": "deployment.refused_afterwards",
}


@dataclass(frozen=True)
class RevisionContent:
    """One link of the chain of hashes with its content. `computed_hash` is that of the content as it is
    stored now; `content_hash` what was written down for it then."""

    number: int
    kind: str
    authority: Authority
    content_hash: str
    computed_hash: str
    previous_hash: str
    actor_id: UUID
    actor_label: str
    recorded_at: datetime


@dataclass(frozen=True)
class TakenDuty:
    """`laid_down_at` of the last time, None while they are on it; taking it again leaves `first_at` alone."""

    actor_id: UUID
    actor_label: str
    duty: Duty
    first_at: datetime
    laid_down_at: datetime | None


@dataclass(frozen=True)
class RecordedCheck:
    kind: CheckKind
    passed: bool
    recorded_at: datetime


def state_after(kind: str) -> DeploymentState | None:
    """The state that a decision of this kind leads to; None where it changes none."""
    return next((row.target for row in DEPLOYMENTS if row.name == kind), None)


def verb_of(kind: str) -> str:
    """Under which verb the audit has a decision of this kind; empty for a kind that nobody knows."""
    known = {row.name: row.audit_verb for row in DEPLOYMENTS} | OTHER_VERBS
    return known.get(kind, "")


def revision_contents(*, deployment_id: UUID) -> tuple[RevisionContent, ...]:
    """The first one first."""
    current_force_id()
    found = []
    for row in AuthorityRevision.objects.filter(deployment_id=deployment_id).order_by("number"):
        authority = Authority.from_canonical(row.content)
        found.append(
            RevisionContent(
                number=row.number,
                kind=row.kind,
                authority=authority,
                content_hash=row.content_hash,
                computed_hash=authority.sha256(),
                previous_hash=row.previous_hash,
                actor_id=row.actor_id,
                actor_label=row.actor_label,
                recorded_at=row.recorded_at,
            )
        )
    return tuple(found)


def taken_duties(*, deployment_id: UUID) -> tuple[TakenDuty, ...]:
    current_force_id()
    rows = DeploymentDuty.objects.filter(deployment_id=deployment_id).order_by("first_at", "actor_label")
    return tuple(
        TakenDuty(row.actor_id, row.actor_label, Duty(row.duty), row.first_at, row.laid_down_at)
        for row in rows
    )


def recorded_checks(*, deployment_id: UUID) -> tuple[RecordedCheck, ...]:
    """Every recording of the checklist, the first one first."""
    current_force_id()
    rows = CheckRecord.objects.filter(deployment_id=deployment_id).order_by("recorded_at")
    return tuple(RecordedCheck(CheckKind(row.kind), row.passed, row.recorded_at) for row in rows)
