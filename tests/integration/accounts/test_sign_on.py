"""Single sign-on against a real provider process, and what a force's provider must not be able to do."""

import re
import socket
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts import sign_on_client
from apps.accounts.models import IdentityProvider, User
from apps.accounts.secrets import secrets
from apps.core.data import Role
from apps.core.errors import NotPermitted, RuleViolated
from tests.support.places import PASSWORD
from tests.support.sign_on import (
    HOST,
    configure,
    domain_of,
    roles_of,
    row_of,
    say_second_factor,
    tell,
    through,
    words_of,
)
from tests.support.signing_in import code_of, enrol_app, signed_in


def test_somebody_new_comes_in_with_the_roles_of_their_groups(place, provider):
    tell(provider, "u1", email=f"new@{domain_of(place)}", name="New Person", groups=["lfr-readers", "golf"])
    client, answer = through(place, provider, "u1")
    assert answer["Location"] == "/records/"
    user = User.objects.get(username=f"new@{domain_of(place)}")
    assert (user.display_name, user.has_usable_password()) == ("New Person", False)
    assert roles_of(place, user) == {Role.OVERSIGHT}
    assert client.get("/records/").status_code == 200
    # No claim and no token is kept.
    assert "New Person" not in str(SocialAccount.objects.get(user=user).extra_data)
    assert {"sign_on.linked", "signed_in"} <= {verb for verb, _ in place.verbs(user)}


