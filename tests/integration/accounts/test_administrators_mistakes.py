"""What an administrator is stopped from, and what their pages say when something was wrong."""

from __future__ import annotations

import re
from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from apps.accounts import api as accounts
from apps.accounts import breaches
from apps.accounts.models import RoleGrant, TrainingCertificate, User
from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context
from apps.demo import live
from tests.support.cast import PASSWORD, make_member
from tests.support.days import make_day
from tests.support.people import WHY, within
from tests.support.signing_in import signed_in


def asked_for(day, user_id):
    with force_context(day.force.id):
        rows = RoleGrant.objects.filter(user_id=user_id, revoked_at__isnull=True)
        return set(rows.values_list("role", flat=True))


def summary(answer):
    found = re.search(r'class="error-summary".*?</div>', answer.content.decode(), re.S)
    return found.group() if found else ""


# Oneself


def test_nobody_takes_their_own_roles_away_or_deactivates_themselves(day, admin):
    make_member(day, "second", Role.FORCE_ADMIN)
    client, page = admin.client(), f"/people/{admin.actor.id}/"
    shown = client.get(page).content.decode()
    assert "/revoke/" not in shown
    assert "/leave/" not in shown
    for path in ("revoke/force_admin/", "leave/"):
        assert 'name="reason"' not in client.get(page + path).content.decode()
        refused = client.post(page + path, {"reason": WHY})
        assert refused.status_code == 422
        assert "ask another administrator" in summary(refused)
    about = {"user_id": admin.actor.id, "reason": WHY, "actor": admin.actor, "now": utc_now()}
    for operation, typed in ((accounts.revoke_role, {"role": Role.FORCE_ADMIN}), (accounts.leave, {})):
        with pytest.raises(NotPermitted):
            within(day, operation, **about, **typed)
    assert asked_for(day, admin.actor.id) == {"force_admin"}
    assert client.get(page).status_code == 200


def test_a_role_that_is_not_held_is_not_taken_away(day, admin):
    member = make_member(day, "member", Role.OPERATOR)
    client, page = admin.client(), f"/people/{member.actor.id}/revoke/silver_commander/"
    before = [event.verb for event in within(day, audit.events_about, object_id=member.actor.id)]
    shown = client.get(page).content.decode()
    assert "does not hold this role" in shown
    assert 'name="reason"' not in shown
    refused = client.post(page, {"reason": WHY})
    assert refused.status_code == 422
    assert "does not hold the role silver commander" in summary(refused)
    assert [event.verb for event in within(day, audit.events_about, object_id=member.actor.id)] == before


# Ranks


def test_a_person_below_the_rank_is_not_given_the_role(day, admin):
    member = make_member(day, "member", Role.PLANNER)
    client, page = admin.client(), f"/people/{member.actor.id}/grant/"
    for role, rank in (
        ("authorising_officer", "superintendent"),
        ("urgent_authorising_officer", "inspector"),
    ):
        refused = client.post(page, {"role": role, "reason": WHY})
        assert refused.status_code == 422
        assert f"rank of {rank} or above" in summary(refused)
    User.objects.filter(id=member.actor.id).update(rank="Staff")
    refused = client.post(page, {"role": "authorising_officer", "reason": WHY})
    assert "Write the rank in full" in summary(refused)
    assert asked_for(day, member.actor.id) == {"planner"}


def test_a_promotion_is_written_with_the_role_and_nobody_is_made_less(day, admin):
    member = make_member(day, "member", Role.PLANNER)
    client, page = admin.client(), f"/people/{member.actor.id}/grant/"
    typed = {"role": "authorising_officer", "reason": WHY}
    assert client.post(page, {**typed, "rank": "Inspector"}).status_code == 422
    assert User.objects.get(id=member.actor.id).rank == "PC"
    assert client.post(page, {**typed, "rank": "T/Supt"}).status_code == 302
    assert asked_for(day, member.actor.id) == {"planner", "authorising_officer"}
    verbs = [event.verb for event in within(day, audit.events_about, object_id=member.actor.id)]
    assert "person.promoted" in verbs
    lower = client.post(page, {"role": "operator", "reason": WHY, "rank": "PC"})
    assert "A lower one is not written here" in summary(lower)
    assert User.objects.get(id=member.actor.id).rank == "T/Supt"


def invitation(roles, **changes):
    typed = {"username": f"{uuid4().hex[:8]}@force.example", "display_name": "Jo Reed", "reason": WHY}
    return {**typed, "roles": roles, **changes}


def test_nobody_below_the_rank_is_invited_to_authorise(day, admin):
    client = admin.client()
    refused = client.post("/people/new/", invitation(["authorising_officer"], rank="PC"))
    assert refused.status_code == 422
    assert "this person is PC" in summary(refused)
    assert not User.objects.filter(display_name="Jo Reed").exists()
    invited = client.post("/people/new/", invitation(["authorising_officer"], rank="Supt"))
    assert invited.status_code == 200


