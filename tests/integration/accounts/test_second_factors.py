"""A second factor: set up once, used once, and no way around it."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from apps.accounts.factors import accept_code
from apps.accounts.models import User
from apps.core.data import Role
from tests.support.places import PASSWORD, type_password
from tests.support.signing_in import code_of, enrol_app, signed_in

STRANGE = "00000000-0000-4000-8000-000000000000"
BYPASSES = {
    "page": ("get", "/console/", {}),
    "json": ("get", f"/console/{STRANGE}/alerts.json", {"HTTP_ACCEPT": "application/json"}),
    "picture": ("get", f"/alerts/{STRANGE}/probe.jpg", {}),
    "decision": ("post", f"/alerts/{STRANGE}/operator", {"HTTP_ACCEPT": "application/json"}),
    "plan": ("get", "/deployments/", {}),
}


def shown_codes(answer):
    """By their place on the page: a name made up of digits is no code."""
    return re.findall(r'<li class="hash">(\d{8})</li>', answer.content.decode())


def half_signed_in(user):
    client, answer = type_password(user)
    assert answer["Location"].startswith("/account/second-factor/")
    return client


@pytest.mark.parametrize("attempt", list(BYPASSES))
def test_a_password_alone_reaches_nothing_that_shows_or_decides(place, attempt):
    client = half_signed_in(place.person(Role.OPERATOR))
    method, path, headers = BYPASSES[attempt]
    answer = getattr(client, method)(path, **headers)
    assert answer.status_code in (302, 401)
    assert answer.status_code == 401 or answer["Location"].startswith("/account/second-factor/")


def test_a_session_that_used_none_stays_without_when_one_is_set_up_elsewhere(place):
    user = place.person(Role.OPERATOR)
    client = half_signed_in(user)
    enrol_app(user.username)
    assert client.get("/console/").status_code == 302
    # Nor does it set up another one, without using the one that there is.
    for page in ("add-app", "add-passkey", "recovery-codes"):
        assert client.get(reverse(page))["Location"].startswith("/sign-in/confirm/")
    assert client.post("/sign-in/confirm/", {"password": PASSWORD, "next": "/console/"}).status_code == 302
    assert client.get("/console/")["Location"].startswith("/account/second-factor/")


def test_oversight_sees_no_face_and_needs_none(place):
    _, answer = type_password(place.person(Role.OVERSIGHT))
    assert answer["Location"] == "/"


def test_own_account_public_pages_and_the_way_out_are_open_without(place):
    client = half_signed_in(place.person(Role.OPERATOR))
    for path in ("/account/", "/account/second-factor/", "/notices/"):
        assert client.get(path).status_code == 200, path
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/account/").status_code == 302


def test_an_app_is_set_up_at_the_first_sign_in_and_asked_for_at_the_next(place):
    user = place.person(Role.OPERATOR)
    client = half_signed_in(user)
    page = client.get("/account/second-factor/app/?next=/console/").content.decode()
    assert "<svg" in page
    assert "style=" not in page
    secret = re.search(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", page).group().replace(" ", "")
    assert client.post("/account/second-factor/app/", {"code": "000000"}).status_code == 422
    first_key = client.cookies["sessionid"].value
    answer = client.post("/account/second-factor/app/", {"code": code_of(secret), "next": "/console/"})
    assert answer["Location"].startswith("/account/second-factor/recovery-codes/")
    assert client.cookies["sessionid"].value != first_key
    codes = shown_codes(client.get(answer["Location"]))
    assert len(codes) == 10
    # Shown once.
    assert client.get(answer["Location"])["Location"] == "/console/"
    assert client.get("/console/").status_code == 200
    # What is in the database alone gives no code.
    assert secret not in str(Authenticator.objects.get(user_id=user.id, type="totp").data)

    again, answer = type_password(user)
    assert answer["Location"] == "/sign-in/code/"
    assert again.get("/console/")["Location"].startswith("/sign-in/")
    replayed = again.post("/sign-in/code/", {"code": code_of(secret)})
    assert replayed["Location"] == "/sign-in/code/"
    assert again.post("/sign-in/code/", {"code": code_of(secret, steps=1)}).status_code == 302
    assert again.get("/console/").status_code == 200
    verbs = [verb for verb, _ in place.verbs(user)]
    assert verbs[:3] == ["signed_in", "second_factor.added", "signed_in"]
    assert place.verbs(user)[2][1]["how"] == ["password", "totp"]


def test_the_session_key_changes_when_somebody_comes_in(place):
    user = place.person(Role.OPERATOR)
    secret = enrol_app(user.username)
    client, _ = type_password(user)
    before = client.cookies["sessionid"].value
    client.post("/sign-in/code/", {"code": code_of(secret)})
    assert client.cookies["sessionid"].value != before


def test_a_code_works_once_and_never_an_older_one(place):
    user = User.objects.get(id=place.person(Role.OPERATOR).id)
    secret = enrol_app(user.username)
    assert accept_code(user, code_of(secret))
    assert accept_code(user, code_of(secret)) is None
    assert accept_code(user, code_of(secret, steps=-1)) is None


def test_somebody_elses_code_is_no_code(place):
    user, stranger = place.person(Role.OPERATOR), place.person(Role.OPERATOR)
    enrol_app(user.username)
    secret = enrol_app(stranger.username)
    client, _ = type_password(user)
    assert client.post("/sign-in/code/", {"code": code_of(secret)})["Location"] == "/sign-in/code/"
    assert client.get("/console/").status_code == 302


def test_a_recovery_code_stands_in_once(place):
    user = place.person(Role.OPERATOR)
    enrol_app(user.username)
    row = Authenticator.objects.get(user_id=user.id, type="recovery_codes")
    code = row.wrap().get_unused_codes()[0]
    client, _ = type_password(user)
    assert client.post("/sign-in/code/", {"code": code})["Location"] == "/"
    again, _ = type_password(user)
    assert again.post("/sign-in/code/", {"code": code})["Location"] == "/sign-in/code/"
    assert again.get("/console/")["Location"].startswith("/sign-in/")


def test_loading_the_page_of_new_recovery_codes_again_makes_no_others(place):
    user = place.person(Role.OPERATOR)
    enrol_app(user.username)
    client = signed_in(user.username)
    path = reverse("recovery-codes")
    assert client.get(path).status_code == 200
    assert client.post(path)["Location"] == path
    codes = shown_codes(client.get(path))
    assert len(codes) == 10
    again = client.get(path)
    assert shown_codes(again) == []
    assert "10 unused recovery codes" in again.content.decode()
    assert not any(code in again.content.decode() for code in codes)
    row = Authenticator.objects.get(user_id=user.id, type="recovery_codes")
    assert row.wrap().get_unused_codes() == codes


def test_the_last_factor_stays_where_a_role_needs_one(place):
    user = place.person(Role.OPERATOR)
    enrol_app(user.username)
    client = signed_in(user.username)
    factor = Authenticator.objects.get(user_id=user.id, type="totp")
    answer = client.post(reverse("remove-factor", args=[factor.pk]))
    assert answer.status_code == 422
    assert Authenticator.objects.filter(pk=factor.pk).exists()


def test_another_persons_factor_cannot_be_removed(place):
    user, stranger = place.person(Role.OVERSIGHT), place.person(Role.OVERSIGHT)
    enrol_app(stranger.username)
    theirs = Authenticator.objects.get(user_id=stranger.id, type="totp")
    assert signed_in(user.username).post(reverse("remove-factor", args=[theirs.pk])).status_code in (404, 422)
    assert Authenticator.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "http:///x"]
)
def test_next_leads_nowhere_else(place, wanted):
    user = place.person(Role.OVERSIGHT)
    _, answer = type_password(user, next=wanted)
    assert answer["Location"] == "/"


def test_none_of_the_librarys_own_pages_is_there(real_db):
    client = Client()
    for path in ("/signup/", "/accounts/login/", "/accounts/signup/", "/password/reset/", "/sign-in/signup/"):
        assert client.get(path).status_code == 404, path