def test_the_request_carries_a_challenge_a_state_and_a_nonce(place, provider):
    asked = parse_qs(urlsplit(Client().get(f"/sign-in/{place.force.slug}/")["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{HOST}/sign-in/{place.force.slug}/callback/"]
    assert all(asked[name][0] for name in ("code_challenge", "state", "nonce"))


def test_ours_is_asked_for_where_the_provider_used_no_second_factor(place, provider):
    tell(provider, "u2", email=f"planner@{domain_of(place)}", groups=["lfr-planners"])
    client, answer = through(place, provider, "u2")
    assert answer["Location"].startswith("/account/second-factor/")
    assert client.get("/deployments/").status_code == 302


def test_roles_follow_the_groups_at_each_sign_in_and_an_administrators_stay(place, provider):
    tell(provider, "u3", email=f"moving@{domain_of(place)}", groups=["lfr-planners"])
    through(place, provider, "u3")
    user = User.objects.get(username=f"moving@{domain_of(place)}")
    place.person(Role.OPERATOR, user=user)
    tell(provider, "u3", email=f"moving@{domain_of(place)}", groups=[])
    through(place, provider, "u3")
    assert roles_of(place, user) == {Role.OPERATOR}
    verbs = place.verbs(user)
    assert ("role.revoked", {"role": Role.PLANNER, "source": "sso"}) in verbs


def test_whoever_is_in_no_mapped_group_is_told_so_and_has_no_account(place, provider):
    tell(provider, "u4", email=f"golfer@{domain_of(place)}", groups=["golf"])
    client, answer = through(place, provider, "u4")
    assert answer["Location"] == "/sign-in/"
    assert "none of your groups" in words_of(client)
    assert not User.objects.filter(username=f"golfer@{domain_of(place)}").exists()


class TestAnAccountOfAnotherForce:
    def test_is_not_taken_over_by_naming_its_address(self, place, other, provider):
        victim = other.person(Role.OVERSIGHT)
        tell(provider, "evil", email=victim.username, email_verified=True, groups=["lfr-readers"])
        client, answer = through(place, provider, "evil")
        assert answer["Location"] == "/sign-in/"
        assert "cannot be used through" in words_of(client)
        assert client.get("/records/").status_code == 302
        assert not SocialAccount.objects.exists()
        assert roles_of(place, victim) == set()

    def test_is_not_reached_by_somebody_who_works_for_both(self, place, other, provider):
        tell(provider, "both", email=f"both@{domain_of(place)}", groups=["lfr-readers"])
        through(place, provider, "both")
        user = User.objects.get(username=f"both@{domain_of(place)}")
        other.person(Role.OVERSIGHT, user=user)
        client, answer = through(place, provider, "both")
        assert answer["Location"] == "/records/"
        assert client.post("/sign-in/force/", {"force": str(other.force.id)}).status_code == 403
        assert other.force.name not in client.get("/sign-in/force/").content.decode()
        assert place.force.name in client.get("/records/").content.decode()

    def test_nor_by_the_same_identity_at_a_provider_of_its_own(self, place, other, provider, issuer):
        """Two forces, one provider: who somebody is there is a matter of each force."""
        tell(provider, "shared", email=f"shared@{domain_of(place)}", groups=["lfr-readers"])
        through(place, provider, "shared")
        configure(other, issuer)
        client, answer = through(other, issuer, "shared")
        assert answer["Location"] == "/sign-in/"
        assert client.get("/records/").status_code == 302


class TestAnAccountWithAWayInOfItsOwn:
    """Of this force, so that nothing but its own password, factor or role stands before the provider."""

    def refused(self, place, provider, user):
        tell(provider, "thief", email=user.username.upper(), groups=["lfr-readers"])
        client, answer = through(place, provider, "thief")
        assert answer["Location"] == "/sign-in/"
        assert client.get("/records/").status_code == 302
        assert not SocialAccount.objects.filter(user_id=user.id).exists()
        return client

    def test_is_not_taken_over_where_it_has_a_password(self, place, provider, monkeypatch):
        say_second_factor(monkeypatch)
        user = place.person(Role.AUTHORISING_OFFICER)
        client = self.refused(place, provider, user)
        assert "link your force" in words_of(client)
        assert roles_of(place, user) == {Role.AUTHORISING_OFFICER}
        assert User.objects.get(id=user.id).check_password(PASSWORD)

    def test_nor_where_it_has_a_role_from_an_administrator_or_a_second_factor(self, place, provider):
        given, with_app = place.person(Role.OVERSIGHT), place.person(Role.OVERSIGHT)
        for one in (given, with_app):
            user = User.objects.get(id=one.id)
            user.set_unusable_password()
            user.save()
        self.refused(place, provider, given)
        enrol_app(with_app.username)
        self.refused(place, provider, with_app)

    def test_an_address_that_is_not_verified_makes_and_matches_nobody(self, place, provider):
        email = f"unproven@{domain_of(place)}"
        for said in (None, False, "true", "false", 1):
            tell(provider, "unproven", email=email, email_verified=said, groups=["lfr-readers"])
            _, answer = through(place, provider, "unproven")
            assert answer["Location"] == "/sign-in/", said
        assert not User.objects.filter(username=email).exists()


def test_an_account_that_the_provider_made_is_found_again_after_its_issuer_changed(place, provider):
    tell(provider, "u5", email=f"u5@{domain_of(place)}", groups=["lfr-readers"])
    through(place, provider, "u5")
    user = User.objects.get(username=f"u5@{domain_of(place)}")
    SocialAccount.objects.filter(user=user).update(provider="of an earlier issuer")
    _, answer = through(place, provider, "u5")
    assert answer["Location"] == "/records/"
    assert SocialAccount.objects.filter(user=user).count() == 2


def test_accounts_are_made_in_the_domains_of_the_force_only(place, provider):
    """Otherwise a force would take the addresses of another one's people before they come."""
    tell(provider, "foreign", email="nobody-yet@hertfordshire.example", groups=["lfr-readers"])
    client, answer = through(place, provider, "foreign")
    assert answer["Location"] == "/sign-in/"
    assert "cannot be used through" in words_of(client)
    assert not User.objects.filter(username="nobody-yet@hertfordshire.example").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda url: re.sub(r"state=[^&]*", "state=forged", url),
        lambda url: re.sub(r"code=[^&]*", "code=forged", url),
        lambda url: url.replace("code=", "error=access_denied&x="),
    ],
    ids=["state", "code", "refused-there"],
)
def test_a_forged_answer_signs_nobody_in(place, provider, change):
    tell(provider, "u6", email=f"u6@{domain_of(place)}", groups=["lfr-readers"])
    client, answer = through(place, provider, "u6", change=change)
    assert answer["Location"] == "/sign-in/"
    assert client.get("/records/").status_code == 302