def test_an_invitation_does_not_make_another_forces_constable_a_superintendent(day, admin):
    constable = make_member(make_day("south"), "constable", Role.OPERATOR)
    typed = invitation(["authorising_officer"], rank="Supt", username=constable.username)
    shown = admin.client().post("/people/new/", typed).content.decode()
    client = signed_in(constable.username)
    client.get(re.search(r"(/join/[^<\"]+)<", shown).group(1))
    refused = client.post("/join/", {"way": "signed-in"})
    assert refused.status_code == 422
    assert "this person is PC" in summary(refused)
    assert asked_for(day, constable.actor.id) == set()


def test_the_platforms_own_set_up_asks_for_no_rank(day):
    assert asked_for(day, make_member(day, "officer", Role.AUTHORISING_OFFICER).actor.id)


# Certificates


def test_a_slip_in_a_year_is_no_certificate_for_ever(day, admin):
    member = make_member(day, "member", Role.FORCE_ADMIN)
    client, page = admin.client(), f"/people/{member.actor.id}/certificates/"
    today = utc_now().date()
    typed = {"role": "operator", "course": "LFR operator", "issued_date": today.isoformat()}
    for first, last, words in (
        (today, date(9999, 12, 31), "5 years at most"),
        (date(1, 1, 1), date(4, 1, 1), "before 2000"),
        (today, today + timedelta(days=6 * 366), "5 years at most"),
    ):
        refused = client.post(
            page, typed | {"issued_date": first.isoformat(), "expires_date": last.isoformat()}
        )
        assert refused.status_code == 422
        assert words in summary(refused)
    with force_context(day.force.id):
        assert not TrainingCertificate.objects.filter(user_id=member.actor.id).exists()


