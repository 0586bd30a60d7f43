"""The page of a one-time link: a real browser can send it, and it tells nobody who signs in here already."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import get_hasher
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts.models import User
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from tests.support.cast import PASSWORD, make_member
from tests.support.days import make_day
from tests.support.people import NEW_PASSWORD


def invited(day, admin, username, display_name="Jo Reed", rank="PC"):
    with force_context(day.force.id):
        return accounts.invite(
            username=username,
            display_name=display_name,
            rank=rank,
            roles=[Role.OPERATOR],
            reason="Posted to the team",
            actor=admin.actor,
            now=utc_now(),
        )[1]


def browser_at(token, **options):
    client = Client(**options)
    return client, client.get(f"/join/{token}/", follow=True)


def typed(password, again=None):
    return {"way": "password", "password": password, "again": again or password}


# A real browser


def test_what_a_browser_sends_from_the_page_is_accepted_and_a_page_without_origin_is_not(day, admin):
    """With `no-referrer` on the page a browser sends `Origin: null`, and nobody could join."""
    client, page = browser_at(invited(day, admin, f"{uuid4().hex}@force.example"), enforce_csrf_checks=True)
    body = page.content.decode()
    assert "no-referrer" not in body
    assert page["Referrer-Policy"] == "same-origin"
    data = typed(NEW_PASSWORD) | {
        "csrfmiddlewaretoken": re.search(r'csrfmiddlewaretoken" value="([^"]+)"', body).group(1)
    }
    refused = client.post("/join/", data, headers={"Origin": "null"})
    assert refused.status_code == 403
    # Refused in the service's own words, which say what to do.
    said = refused.content.decode()
    assert "This form was not accepted" in said
    assert "load the page again" in said
    assert 'class="skip-link"' in said
    accepted = client.post("/join/", data, headers={"Origin": "http://testserver"})
    assert (accepted.status_code, accepted["Location"]) == (302, "/sign-in/")


# Known or not


def test_the_page_says_the_same_of_an_address_that_signs_in_elsewhere(day, admin):
    known = make_member(make_day("south"), "known", Role.OPERATOR).username
    fresh = f"{uuid4().hex}@force.example"
    seen = {}
    for address in (known, fresh):
        client, page = browser_at(invited(day, admin, address))
        answers = [page]
        for wrong in (typed("short"), typed("1qaz2wsx3edc4rfv"), typed(NEW_PASSWORD, "another"), typed(" ")):
            answers.append(client.post("/join/", wrong))
        words = [
            re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode()).replace(address, "*")
            for answer in answers
        ]
        seen[address] = [(answer.status_code, text) for answer, text in zip(answers, words, strict=True)]
        with force_context(day.force.id):
            accounts.leave(
                user_id=User.objects.get(username=address).id,
                reason="again",
                actor=admin.actor,
                now=utc_now(),
            )
    assert seen[known] == seen[fresh]
    assert [status for status, _ in seen[fresh]] == [200, 422, 422, 422, 422]
    assert "too short" in seen[fresh][1][1]


def test_a_refused_password_takes_one_hash_whoever_it_is(day, admin, monkeypatch):
    hasher, counted = type(get_hasher()), []
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda *a, **k: counted.append(1) or encode(*a, **k))
    known = make_member(make_day("south"), "known", Role.OPERATOR).username
    work = []
    for address in (known, f"{uuid4().hex}@force.example"):
        client, _ = browser_at(invited(day, admin, address, display_name=address))
        counted.clear()
        assert client.post("/join/", typed("short")).status_code == 422
        work.append(len(counted))
    assert work == [1, 1]


def test_somebody_known_joins_with_the_password_they_have_and_nobody_with_another(day, admin):
    known = make_member(make_day("south"), "known", Role.OPERATOR)
    client, _ = browser_at(invited(day, admin, known.username))
    assert client.post("/join/", typed(NEW_PASSWORD)).status_code == 422
    assert User.objects.get(id=known.actor.id).check_password(PASSWORD)
    assert client.post("/join/", typed(PASSWORD)).status_code == 302
    assert set(accounts.forces_of(user_id=known.actor.id)) == {day.force.id, known.actor.force_id}


def test_mistakes_on_this_page_do_not_lock_the_new_person_out_afterwards(day, admin):
    address = f"{uuid4().hex}@force.example"
    client, _ = browser_at(invited(day, admin, address))
    for _ in range(4):
        assert client.post("/join/", typed("short")).status_code == 422
    assert client.post("/join/", typed(NEW_PASSWORD)).status_code == 302
    answer = client.post("/sign-in/", {"username": address, "password": NEW_PASSWORD})
    assert answer.status_code == 302


# Names


@pytest.mark.parametrize("name", ["drew  BITTERN", "Ｄｒｅｗ Bittern"], ids=["case", "full-width"])
def test_nobody_is_called_like_somebody_of_the_same_rank(day, admin, name):
    officer = make_member(day, "officer", Role.OPERATOR)
    User.objects.filter(id=officer.actor.id).update(display_name="Drew Bittern", rank="Superintendent")
    with pytest.raises(RuleViolated, match="rank and name already"):
        invited(day, admin, f"{uuid4().hex}@force.example", name, " superintendent")
    invited(day, admin, f"{uuid4().hex}@force.example", name, "PC")
    # Nor like somebody who is invited.
    with pytest.raises(RuleViolated, match="rank and name already"):
        invited(day, admin, f"{uuid4().hex}@force.example", name, "pc")


def test_no_name_holds_what_nobody_sees(day, admin):
    for name, rank in (("Drew \u202ebit", "PC"), ("Drew\u200b Bittern", "PC"), ("Drew", "P\u2066C")):
        with pytest.raises(RuleViolated, match="nobody sees"):
            invited(day, admin, f"{uuid4().hex}@force.example", name, rank)
        with pytest.raises(RuleViolated, match="nobody sees"):
            accounts.create_user(
                username=f"{uuid4().hex}@force.example",
                display_name=name,
                rank=rank,
                password=PASSWORD,
                now=utc_now(),
            )
