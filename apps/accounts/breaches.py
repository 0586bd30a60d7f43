"""A lost handset, and the record of a breach with its clock.

DPA 2018 s.67: the Commissioner is told within 72 hours of the force becoming aware, or it is written down why
not.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.accounts import presence
from apps.accounts.models import Breach, User
from apps.accounts.policies import check_administrator
from apps.accounts.queries import active_grants, forces_of
from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.tenancy import force_context

TELL_WITHIN = timedelta(hours=72)
LOST_HANDSET = "lost_handset"
KIND_WORDS = {LOST_HANDSET: "Lost handset"}
MIN_WORDS = 10


@dataclass(frozen=True, slots=True)
class BreachData:
    id: UUID
    kind: str
    subject: str
    summary: str
    found_at: datetime
    ico_due_at: datetime
    ico_told_at: datetime | None
    ico_reference: str
    not_told_reason: str
    closed_at: datetime | None
    closing_words: str
    recorded_by: str

    @property
    def decided(self) -> bool:
        """Somebody has told the Commissioner, or has written down why not."""
        return self.ico_told_at is not None or bool(self.not_told_reason)

    def is_overdue(self, now: datetime) -> bool:
        return not self.decided and now > self.ico_due_at


def may_end_sign_ins(*, user_id: UUID, actor: Actor) -> bool:
    """Their own; an administrator's of anybody in the force; a commander's of people on duty."""
    if actor.id == user_id:
        return True
    if not active_grants().filter(user_id=user_id).exists():
        return False
    if actor.has(Role.FORCE_ADMIN):
        return True
    return actor.has(Role.SILVER_COMMANDER) and user_id in presence.people_on_duty()


@transaction.atomic
def end_sign_ins(*, user_id: UUID, summary: str, actor: Actor, now: datetime) -> UUID:
    """Whoever uses this person's sign-in, anywhere, is out at the next request; sockets close within 2 s.

    Never asks anybody to confirm who they are: the handset may be in the wrong hands now. Returns the id of
    the breach record. Raises NotPermitted, NotFound.
    """
    if not may_end_sign_ins(user_id=user_id, actor=actor):
        # Somebody of another force is not even found: accounts are outside the wall between forces.
        if not active_grants().filter(user_id=user_id).exists():
            raise NotFound("there is no such person")
        raise NotPermitted("ending somebody's sign-ins is for the administrator, or the commander on duty")
    user = User.objects.select_for_update().get(id=user_id)
    user.session_epoch = uuid.uuid4()
    user.save(update_fields=["session_epoch"])
    breach_id = _record(user, summary=summary, actor=actor, now=now)
    _tell_other_forces(user, actor=actor, now=now)
    return breach_id


def _record(user: User, *, summary: str, actor: Actor, now: datetime) -> UUID:
    row = Breach.objects.create(
        kind=LOST_HANDSET,
        subject=user,
        summary=summary or "Reported as lost, stolen or in the wrong hands.",
        found_at=now,
        ico_due_at=now + TELL_WITHIN,
        recorded_by=actor.label,
    )
    for verb, kind, object_id in (
        ("sign_ins.ended", "user", user.id),
        ("breach.recorded", "breach", row.id),
    ):
        audit.record(
            actor=actor,
            verb=verb,
            object_type=kind,
            object_id=object_id,
            payload={"kind": LOST_HANDSET, "subject": str(user.id)},
            now=now,
            reason=row.summary,
        )
    return row.id


def _tell_other_forces(user: User, *, actor: Actor, now: datetime) -> None:
    """The handset was signed in for them too, perhaps: each has a record and a clock of its own."""
    others = [force_id for force_id in forces_of(user_id=user.id) if force_id != actor.force_id]

    def tell() -> None:
        for force_id in others:
            with force_context(force_id):
                itself = Actor.system(force_id=force_id, label="lost handset, reported in another force")
                _record(user, summary="", actor=itself, now=now)

    if others:
        transaction.on_commit(tell)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who may have lost a handset."""

    id: UUID
    rank: str
    name: str
    roles: tuple[Role, ...]


