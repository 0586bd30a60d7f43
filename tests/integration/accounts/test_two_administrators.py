"""What one administrator alone must not give takes a second one, who is no puppet of the first."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts.models import Invitation, RoleGrant, User
from apps.accounts.policies import GUARDED_ROLES
from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.core.tenancy import force_context
from tests.support.cast import PASSWORD, make_member
from tests.support.days import make_day
from tests.support.signing_in import signed_in

WHY = "Posted to the team"
DAYS = {"issued_date": date(2026, 1, 1), "expires_date": date(2028, 1, 1)}


class Force:
    """One force with an administrator who asks, a second one, and a member."""

    def __init__(self):
        self.day = make_day("north")
        self.first, self.second = (
            make_member(self.day, name, Role.FORCE_ADMIN) for name in ("first", "second")
        )
        self.member = make_member(self.day, "member", Role.PLANNER)
        # The rank that the approving roles need.
        User.objects.filter(id=self.member.actor.id).update(rank="Superintendent")

    def within(self, function, **arguments):
        with force_context(self.day.force.id):
            return function(**arguments)

    def do(self, function, by, **arguments):
        return self.within(function, actor=by.actor, now=utc_now(), **arguments)

    def ask(self, role=Role.AUTHORISING_OFFICER, by=None, about=None):
        """The id of what waits then."""
        about = about or self.member
        self.do(accounts.grant_role, by or self.first, user_id=about.actor.id, role=role, reason=WHY)
        return self.waiting()

    def waiting(self):
        return self.within(accounts.waiting)[-1].id

    def confirm(self, waiting_id, by):
        self.do(accounts.confirm, by, waiting_id=waiting_id, reason=WHY)

    def roles(self, member):
        try:
            actor = self.within(accounts.actor_for, user_id=member.actor.id, force_id=self.day.force.id)
        except NotPermitted:
            return frozenset()
        return actor.roles

    def verbs(self, member):
        return [event.verb for event in self.within(audit.events_about, object_id=member.actor.id)]


@pytest.fixture
def force(real_db):
    return Force()


def test_somebody_invented_gives_their_maker_nothing(force):
    """Two minutes with an invented colleague made one administrator an authorising officer."""
    address = f"puppet-{uuid4().hex[:6]}@force.example"
    user_id, token = force.do(
        accounts.invite,
        force.first,
        username=address,
        display_name="A Puppet",
        rank="Superintendent",
        roles=[Role.PLANNER, *GUARDED_ROLES],
        reason=WHY,
    )
    browser = Client()
    browser.get(f"/join/{token}/")
    typed = {"way": "password", "password": PASSWORD, "again": PASSWORD}
    assert browser.post("/join/", typed).status_code == 302
    puppet = force.within(
        accounts.actor_for, user_id=user_id, force_id=force.day.force.id, reauthenticated=True
    )
    assert puppet.roles == {Role.PLANNER}
    assert len(force.within(accounts.waiting)) == len(GUARDED_ROLES)
    for give, role in ((accounts.grant_role, Role.AUTHORISING_OFFICER), (accounts.grant_role, Role.PLANNER)):
        with pytest.raises(NotPermitted):
            force.within(give, user_id=force.first.actor.id, role=role, actor=puppet, now=utc_now())
    assert signed_in(address).get("/people/").status_code == 403
    for waits in force.within(accounts.waiting):
        with pytest.raises(NotPermitted, match="yourself"):
            force.confirm(waits.id, force.first)


def test_it_waits_on_the_pages_until_the_second_one_confirms(force):
    first, second = force.first.client(), force.second.client()
    page = f"/people/{force.member.actor.id}/"
    asked = first.post(f"{page}grant/", {"role": "authorising_officer", "reason": WHY}, follow=True)
    assert "waits for another administrator" in asked.content.decode().lower()
    assert force.roles(force.member) == {Role.PLANNER}
    address = f"/people/waiting/{force.waiting()}/confirm/"
    assert address not in first.get("/people/").content.decode()
    assert address in second.get("/people/").content.decode()
    assert first.post(address, {"reason": WHY}).status_code == 422
    assert 'name="reason"' not in first.get(address).content.decode()
    assert second.post(address, {"reason": ""}).status_code == 422
    assert force.roles(force.member) == {Role.PLANNER}
    before = utc_now()
    assert second.post(address, {"reason": WHY}).status_code == 302
    again = second.post(address, {"reason": WHY})
    assert again.status_code == 409
    assert "PC Second confirmed it on" in again.content.decode()
    assert "It is in force" in second.get(address.replace("confirm", "refuse")).content.decode()
    assert force.roles(force.member) == {Role.PLANNER, Role.AUTHORISING_OFFICER}
    assert force.verbs(force.member)[-2:] == ["role.asked", "role.confirmed"]
    assert "confirmed" in first.get(page).content.decode()
    # On the record it is held from then on, and not from when it was asked for.
    for at, held in ((before, {Role.PLANNER}), (utc_now(), {Role.PLANNER, Role.AUTHORISING_OFFICER})):
        rows = force.within(accounts.people_on, at=at)
        assert {row.role for row in rows if row.user_id == force.member.actor.id} == held


def test_what_is_refused_never_took_effect(force):
    waits = force.ask()
    second = force.second.client()
    assert (
        second.post(f"/people/waiting/{waits}/refuse/", {"reason": "I do not know them"}).status_code == 302
    )
    assert force.roles(force.member) == {Role.PLANNER}
    assert force.verbs(force.member)[-2:] == ["role.asked", "role.refused"]
    with pytest.raises(NotFound):
        force.confirm(waits, force.second)
    page = second.get(f"/people/{force.member.actor.id}/").content.decode()
    assert "refused" in page
    assert "I do not know them" in page
    # Whoever asked is told, and a late press of theirs too.
    first = force.first.client()
    for told in (first.get("/people/"), first.post(f"/people/waiting/{waits}/refuse/", {"reason": WHY})):
        assert "I do not know them" in told.content.decode()
    assert "I do not know them" not in second.get("/people/").content.decode()


def test_whoever_asked_takes_it_back_and_is_not_said_to_have_refused(force):
    waits, first = force.ask(), force.first.client()
    address = f"/people/waiting/{waits}/refuse/"
    assert "<h1>Take it back" in first.get(address).content.decode()
    answer = first.post(address, {"reason": "The wrong person"}, follow=True)
    assert "Taken back" in answer.content.decode()
    assert force.verbs(force.member)[-2:] == ["role.asked", "role.taken_back"]
    page = first.get(f"/people/{force.member.actor.id}/").content.decode()
    assert "taken back" in page
    assert "refused" not in page
    late = force.second.client().post(address.replace("refuse", "confirm"), {"reason": WHY})
    assert late.status_code == 409
    assert "PC First took it back on" in late.content.decode()
    assert force.roles(force.member) == {Role.PLANNER}


def test_nobody_confirms_what_concerns_them_or_without_proof_or_without_the_role(force):
    third = make_member(force.day, "third", Role.FORCE_ADMIN)
    User.objects.filter(id=third.actor.id).update(rank="Superintendent")
    waits = force.ask()
    unsure = Actor(force.second.actor.id, "x", force.day.force.id, force.second.actor.roles)
    with pytest.raises(ReauthenticationNeeded):
        force.within(accounts.confirm, waiting_id=waits, reason=WHY, actor=unsure, now=utc_now())
    with pytest.raises(NotPermitted):
        force.confirm(waits, force.member)
    about_third = force.ask(about=third)
    with pytest.raises(NotPermitted, match="concerns"):
        force.confirm(about_third, third)
    stranger = make_member(make_day("south"), "admin", Role.FORCE_ADMIN)
    assert stranger.client().get(f"/people/waiting/{waits}/confirm/").status_code == 404
    assert force.roles(force.member) == {Role.PLANNER}


def _asked_for_by_the_first(force, at):
    RoleGrant.objects.filter(user_id=force.second.actor.id).update(
        requested_by_id=force.first.actor.id, confirmed_at=at
    )


def _confirmed_by_the_first(force, at):
    RoleGrant.objects.filter(user_id=force.second.actor.id).update(
        confirmed_by_id=force.first.actor.id, confirmed_at=at
    )


def _made_the_first(force, at):
    RoleGrant.objects.filter(user_id=force.first.actor.id).update(
        confirmed_by_id=force.second.actor.id, confirmed_at=at
    )


def _opened_by_a_link_of_the_first(force, at):
    Invitation.objects.create(
        user_id=force.second.actor.id,
        kind="reset",
        token_sha256=uuid4().bytes,
        created_at=at,
        created_by="x",
        created_by_id=force.first.actor.id,
        expires_at=at,
        used_at=at,
    )


@pytest.mark.parametrize(
    "tie",
    [_asked_for_by_the_first, _confirmed_by_the_first, _made_the_first, _opened_by_a_link_of_the_first],
)
def test_a_puppet_of_the_first_is_no_second_for_a_day(force, tie):
    waits, now = force.ask(), utc_now()
    force.within(tie, force=force, at=now)
    with pytest.raises(RuleViolated, match="last 24 hours"):
        force.confirm(waits, force.second)
    assert force.roles(force.member) == {Role.PLANNER}
    with force_context(force.day.force.id):
        Invitation.objects.filter(created_by_id=force.first.actor.id).update(
            used_at=now - timedelta(hours=25)
        )
        if tie is not _opened_by_a_link_of_the_first:
            tie(force, now - timedelta(hours=25))
    force.confirm(waits, force.second)
    assert Role.AUTHORISING_OFFICER in force.roles(force.member)


def test_a_certificate_for_an_approving_role_counts_once_it_is_confirmed(force):
    force.confirm(force.ask(), force.second)
    typed = {"role": "authorising_officer", "course": "LFR authorising", **DAYS}
    page = f"/people/{force.member.actor.id}/"
    first = force.first.client()
    assert first.post(f"{page}certificates/", typed).status_code == 302
    assert "Waits for another administrator" in first.get(page).content.decode()
    assert first.post(f"{page}certificates/", typed).status_code == 422
    shown = force.second.client().get(f"/people/waiting/{force.waiting()}/confirm/").content.decode()
    for words in ("LFR authorising", "1 January 2026", "1 January 2028"):
        assert words in shown, words

    def trained():
        return force.within(accounts.training_of, user_ids=[force.member.actor.id]).covers(
            force.member.actor.id, Role.AUTHORISING_OFFICER, [utc_now().date()]
        )

    def on_record():
        rows = force.within(accounts.people_on, at=utc_now())
        approving = (force.member.actor.id, Role.AUTHORISING_OFFICER)
        return [row.trained for row in rows if (row.user_id, row.role) == approving]

    assert (trained(), on_record()) == (False, [False])
    with pytest.raises(NotPermitted):
        force.confirm(force.waiting(), force.first)
    force.confirm(force.waiting(), force.second)
    assert (trained(), on_record()) == (True, [True])
    assert force.verbs(force.member)[-2:] == ["certificate.asked", "certificate.confirmed"]


def test_an_administrator_who_is_only_asked_for_is_not_the_one_who_is_left(force):
    force.do(accounts.leave, force.first, user_id=force.second.actor.id, reason=WHY)
    waits = force.ask(role=Role.FORCE_ADMIN)
    with pytest.raises((RuleViolated, NotPermitted)):
        force.within(
            accounts.revoke_role,
            user_id=force.first.actor.id,
            role=Role.FORCE_ADMIN,
            actor=force.day.system,
            now=utc_now(),
        )
    assert Role.FORCE_ADMIN in force.roles(force.first)
    assert "Your force has one administrator" in force.first.client().get("/people/").content.decode()
    with pytest.raises(NotPermitted):
        force.confirm(waits, force.first)


def test_nothing_waits_longer_than_the_platform_itself_needs(force):
    """Onboarding and set-up act for whoever runs the platform, who confirms by running it."""
    force.within(
        accounts.grant_role,
        user_id=force.member.actor.id,
        role=Role.FORCE_ADMIN,
        actor=force.day.system,
        now=utc_now(),
    )
    assert Role.FORCE_ADMIN in force.roles(force.member)
