"""An administrator opens an account with a one-time link: what approves or administers sleeps then."""

from __future__ import annotations

import re

import pytest

from apps.accounts import api as accounts
from apps.accounts.models import RoleGrant
from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context
from tests.support.cast import PASSWORD, make_member
from tests.support.people import (
    NEW_PASSWORD,
    WHY,
    accept,
    choose,
    invited,
    opened,
    roles_in,
    verbs,
    within,
)

APPROVES = {Role.PLANNER, Role.AUTHORISING_OFFICER}


@pytest.fixture
def second(day, admin):
    return make_member(day, "second", Role.FORCE_ADMIN)


@pytest.fixture
def officer(day):
    return make_member(day, "officer", Role.PLANNER, Role.AUTHORISING_OFFICER)


def made_by(admin, member, **typed):
    """The token of a one-time link, as the page shows it."""
    asked = {"reason": "Phone lost.", **typed}
    shown = admin.client().post(f"/people/{member.actor.id}/link/", asked).content.decode()
    return re.search(r"/join/([^/<]+)/", shown).group(1)


def taken_over(admin, member, **typed):
    choose(opened(made_by(admin, member, **typed))[0])


def waiting(day):
    return within(day, accounts.waiting)


@pytest.mark.parametrize("typed", [{}, {"clear_factors": "on"}], ids=["password", "factors too"])
def test_one_administrator_alone_does_not_come_to_approve(day, admin, second, officer, typed):
    taken_over(admin, officer, **typed)
    assert roles_in(day, officer.actor.id) == {Role.PLANNER}
    (row,) = waiting(day)
    assert (row.role, row.asked_by_id) == (Role.AUTHORISING_OFFICER, admin.actor.id)
    # Neither by confirming it, nor by giving the role once more.
    confirm = f"/people/waiting/{row.id}/confirm/"
    assert admin.client().post(confirm, {"reason": WHY}).status_code >= 400
    assert b"One-time link" in second.client().get(confirm).content
    grant = {"role": "authorising_officer", "reason": WHY}
    assert admin.client().post(f"/people/{officer.actor.id}/grant/", grant).status_code >= 400
    assert roles_in(day, officer.actor.id) == {Role.PLANNER}


def test_it_works_again_once_the_second_one_has_confirmed_it(day, admin, second, officer):
    taken_over(admin, officer)
    client = second.client()
    listed, person = (
        client.get(page).content.decode() for page in ("/people/", f"/people/{officer.actor.id}/")
    )
    for page in (listed, person):
        assert "One-time link" in page
        assert "Admin" in page
    (row,) = waiting(day)
    assert "Waits for an administrator who confirms it" in officer.client().get("/account/").content.decode()
    before = utc_now()
    assert client.post(f"/people/waiting/{row.id}/confirm/", {"reason": WHY}).status_code == 302
    assert roles_in(day, officer.actor.id) == APPROVES
    with force_context(day.force.id):
        events = {event.verb: event for event in audit.events_about(object_id=officer.actor.id)}
    assert events["role.asleep"].payload["asked_by"] == str(admin.actor.id)
    assert events["role.asked"].payload["asked_by"] == str(admin.actor.id)
    assert events["role.confirmed"].actor_id == second.actor.id
    # Who could do what: not while it slept.
    held = {
        at: {row.role for row in within(day, accounts.people_on, at=at) if row.user_id == officer.actor.id}
        for at in (before, utc_now())
    }
    assert list(held.values()) == [{Role.PLANNER}, APPROVES]


def test_an_administrator_does_not_become_the_other_one(day, admin, second):
    third = make_member(day, "third", Role.FORCE_ADMIN)
    taken_over(admin, third)
    assert roles_in(day, third.actor.id) == frozenset()
    (row,) = waiting(day)
    within(day, accounts.confirm, waiting_id=row.id, reason=WHY, actor=second.actor, now=utc_now())
    assert roles_in(day, third.actor.id) == {Role.FORCE_ADMIN}


def test_whoever_opened_the_account_does_not_confirm_what_another_one_asked_for(day, admin, second):
    member = make_member(day, "member", Role.PLANNER)
    with force_context(day.force.id):
        RoleGrant.objects.create(
            user_id=member.actor.id,
            role=Role.AUTHORISING_OFFICER,
            granted_at=utc_now(),
            granted_by="Second",
            requested_by_id=second.actor.id,
            credential_epoch=RoleGrant.objects.get(user_id=member.actor.id).credential_epoch,
        )
    taken_over(admin, member)
    (row,) = waiting(day)
    with pytest.raises(NotPermitted, match="one-time link"):
        within(day, accounts.confirm, waiting_id=row.id, reason=WHY, actor=admin.actor, now=utc_now())
    assert roles_in(day, member.actor.id) == {Role.PLANNER}


def test_a_link_that_wakes_the_roles_of_a_force_wakes_none_that_approves(day, other_day, admin):
    """Two administrators of two forces who agree: one sets the password, the other one accepts again."""
    member = make_member(day, "member", Role.PLANNER)
    boss = make_member(other_day, "boss", Role.FORCE_ADMIN)
    accept(opened(invited(other_day, boss, member.username, Role.OPERATOR)[1])[0])
    with force_context(other_day.force.id):
        RoleGrant.objects.create(
            user_id=member.actor.id,
            role=Role.AUTHORISING_OFFICER,
            granted_at=utc_now(),
            granted_by="platform",
            confirmed_at=utc_now(),
            credential_epoch=RoleGrant.objects.get(user_id=member.actor.id).credential_epoch,
        )
    assert roles_in(other_day, member.actor.id) == {Role.OPERATOR, Role.AUTHORISING_OFFICER}
    taken_over(admin, member)
    again = within(
        other_day, accounts.renew_link, user_id=member.actor.id, reason=WHY, actor=boss.actor, now=utc_now()
    )
    accept(opened(again)[0], NEW_PASSWORD)
    assert roles_in(other_day, member.actor.id) == {Role.OPERATOR}
    assert [row.role for row in waiting(other_day)] == [Role.AUTHORISING_OFFICER]


def test_until_the_link_is_used_nothing_sleeps(day, admin, officer):
    made_by(admin, officer)
    assert roles_in(day, officer.actor.id) == APPROVES
    assert "role.asleep" not in verbs(day, officer.actor.id)
    assert waiting(day) == []


def test_a_password_of_their_own_choice_puts_nothing_to_sleep(day, officer):
    client = officer.client()
    typed = {"present": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert client.post("/account/password/", typed).status_code == 302
    assert roles_in(day, officer.actor.id) == APPROVES
