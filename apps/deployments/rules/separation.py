"""Who is kept from what on a deployment: by what they did on it, and by training that is not current."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from apps.core.data import Actor
from apps.core.errors import NotPermitted
from apps.core.wording import say_list
from apps.deployments.data import Duty, DutyData
from apps.deployments.rules.words import DUTY_WORDS, one

# domain.md §1: "must never be able to do". Pairs are looked up both ways round.
INCOMPATIBLE = frozenset(
    frozenset(pair)
    for pair in (
        (Duty.AUTHORISING, Duty.PLANNER),
        (Duty.AUTHORISING, Duty.SILVER),
        (Duty.AUTHORISING, Duty.OPERATOR),
        (Duty.AUTHORISING, Duty.ENGAGEMENT),
        (Duty.AUTHORISING, Duty.ENGINEER),
        (Duty.SILVER, Duty.PLANNER),
        (Duty.SILVER, Duty.OPERATOR),
        # Whom to look for and whether it is them are two people's questions; alerts refuses it too.
        (Duty.PLANNER, Duty.OPERATOR),
        (Duty.PLANNER, Duty.ENGAGEMENT),
        # An engineer sees no name of anybody listed, and a planner chooses them.
        (Duty.PLANNER, Duty.ENGINEER),
        (Duty.ENGINEER, Duty.OPERATOR),
        (Duty.ENGINEER, Duty.ENGAGEMENT),
    )
)


def check_duty(duties: Iterable[DutyData], *, actor: Actor, duty: Duty) -> None:
    """Separation of duties by what people *did* on this deployment, whatever roles they hold."""
    if actor.id is None:
        return
    for past in duties:
        if past.actor_id == actor.id and frozenset({past.duty, duty}) in INCOMPATIBLE:
            raise NotPermitted(
                f"You have acted as {DUTY_WORDS[past.duty]} on this deployment, so you cannot act as"
                f" {DUTY_WORDS[duty]} on it. It waits for {one(DUTY_WORDS[duty])} other than you.",
                code="duties_separated",
            )


def check_names(duties: Iterable[DutyData], *, actor: Actor) -> None:
    """A system engineer never sees a name of the list (domain.md §1), whatever other role they hold."""
    if any(past.actor_id == actor.id and past.duty is Duty.ENGINEER for past in duties):
        raise NotPermitted(
            "You have acted as system engineer on this deployment, so its list is not for you.",
            code="duties_separated",
        )


def check_trained(duty: Duty, *, trained: bool, days: Collection[date]) -> None:
    """An expired certificate blocks duty on a deployment (domain.md §1)."""
    if not trained:
        raise NotPermitted(
            f"You have no certificate as {DUTY_WORDS[duty]} that is current on"
            f" {say_list([f'{day:%d %B %Y}'.lstrip('0') for day in days])}."
            " Your force's administrator records your training.",
            code="untrained",
        )
