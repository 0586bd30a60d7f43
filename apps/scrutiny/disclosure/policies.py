"""Who makes a pack, and of what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apps.alerts.api import PastAlert
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.text import check_prose
from apps.core.wording import say_moment

MAKERS = (Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER, Role.PLANNER)
MIN_REASON, MOST_REASON = 20, 1_000
LOG_DELETED = "The log of alerts was deleted by the years of the schedule"


def check_maker(actor: Actor) -> None:
    if not actor.has(*MAKERS):
        raise NotPermitted("A disclosure pack is made by an authorising officer, a commander or a planner.")


def check_reason(reason: str) -> None:
    """Raises RuleViolated."""
    if len(" ".join(reason.split())) < MIN_REASON:
        raise RuleViolated(
            [f"Say in at least {MIN_REASON} characters who asked for it and what for."],
            code="reasons_missing",
        )
    check_prose(reason=reason)


def chosen(alerts: Iterable[PastAlert], number: int, *, log_deleted_at: datetime | None) -> PastAlert:
    """Raises RuleViolated: of an alert that still waits for a person nothing goes out, since its similarity
    would be known before they decide."""
    found = next((one for one in alerts if one.number == number), None)
    if found is None and log_deleted_at is not None:
        gone = f"{LOG_DELETED}, {say_moment(log_deleted_at)}. Nothing of alert {number} can be disclosed."
        raise RuleViolated([gone], code="log_deleted")
    if found is None:
        raise RuleViolated([f"There is no alert {number} to disclose on this deployment."], code="no_alert")
    if found.similarity is None:
        raise RuleViolated(
            [f"Alert {number} still waits for a decision. Make the pack once it is decided."],
            code="undecided",
        )
    return found
