"""The force administers its own people: who may, what is refused, and what no other force learns."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts.models import RoleGrant, TrainingCertificate, User
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.core.tenancy import force_context
from tests.support.cast import make_member
from tests.support.people import WHY, invited, roles_in, verbs, within

# Who may


def test_nobody_but_an_administrator_opens_a_page_about_people(day, admin):
    planner = make_member(day, "planner", Role.PLANNER)
    client = planner.client()
    for path in ("", "new/", f"{admin.actor.id}/", f"{admin.actor.id}/grant/", f"{admin.actor.id}/link/"):
        assert client.get(f"/people/{path}").status_code == 403, path
        assert Client().get(f"/people/{path}").status_code == 302, path


def test_the_list_says_what_everybody_may_do_and_who_is_not_trained(day, admin):
    operator = make_member(day, "operator", Role.OPERATOR)
    within(
        day,
        accounts.grant_role,
        user_id=operator.actor.id,
        role=Role.PLANNER,
        actor=admin.actor,
        now=utc_now(),
        reason=WHY,
    )
    page = admin.client().get("/people/").content.decode()
    row = re.search(rf"<tr>(?:(?!</tr>).)*{operator.actor.id}.*?</tr>", page, re.S).group()
    assert {"operator", "planner"} <= set(re.findall(r"\w+", row))
    assert "None current" in row


def test_another_forces_people_are_not_there(day, other_day, admin):
    stranger = make_member(other_day, "stranger", Role.OPERATOR)
    client = admin.client()
    assert str(stranger.actor.id) not in client.get("/people/").content.decode()
    for path in ("", "grant/", "revoke/operator/", "link/", "leave/", "certificates/", "unlock/"):
        assert client.get(f"/people/{stranger.actor.id}/{path}").status_code == 404, path
    calls = (
        (accounts.leave, {"reason": WHY}),
        (accounts.reset_password, {"reason": WHY, "clear_factors": True}),
        (accounts.renew_link, {"reason": WHY}),
    )
    for operation, typed in calls:
        with pytest.raises(NotFound):
            within(day, operation, user_id=stranger.actor.id, actor=admin.actor, now=utc_now(), **typed)
    assert roles_in(other_day, stranger.actor.id) == {Role.OPERATOR}


# Roles


def test_a_role_is_given_and_taken_away_on_the_pages_and_works_at_the_next_request(day, admin):
    member = make_member(day, "member", Role.PLANNER)
    theirs, client = member.client(), admin.client()
    assert theirs.get("/console/").status_code == 403
    page = f"/people/{member.actor.id}/"
    assert client.post(f"{page}grant/", {"role": "operator", "reason": WHY}).status_code == 302
    assert theirs.get("/console/").status_code == 200
    assert client.post(f"{page}revoke/operator/", {"reason": ""}).status_code == 422
    assert client.post(f"{page}revoke/operator/", {"reason": "Left the team"}).status_code == 302
    assert theirs.get("/console/").status_code == 403
    assert "Left the team" in client.get(page).content.decode()
    assert verbs(day, member.actor.id)[-2:] == ["role.granted", "role.revoked"]


def test_nobody_gives_themselves_anything(day, admin):
    client = admin.client()
    page = f"/people/{admin.actor.id}/"
    assert client.post(f"{page}grant/", {"role": "planner", "reason": WHY}).status_code == 422
    assert client.post(f"{page}link/", {"reason": WHY}).status_code == 422
    typed = {"role": "planner", "course": "x", "issued_date": "2025-01-01", "expires_date": "2030-01-01"}
    assert client.post(f"{page}certificates/", typed).status_code == 422
    for path in ("grant/", "link/", "certificates/"):
        # Nothing is asked for that would be refused when it is sent.
        assert "<textarea" not in (shown := client.get(page + path).content.decode())
        assert 'name="reason"' not in shown
    with pytest.raises(NotPermitted):
        invited(day, admin, admin.username, Role.PLANNER)
    assert roles_in(day, admin.actor.id) == {Role.FORCE_ADMIN}


def test_the_last_active_administrator_stays(day, admin):
    client = admin.client()
    about = {"user_id": admin.actor.id, "reason": WHY, "actor": day.system, "now": utc_now()}
    for operation, typed in ((accounts.revoke_role, {"role": Role.FORCE_ADMIN}), (accounts.leave, {})):
        with pytest.raises(RuleViolated, match="last active administrator"):
            within(day, operation, **about, **typed)
    assert roles_in(day, admin.actor.id) == {Role.FORCE_ADMIN}
    second = make_member(day, "second", Role.FORCE_ADMIN)
    within(day, accounts.leave, user_id=admin.actor.id, reason=WHY, actor=second.actor, now=utc_now())
    assert roles_in(day, admin.actor.id) == frozenset()
    assert client.get("/people/").status_code == 302


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OVERSIGHT, Role.SYSTEM)])
def test_oversight_is_held_beside_no_other_role(day, role):
    watcher, worker = make_member(day, "watcher", Role.OVERSIGHT), make_member(day, "worker", role)
    for member, further in ((watcher, role), (worker, Role.OVERSIGHT)):
        with pytest.raises(RuleViolated, match="independent"):
            within(
                day,
                accounts.grant_role,
                user_id=member.actor.id,
                role=further,
                actor=day.system,
                now=utc_now(),
            )


def test_an_oversight_row_beside_others_leaves_oversight_alone(day):
    """Should such rows ever come to be, they must not open a face."""
    member = make_member(day, "member", Role.OPERATOR)
    user = User.objects.get(id=member.actor.id)
    with force_context(day.force.id):
        RoleGrant.objects.create(
            user=user,
            role=Role.OVERSIGHT,
            granted_at=utc_now(),
            granted_by="x",
            confirmed_at=utc_now(),
            credential_epoch=user.credential_epoch,
        )
    assert roles_in(day, user.id) == {Role.OVERSIGHT}
    assert member.client().get("/console/").status_code == 403


def test_nothing_that_lets_somebody_in_goes_without_confirming_who_one_is(day, admin):
    member = make_member(day, "member", Role.OPERATOR)
    unsure = Actor(admin.actor.id, "admin", day.force.id, admin.actor.roles)
    common = {"user_id": member.actor.id, "actor": unsure, "now": utc_now()}
    for operation, typed in (
        (accounts.grant_role, {"role": Role.PLANNER}),
        (accounts.reset_password, {"reason": WHY, "clear_factors": False}),
    ):
        with pytest.raises(ReauthenticationNeeded):
            within(day, operation, **common, **typed)
    with pytest.raises(ReauthenticationNeeded):
        invited(day, admin, "new@force.example", actor=unsure)
    # What takes something away waits for nothing.
    within(day, accounts.leave, **common, reason=WHY)


# Systems


def test_a_system_only_plans_or_reads_for_oversight(day, admin):
    def create(*roles):
        return within(
            day,
            accounts.create_service,
            name="Custody system",
            roles=roles,
            actor=admin.actor,
            now=utc_now(),
        )

    system = create(Role.PLANNER)
    assert roles_in(day, system.id) == {Role.PLANNER}
    assert not User.objects.get(id=system.id).has_usable_password()
    page = admin.client().get("/people/").content.decode()
    assert "Custody system" in page.split("<h2>Systems</h2>")[1]
    for roles in [(role,) for role in Role if role not in (Role.PLANNER, Role.OVERSIGHT)] + [
        (Role.PLANNER, Role.OVERSIGHT),
        (),
    ]:
        with pytest.raises((RuleViolated, NotPermitted)):
            create(*roles)
    for role in (Role.AUTHORISING_OFFICER, Role.FORCE_ADMIN):
        with pytest.raises(RuleViolated):
            within(day, accounts.grant_role, user_id=system.id, role=role, actor=admin.actor, now=utc_now())
    assert admin.client().get(f"/people/{system.id}/link/").status_code == 404


# Training


def test_a_certificate_is_recorded_and_withdrawn_with_a_reason(day, admin):
    member = make_member(day, "member", Role.FORCE_ADMIN)
    page, client = f"/people/{member.actor.id}/", admin.client()
    soon = (utc_now() + timedelta(days=30)).date()
    typed = {"role": "operator", "course": "LFR operator", "issued_date": "2025-01-01"}
    wrong = client.post(f"{page}certificates/", {**typed, "expires_date": "2024-01-01"})
    assert wrong.status_code == 422
    assert client.post(f"{page}certificates/", {**typed, "expires_date": f"{soon}"}).status_code == 302
    # It counts for a role that is held, and what runs out soon is on the first page.
    within(
        day,
        accounts.grant_role,
        user_id=member.actor.id,
        role=Role.OPERATOR,
        actor=admin.actor,
        now=utc_now(),
    )
    assert "Training that runs out" in client.get("/people/").content.decode()
    [row] = within(day, accounts.certificates_of, user_id=member.actor.id)
    withdraw = f"{page}certificates/{row.id}/withdraw/"
    assert client.post(withdraw, {"reason": ""}).status_code == 422
    assert client.post(withdraw, {"reason": "Recorded by mistake"}).status_code == 302
    assert client.post(withdraw, {"reason": "Recorded by mistake"}).status_code == 422
    training = within(day, accounts.training_of, user_ids=[member.actor.id])
    assert not training.covers(member.actor.id, Role.OPERATOR, [soon])
    assert "Recorded by mistake" in client.get(page).content.decode()


def test_everybody_sees_their_own_certificates_on_their_account_page(day):
    member = make_member(day, "member", Role.OPERATOR)
    client = member.client()
    page = client.get("/account/").content.decode()
    assert "LFR course" in page
    assert "ends on" not in page
    with force_context(day.force.id):
        soon = (utc_now() + timedelta(days=30)).date()
        TrainingCertificate.objects.filter(user_id=member.actor.id).update(expires_date=soon)
    assert "Your certificate as operator ends on" in client.get("/account/").content.decode()
