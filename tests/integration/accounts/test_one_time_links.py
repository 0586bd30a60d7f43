"""The one-time links of a force: to join it or to set a new password, also for people of two forces."""

from __future__ import annotations

import re
from uuid import uuid4

from django.test import Client

from apps.accounts import api as accounts
from apps.accounts.invitations import force_of, sha256_of
from apps.accounts.models import Invitation, User
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.tenancy import force_context
from tests.support.cast import PASSWORD, make_member
from tests.support.people import NEW_PASSWORD, WHY, accept, choose, invited, opened, roles_in, verbs, within
from tests.support.signing_in import signed_in

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


def test_inviting_somebody_of_another_force_looks_like_inviting_a_stranger(day, other_day, admin):
    known = make_member(other_day, "known", Role.AUTHORISING_OFFICER)
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
        # There the one before is listed, whose invitation is withdrawn below.
        seen = re.sub(r"<h2>No longer active</h2>.*?</ul>", "", seen, flags=re.S)
        pages.append(" ".join(seen.split()))
        within(day, accounts.leave, user_id=user_id, reason=WHY, actor=admin.actor, now=utc_now())
    assert pages[0] == pages[1]
    assert "Known" not in pages[0]
    assert other_day.force.name not in pages[0]


def test_a_person_of_another_force_accepts_with_their_own_password(day, other_day, admin):
    known = make_member(other_day, "known", Role.AUTHORISING_OFFICER)
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
    assert roles_in(other_day, user_id) == {Role.AUTHORISING_OFFICER}


def test_somebody_who_is_signed_in_accepts_only_their_own_invitation(day, other_day, admin):
    known, bystander = (make_member(other_day, name, Role.OPERATOR) for name in ("known", "bystander"))
    user_id, token = invited(day, admin, known.username)
    wrong, _ = opened(token, signed_in(bystander.username))
    assert wrong.post("/join/", {"way": "signed-in"}).status_code == 422
    assert roles_in(day, user_id) == roles_in(day, bystander.actor.id) == frozenset()
    right, _ = opened(token, signed_in(known.username))
    assert right.post("/join/", {"way": "signed-in"}).status_code == 302
    assert roles_in(day, user_id) == {Role.OPERATOR}


def test_a_new_password_by_one_force_puts_the_roles_in_every_other_to_sleep(day, other_day, admin):
    """An administrator who sets a member's password must not become them in another force."""
    member = make_member(day, "member", Role.OPERATOR)
    boss = make_member(other_day, "boss", Role.FORCE_ADMIN)
    joining = invited(other_day, boss, member.username, Role.SILVER_COMMANDER)[1]
    accept(opened(joining)[0])
    assert roles_in(other_day, member.actor.id) == {Role.SILVER_COMMANDER}
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
    assert roles_in(other_day, member.actor.id) == frozenset()
    assert accounts.forces_of(user_id=member.actor.id) == [day.force.id]
    # Nor by a further role, which sleeps like the others.
    within(
        other_day,
        accounts.grant_role,
        user_id=member.actor.id,
        role=Role.PLANNER,
        actor=boss.actor,
        now=utc_now(),
    )
    assert roles_in(other_day, member.actor.id) == frozenset()
    page = boss.client().get(f"/people/{member.actor.id}/").content.decode()
    assert "Must accept again" in page
    assert day.force.name not in page
    again = within(
        other_day, accounts.renew_link, user_id=member.actor.id, reason=WHY, actor=boss.actor, now=utc_now()
    )
    client, _ = opened(again)
    assert accept(client).status_code == 422
    assert accept(client, NEW_PASSWORD).status_code == 302
    assert roles_in(other_day, member.actor.id) == {Role.SILVER_COMMANDER, Role.PLANNER}


def test_leaving_one_force_leaves_the_other_alone(day, other_day, admin):
    member = make_member(day, "member", Role.OPERATOR)
    boss = make_member(other_day, "boss", Role.FORCE_ADMIN)
    accept(opened(invited(other_day, boss, member.username, Role.PLANNER)[1])[0])
    within(day, accounts.leave, user_id=member.actor.id, reason=WHY, actor=admin.actor, now=utc_now())
    assert roles_in(day, member.actor.id) == frozenset()
    assert roles_in(other_day, member.actor.id) == {Role.PLANNER}


# What an invitation says before it is used


def test_a_withdrawn_invitation_does_not_come_back_with_its_roles(day, admin):
    user_id, _ = invited(day, admin, f"{uuid4().hex}@force.example", Role.OPERATOR, Role.PLANNER)
    client, page = admin.client(), f"/people/{user_id}/"
    assert "as operator and planner" in client.get(f"{page}link/").content.decode()
    within(day, accounts.leave, user_id=user_id, reason=WHY, actor=admin.actor, now=utc_now())
    assert 'name="reason"' not in client.get(f"{page}link/").content.decode()
    refused = client.post(f"{page}link/", {"reason": WHY})
    assert refused.status_code == 422
    assert "was withdrawn" in refused.content.decode()
    assert page in client.get("/people/").content.decode()
    # Inviting them again names the roles anew.
    address = User.objects.get(id=user_id).username
    assert invited(day, admin, address, Role.ENGAGEMENT_OFFICER)[0] == user_id


def test_an_invitation_that_ran_out_is_still_found_and_renewed_with_its_roles(day, admin):
    user_id, _ = invited(day, admin, f"{uuid4().hex}@force.example", Role.OPERATOR)
    with force_context(day.force.id):
        Invitation.objects.filter(user_id=user_id).update(expires_at=utc_now())
    client = admin.client()
    assert f"/people/{user_id}/" in client.get("/people/").content.decode()
    assert "as operator." in client.get(f"/people/{user_id}/link/").content.decode()
    assert client.post(f"/people/{user_id}/link/", {"reason": WHY}).status_code == 200


def test_whoever_is_invited_to_approve_reads_that_it_waits_and_needs_training(day, admin):
    """On the form, with the link, to the invited person and on their page; the record names who asked."""
    client, address = admin.client(), f"{uuid4().hex}@force.example"
    assert "another administrator has to confirm each" in client.get("/people/new/").content.decode()
    typed = {
        "username": address,
        "display_name": "Jo Reed",
        "rank": "Supt",
        "roles": ["authorising_officer", "operator"],
        "reason": WHY,
    }
    shown = client.post("/people/new/", typed).content.decode()
    assert "confirm the role authorising officer" in shown
    browser, joining = opened(re.search(r"/join/([^/<]+)/", shown).group(1))
    assert "another administrator confirms it first" in joining.content.decode()
    user_id = User.objects.get(username=address).id
    page = client.get(f"/people/{user_id}/").content.decode()
    assert "Without one nobody takes a duty" in page
    assert "waits then for another administrator" in page
    assert choose(browser).status_code == 302
    record = client.get("/audit/", {"object_id": str(user_id), "verb": "role."}).content.decode()
    assert record.count("asked for by PC Admin") == 2
