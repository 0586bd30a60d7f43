"""What was typed in a page whose sign-in ended elsewhere waits for the same person, and for nobody else."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts import door
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support.places import type_password

PAGE = "/audit/export/"
TYPED = ("A long reason of the first tab", "Another one of the second tab")


@pytest.fixture
def somebody(place):
    # The oversight body needs no second factor, so that it can come in twice within a minute.
    user = place.person(Role.OVERSIGHT)
    return user, type_password(user)[0]


def signs_out(place, user, client):
    client.post("/sign-out/")


def ends_them_elsewhere(place, user, client):
    other = type_password(user, client=Client())[0]
    other.post("/account/end-sign-ins/", {"summary": "left in a van"})


def administrator_ends_them(place, user, client):
    actor = place.actor(place.person(Role.FORCE_ADMIN))
    place.within(accounts.end_sign_ins, user_id=user.id, summary="lost", actor=actor, now=utc_now())


def onward(answer):
    return parse_qs(urlsplit(answer["Location"]).query)["next"][0]


@pytest.mark.parametrize("how", [signs_out, ends_them_elsewhere, administrator_ends_them])
def test_both_tabs_wait_for_the_same_person(place, somebody, how):
    user, client = somebody
    how(place, user, client)
    sent = [client.post(PAGE, {"reason": words}) for words in TYPED]
    for answer, words in zip(sent, TYPED, strict=True):
        page = client.get(answer["Location"]).content.decode()
        assert "What you typed is kept" in page
        assert words not in page
        assert words not in client.get(onward(answer), follow=True).content.decode()
    type_password(user, client=client)
    for answer, words in zip(sent, TYPED, strict=True):
        assert words in client.get(onward(answer)).content.decode()


def test_nobody_else_gets_it_and_it_is_gone_for_good_once_they_came_in(place, somebody):
    user, client = somebody
    client.post("/sign-out/")
    where = onward(client.post(PAGE, {"reason": TYPED[0]}))
    stranger = place.person(Role.OVERSIGHT)
    type_password(stranger, client=client)
    assert TYPED[0] not in client.get(where, follow=True).content.decode()
    assert TYPED[0] not in str(dict(client.session))
    # What is posted after the stranger left is the stranger's: it waits for nobody but them.
    client.post("/sign-out/")
    later = onward(client.post(PAGE, {"reason": TYPED[1]}))
    type_password(user, client=client)
    for address in (where, later):
        page = client.get(address, follow=True).content.decode()
        assert not [words for words in TYPED if words in page]


def test_what_waited_for_a_confirmation_waits_through_a_sign_out(place, somebody):
    user, client = somebody
    session = client.session
    session[door.RECORDS] = [{"method": "password", "at": 1.0}]
    session.save()
    answer = client.post(PAGE, {"kind": "csv", "export_reason": TYPED[0]})
    assert answer["Location"].startswith("/sign-in/confirm/")
    client.post("/sign-out/")
    assert "What you typed is kept" in client.get(f"/sign-in/?next={onward(answer)}").content.decode()
    type_password(user, client=client)
    assert TYPED[0] in client.get(onward(answer)).content.decode()


def test_after_a_quarter_of_an_hour_nothing_is_kept_and_the_page_says_so(place, somebody):
    _, client = somebody
    client.post("/sign-out/")
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        answer = client.post(PAGE, {"reason": TYPED[0]})
        page = client.get(answer["Location"]).content.decode()
    assert "Nothing was saved:" in page
    assert "Back button" not in page


def test_an_address_that_somebody_made_up_makes_no_statement(place, somebody):
    _, client = somebody
    for path in ("/audit/", "/people/"):
        answer = client.get(f"/sign-in/go-on/?kept=x&path={path}")
        assert answer.status_code == 302
        assert answer["Location"] == "/"
        page = client.get("/").content.decode()
        assert "You have confirmed who you are" not in page
    made_up = "/sign-in/confirm/?next=/sign-in/go-on/%3Fkept%3Dx%26path%3D/audit/"
    assert "not kept any more" not in client.get(made_up).content.decode()


def test_whose_last_role_went_is_told_that_and_not_only_to_sign_in(place, somebody):
    user, client = somebody
    actor = place.actor(place.person(Role.FORCE_ADMIN))
    place.within(
        accounts.revoke_role,
        user_id=user.id,
        role=Role.OVERSIGHT,
        reason="moved on",
        actor=actor,
        now=utc_now(),
    )
    answer = client.get("/audit/", HTTP_ACCEPT="application/json")
    assert answer.status_code == 401
    assert "hold no role" in answer.json()["why"]
    assert "You hold no role in this force any more" in client.get("/sign-in/").content.decode()
    # Their words are kept for nobody: they could not send them.
    assert (
        "What you typed is kept"
        not in client.get(client.post(PAGE, {"reason": "x"})["Location"]).content.decode()
    )
