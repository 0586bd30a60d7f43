"""How the platform speaks: dates as people say them in London, spans, and states in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.clock import LONDON, london
from apps.core.languages import full_date

NOON = 12
MINUTE, HOUR, DAY = 60, 3600, 86_400
TWO_DAYS = 2
UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second"))

# The states of a deployment (docs/states.md) as an officer and a member of the public would say them.
STATE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "draft": "Draft",
        "submitted": "Waiting for a decision",
        "returned": "Returned to the planner",
        "refused": "Refused",
        "approved": "Approved",
        "notice_published": "Notice published",
        "list_sealed": "List sealed",
        "ready": "Ready to start",
        "live": "Live",
        "suspended": "Suspended",
        "ended": "Ended",
        "reviewed": "Reviewed",
        "results_published": "Results published",
        "cancelled": "Cancelled",
        "expired": "Not started in time",
        "revoked": "Revoked",
    }
)


def say_state(state: str) -> str:
    """The state in plain words. Raises KeyError for a state without words: a page must not invent any."""
    return STATE_WORDS[str(state)]


def say_list(things: list[str] | tuple[str, ...]) -> str:
    """For instance "a, b and c"."""
    if len(things) < 2:
        return "".join(things)
    return _("%(first)s and %(last)s") % {"first": ", ".join(things[:-1]), "last": things[-1]}


# Where the name of the code alone is not what people say.
ROLE_WORDS: Mapping[str, str] = MappingProxyType({"force_admin": "force administrator"})


def say_role(role: str) -> str:
    """For instance "authorising officer"."""
    return ROLE_WORDS.get(str(role)) or str(role).replace("_", " ")


def say_date(instant: datetime) -> str:
    """For instance "Thursday 11 December 2025"."""
    return full_date(london(instant))


def say_day(day: date) -> str:
    """For instance "11 December 2025": English, for pages behind the sign-in."""
    return f"{day.day} {day:%B %Y}"


def say_short_date(instant: datetime) -> str:
    """For tables, for instance "11 Dec 2025"."""
    local = london(instant)
    return f"{local.day} {local:%b %Y}"


def say_time(instant: datetime) -> str:
    """For instance "10am", "4:30pm", "midday"; with the zone where a clock shows that time twice."""
    local = london(instant)
    if local.minute == 0 and local.hour in (0, NOON):
        said = _("midday") if local.hour else _("midnight")
    else:
        hour = local.hour % NOON or NOON
        half = _("am") if local.hour < NOON else _("pm")
        minutes = f":{local.minute:02d}" if local.minute else ""
        said = f"{hour}{minutes}{half}"
    return f"{said} ({local.tzname()})" if _happens_twice(local) else said


def say_clock(instant: datetime) -> str:
    """To the second, for logs: "10:05:09"."""
    return f"{london(instant):%H:%M:%S}"


def _happens_twice(local: datetime) -> bool:
    wall = local.replace(tzinfo=None)
    return wall.replace(tzinfo=LONDON, fold=0).utcoffset() != wall.replace(tzinfo=LONDON, fold=1).utcoffset()


def say_moment(instant: datetime) -> str:
    """For instance "Thursday 11 December 2025 at 9:05am"."""
    return _("%(date)s at %(time)s") % {"date": say_date(instant), "time": say_time(instant)}


def say_window(start: datetime, end: datetime) -> str:
    """For instance "Thursday 11 December 2025, 10am to 4pm"; both dates when it spans midnight."""
    said = {
        "first": say_date(start),
        "start": say_time(start),
        "last": say_date(end),
        "end": say_time(end),
    }
    if london(start).date() == london(end).date():
        return _("%(first)s, %(start)s to %(end)s") % said
    return _("%(start)s on %(first)s to %(end)s on %(last)s") % said


def say_span(span: timedelta) -> str:
    """A length of time in its largest sensible unit, rounded down: "3 days", "5 hours", "less than a minute".

    From two days on, whole days; from two hours on, whole hours.
    """
    seconds = int(abs(span.total_seconds()))
    if seconds < MINUTE:
        return _("less than a minute")
    if seconds < 2 * HOUR:
        return _counted(seconds // MINUTE, "minute")
    if seconds < 2 * DAY:
        return _counted(seconds // HOUR, "hour")
    return _counted(seconds // DAY, "day")


def say_count(number: int, unit: str) -> str:
    """For instance "7 years". `unit`: year, day, hour, minute or second."""
    return _counted(number, unit)


def say_duration(span: timedelta) -> str:
    """How long something took, in its two largest units: "3 hours 53 minutes", "4 minutes", "40 seconds".

    Rounded down; a part that is nothing is left out.
    """
    seconds = int(abs(span.total_seconds()))
    if seconds < 1:
        return _("less than a second")
    for (size, unit), (smaller, smaller_unit) in pairwise(UNITS):
        if seconds >= size:
            parts = (_counted(seconds // size, unit), seconds % size // smaller)
            return f"{parts[0]} {_counted(parts[1], smaller_unit)}" if parts[1] else parts[0]
    return _counted(seconds, "second")


def _counted(number: int, unit: str) -> str:
    match unit:
        case "year":
            words = ngettext("%(number)d year", "%(number)d years", number)
        case "day":
            words = ngettext("%(number)d day", "%(number)d days", number)
        case "hour":
            words = ngettext("%(number)d hour", "%(number)d hours", number)
        case "minute":
            words = ngettext("%(number)d minute", "%(number)d minutes", number)
        case _other:
            words = ngettext("%(number)d second", "%(number)d seconds", number)
    return words % {"number": number}


def say_distance(instant: datetime, now: datetime) -> str:
    """For instance "in 3 days" or "5 hours ago". From two days on, days of the London calendar, as the public
    notice counts them."""
    days = (london(instant).date() - london(now).date()).days
    span = _counted(abs(days), "day") if abs(days) >= TWO_DAYS else say_span(instant - now)
    return f"in {span}" if instant > now else f"{span} ago"


def say_hours(instant: datetime, now: datetime) -> str:
    """For a clock that counts hours whatever the day, for instance "in 71 hours" or "5 hours ago"; minutes
    below two hours. Rounded down."""
    hours = int(abs((instant - now).total_seconds())) // HOUR
    span = f"{hours} hours" if hours > 1 else say_span(instant - now)
    return f"in {span}" if instant > now else f"{span} ago"
