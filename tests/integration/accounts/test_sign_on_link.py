"""Linking one's account to the force's sign-on, and unlinking it: by the owner, and by an administrator."""

import pytest
from allauth.socialaccount.models import SocialAccount

from apps.accounts import api as accounts
from apps.accounts import sign_on
from apps.core.data import Role
from apps.core.errors import NotPermitted
from tests.support.sign_on import say_second_factor, tell, through
from tests.support.signing_in import code_of, enrol_app, signed_in

BEGIN = "/account/sign-on/link/"


@pytest.fixture
def officer(place, provider):
    """With a password and an app of their own, and an account at the provider under another address."""
    user = place.person(Role.AUTHORISING_OFFICER)
    tell(provider, "officer", email="drew@directory.example", groups=[])
    return user


def link(place, provider, user, sub="officer"):
    client, answer = through(place, provider, sub, client=signed_in(user.username), begin=BEGIN)
    assert answer["Location"] == "/account/sign-on/"
    return client


def links_of(user):
    return SocialAccount.objects.filter(user_id=user.id)


def test_the_owner_sees_who_they_are_there_and_presses(place, provider, officer, monkeypatch):
    secret = enrol_app(officer.username)
    client = link(place, provider, officer)
    # Still somebody who signed in with a password, and nothing is linked by coming back.
    assert not links_of(officer).exists()
    page = client.get("/account/sign-on/").content.decode()
    assert "drew@directory.example" in page
    assert "Link the force" in page
    assert client.post("/account/sign-on/", {"step": "link"})["Location"] == "/account/"
    assert ("sign_on.linked", {"by": "owner"}) in place.verbs(officer)
    assert "Unlink it" in client.get("/account/").content.decode()
    # From now on the provider lets them in, and their own factor is asked for unless one was used there.
    _, answer = through(place, provider, "officer")
    assert answer["Location"].startswith("/sign-in/code/")
    say_second_factor(monkeypatch)
    trusted, _ = through(place, provider, "officer")
    home = trusted.get("/deployments/")
    assert home.status_code == 200
    # But no fresh proof: that takes a factor of this platform, and a password does not do.
    assert home.wsgi_request.actor.reauthenticated is False
    for page in ("app", "passkey", "recovery-codes"):
        answer = trusted.get(f"/account/second-factor/{page}/")
        assert answer["Location"].startswith("/sign-in/confirm/")
    trusted.post("/sign-in/confirm/", {"password": "seven purple otters dancing"})
    assert trusted.get("/deployments/").wsgi_request.actor.reauthenticated is False
    trusted.post("/sign-in/confirm/", {"code": code_of(secret)})
    assert trusted.get("/deployments/").wsgi_request.actor.reauthenticated is True


def test_only_in_a_session_of_password_and_second_factor_that_was_just_proved(place, provider, officer):
    answer = signed_in(officer.username, proved=False).get(BEGIN)
    assert answer["Location"].startswith("/sign-in/confirm/")
    assert signed_in(officer.username, second_factor=False).get(BEGIN).status_code == 409
    assert signed_in(officer.username).post(BEGIN).status_code == 405


def test_coming_back_into_another_browser_links_nothing(place, provider, officer):
    """Somebody else's answer, and somebody else's session."""
    client = signed_in(officer.username)
    other = signed_in(place.person(Role.OPERATOR).username)
    taken = []
    through(
        place, provider, "officer", client=client, begin=BEGIN,
        change=lambda url: taken.append(url) or url.replace("state=", "x="),
    )  # fmt: skip
    answer = other.get(taken[0].removeprefix("http://testserver"))
    assert answer["Location"] == "/sign-in/"
    assert other.post("/account/sign-on/", {"step": "link"}).status_code in (302, 422)
    assert not SocialAccount.objects.filter(uid="officer", provider__startswith=str(place.force.id)).exists()


def test_what_waits_is_of_one_person(place, provider, officer):
    client = link(place, provider, officer)
    session = client.session
    session[sign_on.LINK_WAITS] = session[sign_on.LINK_WAITS] | {"user": str(place.person(Role.OPERATOR).id)}
    session.save()
    assert client.post("/account/sign-on/", {"step": "link"}).status_code == 422
    assert not links_of(officer).exists()


def test_an_identity_of_another_account_is_refused(place, provider, officer):
    link(place, provider, officer).post("/account/sign-on/", {"step": "link"})
    second = place.person(Role.OPERATOR)
    answer = link(place, provider, second).post("/account/sign-on/", {"step": "link"})
    assert answer.status_code == 422
    assert not links_of(second).exists()


class TestUnlinked:
    @pytest.fixture
    def through_provider(self, place, provider, officer, monkeypatch):
        link(place, provider, officer).post("/account/sign-on/", {"step": "link"})
        say_second_factor(monkeypatch)
        client, _ = through(place, provider, "officer")
        assert client.get("/deployments/").status_code == 200
        return client

    def out(self, client):
        with pytest.raises(NotPermitted):
            accounts.person_of_session(client.cookies["sessionid"].value)
        assert client.get("/deployments/").status_code == 302

    def test_by_the_owner_what_came_through_the_provider_is_out(self, place, officer, through_provider):
        owner = signed_in(officer.username)
        assert owner.post("/account/sign-on/", {"step": "unlink"})["Location"] == "/account/"
        assert ("sign_on.unlinked", {"by": "owner"}) in place.verbs(officer)
        self.out(through_provider)
        assert owner.get("/deployments/").status_code == 200

    def test_by_an_administrator_who_sees_it_on_the_persons_page(self, place, officer, through_provider):
        admin = signed_in(place.person(Role.FORCE_ADMIN).username)
        page = f"/people/{officer.id}/"
        assert "linked by the person" in admin.get(page).content.decode()
        unlink = f"{page}sign-on/unlink/"
        assert admin.post(unlink, {"reason": ""}).status_code == 422
        assert admin.post(unlink, {"reason": "The directory was changed."})["Location"] == page
        assert "not linked" in admin.get(page).content.decode()
        assert ("sign_on.unlinked", {"by": "administrator"}) in place.verbs(officer)
        self.out(through_provider)

    def test_not_in_a_session_whose_proof_is_the_providers(self, officer, through_provider):
        answer = through_provider.post("/account/sign-on/", {"step": "unlink"})
        assert answer["Location"].startswith("/sign-in/confirm/")
        assert links_of(officer).exists()
