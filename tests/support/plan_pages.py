"""The planner's forms as a browser sends them: what the tests of the planning pages share."""

from __future__ import annotations

import html
from datetime import date, time, timedelta

import time_machine

from apps.audit.models import AuditEvent
from apps.deployments import api as deployments
from apps.deployments.forms import initial_of
from apps.deployments.plans import plan_choices, plan_version
from tests.support.days import PLANNED

LATER = PLANNED + timedelta(hours=1)


REASON = "Agreed with the commander at the planning meeting."


def address(day, page):
    return f"/deployments/{day.deployment_id}/{page}/"


def see(member, path, now=LATER):
    with time_machine.travel(now, tick=False):
        answer = member.client().get(path)
    return answer.status_code, html.unescape(answer.content.decode())


def send(member, path, fields, now=LATER):
    """The status of a press, and the page it leads to."""
    with time_machine.travel(now, tick=False):
        answer = member.client().post(path, fields)
        if answer.status_code == 302:
            shown = answer.client.get(answer.headers["Location"])
            return 302, html.unescape(shown.content.decode())
    return answer.status_code, html.unescape(answer.content.decode())


def typed(authority, **changes):
    """The plan as a browser sends its form."""
    fields = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in initial_of(authority).items()
        if value not in (None, False, "")
    }
    fields = {
        name: value.strftime("%H:%M") if isinstance(value, time) else value for name, value in fields.items()
    }
    fields |= {"rehearsal": "on"} if authority.rehearsal else {}
    fields |= changes
    return {name: value for name, value in fields.items() if value is not None}


def opened(day, **changes):
    """The form of the day's deployment as it is now."""
    deployment = day.get()
    return typed(deployment.authority, version=plan_version(deployment), **changes)


def verbs(day):
    """What was recorded about the deployment; people sign in meanwhile."""
    about = AuditEvent.objects.filter(object_id=day.deployment_id).order_by("ordinal")
    return day.call(lambda: list(about.all().values_list("verb", flat=True)))


def all_of(day):
    return day.call(deployments.list_for_force)


def plan_choice(day):
    return day.call(plan_choices, force=day.force, now=LATER).packs[0]


PAGES = ["plan", "submit", "cancel"]


OTHERS = ["officer", "silver", "operator", "engagement", "engineer", "oversight", "admin"]
