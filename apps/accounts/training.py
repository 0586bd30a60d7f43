"""Training currency is a property of each role-holder (domain.md §1): certificates, who is trained when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.data import CertificateData, Training
from apps.accounts.models import RoleGrant, TrainingCertificate, User
from apps.accounts.noting import note_about
from apps.accounts.policies import APPROVING_ROLES, check_administrator, check_reason
from apps.accounts.queries import active_grants
from apps.core.clock import london
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.tenancy import current_force_id

# Roles that a person trains for. Administering and overseeing are not among them.
TRAINED_ROLES = (
    Role.PLANNER,
    Role.AUTHORISING_OFFICER,
    Role.URGENT_AUTHORISING_OFFICER,
    Role.SILVER_COMMANDER,
    Role.OPERATOR,
    Role.ENGAGEMENT_OFFICER,
    Role.SYSTEM_ENGINEER,
)
EXPIRING_WITHIN = timedelta(days=60)
# No rule of law: a slip of a digit in a year must not open the training gate for ever.
LONGEST = timedelta(days=5 * 366)
OLDEST = date(2000, 1, 1)


def valid_certificates() -> QuerySet[TrainingCertificate]:
    """Neither withdrawn nor waiting for a second administrator, whatever their days."""
    return TrainingCertificate.objects.filter(withdrawn_at__isnull=True, confirmed_at__isnull=False)


def training_of(*, user_ids: Collection[UUID]) -> Training:
    """One query for any number of people. A certificate for a role that somebody no longer holds counts
    for nothing."""
    current_force_id()
    holds = active_grants().filter(user_id=OuterRef("user_id"), role=OuterRef("role"))
    rows = valid_certificates().filter(Exists(holds), user_id__in=user_ids)
    spans: defaultdict[tuple[UUID, Role], tuple[tuple[date, date], ...]] = defaultdict(tuple)
    for user_id, role, issued, expires in rows.values_list("user_id", "role", "issued_date", "expires_date"):
        spans[(user_id, Role(role))] += ((issued, expires),)
    return Training(dict(spans))


def _check_certificate(*, role: Role, course: str, issued: date, expires: date, now: datetime) -> None:
    """Raises RuleViolated with everything wrong."""
    reasons = []
    if role not in TRAINED_ROLES:
        reasons.append("There is no training for this role.")
    if not course.strip():
        reasons.append("Name the course.")
    if expires < issued:
        reasons.append("It cannot end before it begins.")
    elif expires - issued > LONGEST:
        reasons.append("A certificate lasts 5 years at most. Check the years of both days.")
    if issued > london(now).date():
        reasons.append("It cannot be issued in the future.")
    if issued < OLDEST:
        reasons.append(f"It cannot be issued before {OLDEST.year}.")
    if reasons:
        raise RuleViolated(reasons, code="certificate")


def _check_not_twice(user_id: UUID, *, role: Role, course: str, issued: date, expires: date) -> None:
    """Raises RuleViolated where the same one is recorded, or waits, already."""
    same = TrainingCertificate.objects.filter(
        user_id=user_id,
        role=role,
        course__iexact=course.strip(),
        issued_date=issued,
        expires_date=expires,
        withdrawn_at__isnull=True,
    )
    if same.exists():
        raise RuleViolated(["This certificate is recorded already: role, course and days are the same."])


@transaction.atomic
def record_certificate(
    *,
    user_id: UUID,
    role: Role,
    course: str,
    issued_date: date,
    expires_date: date,
    actor: Actor,
    now: datetime,
    reference: str = "",
) -> CertificateData:
    """One for an approving role counts once a second administrator has confirmed it (`answers.confirm`).

    Raises NotPermitted, NotFound for somebody outside the force, RuleViolated with everything wrong.
    """
    check_administrator(actor)
    if actor.id == user_id:
        raise NotPermitted("nobody certifies themselves: ask another administrator")
    # Looked up through a tenant row: a foreign key sees through the wall between forces.
    if not RoleGrant.objects.filter(user_id=user_id).exists():
        raise NotFound("there is no such person in your force")
    _check_certificate(role=role, course=course, issued=issued_date, expires=expires_date, now=now)
    _check_not_twice(user_id, role=role, course=course, issued=issued_date, expires=expires_date)
    waits = role in APPROVING_ROLES and not actor.is_system
    row = TrainingCertificate.objects.create(
        user_id=user_id,
        role=role,
        course=course.strip(),
        reference=reference.strip(),
        issued_date=issued_date,
        expires_date=expires_date,
        recorded_at=now,
        recorded_by=actor.label,
        requested_by_id=None if actor.is_system else actor.id,
        confirmed_at=None if waits else now,
    )
    verb = "certificate.asked" if waits else "certificate.recorded"
    note_about(user_id, verb, _for_record(row), actor=actor, now=now)
    return _data(row)


def _for_record(row: TrainingCertificate) -> dict[str, str]:
    return {
        "certificate": str(row.id),
        "role": row.role,
        "course": row.course,
        "issued": row.issued_date.isoformat(),
        "expires": row.expires_date.isoformat(),
    }


@transaction.atomic
def withdraw_certificate(
    *, user_id: UUID, certificate_id: UUID, reason: str, actor: Actor, now: datetime
) -> None:
    """It counts for nothing from now on; the row stays. Raises NotPermitted, NotFound, RuleViolated."""
    check_administrator(actor)
    check_reason(reason)
    row = TrainingCertificate.objects.select_for_update().filter(id=certificate_id, user_id=user_id).first()
    if row is None:
        raise NotFound("there is no such certificate")
    if row.withdrawn_at is not None:
        raise RuleViolated(["This certificate is withdrawn already."], code="certificate")
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = now, actor.label, reason
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    payload = {"certificate": str(row.id), "role": row.role}
    note_about(user_id, "certificate.withdrawn", payload, actor=actor, now=now, reason=reason)


def certificates_of(*, user_id: UUID) -> list[CertificateData]:
    """Every certificate of a person in the open force, the one that lasts longest first."""
    current_force_id()
    rows = TrainingCertificate.objects.filter(user_id=user_id)
    return [_data(row) for row in rows.order_by("withdrawn_at", "-expires_date", "role")]


def expiring(*, now: datetime, user_id: UUID | None = None) -> list[CertificateData]:
    """What runs out within 60 days, or has run out in the last 60, and is not replaced by a longer one.

    Of people who still hold the role; the next to run out first. `user_id`: of one person.
    """
    current_force_id()
    today = london(now).date()
    holds = active_grants().filter(user_id=OuterRef("user_id"), role=OuterRef("role"))
    rows = valid_certificates().filter(Exists(holds), expires_date__gte=today - EXPIRING_WITHIN)
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    last: dict[tuple[UUID, str], TrainingCertificate] = {}
    for row in rows.order_by("expires_date"):
        last[(row.user_id, row.role)] = row
    soon = [row for row in last.values() if row.expires_date <= today + EXPIRING_WITHIN]
    names = dict(User.objects.filter(id__in=[row.user_id for row in soon]).values_list("id", "display_name"))
    return [_data(row, name=names[row.user_id]) for row in sorted(soon, key=lambda row: row.expires_date)]


def _data(row: TrainingCertificate, *, name: str = "") -> CertificateData:
    return CertificateData(
        id=row.id,
        user_id=row.user_id,
        name=name,
        role=Role(row.role),
        course=row.course,
        reference=row.reference,
        issued_date=row.issued_date,
        expires_date=row.expires_date,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
        waiting=row.confirmed_at is None and row.withdrawn_at is None,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_reason=row.withdrawn_reason,
    )
