"""Why a deployment is suspended, and who may resume it after that (domain.md §2). No database, no clock."""

from __future__ import annotations

from enum import StrEnum

from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted


class Cause(StrEnum):
    """What stopped it. PERSON is anybody on duty who pressed the button; the rest the platform does."""

    PERSON = "person"
    CHECK_FAILED = "check_failed"
    SIGN_FAILED = "sign_failed"
    STAFFING = "staffing"
    CAMERAS_SILENT = "cameras_silent"
    FALSE_ALERTS = "false_alerts"
    FALSE_ALERT_RATE = "false_alert_rate"
    UNCONFIRMED = "unconfirmed"


# It may be wrong about people: whether to go on is a decision about their rights, not about the day.
ACCURACY = frozenset({Cause.FALSE_ALERTS, Cause.FALSE_ALERT_RATE})
COMMANDER = frozenset({Role.SILVER_COMMANDER})
OFFICER = frozenset({Role.AUTHORISING_OFFICER})
ONLY_AN_OFFICER = "It was suspended because of false alerts. Only an authorising officer can resume it."
ONLY_THE_COMMANDER = "Only a silver commander can resume it: it was not suspended because of false alerts."


def resuming_roles(cause: Cause | None) -> frozenset[Role]:
    """Who may resume after it. None, a suspension from before causes were kept, is the commander's."""
    return OFFICER if cause in ACCURACY else COMMANDER


def check_may_resume(cause: Cause | None, actor: Actor) -> None:
    """Raises NotPermitted: after false alerts only an authorising officer resumes, else the commander."""
    if actor.has(*resuming_roles(cause)):
        return
    raise NotPermitted(
        ONLY_AN_OFFICER if cause in ACCURACY else ONLY_THE_COMMANDER, code="not_yours_to_resume"
    )
