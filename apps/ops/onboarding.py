"""The end of an onboarding: settings, first administrator and their role, all of it or nothing; and the link
of a second administrator, without whom nothing that needs two could ever be confirmed (docs/adr/0009)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts import api as accounts
from apps.accounts.data import UserData
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.forces import api as forces

# As the page of the link and the record name whoever runs the platform.
OPERATOR_OF_PLATFORM = "Whoever runs the platform"


def offer(
    *, force_id: UUID, admin_email: str, second_email: str, second_name: str, now: datetime
) -> tuple[str, str]:
    """The token of the first administrator's link, and that of the second one's; older ones are void.

    Raises RuleViolated.
    """
    if admin_email.strip().lower() == second_email.strip().lower():
        raise RuleViolated(["Name two administrators: one alone cannot give an approving role."])
    token = forces.offer(force_id=force_id, admin_email=admin_email, now=now)
    with force_context(force_id):
        actor = Actor.system(force_id=force_id, label=OPERATOR_OF_PLATFORM)
        for person in accounts.list_people(now=now):
            if not person.joined:
                accounts.cancel_invitation(user_id=person.id, reason="Offered anew.", actor=actor, now=now)
    second = invite_administrator(
        force_id=force_id,
        email=second_email,
        name=second_name,
        reason="Second administrator of a new force",
        now=now,
    )
    return token, second


def invite_administrator(*, force_id: UUID, email: str, name: str, reason: str, now: datetime) -> str:
    """The token of a link with which somebody joins as administrator, confirmed by whoever runs the platform.

    For a second administrator, and for a force that has one left. Raises RuleViolated.
    """
    with force_context(force_id):
        _, token = accounts.invite(
            username=email,
            display_name=name.strip() or email,
            rank="",
            roles=[Role.FORCE_ADMIN],
            reason=reason,
            actor=Actor.system(force_id=force_id, label=OPERATOR_OF_PLATFORM),
            now=now,
        )
    return token


def finish(
    *, token: str, display_name: str, rank: str, password: str, settings: Mapping[str, Any], now: datetime
) -> UserData:
    """The link is used up. Afterwards its administrator signs in like everybody else.

    Raises LinkNotGood, and RuleViolated with what is wrong with the settings or the account.
    """
    with forces.opened(token, now=now) as link:
        label = f"{rank} {display_name}".strip()
        # Somebody who signs in here already keeps their password: an address is taken, whoever's link it is.
        person = accounts.create_user(
            username=link.admin_email, display_name=display_name, password=password, rank=rank, now=now
        )
        force = forces.finish_force(changes=settings, admin_label=label, now=now)
        accounts.grant_role(
            user_id=person.id,
            role=Role.FORCE_ADMIN,
            actor=Actor.system(force_id=force.id, label="onboarding"),
            now=now,
        )
        forces.note_used(token, now=now)
    return person
