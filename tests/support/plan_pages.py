"""The planner's forms as a browser sends them: what the tests of the planning pages share."""

from __future__ import annotations

import html
from datetime import date, time, timedelta

import time_machine

from apps.audit.models import AuditEvent
from apps.deployments import api as deployments
from apps.deployments.planning.plans import plan_choices, plan_version
from apps.deployments.planning.steps import FIRST, STEPS
from apps.deployments.planning.values import initial_of
from tests.support.days import PLANNED

LATER = PLANNED + timedelta(hours=1)
# How the fields of a camera's zone begin.
ZONED = ("zone_", "far_")

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


def typed(authority, *, publish_at=None, **changes):
    """Every field of a plan as a browser sends it."""
    fields = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in initial_of(authority, publish_at=publish_at).items()
        if value not in (None, False, "")
    }
    fields = {
        name: value.strftime("%H:%M") if isinstance(value, time) else value for name, value in fields.items()
    }
    fields |= {"rehearsal": "on"} if authority.rehearsal else {}
    fields |= changes
    return {name: value for name, value in fields.items() if value is not None}


def opened(day, step, **changes):
    """The form of one step of the day's deployment as it is now."""
    deployment = day.get()
    fields = typed(deployment.authority, publish_at=deployment.publish_at, version=plan_version(deployment))
    names = (*STEPS[step].names, "version")
    zones = {name: fields[name] for name in fields if name.startswith(ZONED) and step == "zones"}
    shown = {name: value for name, value in fields.items() if name in names} | zones
    return {name: value for name, value in (shown | changes).items() if value is not None}


def step_path(day, step):
    return f"/deployments/{day.deployment_id}/plan/{step}/"


def change(member, day, step, now=LATER, **changes):
    """Open a step, type the changes, press."""
    return send(member, step_path(day, step), opened(day, step, **changes), now)


def first(authority, **changes):
    """What the first page of a new plan sends."""
    fields = {name: value for name, value in typed(authority).items() if name in FIRST.names}
    return {name: value for name, value in (fields | changes).items() if value is not None}


def plan_whole(member, day, authority):
    """A whole plan through its pages, each step in its turn."""
    assert send(member, "/deployments/new/", first(authority))[0] == 302
    (drafted,) = all_of(day)
    day.deployment_id = drafted.id
    wanted = typed(authority)
    for step in STEPS.values():
        zoned = [name for name in wanted if name.startswith(ZONED) and step.slug == "zones"]
        names = (*step.names, *zoned)
        fields = {name: value for name, value in wanted.items() if name in names}
        fields["version"] = plan_version(day.get())
        status, page = send(member, step_path(day, step.slug), fields)
        assert status == 302, page
    return day.get()


def verbs(day):
    """What was recorded about the deployment; people sign in meanwhile."""
    about = AuditEvent.objects.filter(object_id=day.deployment_id).order_by("ordinal")
    return day.call(lambda: list(about.all().values_list("verb", flat=True)))


def all_of(day):
    return day.call(deployments.list_for_force)


def plan_choice(day):
    return day.call(plan_choices, force=day.force, now=LATER).packs[0]


PAGES = ["plan", "plan/place", "submit", "cancel", "operation/another-day", "operation/submit"]


OTHERS = ["officer", "silver", "operator", "engagement", "engineer", "oversight", "admin"]