def test_an_answer_meant_for_another_browser_signs_nobody_in(place, provider):
    """Login fixation: the attacker's own code, sent to somebody else."""
    tell(provider, "u7", email=f"u7@{domain_of(place)}", groups=["lfr-readers"])
    taken = []
    through(place, provider, "u7", change=lambda url: taken.append(url) or url.replace("state=", "x="))
    victim = Client()
    victim.get(f"/sign-in/{place.force.slug}/")
    parts = urlsplit(taken[0])
    assert victim.get(f"{parts.path}?{parts.query}")["Location"] == "/sign-in/"
    assert victim.get("/records/").status_code == 302


def test_a_token_with_another_nonce_is_refused(place, provider, monkeypatch):
    tell(provider, "u8", email=f"u8@{domain_of(place)}", groups=["lfr-readers"])
    real = sign_on_client.ForceClient._verified
    monkeypatch.setattr(
        sign_on_client.ForceClient, "_verified", lambda self, token: real(self, token) | {"nonce": "old"}
    )
    client, answer = through(place, provider, "u8")
    assert answer["Location"] == "/sign-in/"
    assert client.get("/records/").status_code == 302


def test_the_secret_is_in_a_file_of_ours_and_nowhere_else(place, issuer):
    configure(place, issuer)
    provider_id = row_of(place).id
    name = sign_on_client.secret_name(provider_id)
    assert secrets().get(sign_on_client.secret_name(provider_id, waits=True)) is None
    assert secrets().get(name) == "the secret of the client"
    assert secrets()._path(name).stat().st_mode & 0o777 == 0o600
    row = place.within(lambda: IdentityProvider.objects.values().get())
    assert "the secret of the client" not in str(row)
    admin = place.person(Role.FORCE_ADMIN)
    assert "the secret of the client" not in signed_in(admin.username).get("/force/sign-on/").content.decode()
    with pytest.raises(ValueError):
        secrets().get("../keys/x")


@pytest.mark.parametrize(
    "address",
    [
        "http://idp.example",
        "https://127.0.0.1/",
        "https://localhost:9/",
        "file:///etc/passwd",
        "https://u@h.example",
    ],
)
def test_in_production_an_issuer_is_somebody_elses_host_with_tls(settings, address):
    settings.LFR_SIGN_ON_LOOPBACK = False
    with pytest.raises(RuleViolated):
        sign_on_client.check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "0.0.0.0",
        "fd00:ec2::254", "fe80::1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_a_name_that_leads_into_a_network_of_ours_is_not_asked(settings, monkeypatch, address):
    settings.LFR_SIGN_ON_LOOPBACK = False
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", (address, 443))])
    with pytest.raises(requests.exceptions.InvalidURL):
        sign_on_client.GuardedSession().get("https://idp.example/.well-known/openid-configuration")
    with pytest.raises(RuleViolated):
        sign_on_client.check_address(f"https://{f'[{address}]' if ':' in address else address}/")


def test_nor_when_it_leads_elsewhere_the_second_time(settings, monkeypatch, issuer):
    """A name is looked up for the check and once more for the call: what counts is where the call arrives."""
    settings.LFR_SIGN_ON_LOOPBACK = False
    monkeypatch.setattr(sign_on_client, "_check_where_it_leads", lambda url: None)
    real = socket.getaddrinfo
    port = urlsplit(issuer).port
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: real("127.0.0.1", *a, **k))
    with pytest.raises(requests.RequestException, match="an address of ours"):
        sign_on_client.GuardedSession().get(f"https://idp.example:{port}/")


