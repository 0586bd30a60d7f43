"""The force administers its own people: who may, what is refused, and what no other force learns."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts.invitations import force_of, sha256_of
from apps.accounts.models import Invitation, RoleGrant, TrainingCertificate, User
from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.core.tenancy import force_context
from tests.support.cast import PASSWORD, make_member
from tests.support.days import make_day
from tests.support.signing_in import signed_in

NEW_PASSWORD = "eleven grey badgers digging"
WHY = "Posted to the team"


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.fixture
def other(day):
    return make_day("south")


@pytest.fixture
def admin(day):
    return make_member(day, "admin", Role.FORCE_ADMIN)


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


def test_another_forces_people_are_not_there(day, other, admin):
    stranger = make_member(other, "stranger", Role.OPERATOR)
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
    assert roles_in(other, stranger.actor.id) == {Role.OPERATOR}


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
    assert client.post(f"{page}grant/", {"role": "planner", "reason": WHY}).status_code == 403
    typed = {"role": "planner", "course": "x", "issued_date": "2025-01-01", "expires_date": "2030-01-01"}
    assert client.post(f"{page}certificates/", typed).status_code == 403
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


# Links


def test_an_invited_person_sets_a_password_and_signs_in(day, admin):
    address = f"new-{uuid4().hex[:8]}@force.example"
    typed = {"username": address, "display_name": "Jo Reed", "roles": ["operator"], "reason": WHY}
    shown = admin.client().post("/people/new/", typed)
    link = re.search(r'id="one-time-link">http://testserver(/join/[^<]+)<', shown.content.decode()).group(1)
    assert "no-store" in shown["Cache-Control"]
    token = link.split("/")[2]
    client, page = opened(token)
    assert token not in page.content.decode()
    assert token not in str(dict(client.session))
    assert choose(client, "short").status_code == 422
    assert choose(client)["Location"] == "/sign-in/"
    user = User.objects.get(username=address)
    assert user.check_password(NEW_PASSWORD)
    assert roles_in(day, user.id) == {Role.OPERATOR}
    assert verbs(day, user.id) == ["invitation.issued", "invitation.used", "role.granted"]


def test_a_link_works_once_and_only_its_hash_is_kept(day, admin):
    user_id, token = invited(day, admin, f"{uuid4().hex}@force.example")
    assert force_of(token) == day.force.id
    with force_context(day.force.id):
        stored = bytes(Invitation.objects.get(user_id=user_id).token_sha256)
    assert stored == sha256_of(token)
    assert token.encode() not in stored
    client, first = opened(token)
    assert first["Cache-Control"].count("no-store")
    answer = Client().get(f"/join/{token}/")
    assert (answer["Location"], answer["Referrer-Policy"]) == ("/join/", "no-referrer")
    choose(client)
    _, again = opened(token)
    assert again.status_code == 410
    assert b"has been used" in again.content


def test_replaced_expired_cancelled_and_nonsense_links_say_so(day, admin):
    address = f"{uuid4().hex}@force.example"
    user_id, old = invited(day, admin, address)
    before, waiting = opened(old)
    assert waiting.status_code == 200
    new = within(day, accounts.renew_link, user_id=user_id, reason=WHY, actor=admin.actor, now=utc_now())
    # Also for a browser that had it open already.
    assert choose(before).status_code == 410
    assert b"replaced" in opened(old)[1].content
    with force_context(day.force.id):
        Invitation.objects.filter(token_sha256=sha256_of(new)).update(expires_at=utc_now())
    assert b"expired" in opened(new)[1].content
    for nonsense in ("x", "A" * 64, new[:-4] + "AAAA", new[:-1], "ü" * 30):
        page = opened(nonsense)[1]
        assert page.status_code == 410, nonsense
        assert b"no link of this platform" in page.content
    third = within(day, accounts.renew_link, user_id=user_id, reason=WHY, actor=admin.actor, now=utc_now())
    within(day, accounts.leave, user_id=user_id, reason=WHY, actor=admin.actor, now=utc_now())
    assert opened(third)[1].status_code == 410
    assert roles_in(day, user_id) == frozenset()


def test_a_reset_ends_the_sign_ins_and_changes_nothing_until_it_is_used(day, admin):
    member = make_member(day, "member", Role.OPERATOR)
    theirs = member.client()
    token = within(
        day,
        accounts.reset_password,
        user_id=member.actor.id,
        reason="Lost their password",
        clear_factors=False,
        actor=admin.actor,
        now=utc_now(),
    )
    assert theirs.get("/console/").status_code == 302
    assert User.objects.get(id=member.actor.id).check_password(PASSWORD)
    client, page = opened(token)
    assert b"new password" in page.content
    assert choose(client).status_code == 302
    assert User.objects.get(id=member.actor.id).check_password(NEW_PASSWORD)
    assert roles_in(day, member.actor.id) == {Role.OPERATOR}


# Two forces


def test_inviting_somebody_of_another_force_looks_like_inviting_a_stranger(day, other, admin):
    known = make_member(other, "known", Role.AUTHORISING_OFFICER)
    fresh = f"{uuid4().hex}@force.example"
    pages = []
    for address in (known.username, fresh):
        client = admin.client()
        typed = {"username": address, "display_name": "Jo Reed", "roles": ["operator"], "reason": WHY}
        shown = client.post("/people/new/", typed).content.decode()
        token = re.search(r"/join/([^/<]+)/", shown).group(1)
        user_id = User.objects.get(username=address).id
        _, joining = opened(token)
        page = client.get(f"/people/{user_id}/").content.decode()
        seen = "".join((shown, joining.content.decode(), page, client.get("/people/").content.decode()))
        for own in (address, token, str(user_id)):
            seen = seen.replace(own, "*")
        seen = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|/static/[^"]+', "", seen)
        pages.append(seen)
        within(day, accounts.leave, user_id=user_id, reason=WHY, actor=admin.actor, now=utc_now())
    assert pages[0] == pages[1]
    assert "Known" not in pages[0]
    assert other.force.name not in pages[0]


def test_a_person_of_another_force_accepts_with_their_own_password(day, other, admin):
    known = make_member(other, "known", Role.AUTHORISING_OFFICER)
    user_id, token = invited(day, admin, known.username.upper(), Role.PLANNER)
    assert user_id == known.actor.id
    assert roles_in(day, user_id) == frozenset()
    client, _ = opened(token)
    refused = choose(client)
    assert refused.status_code == 422
    assert accept(client, "not their password").status_code == 422
    assert roles_in(day, user_id) == frozenset()
    assert accept(client).status_code == 302
    user = User.objects.get(id=user_id)
    assert (user.display_name, user.check_password(PASSWORD)) == ("Known", True)
    assert roles_in(day, user_id) == {Role.PLANNER}
    assert roles_in(other, user_id) == {Role.AUTHORISING_OFFICER}


def test_somebody_who_is_signed_in_accepts_only_their_own_invitation(day, other, admin):
    known, bystander = (make_member(other, name, Role.OPERATOR) for name in ("known", "bystander"))
    user_id, token = invited(day, admin, known.username)
    wrong, _ = opened(token, signed_in(bystander.username))
    assert wrong.post("/join/", {"way": "signed-in"}).status_code == 422
    assert roles_in(day, user_id) == roles_in(day, bystander.actor.id) == frozenset()
    right, _ = opened(token, signed_in(known.username))
    assert right.post("/join/", {"way": "signed-in"}).status_code == 302
    assert roles_in(day, user_id) == {Role.OPERATOR}


def test_a_new_password_by_one_force_puts_the_roles_in_every_other_to_sleep(day, other, admin):
    """An administrator who sets a member's password must not become them in another force."""
    member = make_member(day, "member", Role.OPERATOR)
    boss = make_member(other, "boss", Role.FORCE_ADMIN)
    joining = invited(other, boss, member.username, Role.SILVER_COMMANDER)[1]
    accept(opened(joining)[0])
    assert roles_in(other, member.actor.id) == {Role.SILVER_COMMANDER}
    token = within(
        day,
        accounts.reset_password,
        user_id=member.actor.id,
        reason=WHY,
        clear_factors=True,
        actor=admin.actor,
        now=utc_now(),
    )
    choose(opened(token)[0])
    assert roles_in(day, member.actor.id) == {Role.OPERATOR}
    assert roles_in(other, member.actor.id) == frozenset()
    assert accounts.forces_of(user_id=member.actor.id) == [day.force.id]
    # Nor by a further role, which sleeps like the others.
    within(
        other,
        accounts.grant_role,
        user_id=member.actor.id,
        role=Role.PLANNER,
        actor=boss.actor,
        now=utc_now(),
    )
    assert roles_in(other, member.actor.id) == frozenset()
    page = boss.client().get(f"/people/{member.actor.id}/").content.decode()
    assert "Must accept again" in page
    assert day.force.name not in page
    again = within(
        other, accounts.renew_link, user_id=member.actor.id, reason=WHY, actor=boss.actor, now=utc_now()
    )
    client, _ = opened(again)
    assert accept(client).status_code == 422
    assert accept(client, NEW_PASSWORD).status_code == 302
    assert roles_in(other, member.actor.id) == {Role.SILVER_COMMANDER, Role.PLANNER}


def test_leaving_one_force_leaves_the_other_alone(day, other, admin):
    member = make_member(day, "member", Role.OPERATOR)
    boss = make_member(other, "boss", Role.FORCE_ADMIN)
    accept(opened(invited(other, boss, member.username, Role.PLANNER)[1])[0])
    within(day, accounts.leave, user_id=member.actor.id, reason=WHY, actor=admin.actor, now=utc_now())
    assert roles_in(day, member.actor.id) == frozenset()
    assert roles_in(other, member.actor.id) == {Role.PLANNER}


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