def people_for(*, actor: Actor) -> list[Holder]:
    """Those whose sign-ins the actor may end, by name; a system has none. Raises NotPermitted."""
    rows = active_grants().filter(user__is_service=False).select_related("user")
    if not actor.has(Role.FORCE_ADMIN):
        if not actor.has(Role.SILVER_COMMANDER):
            raise NotPermitted("this page is for the administrator, and for the commander on duty")
        rows = rows.filter(user_id__in=presence.people_on_duty())
    roles: defaultdict[User, list[Role]] = defaultdict(list)
    for row in rows:
        roles[row.user].append(Role(row.role))
    found = [Holder(who.id, who.rank, who.display_name, tuple(sorted(held))) for who, held in roles.items()]
    return sorted(found, key=lambda one: (one.name.lower(), str(one.id)))


def list_breaches(*, actor: Actor) -> list[BreachData]:
    check_administrator(actor)
    return [_data(row) for row in Breach.objects.select_related("subject")]


def get_breach(*, breach_id: UUID, actor: Actor) -> BreachData:
    """Raises NotPermitted, NotFound."""
    check_administrator(actor)
    return _data(_row(breach_id))


def overdue_count(*, now: datetime) -> int:
    """Of the open force."""
    return Breach.objects.filter(ico_due_at__lt=now, ico_told_at__isnull=True, not_told_reason="").count()


@transaction.atomic
def note_told(*, breach_id: UUID, reference: str, told_at: datetime, actor: Actor, now: datetime) -> None:
    """That the Commissioner was told. Raises NotPermitted, NotFound, RuleViolated."""
    check_administrator(actor)
    row = _row(breach_id, lock=True)
    reasons = []
    if not reference.strip():
        reasons.append("Enter the reference that the ICO gave you.")
    if not row.found_at - timedelta(minutes=1) <= told_at <= now:
        reasons.append("The ICO was told after it was found, and not in the future.")
    if row.ico_told_at is not None:
        reasons.append("It is recorded already that the ICO was told.")
    if reasons:
        raise RuleViolated(reasons)
    row.ico_told_at, row.ico_reference = told_at, reference.strip()
    row.save()
    late = told_at > row.ico_due_at
    _note(row, "breach.ico_told", actor, now, {"reference": row.ico_reference, "late": late})


@transaction.atomic
def note_not_told(*, breach_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Why the Commissioner need not be told. Raises NotPermitted, NotFound, RuleViolated."""
    check_administrator(actor)
    row = _row(breach_id, lock=True)
    _check_words(reason, "Write why the ICO need not be told.")
    if row.ico_told_at is not None or row.not_told_reason:
        raise RuleViolated(["What was decided about the ICO is recorded already."])
    row.not_told_reason = reason.strip()
    row.save()
    _note(row, "breach.ico_not_told", actor, now, {}, reason=row.not_told_reason)


@transaction.atomic
def close(*, breach_id: UUID, words: str, actor: Actor, now: datetime) -> None:
    """Raises RuleViolated while nothing is decided about the ICO."""
    check_administrator(actor)
    row = _row(breach_id, lock=True)
    _check_words(words, "Write how it ended, and what was done.")
    if row.closed_at is not None:
        raise RuleViolated(["It is closed already."])
    if not _data(row).decided:
        raise RuleViolated(["First record whether the ICO was told, or why not."])
    row.closed_at, row.closing_words = now, words.strip()
    row.save()
    _note(row, "breach.closed", actor, now, {}, reason=row.closing_words)


def _check_words(words: str, otherwise: str) -> None:
    if len(" ".join(words.split())) < MIN_WORDS:
        raise RuleViolated([otherwise])


def _note(
    row: Breach, verb: str, actor: Actor, now: datetime, payload: dict[str, object], *, reason: str = ""
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_type="breach",
        object_id=row.id,
        payload=payload,
        now=now,
        reason=reason,
    )


def _row(breach_id: UUID, *, lock: bool = False) -> Breach:
    rows = Breach.objects.select_for_update() if lock else Breach.objects.select_related("subject")
    row = rows.filter(id=breach_id).first()
    if row is None:
        raise NotFound("there is no such breach in this force")
    return row


def _data(row: Breach) -> BreachData:
    return BreachData(
        row.id,
        KIND_WORDS[row.kind],
        row.subject.display_name if row.subject else "",
        row.summary,
        row.found_at,
        row.ico_due_at,
        row.ico_told_at,
        row.ico_reference,
        row.not_told_reason,
        row.closed_at,
        row.closing_words,
        row.recorded_by,
    )
