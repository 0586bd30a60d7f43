"""The people of the open force, as its administrator sees them, and who could do what at an instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.accounts.collar_numbers import end_numbers
from apps.accounts.data import GrantData, HeldRole, InvitationData, PersonData, Training
from apps.accounts.invitations import cancel_invitation
from apps.accounts.models import Invitation, RoleGrant, TrainingCertificate, User
from apps.accounts.noting import note_about
from apps.accounts.operations import revoke_role
from apps.accounts.policies import check_administrator, check_reason
from apps.accounts.second_factors import with_second_factor
from apps.accounts.training import TRAINED_ROLES, training_of
from apps.audit import api as audit
from apps.core.clock import london
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted
from apps.core.tenancy import current_force_id

SIGNED_IN = "signed_in"


def list_people(*, now: datetime) -> list[PersonData]:
    """Everybody who holds or held a role here or is invited, systems included. A fixed number of queries."""
    current_force_id()
    ids = set(RoleGrant.objects.values_list("user_id", flat=True))
    # Also whose link has run out or was withdrawn: their page must be found again.
    ids |= set(Invitation.objects.values_list("user_id", flat=True))
    people = _people(ids, now=now)
    return sorted(people, key=lambda person: (not person.roles, person.display_name.lower(), person.username))


def get_person(*, user_id: UUID, now: datetime) -> PersonData:
    """Raises NotFound for somebody who has nothing to do with the open force."""
    known = RoleGrant.objects.filter(user_id=user_id).exists()
    if not known and not Invitation.objects.filter(user_id=user_id).exists():
        raise NotFound("there is no such person in your force")
    return _people({user_id}, now=now)[0]


def _people(ids: Collection[UUID], *, now: datetime) -> list[PersonData]:
    grants: defaultdict[UUID, list[RoleGrant]] = defaultdict(list)
    for grant in RoleGrant.objects.filter(user_id__in=ids):
        grants[grant.user_id].append(grant)
    invited = {row.user_id: row for row in Invitation.objects.filter(user_id__in=ids).order_by("created_at")}
    open_links = {row.user_id: row for row in _open_invitations(now).filter(user_id__in=ids)}
    factors = with_second_factor(user_ids=ids)
    training = training_of(user_ids=ids)
    signed_in = audit.last_times(verb=SIGNED_IN, object_ids=ids)
    today = london(now).date()
    found = []
    for user in User.objects.filter(id__in=ids):
        standing = _standing(user, grants[user.id])
        # Until they accept, the force sees what its administrator typed and nothing of an older account.
        typed = None if grants[user.id] else invited[user.id]
        found.append(
            PersonData(
                id=user.id,
                username=user.username,
                display_name=typed.display_name if typed else user.display_name,
                rank=typed.rank if typed else user.rank,
                roles=standing.roles,
                waiting=standing.waiting,
                is_service=user.is_service,
                asleep=standing.asleep,
                joined=typed is None,
                second_factor=None if typed or factors is None else user.id in factors,
                last_sign_in=signed_in.get(user.id),
                untrained=_untrained(user, standing.roles, training, today),
                invitation=_link(open_links.get(user.id)),
                invited=_roles_to_come(typed),
                withdrawn=typed is not None and typed.cancelled_at is not None,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Standing:
    """What somebody's grants in the open force amount to now."""

    roles: frozenset[Role]
    waiting: tuple[Role, ...]
    asleep: bool


def _standing(user: User, grants: Collection[RoleGrant]) -> _Standing:
    unrevoked = [grant for grant in grants if grant.revoked_at is None]
    asleep = any(grant.credential_epoch != user.credential_epoch for grant in unrevoked)
    return _Standing(
        roles=frozenset(Role(grant.role) for grant in unrevoked if grant.confirmed_at is not None),
        waiting=tuple(sorted(Role(grant.role) for grant in unrevoked if grant.confirmed_at is None)),
        asleep=asleep or bool(unrevoked and not user.is_active),
    )


