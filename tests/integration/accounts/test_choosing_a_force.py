"""Roles in several forces: one at a time, chosen by a press that is checked again."""

import pytest

from apps.accounts import api as accounts
from apps.accounts import door
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support.places import type_password
from tests.support.signing_in import signed_in


@pytest.fixture
def user(place, other):
    user = place.person(Role.OVERSIGHT)
    other.person(Role.OVERSIGHT, user=user)
    return user


def test_nothing_opens_before_one_is_chosen(place, other, user):
    client, answer = type_password(user, next="/records/")
    assert answer["Location"].startswith("/sign-in/force/")
    assert client.get("/records/")["Location"].startswith("/sign-in/force/")
    page = client.get(answer["Location"]).content.decode()
    assert place.force.name in page
    assert other.force.name in page
    chosen = client.post("/sign-in/force/", {"force": str(other.force.id), "next": "/records/"})
    assert chosen["Location"] == "/records/"
    assert other.force.name in client.get("/records/").content.decode()
    assert [verb for verb, _ in other.verbs(user)] == ["signed_in"]
    assert place.verbs(user) == []


def test_going_over_is_a_press_that_is_checked_again(place, other, user):
    client = signed_in(user.username)
    here, there = (place, other) if place.force.name in client.get("/").content.decode() else (other, place)
    assert client.get("/sign-in/force/", {"force": str(there.force.id)}).status_code == 200
    assert here.force.name in client.get("/").content.decode()
    assert client.post("/sign-in/force/", {"force": str(there.force.id)}).status_code == 302
    assert there.force.name in client.get("/").content.decode()
    here.within(accounts.revoke_role, user_id=user.id, role=Role.OVERSIGHT, actor=here.system, now=utc_now())
    assert client.post("/sign-in/force/", {"force": str(here.force.id)}).status_code == 403
    assert there.force.name in client.get("/").content.decode()


def test_a_force_without_a_role_is_not_reached_by_naming_it(place, other):
    client = signed_in(place.person(Role.OVERSIGHT).username)
    assert client.post("/sign-in/force/", {"force": str(other.force.id)}).status_code == 403
    assert client.post("/sign-in/force/", {"force": "nonsense"}).status_code == 404
    assert client.session[door.FORCE] == str(place.force.id)
