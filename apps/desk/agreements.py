"""What waits for a second administrator, on the home of those who can give the answer (ADR 9)."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from apps.accounts import api as accounts
from apps.accounts.data import WaitingData
from apps.alerts import api as alerts
from apps.core.data import Actor, Role
from apps.core.wording import say_role
from apps.desk.data import Agreement
from apps.forces import api as forces

ASKED = "You asked for it. It waits for another administrator."
CONCERNS = "It concerns you. It waits for another administrator."
OPENED = "You made the one-time link to this account. It waits for another administrator."
CONFIRMED = "You have confirmed it. It waits for another administrator."


def agreements(*, actor: Actor) -> tuple[Agreement, ...]:
    """Of the open force, for one of its administrators: roles and training first, then sign-on and leaving.

    Nothing for anybody else. A fixed number of queries.
    """
    if not actor.has(Role.FORCE_ADMIN):
        return ()
    grants = (_of_person(row, actor) for row in accounts.waiting())
    return (*grants, *_of_sign_on(actor), *_of_recipients(actor), *_of_leaving(actor))


def _of_person(row: WaitingData, actor: Actor) -> Agreement:
    why_not = ASKED if row.asked_by_id == actor.id else CONCERNS if row.user_id == actor.id else ""
    if actor.id in row.opened_by_ids:
        why_not = why_not or OPENED
    return Agreement(
        words=f"{_what(row)} for {row.name}",
        href=reverse("people"),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        why_not=why_not,
    )


def _what(row: WaitingData) -> str:
    if row.role is None:
        return "A collar number"
    return f"{'The role' if row.kind == 'role' else 'Training as'} {say_role(row.role)}"


def _of_sign_on(actor: Actor) -> Iterator[Agreement]:
    found = accounts.sign_on_proposal()
    if found is not None:
        yield Agreement(
            words="Settings of single sign-on",
            href=reverse("sign-on"),
            asked_by=found.asked_by,
            asked_at=found.asked_at,
            why_not=ASKED if found.asked_by_id == actor.id else "",
        )


def _of_recipients(actor: Actor) -> Iterator[Agreement]:
    for found in alerts.waiting_recipients().values():
        yield Agreement(
            words=f"The certificate that copies are sealed for: {found.label}",
            href=reverse("alerts:recipients"),
            asked_by=found.asked_by,
            asked_at=found.asked_at,
            why_not=ASKED if found.asked_by_id == actor.id else "",
        )


def _of_leaving(actor: Actor) -> Iterator[Agreement]:
    found = forces.leaving()
    if found is None or found.refused_at or len(found.confirmations) >= forces.CONFIRMATIONS:
        return
    first = found.confirmations[0] if found.confirmations else None
    yield Agreement(
        words="That the force leaves and everything of it is deleted",
        href=reverse("forces:leaving"),
        asked_by=first[1] if first else "whoever runs the platform, who exported everything",
        asked_at=first[2] if first else found.exported_at,
        why_not=CONFIRMED if any(actor.id == who for who, _, _ in found.confirmations) else "",
    )