def _untrained(user: User, roles: Collection[Role], training: Training, today: date) -> tuple[Role, ...]:
    """The roles held for which they lack a current certificate; a system needs none."""
    if user.is_service:
        return ()
    trained_for = (role for role in TRAINED_ROLES if role in roles)
    return tuple(role for role in trained_for if not training.covers(user.id, role, (today,)))


def _open_invitations(now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(used_at__isnull=True, cancelled_at__isnull=True, expires_at__gt=now)


def _roles_to_come(row: Invitation | None) -> tuple[Role, ...]:
    """Those of an invitation that was not withdrawn, also when its link has run out."""
    if row is None or row.cancelled_at is not None:
        return ()
    return tuple(Role(role) for role in row.roles)


def _link(row: Invitation | None) -> InvitationData | None:
    if row is None:
        return None
    roles = tuple(Role(role) for role in row.roles)
    return InvitationData(row.id, row.kind, roles, row.created_at, row.created_by, row.expires_at)


def grants_of(*, user_id: UUID) -> list[GrantData]:
    """Every role that somebody was given in the open force, the latest first."""
    current_force_id()
    return [
        GrantData(
            id=row.id,
            role=Role(row.role),
            granted_at=row.granted_at,
            granted_by=row.granted_by,
            asked_by_id=row.requested_by_id,
            reason=row.reason,
            source=row.source,
            confirmed_at=row.confirmed_at,
            confirmed_by=row.confirmed_by,
            revoked_at=row.revoked_at,
            revoked_by=row.revoked_by,
            revoked_reason=row.revoked_reason,
        )
        for row in RoleGrant.objects.filter(user_id=user_id).order_by("-granted_at", "role")
    ]


@transaction.atomic
def leave(*, user_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Somebody works for this force no more: roles, collar numbers and open links end at once, and so do
    their sign-ins.

    What another force granted them stays. Raises NotPermitted, also for oneself, NotFound, RuleViolated for
    the last administrator.
    """
    check_administrator(actor)
    if actor.id == user_id:
        raise NotPermitted("nobody deactivates themselves: ask another administrator")
    check_reason(reason)
    held = list(RoleGrant.objects.filter(user_id=user_id, revoked_at__isnull=True).order_by("role"))
    if not held and not Invitation.objects.filter(user_id=user_id).exists():
        raise NotFound("there is no such person in your force")
    for grant in held:
        revoke_role(user_id=user_id, role=Role(grant.role), actor=actor, now=now, reason=reason)
    cancel_invitation(user_id=user_id, reason=reason, actor=actor, now=now)
    numbers = end_numbers(user_id=user_id, reason=reason, actor=actor, now=now)
    if held:
        User.objects.filter(id=user_id).update(session_epoch=uuid4())
        payload = {"roles": [grant.role for grant in held], "collar_numbers": numbers}
        note_about(user_id, "person.left", payload, actor=actor, now=now, reason=reason)


def people_on(*, at: datetime) -> list[HeldRole]:
    """Which roles everybody held at an instant, and whether they were trained for them, as it was on record
    at that instant: what was given or certified later does not count, what was taken away later does.
    """
    current_force_id()
    held = RoleGrant.objects.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=at), confirmed_at__lte=at)
    rows = list(held.select_related("user").order_by("user__display_name", "user_id", "role"))
    trained = _trained_at(at)
    return [
        HeldRole(
            user_id=row.user_id,
            name=row.user.display_name,
            rank=row.user.rank,
            is_service=row.user.is_service,
            role=Role(row.role),
            since=row.confirmed_at or row.granted_at,
            granted_by=row.granted_by,
            trained=None
            if row.user.is_service or Role(row.role) not in TRAINED_ROLES
            else trained.get((row.user_id, row.role), False),
        )
        for row in rows
    ]


def _trained_at(at: datetime) -> Mapping[tuple[UUID, str], bool]:
    day = london(at).date()
    rows = TrainingCertificate.objects.filter(
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at),
        confirmed_at__lte=at,
        issued_date__lte=day,
        expires_date__gte=day,
    )
    return dict.fromkeys(rows.values_list("user_id", "role"), True)
