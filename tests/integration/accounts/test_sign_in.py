"""Sign-in, and what a session without a role can reach."""

from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts import api as accounts
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.tenancy import force_context
from apps.forces import api as forces
from tests.support.signing_in import signed_in

PASSWORD = "seven purple otters dancing"


@pytest.fixture
def force(real_db):
    return forces.create_force(slug=uuid4().hex, name=uuid4().hex, now=utc_now())


@pytest.fixture
def person(force):
    return accounts.create_user(
        username=f"{uuid4().hex}@force.example", display_name="A Planner", password=PASSWORD, now=utc_now()
    )


def system(force):
    return Actor.system(force_id=force.id, label="test")


def grant(force, person, role=Role.PLANNER):
    with force_context(force.id):
        accounts.grant_role(user_id=person.id, role=role, actor=system(force), now=utc_now())


def sign_in(person, password=PASSWORD):
    client = Client()
    return client, client.post("/sign-in/", {"username": person.username, "password": password})


def test_somebody_with_a_role_signs_in_and_it_is_recorded(force, person):
    grant(force, person)
    _, response = sign_in(person)
    assert response.status_code == 302
    with force_context(force.id):
        assert AuditEvent.objects.filter(verb="signed_in", actor_id=person.id).count() == 1


def test_a_wrong_password_does_not(force, person):
    grant(force, person)
    client, response = sign_in(person, "wrong password altogether")
    assert response.status_code == 422
    assert "sessionid" not in client.cookies


def test_without_a_role_in_any_force_there_is_no_session(person):
    client, response = sign_in(person)
    assert b"no role in any force" in response.content
    assert "sessionid" not in client.cookies


def test_a_revoked_role_ends_the_session_at_the_next_request(force, person):
    grant(force, person, Role.OPERATOR)
    client = signed_in(person.username)
    assert client.get("/console/").status_code == 200
    with force_context(force.id):
        accounts.revoke_role(user_id=person.id, role=Role.OPERATOR, actor=system(force), now=utc_now())
    assert client.get("/console/").status_code == 302


def test_nobody_grants_a_role_to_themselves(force, person):
    grant(force, person, Role.FORCE_ADMIN)
    with force_context(force.id):
        actor = accounts.actor_for(user_id=person.id, force_id=force.id)
        with pytest.raises(NotPermitted, match="themselves"):
            accounts.grant_role(user_id=person.id, role=Role.PLANNER, actor=actor, now=utc_now())


def test_a_planner_grants_nothing(force, person):
    grant(force, person)
    with force_context(force.id):
        actor = accounts.actor_for(user_id=person.id, force_id=force.id)
        with pytest.raises(NotPermitted):
            accounts.grant_role(user_id=uuid4(), role=Role.OPERATOR, actor=actor, now=utc_now())


def test_nobody_can_hold_the_platforms_own_role(force, person):
    with force_context(force.id), pytest.raises(NotPermitted):
        accounts.grant_role(user_id=person.id, role=Role.SYSTEM, actor=system(force), now=utc_now())


def test_a_weak_password_and_a_bad_address_are_both_named(real_db):
    with pytest.raises(RuleViolated) as raised:
        accounts.create_user(username="nobody", display_name="X", password="short", now=utc_now())
    assert len(raised.value.reasons) >= 2
