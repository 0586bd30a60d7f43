"""Proving again who one is: what asks for it, what counts, and that nothing typed is lost."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.accounts import kept
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted, ReauthenticationNeeded
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from tests.support.cast import PASSWORD, make_cast
from tests.support.days import CHECKED, IMPORTED, PLANNED, START, make_day
from tests.support.places import PASSWORD as PLACE
from tests.support.plans import REASONS
from tests.support.signing_in import code_of, enrol_app, signed_in


@pytest.fixture
def day(real_db):
    day = make_day()
    day.members = make_cast(day)
    return day


def next_of(location):
    return parse_qs(urlsplit(location).query)["next"][0]


def stale(actor):
    return replace(actor, reauthenticated=False)


def decide(client, day, **changes):
    path = reverse("deployments:decide", args=[day.deployment_id])
    typed = {"choice": "approve", "seen": day.get().authority_hash, "reasons": REASONS} | changes
    return client.get(path).content.decode(), client.post(path, typed)


def test_an_approval_asks_first_and_goes_on_with_every_word(day):
    day.to(S.SUBMITTED)
    enrol_app(day.members["officer"].username)
    reasons = REASONS + '\n\nA second line with <b>, "quotes" & an ampersand.'
    with time_machine.travel(PLANNED):
        client = signed_in(day.members["officer"].username, proved=False)
        page, answer = decide(client, day, reasons=reasons)
        assert "You will be asked to confirm who you are" in page
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/confirm/")
        assert day.get().state is S.SUBMITTED
        path = reverse("deployments:decide", args=[day.deployment_id])
        confirm = answer["Location"]
        assert "What you typed is kept" in client.get(confirm).content.decode()
        onward = next_of(confirm)
        refused = client.post("/sign-in/confirm/", {"password": "wrong", "next": onward})
        # Led back to the page, so that loading it again sends nothing.
        assert refused.status_code == 302
        page = client.get(refused["Location"]).content.decode()
        assert "This is not your password." in page
        assert "This is not your password." not in client.get(refused["Location"]).content.decode()
        answer = client.post("/sign-in/confirm/", {"password": PASSWORD, "next": onward})
        assert answer["Location"] == onward
        page = client.get(onward).content.decode()
        assert f'action="{path}"' in page
        fields = {
            name: unescape(value)
            for name, value in re.findall(r'<textarea name="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.S)
        }
        assert fields["reasons"].replace("\r\n", "\n") == reasons
        # Kept for one time only.
        assert client.get(onward)["Location"] == path
        assert client.post(path, fields).status_code == 302
    assert day.get().state in {S.APPROVED, S.NOTICE_PUBLISHED}


def test_the_operations_themselves_refuse_somebody_who_only_sits_at_the_screen(day):
    day.to(S.SUBMITTED)
    with pytest.raises(ReauthenticationNeeded):
        day.approve(actor=stale(day.officer))
    assert day.get().state is S.SUBMITTED
    day.approve()
    day.verify()
    day.import_list()
    with pytest.raises(ReauthenticationNeeded):
        day.step(deployments.seal_watchlist, stale(day.planner), IMPORTED)
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    seal_hash = day.get().watchlist_seal_hash
    with pytest.raises(ReauthenticationNeeded):
        day.step(deployments.accept_watchlist, stale(day.officer), IMPORTED, seal_hash=seal_hash)
    day.accept()
    day.check()
    day.step(deployments.make_ready, day.silver, CHECKED)
    with pytest.raises(ReauthenticationNeeded):
        day.step(deployments.start, stale(day.silver), START)
    assert day.get().state is S.READY


def test_whoever_could_not_take_the_step_is_not_asked_who_they_are(day):
    day.to(S.SUBMITTED)
    with pytest.raises(NotPermitted):
        day.approve(actor=stale(day.planner))


def test_one_button_takes_the_code_or_the_password(place):
    user = place.person(Role.FORCE_ADMIN)
    secret = enrol_app(user.username)
    client = signed_in(user.username, proved=False)
    page = client.get("/sign-in/confirm/?next=/people/").content.decode()
    # Sign out is the second one.
    assert page.count('<button class="button"') == 1
    both = {"code": "", "password": "", "next": "/people/"}
    empty = client.post("/sign-in/confirm/", both)
    assert empty.status_code == 422
    assert "Enter the code or your password." in empty.content.decode()
    wrong = client.post("/sign-in/confirm/", both | {"password": "wrong"}, follow=True).content.decode()
    assert "This is not your password." in wrong
    assert client.post("/sign-in/confirm/", both | {"password": PLACE})["Location"] == "/people/"
    other = signed_in(user.username, proved=False)
    assert other.post("/sign-in/confirm/", both | {"code": code_of(secret)})["Location"] == "/people/"


def test_two_tabs_each_go_on_with_their_own_words(day):
    day.to(S.SUBMITTED)
    with time_machine.travel(PLANNED):
        client = signed_in(day.members["officer"].username, proved=False)
        first, second = (decide(client, day, reasons=f"{REASONS} {tab}")[1]["Location"] for tab in "AB")
        for where, tab, other in ((first, "A", "B"), (second, "B", "A")):
            assert "What you typed is kept" in client.get(where).content.decode()
            client.post("/sign-in/confirm/", {"password": PASSWORD, "next": next_of(where)})
            page = client.get(next_of(where)).content.decode()
            assert f"{REASONS} {tab}" in page
            assert f"{REASONS} {other}" not in page
        # And a third one, whose words are gone, is told so and promised nothing.
        assert "What you typed is kept" not in client.get(first).content.decode()
        assert "not kept any more" in client.get(first).content.decode()
        answer = client.get(next_of(first), follow=True)
        assert "was not kept until now" in answer.content.decode()


def test_the_five_newest_are_kept_and_each_for_ten_minutes(day):
    day.to(S.SUBMITTED)
    with time_machine.travel(PLANNED):
        client = signed_in(day.members["officer"].username, proved=False)
        wheres = [decide(client, day)[1]["Location"] for _ in range(6)]
        assert "What you typed is kept" not in client.get(wheres[0]).content.decode()
        assert "What you typed is kept" in client.get(wheres[1]).content.decode()
    with time_machine.travel(PLANNED + timedelta(minutes=11)):
        assert "What you typed is kept" not in client.get(wheres[1]).content.decode()


def test_what_was_typed_goes_to_the_same_page_and_nobody_elses(day):
    day.to(S.SUBMITTED)
    with time_machine.travel(PLANNED):
        client = signed_in(day.members["officer"].username, proved=False)
        onward = next_of(decide(client, day)[1]["Location"])
        client.post("/sign-in/confirm/", {"password": PASSWORD, "next": "/deployments/"})
        elsewhere = onward.replace("decide", "revoke")
        assert REASONS not in client.get(elsewhere, follow=True).content.decode()
        session = client.session
        session[kept.SLOT] = {
            token: entry | {"user": str(day.members["planner"].actor.id)}
            for token, entry in session[kept.SLOT].items()
        }
        session.save()
        assert REASONS not in client.get(onward, follow=True).content.decode()


def test_secrets_and_files_are_not_kept_and_nobody_is_promised_it(place):
    client = signed_in(place.person(Role.FORCE_ADMIN).username, proved=False)
    for typed in ({"client_secret": "KEPT-SECRET-123"}, {"code": "123456"}, {"one": BytesIO(b"x")}):
        where = client.post("/people/new/", typed)["Location"]
        page = client.get(where).content.decode()
        assert "What you typed is kept" not in page
        assert "not kept" in page or "could not be kept" in page
        assert "KEPT-SECRET" not in str(dict(client.session))


def test_a_refusal_and_a_return_are_decisions_too(day):
    day.to(S.SUBMITTED)
    with time_machine.travel(PLANNED):
        client = signed_in(day.members["officer"].username, proved=False)
        for choice in ("return", "refuse"):
            answer = decide(client, day, choice=choice)[1]
            assert answer["Location"].startswith("/sign-in/confirm/"), choice
    assert day.get().state is S.SUBMITTED


def test_strangers_failures_do_not_keep_anybody_from_confirming(place):
    user = place.person(Role.FORCE_ADMIN)
    secret = enrol_app(user.username)
    client = signed_in(user.username, proved=False)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        Client().post("/sign-in/", {"username": user.username, "password": "wrong"})
    assert Client().post("/sign-in/", {"username": user.username, "password": PLACE}).status_code == 429
    answer = client.post("/sign-in/confirm/", {"code": code_of(secret), "next": "/account/"})
    assert answer["Location"] == "/account/"
    assert client.get(reverse("add-app")).status_code == 200


def test_five_wrong_attempts_to_confirm_end_the_session_and_lock_nobody_out(place):
    user = place.person(Role.FORCE_ADMIN)
    client, other = (signed_in(user.username, proved=False) for _ in range(2))
    assert (
        client.post("/account/password/", {"present": "w", "new": "short", "again": "x"}).status_code == 422
    )
    for _ in range(3):
        wrong = client.post("/sign-in/confirm/", {"password": "wrong", "next": "/"})
        assert wrong["Location"].startswith("/sign-in/confirm/")
    ended = client.post("/sign-in/confirm/", {"password": "wrong", "next": "/"})
    assert ended["Location"] == "/sign-in/"
    assert "too many wrong attempts" in client.get("/sign-in/").content.decode()
    assert client.get("/account/").status_code == 302
    assert place.verbs(user)[-1] == ("signed_out", {"why": "attempts"})
    assert other.get("/account/").status_code == 200
    assert Client().post("/sign-in/", {"username": user.username, "password": PLACE}).status_code == 302


def test_a_download_says_that_it_has_begun_and_is_not_sent_again_by_itself(place):
    client = signed_in(place.person(Role.FORCE_ADMIN).username, proved=False)
    where = client.post("/audit/export/", {"kind": "chain", "export_reason": "For the yearly review."})
    onward = next_of(where["Location"])
    client.post("/sign-in/confirm/", {"password": PLACE, "next": onward})
    page = client.get(onward).content.decode()
    assert "data-download" in page
    assert "Your download has started" in page
    assert 'href="/audit/export/"' in page
    assert "data-go-on" not in client.get(onward, follow=True).content.decode()


def test_a_script_is_told_where_to_confirm(place, monkeypatch):
    def refuse(*args, **kwargs):
        raise ReauthenticationNeeded("Confirm who you are before you do this.")

    monkeypatch.setattr("apps.alerts.views.open_consoles", refuse)
    client = signed_in(place.person(Role.OPERATOR).username)
    answer = client.get("/console/", HTTP_ACCEPT="application/json")
    assert answer.status_code == 401
    assert answer.json()["link"] == "/sign-in/confirm/"
    assert answer.json()["code"] == "reauthentication_needed"


@pytest.mark.parametrize(("minutes", "fresh"), [(9, True), (11, False)], ids=["in-time", "too-late"])
def test_a_proof_counts_for_ten_minutes(place, minutes, fresh):
    user = place.person(Role.FORCE_ADMIN)
    secret = enrol_app(user.username)
    client = signed_in(user.username, proved=False)
    assert client.post("/sign-in/confirm/", {"code": code_of(secret), "next": "/"}).status_code == 302
    with time_machine.travel(utc_now() + timedelta(minutes=minutes)):
        answer = client.get(reverse("add-app"))
    assert (answer.status_code == 200) is fresh


def test_a_code_that_signed_in_does_not_confirm_again(place):
    user = place.person(Role.FORCE_ADMIN)
    secret = enrol_app(user.username)
    client = signed_in(user.username, proved=False)
    code = code_of(secret)
    assert client.post("/sign-in/confirm/", {"code": code, "next": "/"}).status_code == 302
    again = client.post("/sign-in/confirm/", {"code": code, "next": "/"})
    assert "was used already" in client.get(again["Location"]).content.decode()
    assert "identity.confirmed" in [verb for verb, _ in place.verbs(user)]