def test_a_withdrawn_certificate_says_so_before_a_reason_is_typed(day, admin):
    member = make_member(day, "member", Role.OPERATOR)
    [row] = within(day, accounts.certificates_of, user_id=member.actor.id)
    client, page = admin.client(), f"/people/{member.actor.id}/certificates/{row.id}/withdraw/"
    assert client.post(page, {"reason": "Recorded by mistake"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "It was withdrawn on" in shown
    assert 'name="reason"' not in shown
    assert client.get(page.replace(str(row.id), str(uuid4()))).status_code == 404


def test_who_needs_no_training_is_not_told_to_get_it(day, admin):
    operator, client = make_member(day, "member", Role.FORCE_ADMIN), admin.client()
    within(
        day,
        accounts.grant_role,
        user_id=operator.actor.id,
        role=Role.OPERATOR,
        actor=day.system,
        now=utc_now(),
    )
    for page in (f"/people/{admin.actor.id}/", "/account/"):
        shown = client.get(page).content.decode()
        assert "Without one nobody" not in shown
        assert "None is needed" in shown
    assert "Without one nobody" in client.get(f"/people/{operator.actor.id}/").content.decode()


# Pages


def test_the_page_of_a_link_leads_back_to_the_person_and_has_a_button_to_copy(day, admin):
    address = f"{uuid4().hex[:8]}@force.example"
    shown = admin.client().post("/people/new/", invitation(["operator"], username=address)).content.decode()
    person = User.objects.get(username=address).id
    assert f'href="/people/{person}/">I have handed it over' in shown
    assert 'data-copy="one-time-link"' in shown


def test_no_role_is_chosen_beforehand(day, admin):
    member = make_member(day, "member", Role.OPERATOR)
    client = admin.client()
    for path in ("grant/", "certificates/"):
        page = f"/people/{member.actor.id}/{path}"
        first = re.search(r"<option[^>]*>", client.get(page).content.decode()).group()
        assert 'value=""' in first
        refused = client.post(page, {"reason": WHY})
        assert refused.status_code == 422
        assert "This field is required" not in summary(refused)
        assert "Choose “" in summary(refused)
    assert asked_for(day, member.actor.id) == {"operator"}


def test_every_summary_names_its_fields(day, admin):
    client = admin.client()
    member = make_member(day, "member", Role.OPERATOR)
    breach = within(
        day,
        accounts.end_sign_ins,
        user_id=member.actor.id,
        summary="",
        actor=admin.actor,
        now=utc_now(),
    )
    pages = (
        (f"/people/{member.actor.id}/certificates/", {}),
        (f"/people/{member.actor.id}/leave/", {"reason": "abc"}),
        ("/force/tokens/new/", {"days": "999"}),
        (f"/breaches/{breach}/", {"step": "told"}),
        (f"/breaches/{breach}/", {"step": "not-told"}),
        ("/account/password/", {}),
        ("/people/on/file/", {}),
        ("/force/sign-on/", {}),
    )
    for page, typed in pages:
        refused = client.post(page, {"way": "", **typed})
        assert refused.status_code == 422, page
        assert "href=" in summary(refused), page
        for words in ("This field is required", "Ensure this value", "Select a valid"):
            assert words not in refused.content.decode(), page


def test_the_form_of_a_token_says_everything_at_once_and_what_is_needed(admin):
    client = admin.client()
    shown = client.get("/force/tokens/new/").content.decode()
    for label in ("Name of the new system", "What the new system does"):
        assert f"{label} <span" not in shown
    typed = {"service": "new", "name": "x", "role": "planner", "scopes": ["audit:export"], "reason": "abc"}
    refused = summary(client.post("/force/tokens/new/", {**typed, "days": "999", "networks": "nonsense"}))
    for words in (
        "valid for 1 to 365 days",
        "nonsense is not a network",
        "in 5 characters or more",
        "“Name of the new system”",
        "would give it nothing",
    ):
        assert words in refused, words


def test_password_rules_stand_at_the_field_before_and_after(day, admin):
    shown = admin.client().post("/people/new/", invitation(["operator"])).content.decode()
    client = signed_in(admin.username).__class__()
    client.get(re.search(r"(/join/[^<\"]+)<", shown).group(1))
    assert "14 characters" in client.get("/join/").content.decode()
    refused = client.post("/join/", {"way": "password", "password": "short", "again": "short"})
    assert refused.status_code == 422
    assert re.search(r'id="id_password-error".*?14 characters', refused.content.decode(), re.S)


def test_the_pages_of_an_administrator_lead_back(day, admin):
    client = admin.client()
    ways = {
        "/breaches/": "/",
        "/breaches/lost-handset/": "/breaches/",
        "/force/sign-on/": "/force/",
        "/account/": "/",
        "/force/tokens/": "/force/",
    }
    for page, way in ways.items():
        crumbs = re.search(
            r'<nav[^>]*aria-label="Breadcrumb".*?</nav>', client.get(page).content.decode(), re.S
        )
        assert crumbs, page
        assert f'href="{way}"' in crumbs.group(), page


# A lost handset


def test_the_list_of_handsets_is_of_people_with_their_roles_by_name(day, admin):
    system = within(
        day,
        accounts.create_service,
        name="Duty system",
        roles=[Role.PLANNER],
        actor=admin.actor,
        now=utc_now(),
    )
    adam = make_member(day, "adam", Role.OPERATOR)
    User.objects.filter(id=adam.actor.id).update(rank="Sergeant")
    client = admin.client()
    shown = client.get("/breaches/lost-handset/").content.decode()
    assert str(system.id) not in shown
    assert re.search(r">Adam</a>, Sergeant:\s*operator", shown)
    names = re.findall(r'/breaches/lost-handset/[^"]+">([^<]+)</a>', shown)
    assert names == sorted(names, key=str.lower)
    answer = client.post(f"/breaches/lost-handset/{adam.actor.id}/", {"summary": ""})
    [breach] = within(day, breaches.list_breaches, actor=admin.actor)
    assert answer["Location"] == f"/breaches/{breach.id}/"


# Who could do what


def test_a_minute_that_never_was_has_no_answer_and_one_to_come_is_called_so(admin):
    client = admin.client()
    never = client.get("/people/on/?date=2026-03-29&time=01:30")
    assert never.status_code == 422
    assert "clocks went forward" in summary(never)
    to_come = client.get(f"/people/on/?date={(utc_now() + timedelta(days=2)).date()}&time=12:00")
    for answer in (never, to_come):
        assert "as they were on record" not in answer.content.decode()
    assert "has not come yet" in to_come.content.decode()
    assert "has not come yet" not in client.get("/people/on/").content.decode()


def test_the_error_of_the_try_before_goes_with_the_next_one(admin):
    shown = admin.client().post("/people/on/file/", {}).content.decode()
    assert "js/download" in shown
    assert "data-download" in shown


def test_a_page_of_the_audit_that_is_none_is_said_in_words(admin):
    answer = admin.client().get("/audit/?before=abc")
    assert answer.status_code == 422
    assert "no such page of the record" in summary(answer)


# The demonstration


def test_a_passkey_is_not_offered_at_an_address_of_numbers(admin):
    client = admin.client()
    at_number = client.get(
        "/account/second-factor/passkey/", headers={"host": "127.0.0.1:8000"}
    ).content.decode()
    assert "address of numbers" in at_number
    assert "data-passkey" not in at_number
    by_name = client.get("/account/second-factor/passkey/").content.decode()
    assert "data-passkey" in by_name


def test_the_demonstration_says_where_to_start_by_name(capsys):
    person = SimpleNamespace(username="a@b.example", password=PASSWORD, role=Role.FORCE_ADMIN)
    player = SimpleNamespace(force=SimpleNamespace(name="North"), people={"admin": person})
    platform = SimpleNamespace(base_url="http://127.0.0.1:8000")
    live.print_where_to_go(platform, [SimpleNamespace(player=player)], 40)
    said = capsys.readouterr().out
    assert "Start here: http://localhost:8000/try/" in said
    assert "127.0.0.1" not in said
