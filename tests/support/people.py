"""What tests about the people of a force do again and again: invite, join, and look at what came of it."""

from __future__ import annotations

from django.test import Client

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context
from tests.support.cast import PASSWORD

NEW_PASSWORD = "eleven grey badgers digging"
WHY = "Posted to the team"


def within(day, function, **arguments):
    with force_context(day.force.id):
        return function(**arguments)


def invited(day, admin, username, *roles, **changes):
    """The person's id and the token of the link."""
    asked = {
        "username": username,
        "display_name": "Jo Reed",
        "rank": "PC",
        "roles": roles or (Role.OPERATOR,),
        "reason": WHY,
        "actor": admin.actor,
        "now": utc_now(),
    }
    return within(day, accounts.invite, **(asked | changes))


def opened(token, client=None):
    """A browser that has followed the link, and the page that it came to."""
    client = client or Client()
    first = client.get(f"/join/{token}/")
    if first.status_code != 302:
        return client, first
    return client, client.get(first["Location"])


def choose(client, password=NEW_PASSWORD):
    return client.post("/join/", {"way": "password", "password": password, "again": password})


def accept(client, password=PASSWORD):
    return choose(client, password)


def roles_in(day, user_id):
    try:
        return within(day, accounts.actor_for, user_id=user_id, force_id=day.force.id).roles
    except NotPermitted:
        return frozenset()


def verbs(day, user_id):
    return [event.verb for event in within(day, audit.events_about, object_id=user_id)]
