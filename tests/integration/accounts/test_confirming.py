"""Proving again who one is: what asks for it, what counts, and that nothing typed is lost."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted, ReauthenticationNeeded
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from tests.support.cast import PASSWORD, make_cast
from tests.support.days import CHECKED, IMPORTED, PLANNED, START, make_day
from tests.support.plans import REASONS
from tests.support.signing_in import code_of, enrol_app, signed_in


@pytest.fixture
def day(real_db):
    day = make_day()
    day.members = make_cast(day)
    return day


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
        assert client.post("/sign-in/confirm/", {"password": "wrong", "next": path}).status_code == 422
        answer = client.post("/sign-in/confirm/", {"password": PASSWORD, "next": path})
        page = answer.content.decode()
        assert f'action="{path}"' in page
        fields = {
            name: unescape(value)
            for name, value in re.findall(r'<textarea name="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.S)
        }
        assert fields["reasons"].replace("\r\n", "\n") == reasons
        # Kept for one time only.
        again = client.post("/sign-in/confirm/", {"password": PASSWORD, "next": path})
        assert again.status_code == 302
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


def test_what_was_typed_goes_to_the_same_page_and_nobody_elses(day):
    day.to(S.SUBMITTED)
    with time_machine.travel(PLANNED):
        client = signed_in(day.members["officer"].username, proved=False)
        decide(client, day)
        answer = client.post("/sign-in/confirm/", {"password": PASSWORD, "next": "/deployments/"})
        assert answer.status_code == 302
        assert answer["Location"] == "/deployments/"


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
    assert client.post("/sign-in/confirm/", {"code": code, "next": "/"}).status_code == 422
    assert "identity.confirmed" in [verb for verb, _ in place.verbs(user)]