def test_the_addresses_that_a_provider_names_are_judged_like_its_own(place, provider, monkeypatch):
    real = sign_on_client.OpenIDConnectOAuth2Adapter.openid_config.fget
    for name in sign_on_client.ENDPOINTS:
        with monkeypatch.context() as patched:
            config = property(lambda self, name=name: real(self) | {name: "https://10.0.0.1/x"})
            patched.setattr(sign_on_client.OpenIDConnectOAuth2Adapter, "openid_config", config)
            assert Client().get(f"/sign-in/{place.force.slug}/")["Location"] == "/sign-in/", name


def test_a_force_without_a_provider_says_so(place):
    assert Client().get(f"/sign-in/{place.force.slug}/").status_code == 404
    assert Client().get("/sign-in/no-such-force/").status_code == 404
    assert place.force.name not in Client().get("/sign-in/forces/").content.decode()


def test_the_list_to_sign_in_through_has_the_forces_that_have_a_provider(place, provider, other):
    shown = Client().get("/sign-in/forces/").content.decode()
    assert place.force.name in shown
    assert other.force.name not in shown


class TestASecondFactorAtTheProvider:
    def test_opens_the_pages_of_an_account_that_is_the_providers_own(self, place, provider, monkeypatch):
        say_second_factor(monkeypatch)
        tell(provider, "u9", email=f"u9@{domain_of(place)}", groups=["lfr-planners"])
        client, answer = through(place, provider, "u9")
        assert answer["Location"] == "/records/"
        assert client.get("/deployments/").status_code == 200
        assert accounts.person_of_session(client.cookies["sessionid"].value)

    def test_is_no_fresh_proof_and_changes_no_way_in(self, place, provider, monkeypatch):
        say_second_factor(monkeypatch)
        tell(provider, "u10", email=f"u10@{domain_of(place)}", groups=["lfr-planners"])
        client, _ = through(place, provider, "u10")
        assert client.get("/deployments/").wsgi_request.actor.reauthenticated is False
        for page in ("app", "passkey", "recovery-codes"):
            for answer in (client.get, client.post):
                assert answer(f"/account/second-factor/{page}/")["Location"].startswith("/sign-in/confirm/")
        assert "one-time link" in client.get("/sign-in/confirm/").content.decode()
        assert "/second-factor/app/" not in client.get("/account/second-factor/").content.decode()

    def test_counts_no_more_once_the_account_has_something_of_its_own(self, place, provider, monkeypatch):
        """A role that an administrator gave: from the next request on, also in a session that goes on."""
        say_second_factor(monkeypatch)
        tell(provider, "u11", email=f"u11@{domain_of(place)}", groups=["lfr-planners"])
        client, _ = through(place, provider, "u11")
        key = client.cookies["sessionid"].value
        user = User.objects.get(username=f"u11@{domain_of(place)}")
        place.person(Role.AUTHORISING_OFFICER, user=user)
        with pytest.raises(NotPermitted):
            accounts.person_of_session(key)
        assert client.get("/deployments/").status_code == 302
        _, answer = through(place, provider, "u11", client=client)
        assert answer["Location"].startswith("/account/second-factor/")

    def test_does_not_stand_in_for_the_accounts_own(self, place, provider, monkeypatch):
        tell(provider, "u12", email=f"u12@{domain_of(place)}", groups=["lfr-planners"])
        through(place, provider, "u12")
        secret = enrol_app(f"u12@{domain_of(place)}")
        say_second_factor(monkeypatch)
        client, answer = through(place, provider, "u12")
        assert answer["Location"].startswith("/sign-in/code/")
        assert client.get("/deployments/").status_code == 302
        client.post("/sign-in/code/", {"code": code_of(secret)})
        assert client.get("/deployments/").status_code == 200
