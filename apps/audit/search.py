"""Searching the record, a page at a time, as the reader may see it. Needs a force context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.audit.data import VERIFIED
from apps.audit.models import AuditAnchor, AuditEvent
from apps.audit.policies import check_read, sees_names, without_names
from apps.audit.pseudonyms import PERSON, people_behind, pseudonym
from apps.core.data import Actor

# At 390 px an entry is half a screen.
PAGE = 20


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for; empty looks for everything. `person` is a pseudonym, an id or part of a name,
    `verb` the beginning of one, `to` exclusive.

    For who reads without names, `person` is a pseudonym and `reason` does nothing: a search must not tell
    what is withheld.
    """

    since: datetime | None = None
    to: datetime | None = None
    person: str = ""
    verb: str = ""
    object_type: str = ""
    object_id: UUID | None = None
    reason: str = ""

    def as_payload(self) -> dict[str, Any]:
        """For the audit of an export: what was asked for, without the words of it."""
        return {
            "since": self.since and self.since.isoformat(),
            "to": self.to and self.to.isoformat(),
            "person": self.person,
            "verb": self.verb,
            "object_type": self.object_type,
            "object_id": self.object_id and str(self.object_id),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class RecordRow:
    """An event as its reader may see it. `named` is False where names, origin and reason are withheld.

    `person` is the pseudonym of who did it, the same for every reader, empty for the platform itself.
    `actor_id` is None, and `object_id` a pseudonym where it is a person, for who reads without names.
    """

    id: UUID
    ordinal: int
    at: datetime
    recorded_at: datetime
    person: str
    actor_id: UUID | None
    who: str
    rank: str
    roles: tuple[str, ...]
    origin: str
    verb: str
    object_type: str
    object_id: str
    reason: str
    payload: Any
    simulated: bool
    erased_at: datetime | None
    named: bool


@dataclass(frozen=True, slots=True)
class Status:
    """When the record was last anchored and verified; None for never."""

    last_anchor_at: datetime | None
    last_verified_at: datetime | None
    verified: bool


def search(
    *, filters: Filters, actor: Actor, before: int | None = None, size: int = PAGE, after: int | None = None
) -> list[RecordRow]:
    """At most `size` + 1 events, the latest first, from the ordinal `before` down; with `after`, those that
    come after it, oldest first. Raises NotPermitted."""
    check_read(actor)
    found = _matching(filters, named=sees_names(actor))
    if after is not None:
        found = found.filter(ordinal__gt=after).order_by("ordinal")
    else:
        found = found.order_by("-ordinal")
    if before is not None:
        found = found.filter(ordinal__lt=before)
    return [_as_seen(event, named=sees_names(actor)) for event in found[: size + 1]]


def _matching(filters: Filters, *, named: bool) -> QuerySet[AuditEvent]:
    found = AuditEvent.objects.all()
    exact = {
        "at__gte": filters.since,
        "at__lt": filters.to,
        "verb__startswith": filters.verb or None,
        "object_type": filters.object_type or None,
        "object_id": filters.object_id,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value is not None})
    if filters.person:
        found = found.filter(_person(filters.person, named=named))
    if filters.reason and named:
        found = found.filter(reason__icontains=filters.reason)
    return found


def _person(person: str, *, named: bool) -> Q:
    behind = Q(actor_id__in=people_behind(person))
    if not named:
        return behind
    try:
        return Q(actor_id=UUID(person))
    except ValueError:
        return behind | Q(actor_label__icontains=person)


def _as_seen(event: AuditEvent, *, named: bool) -> RecordRow:
    roles = tuple(role for role in event.roles.split(",") if role)
    return RecordRow(
        id=event.id,
        ordinal=event.ordinal,
        at=event.at,
        recorded_at=event.recorded_at,
        person=pseudonym(event.actor_id) if event.actor_id else "",
        actor_id=event.actor_id if named else None,
        # The platform's own labels are no names; the name of a provider is what somebody typed.
        who=_who(event, named=named),
        rank=event.rank,
        roles=roles,
        origin=event.origin if named else "",
        verb=event.verb,
        object_type=event.object_type,
        object_id=str(event.object_id)
        if named or event.object_type != PERSON
        else pseudonym(event.object_id),
        reason=event.reason if named else ("withheld" if event.reason else ""),
        payload=event.payload if named else without_names(event.payload or {}),
        simulated=event.simulated,
        erased_at=event.erased_at,
        named=named,
    )


def _who(event: AuditEvent, *, named: bool) -> str:
    if named:
        return event.actor_label
    return "" if event.actor_id else event.actor_label.partition(":")[0]


def status(*, force_id: UUID) -> Status:
    anchor = AuditAnchor.objects.order_by("-sequence").first()
    about = AuditEvent.objects.filter(object_type="audit", object_id=force_id, verb=VERIFIED)
    verified = about.order_by("-at").first()
    return Status(
        last_anchor_at=anchor.taken_at if anchor else None,
        last_verified_at=verified.at if verified else None,
        verified=bool(verified and verified.payload.get("ok")),
    )
