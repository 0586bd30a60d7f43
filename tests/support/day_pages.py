"""The pages of the day as a browser uses them: what the tests of those pages share."""

from __future__ import annotations

from datetime import timedelta

from apps.deployments import api as deployments
from tests.support.clocks import travelled
from tests.support.days import START

NOW = START + timedelta(minutes=30)


def address(day, page):
    return f"/deployments/{day.deployment_id}/{page}"


def see(day, member, page, now=NOW):
    with travelled(now, tick=False):
        answer = member.client().get(address(day, page))
    return answer.status_code, answer.content.decode()


def send(day, member, page, now=NOW, **fields):
    """What a press leads to, with the page behind a redirect."""
    with travelled(now, tick=False):
        answer = member.client().post(address(day, page), fields)
        if answer.status_code == 302:
            return 302, answer.client.get(answer.headers["Location"]).content.decode()
    return answer.status_code, answer.content.decode()


def press(day, member, step, now=NOW, /, **fields):
    return send(day, member, "run/", now, step=step, **fields)


def check_of(day, kind):
    checks = day.call(deployments.checklist, deployment_id=day.deployment_id)
    return next(check for check in checks if check.kind is kind)


def log(day):
    return [row.kind for row in day.call(deployments.decisions, deployment_id=day.deployment_id)]


def duties(day):
    return {(d.actor_id, d.duty) for d in day.call(deployments.duties, deployment_id=day.deployment_id)}
