"""Signed out for sitting still, but not on duty; never longer than twelve hours."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts import door, presence
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted
from tests.support.places import type_password
from tests.support.signing_in import code_of, enrol_app

JSON = {"HTTP_ACCEPT": "application/json"}


def come_in(user):
    secret = enrol_app(user.username)
    client, _ = type_password(user)
    client.post("/sign-in/code/", {"code": code_of(secret)})
    return client


def after(minutes, tick=False):
    return time_machine.travel(utc_now() + timedelta(minutes=minutes), tick=tick)


def test_half_an_hour_without_a_request_ends_it(place):
    user = place.person(Role.OPERATOR)
    client = come_in(user)
    with after(29):
        assert client.get("/console/").status_code == 200
    with after(31):
        # Counted from the last request.
        assert client.get("/console/").status_code == 200
    with after(62):
        assert client.get("/console/")["Location"].startswith("/sign-in/?next=")
    assert place.verbs(user)[-1] == ("signed_out", {"why": "time"})


NOTICED = {"reason": "A tablet lies on the table of the café."}


def test_what_was_sent_too_late_waits_for_the_same_person(place):
    user, stranger = place.person(Role.FORCE_ADMIN), place.person(Role.FORCE_ADMIN)
    client = come_in(user)
    path = f"/people/{stranger.id}/unlock/"
    with after(31):
        answer = client.post(path, NOTICED)
        page = client.get(answer["Location"]).content.decode()
        assert "Nothing was saved yet" in page
        assert "tablet" not in page
        # Nobody else who signs in here gets it, even with the address.
        onward = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
        assert "tablet" not in client.get(onward, follow=True).content.decode()
        saved = dict(client.session)
        type_password(stranger, client=client, next=onward)
        assert "tablet" not in str(dict(client.session))
        client.logout()
        session = client.session
        session.update(saved)
        session.save()
        # Half of the way in is not enough.
        type_password(user, client=client, next=onward)
        assert "tablet" not in client.get(onward, follow=True).content.decode()
        secret = TOTP(Authenticator.objects.get(user_id=user.id, type="totp")).instance.data["secret"]
        answer = client.post("/sign-in/code/", {"code": code_of(decrypt(secret))})
        page = client.get(answer["Location"]).content.decode()
        assert NOTICED["reason"] in page
        assert f'action="{path}"' in page
        # In the words of the form, and with a way back into it.
        assert ">Why</label>" in page
        assert f'href="{path}" target="_blank"' in page
        # Somebody looks at it first: nothing sends it by itself.
        assert "go-on.js" not in page
    assert "sign_in.unlocked" not in [verb for verb, _ in place.verbs(stranger)]


def test_what_was_kept_is_gone_after_a_quarter_of_an_hour(place):
    client = come_in(place.person(Role.FORCE_ADMIN))
    with after(31):
        where = client.post("/people/new/", NOTICED)["Location"]
        assert client.session.get_expiry_age() <= 15 * 60
    with after(47):
        assert "Nothing was saved yet" not in client.get(where).content.decode()


def test_where_nothing_can_be_kept_the_sign_in_page_says_so(place):
    """Of a browser that never signed in, whose words they are is not known."""
    client = Client()
    page = client.get(client.post("/people/new/", NOTICED)["Location"]).content.decode()
    assert "Nothing was saved:" in page
    assert "tablet" not in page


def test_a_page_that_keeps_asking_is_no_person(place):
    client = come_in(place.person(Role.OPERATOR))
    for minutes in (10, 20, 29):
        with after(minutes):
            assert client.get("/console/", HTTP_SEC_FETCH_MODE="cors").status_code == 200
    with after(31):
        answer = client.get("/console/", **JSON)
        assert answer.status_code == 401


def test_the_console_of_somebody_on_duty_does_not_go_dark_while_it_asks(place, monkeypatch):
    user, idle = place.person(Role.OPERATOR), place.person(Role.OPERATOR)
    monkeypatch.setattr(presence, "_on_duty", [lambda: frozenset({user.id})])
    client, other = come_in(user), come_in(idle)
    for minutes in (15, 28, 40, 52):
        with after(minutes):
            answer = client.get("/console/", **JSON)
            assert answer.status_code == 200, minutes
            other.get("/console/", **JSON)
    with after(60):
        assert other.get("/console/", **JSON).status_code == 401
    # The page was closed: nobody sits there.
    with after(100):
        assert client.get("/console/", **JSON).status_code == 401


def test_twelve_hours_are_the_most_whatever_somebody_does(place, monkeypatch):
    user = place.person(Role.OPERATOR)
    monkeypatch.setattr(presence, "_on_duty", [lambda: frozenset({user.id})])
    client = come_in(user)
    session = client.session
    session[door.BEGAN] -= 12 * 3600 - 60
    session.save()
    assert client.get("/console/").status_code == 200
    with after(2):
        assert client.get("/console/").status_code == 302


def test_a_socket_ends_with_it(place):
    client = come_in(place.person(Role.OPERATOR))
    key = client.cookies["sessionid"].value
    accounts.person_of_session(key)
    with after(31), pytest.raises(NotPermitted):
        accounts.person_of_session(key)


def test_a_stranger_is_asked_for_nothing(place):
    assert Client().get("/notices/").status_code == 200


# Pages that were left alone


def test_a_page_left_alone_is_told_who_is_signed_in_and_that_alone_keeps_nobody_in(place):
    user = place.person(Role.OPERATOR)
    client = come_in(user)
    shown = client.get("/account/").content.decode()
    assert 'data-idle-minutes="30"' in shown
    assert f'data-person="{user.id}"' in shown
    with after(20):
        assert client.get("/account/present/", **JSON).json()["person"] == str(user.id)
    with after(31):
        assert client.get("/account/present/", **JSON).status_code == 401
    # Whichever tab is loaded next says why.
    for _ in range(2):
        page = client.get("/people/", follow=True).content.decode()
        assert "because nothing was sent for 30 minutes" in page


def test_to_stay_signed_in_is_a_press_of_the_person(place):
    client = come_in(place.person(Role.OPERATOR))
    with after(20):
        assert client.post("/account/present/", **JSON).status_code == 200
    with after(45):
        assert client.get("/account/").status_code == 200
    assert Client().post("/account/present/", **JSON).status_code == 401
