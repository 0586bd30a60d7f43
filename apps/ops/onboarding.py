"""The end of an onboarding: settings, first administrator and their role, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.accounts import api as accounts
from apps.accounts.data import UserData
from apps.core.data import Actor, Role
from apps.forces import api as forces


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
