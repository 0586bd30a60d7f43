"""Reads everything that was written down of one deployment. The same number of queries whatever there is.

Needs an open force context.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from apps.accounts import api as accounts
from apps.alerts import api as alerts
from apps.audit import api as audit
from apps.core.errors import NotFound
from apps.deployments import api as deployments
from apps.deployments.data import DecisionData, DeploymentData
from apps.forces import api as forces
from apps.live import api as live
from apps.notices import api as notices
from apps.scrutiny.lawful.data import Away, Blind, Decided, Happened, Records
from apps.scrutiny.queries import NO_RECORD, OFFICERS_DECISIONS, RECORDED
from apps.scrutiny.redaction import Names, redact
from apps.scrutiny.texts import digest, kept_of
from apps.watchlists import api as watchlists

REMOVED = "watchlist.subject_removed"


class Event(Protocol):
    """As much of an audit event as is read here."""

    id: UUID
    ordinal: int
    at: datetime
    verb: str
    actor_id: UUID | None
    actor_label: str
    rank: str
    payload: Any


def find(*, reference: str) -> DeploymentData:
    """A deployment that has a record. Raises NotFound, also for what no officer has decided on."""
    deployment = deployments.get_by_reference(reference=reference)
    if deployment.state not in RECORDED:
        raise NotFound(NO_RECORD)
    return deployment


def read(deployment: DeploymentData, *, at: datetime, named: bool) -> Records:
    """`named`: with the names of the force's own people, else with rank and pseudonym (ADR 14). Raises
    NotFound for what was called off before an officer decided on it."""
    its = {"deployment_id": deployment.id}
    events = audit.events_about(object_id=deployment.id)
    decisions = deployments.decisions(deployment_id=deployment.id)
    if deployment.approved_at is None and not {one.kind for one in decisions} & OFFICERS_DECISIONS:
        raise NotFound(NO_RECORD)
    force = forces.get_force(force_id=deployment.force_id)
    records = Records(
        deployment_id=deployment.id,
        reference=deployment.reference,
        force=force.name,
        settings=deployments.rules_of(deployment, force=force),
        created_at=deployment.created_at,
        authority_hash=deployment.authority_hash,
        log_deleted_at=deployment.log_deleted_at,
        decisions=_decided(decisions, events),
        revisions=deployments.revision_contents(**its),
        events=tuple(happened(one) for one in events),
        conditions=tuple(deployments.conditions(**its)),
        duties=deployments.taken_duties(**its),
        people=tuple(accounts.people_on(at=at)),
        looks=deployments.every_look(**its),
        checks=deployments.recorded_checks(**its),
        stops=tuple(deployments.camera_stops(**its)),
        gaps=tuple(deployments.gaps(**its)),
        alerts=alerts.past_alerts(**its),
    )
    kept = {each.of: each.text for each in kept_of(events).values()}
    return _with_readers_words(_with_the_rest(records, deployment, at), kept, named=named)


def _with_the_rest(records: Records, deployment: DeploymentData, at: datetime) -> Records:
    its = {"deployment_id": deployment.id}
    removed = audit.events_of(**its, verb=REMOVED, start=deployment.created_at, end=at)
    return replace(
        records,
        blind=tuple(Blind(one.since, str(one.reason)) for one in live.open_gaps(**its)),
        lists=watchlists.sealed_lists(**its),
        removals=tuple(happened(one) for one in removed),
        status_checks=watchlists.answered_checks(**its),
        outages=tuple(
            Away(one.began_at, one.ended_at, one.was_looked_at) for one in notices.outages_of(**its)
        ),
    )


def _with_readers_words(records: Records, kept: Mapping[str, str], *, named: bool) -> Records:
    """`kept`: texts without names, from while the list was there, by the digest of what was typed."""
    names = Names(watchlists.names_on_list(deployment_id=records.deployment_id))
    people = accounts.staff()
    staff = tuple(one.display_name for one in people)
    ranks = {one.id: one.rank for one in people}
    return replace(
        records,
        who=_named if named else _pseudonym(ranks),
        said=lambda text: redact(kept.get(digest(text), text), names, staff=staff),
    )


def _named(_person_id: UUID | None, label: str, _rank: str) -> str:
    return label


def _pseudonym(ranks: Mapping[UUID, str]) -> Callable[[UUID | None, str, str], str]:
    def who(person_id: UUID | None, label: str, rank: str) -> str:
        if person_id is None:
            return label
        return f"{rank or ranks.get(person_id, '')} {audit.pseudonym(person_id)}".strip()

    return who


def happened(event: Event) -> Happened:
    return Happened(
        event.id,
        event.ordinal,
        event.at,
        event.verb,
        event.actor_id,
        event.actor_label,
        event.rank,
        event.payload if isinstance(event.payload, dict) else {},
    )


def _decided(decisions: Iterable[DecisionData], events: Sequence[Event]) -> tuple[Decided, ...]:
    """Each with its audit event, which was written with it, at the same instant. In the order of the audit
    where two have one instant."""
    by_moment: defaultdict[tuple[str, datetime], list[Event]] = defaultdict(list)
    for each in events:
        by_moment[each.verb, each.at].append(each)
    found: list[tuple[datetime, int, Decided]] = []
    for one in decisions:
        same = by_moment[deployments.verb_of(one.kind), one.decided_at]
        event: Event | None = same.pop(0) if same else None
        found.append((one.decided_at, event.ordinal if event else 0, _one(one, event)))
    return tuple(each for _, _, each in sorted(found, key=lambda row: row[:2]))


def _one(one: DecisionData, event: Event | None) -> Decided:
    payload: Mapping[str, Any] = event.payload if event is not None and event.payload else {}
    due = payload.get("confirm_by")
    return Decided(
        kind=one.kind,
        role=one.role,
        actor_id=one.actor_id,
        actor_label=one.actor_label,
        rank=one.rank or (event.rank if event is not None else ""),
        at=one.decided_at,
        content_hash=one.content_hash,
        state=deployments.state_after(one.kind),
        event_id=event.id if event is not None else None,
        cause=str(payload.get("cause", "")),
        confirm_by=datetime.fromisoformat(due) if isinstance(due, str) else None,
    )
