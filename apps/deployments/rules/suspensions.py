"""Why a deployment is suspended, and who may resume it after that (domain.md §2). No database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted


class Cause(StrEnum):
    """What stopped it. PERSON is anybody on duty who pressed the button, as are the kinds of reason that they
    can choose (BY_A_PERSON); the rest the platform does."""

    PERSON = "person"
    SAFETY = "safety"
    EQUIPMENT = "equipment"
    WAYS = "ways"
    PLACE = "place"
    DOUBT = "doubt"
    CALLED_AWAY = "called_away"
    CHECK_FAILED = "check_failed"
    SIGN_FAILED = "sign_failed"
    SIGN_OVERDUE = "sign_overdue"
    STAFFING = "staffing"
    CAMERAS_SILENT = "cameras_silent"
    FALSE_ALERTS = "false_alerts"
    FALSE_ALERT_RATE = "false_alert_rate"
    UNCONFIRMED = "unconfirmed"


# What somebody on duty can say that it is about, for the public notice: their own words are for no stranger.
BY_A_PERSON: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.SAFETY: "To keep somebody safe",
        Cause.EQUIPMENT: "The cameras or other equipment",
        Cause.WAYS: "The signs, or the ways round the area",
        Cause.PLACE: "What is happening at the place",
        Cause.DOUBT: "To look into an alert or the list",
        Cause.CALLED_AWAY: "Officers are needed elsewhere",
        Cause.PERSON: "Something else",
    }
)
# It may be wrong about people: whether to go on is a decision about their rights, not about the day.
ACCURACY = frozenset({Cause.FALSE_ALERTS, Cause.FALSE_ALERT_RATE})
COMMANDER = frozenset({Role.SILVER_COMMANDER})
OFFICER = frozenset({Role.AUTHORISING_OFFICER})
ONLY_AN_OFFICER = "It was suspended because of false alerts. Only an authorising officer can resume it."
ONLY_THE_COMMANDER = "Only a silver commander can resume it: it was not suspended because of false alerts."


def resuming_roles(cause: Cause | None) -> frozenset[Role]:
    """Who may resume after it. None, a suspension from before causes were kept, is the commander's."""
    return OFFICER if cause in ACCURACY else COMMANDER


def who_goes_on(cause: Cause | None) -> str:
    """For everybody at a console: whose word is awaited."""
    if cause in ACCURACY:
        return "Only an authorising officer can resume it; the silver commander can end it."
    return "The silver commander resumes or ends it."


def going_on_label(cause: Cause | None, actor: Actor) -> str:
    """What the link to the page of the day offers somebody by their roles; empty where that is nothing."""
    resume = "resume" if actor.has(*resuming_roles(cause)) else ""
    end = "end" if actor.has(*COMMANDER) else ""
    return " or ".join(filter(None, (resume, end))).capitalize()


def check_may_resume(cause: Cause | None, actor: Actor) -> None:
    """Raises NotPermitted: after false alerts only an authorising officer resumes, else the commander."""
    if actor.has(*resuming_roles(cause)):
        return
    raise NotPermitted(
        ONLY_AN_OFFICER if cause in ACCURACY else ONLY_THE_COMMANDER, code="not_yours_to_resume"
    )
