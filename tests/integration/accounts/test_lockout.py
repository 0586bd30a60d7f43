"""Guessing: who waits, who does not, and what is written down of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts import lockout
from apps.accounts.sealing import unseal
from apps.accounts.tasks import note_failed_sign_in
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted
from tests.support.places import PASSWORD, type_password
from tests.support.signing_in import code_of, enrol_app


def guess(user, times=settings.AXES_FAILURE_LIMIT, **extra):
    for _ in range(times):
        answer = Client(**extra).post("/sign-in/", {"username": user.username, "password": "wrong"})
    return answer


def test_after_five_wrong_passwords_the_right_one_waits_a_quarter_of_an_hour(place):
    user = place.person(Role.OVERSIGHT)
    assert guess(user).status_code == 429
    _, answer = type_password(user)
    assert answer.status_code == 429
    assert b"too many attempts" in answer.content
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        assert type_password(user)[1].status_code == 302


def test_a_locked_page_says_until_when_and_offers_no_form(place):
    user = place.person(Role.OVERSIGHT)
    for page in (guess(user), type_password(user)[1]):
        assert b"You can try again at" in page.content
        assert b'name="password"' not in page.content


def test_a_strangers_address_locks_itself_and_not_the_owner_elsewhere(place):
    user = place.person(Role.OVERSIGHT)
    assert guess(user, REMOTE_ADDR="192.0.2.1").status_code == 429
    assert type_password(user, client=Client(REMOTE_ADDR="192.0.2.1"))[1].status_code == 429
    assert type_password(user, client=Client(REMOTE_ADDR="192.0.2.2"))[1].status_code == 302


def come_in(user, client):
    secret = enrol_app(user.username)
    type_password(user, client=client)
    assert client.post("/sign-in/code/", {"code": code_of(secret)}).status_code == 302


def test_a_browser_used_with_the_second_factor_before_is_locked_by_nobody_else(place, settings):
    settings.LFR_LOCKOUT_ACCOUNT_LIMIT = 6
    user, neighbour = place.person(Role.OPERATOR), place.person(Role.OPERATOR)
    client, other = Client(), Client()
    come_in(user, client)
    come_in(neighbour, other)
    for browser in (client, other):
        browser.post("/sign-out/")
    guess(user)
    guess(user, REMOTE_ADDR="192.0.2.1")
    assert type_password(user, client=client)[1]["Location"] == "/sign-in/code/"
    # Somebody else's browser is a stranger's, and so is one that only says that it is known.
    assert type_password(user, client=other)[1].status_code == 429
    liar = Client(HTTP_USER_AGENT="known:anything")
    liar.cookies["known-browser"] = "anything"
    assert type_password(user, client=liar)[1].status_code == 429
    # Its own failures count.
    for _ in range(5):
        client.post("/sign-in/", {"username": user.username, "password": "wrong"})
    assert type_password(user, client=client)[1].status_code == 429


def test_over_all_addresses_an_account_gets_slow_and_is_not_locked(place, settings):
    settings.LFR_LOCKOUT_ACCOUNT_LIMIT = 6
    user = place.person(Role.OVERSIGHT)
    for number in range(6):
        guess(user, 1, REMOTE_ADDR=f"192.0.2.{number}")
    assert type_password(user, client=Client(REMOTE_ADDR="198.51.100.1"))[1].status_code == 429
    with time_machine.travel(utc_now() + timedelta(seconds=31)):
        assert type_password(user, client=Client(REMOTE_ADDR="198.51.100.1"))[1].status_code == 302


def test_getting_in_forgives_nobody_elses_guesses(place):
    user = place.person(Role.OVERSIGHT)
    guess(user, 4, REMOTE_ADDR="192.0.2.1")
    type_password(user)
    type_password(place.person(Role.OVERSIGHT), client=Client(REMOTE_ADDR="192.0.2.1"))
    assert guess(user, 1, REMOTE_ADDR="192.0.2.1").status_code == 429


def test_a_refused_code_is_one_failure_however_often_the_page_is_loaded(place, monkeypatch):
    sent = []
    monkeypatch.setattr("apps.accounts.lockout.current_app.send_task", lambda name, args: sent.append(args))
    user = place.person(Role.OPERATOR)
    enrol_app(user.username)
    client, _ = type_password(user)
    answer = client.post("/sign-in/code/", {"code": "000000"})
    assert answer["Location"] == "/sign-in/code/"
    page = client.get(answer["Location"]).content.decode()
    assert "This code is not right" in page
    assert " autofocus" in page
    for _ in range(3):
        assert "This code is not right" not in client.get(answer["Location"]).content.decode()
    [(sealed, step)] = sent
    assert [*unseal(sealed), step] == [user.username, "127.0.0.1", "code"]


def test_all_that_is_wrong_with_a_new_password_is_said_at_once(place):
    client, _ = type_password(place.person(Role.OVERSIGHT))
    page = client.post("/account/password/", {"present": "wrong", "new": "short", "again": "short"})
    assert b"This is not your present password." in page.content
    assert b"too short" in page.content


def test_a_sign_in_form_of_an_old_page_is_shown_again(place):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in/", {"username": "a@force.example", "password": "x", "next": "/console/"})
    assert answer["Location"] == "/sign-in/?stale=1&next=%2Fconsole%2F"
    assert b"The page was open too long" in client.get(answer["Location"]).content
    assert client.post("/sign-out/").status_code == 403


def test_another_spelling_is_the_same_account(place):
    user = place.person(Role.OVERSIGHT)
    guess(user, 3)
    for _ in range(2):
        Client().post("/sign-in/", {"username": f" {user.username.upper()} ", "password": "wrong"})
    assert type_password(user)[1].status_code == 429


def test_a_header_does_not_change_the_address_that_is_counted(place, settings):
    settings.LFR_LOCKOUT_ADDRESS_LIMIT = 10
    for number in range(10):
        Client().post(
            "/sign-in/",
            {"username": f"nobody-{number}@force.example", "password": "x"},
            HTTP_X_FORWARDED_FOR=f"10.0.0.{number}",
        )
    assert type_password(place.person(Role.OVERSIGHT))[1].status_code == 429


def test_wrong_codes_count_too(place):
    user = place.person(Role.OPERATOR)
    secret = enrol_app(user.username)
    client, _ = type_password(user)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post("/sign-in/code/", {"code": "000000"})
    client.post("/sign-in/code/", {"code": code_of(secret)})
    assert client.get("/console/").status_code == 302
    page = client.get("/sign-in/code/")
    assert page.status_code == 429
    assert b"You can try again at" in page.content
    assert b'name="code"' not in page.content
    # From everywhere: only who knows the password can have typed them.
    elsewhere, _ = type_password(user, client=Client(REMOTE_ADDR="192.0.2.9"))
    assert elsewhere.get("/sign-in/code/").status_code == 429


def test_the_answer_is_the_same_for_an_address_that_is_nobodys(place):
    user = place.person(Role.OVERSIGHT)
    answers = [
        Client().post("/sign-in/", {"username": name, "password": "wrong"})
        for name in (user.username, "nobody@force.example")
    ]
    assert answers[0].status_code == answers[1].status_code
    pages = [answer.content.decode() for answer in answers]
    assert "The e-mail address or the password is not right." in pages[0]
    blank = [page.replace(user.username, "").replace("nobody@force.example", "") for page in pages]
    blank = [re.sub(r'value="\w{64}"', "", page) for page in blank]
    assert blank[0] == blank[1]


def test_a_failure_is_in_the_record_of_the_persons_forces_without_the_password(place, other, monkeypatch):
    sent = []
    monkeypatch.setattr("apps.accounts.lockout.current_app.send_task", lambda name, args: sent.append(args))
    user = place.person(Role.OVERSIGHT)
    Client().post("/sign-in/", {"username": user.username, "password": "my other password"})
    Client().post("/sign-in/", {"username": "nobody@force.example", "password": "x"})
    assert [unseal(sealed)[0] for sealed, _ in sent] == [user.username, "nobody@force.example"]
    # It may be a password in the wrong field, and waits where others can read it.
    assert user.username not in str(sent)
    for args in sent:
        note_failed_sign_in(*args)
    assert place.verbs(user) == [("sign_in.failed", {"step": "password"})]
    assert other.verbs(user) == []
    kept = str(list(AccessAttempt.objects.values()))
    assert "my other password" not in kept


def test_an_administrator_of_the_force_lets_somebody_try_again(place, other):
    user, admin = place.person(Role.OVERSIGHT), place.person(Role.FORCE_ADMIN)
    guess(user)
    assert accounts.is_account_locked(user_id=user.id, now=utc_now())
    wanted = {"user_id": user.id, "now": utc_now(), "reason": "Rang from the front desk."}
    with pytest.raises(NotFound):
        other.within(accounts.unlock, actor=other.actor(other.person(Role.FORCE_ADMIN)), **wanted)
    with pytest.raises(NotPermitted):
        place.within(accounts.unlock, actor=place.actor(place.person(Role.PLANNER)), **wanted)
    place.within(accounts.unlock, actor=place.actor(admin), **wanted)
    assert type_password(user)[1].status_code == 302
    assert "sign_in.unlocked" in [verb for verb, _ in place.verbs(user)]


def test_attempts_are_forgotten_after_a_day(place):
    guess(place.person(Role.OVERSIGHT), 1)
    lockout.forget(now=utc_now() + timedelta(hours=23))
    assert AccessAttempt.objects.exists()
    lockout.forget(now=utc_now() + timedelta(hours=25))
    assert not AccessAttempt.objects.exists()


def test_a_new_password_is_a_new_one_and_ends_the_other_sign_ins(place):
    user = place.person(Role.OVERSIGHT)
    client, elsewhere = type_password(user)[0], type_password(user)[0]
    new = "nineteen quiet badgers asleep"
    for typed in (
        {"present": "wrong", "new": new, "again": new},
        {"present": PASSWORD, "new": PASSWORD, "again": PASSWORD},
        {"present": PASSWORD, "new": "1q2w3e4r5t6y7u8i9o0p", "again": "1q2w3e4r5t6y7u8i9o0p"},
        {"present": PASSWORD, "new": new, "again": new + "x"},
    ):
        assert client.post("/account/password/", typed).status_code == 422, typed
    assert (
        client.post("/account/password/", {"present": PASSWORD, "new": new, "again": new}).status_code == 302
    )
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert type_password(user)[1].status_code == 422
    assert type_password(user, new)[1].status_code == 302
