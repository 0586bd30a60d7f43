"""Single sign-on against a real provider process, and what a force's provider must not be able to do."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts import sign_on, sign_on_client
from apps.accounts.models import IdentityProvider, RoleGrant, User
from apps.accounts.secrets import secrets
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted, ReauthenticationNeeded, RuleViolated
from tests.support.places import PASSWORD
from tests.support.signing_in import signed_in

HOST = "http://testserver"


@pytest.fixture(scope="module")
def issuer():
    """The address of an identity provider in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = shutil.which("oidc-provider-mock", path=os.path.dirname(sys.executable))
    process = subprocess.Popen(
        [program, "--port", str(port), "--require-nonce", "true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 20
    while True:
        try:
            requests.get(f"{address}/.well-known/openid-configuration", timeout=1).raise_for_status()
            break
        except requests.RequestException:
            assert process.poll() is None, "the provider did not start"
            assert time.monotonic() < deadline, "the provider did not answer in time"
            time.sleep(0.05)
    yield address
    process.kill()
    process.wait()


def configure(place, issuer, **changes):
    admin = place.person(Role.FORCE_ADMIN)
    wanted = {
        "name": "Force directory",
        "issuer": issuer,
        "client_id": "lfr",
        "secret": "the secret of the client",
        "role_claim": "groups",
        "role_map": {"lfr-readers": Role.OVERSIGHT, "lfr-planners": Role.PLANNER},
        "second_factor_values": ["mfa"],
        "enabled": True,
    } | changes
    return place.within(sign_on.configure, actor=place.actor(admin), now=utc_now(), **wanted)


@pytest.fixture
def provider(place, issuer):
    configure(place, issuer)
    return issuer


def tell(issuer, sub, **claims):
    """What the provider knows of one of its people."""
    requests.put(f"{issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()


def through(place, issuer, sub, client=None, change=lambda url: url):
    """A browser's way out to the provider and back."""
    client = client or Client()
    out = client.get(f"/sign-in/{place.force.slug}/?next=/records/")
    assert out.status_code == 302, out.content
    assert out["Location"].startswith(issuer), out["Location"]
    back = requests.post(out["Location"], data={"sub": sub}, allow_redirects=False, timeout=5)
    address = change(urljoin(HOST, back.headers["Location"]))
    parts = urlsplit(address)
    return client, client.get(f"{parts.path}?{parts.query}")


def words_of(client):
    return client.get("/sign-in/").content.decode()


def roles_of(place, user):
    rows = place.within(
        lambda: list(RoleGrant.objects.filter(user_id=user.id, revoked_at__isnull=True).values_list("role"))
    )
    return {role for (role,) in rows}


def test_somebody_new_comes_in_with_the_roles_of_their_groups(place, provider):
    tell(provider, "u1", email="new@force.example", name="New Person", groups=["lfr-readers", "golf"])
    client, answer = through(place, provider, "u1")
    assert answer["Location"] == "/records/"
    user = User.objects.get(username="new@force.example")
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
    tell(provider, "u2", email="planner@force.example", groups=["lfr-planners"])
    client, answer = through(place, provider, "u2")
    assert answer["Location"].startswith("/account/second-factor/")
    assert client.get("/deployments/").status_code == 302


def test_roles_follow_the_groups_at_each_sign_in_and_an_administrators_stay(place, provider):
    tell(provider, "u3", email="moving@force.example", groups=["lfr-planners"])
    through(place, provider, "u3")
    user = User.objects.get(username="moving@force.example")
    place.person(Role.OPERATOR, user=user)
    tell(provider, "u3", email="moving@force.example", groups=[])
    through(place, provider, "u3")
    assert roles_of(place, user) == {Role.OPERATOR}
    verbs = place.verbs(user)
    assert ("role.revoked", {"role": Role.PLANNER, "source": "sso"}) in verbs


def test_whoever_is_in_no_mapped_group_is_told_so_and_has_no_account(place, provider):
    tell(provider, "u4", email="golfer@force.example", groups=["golf"])
    client, answer = through(place, provider, "u4")
    assert answer["Location"] == "/sign-in/"
    assert "none of your groups" in words_of(client)
    assert not User.objects.filter(username="golfer@force.example").exists()


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
        tell(provider, "both", email="both@force.example", groups=["lfr-readers"])
        through(place, provider, "both")
        user = User.objects.get(username="both@force.example")
        other.person(Role.OVERSIGHT, user=user)
        client, answer = through(place, provider, "both")
        assert answer["Location"] == "/records/"
        assert client.post("/sign-in/force/", {"force": str(other.force.id)}).status_code == 403
        assert other.force.name not in client.get("/sign-in/force/").content.decode()
        assert place.force.name in client.get("/records/").content.decode()

    def test_nor_by_the_same_identity_at_a_provider_of_its_own(self, place, other, provider, issuer):
        """Two forces, one provider: who somebody is there is a matter of each force."""
        tell(provider, "shared", email="shared@force.example", groups=["lfr-readers"])
        through(place, provider, "shared")
        configure(other, issuer)
        client, answer = through(other, issuer, "shared")
        assert answer["Location"] == "/sign-in/"
        assert client.get("/records/").status_code == 302


def test_an_account_of_this_force_is_found_by_its_address(place, provider):
    user = place.person(Role.OVERSIGHT)
    tell(provider, "u5", email=user.username.upper(), groups=[])
    _, answer = through(place, provider, "u5")
    assert answer["Location"] == "/records/"
    assert SocialAccount.objects.get(uid="u5").user_id == user.id
    # What signs in with a password still does.
    assert User.objects.get(id=user.id).check_password(PASSWORD)


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
    tell(provider, "u6", email="u6@force.example", groups=["lfr-readers"])
    client, answer = through(place, provider, "u6", change=change)
    assert answer["Location"] == "/sign-in/"
    assert client.get("/records/").status_code == 302


def test_an_answer_meant_for_another_browser_signs_nobody_in(place, provider):
    """Login fixation: the attacker's own code, sent to somebody else."""
    tell(provider, "u7", email="u7@force.example", groups=["lfr-readers"])
    taken = []
    through(place, provider, "u7", change=lambda url: taken.append(url) or url.replace("state=", "x="))
    victim = Client()
    victim.get(f"/sign-in/{place.force.slug}/")
    parts = urlsplit(taken[0])
    assert victim.get(f"{parts.path}?{parts.query}")["Location"] == "/sign-in/"
    assert victim.get("/records/").status_code == 302


def test_a_token_with_another_nonce_is_refused(place, provider, monkeypatch):
    tell(provider, "u8", email="u8@force.example", groups=["lfr-readers"])
    real = sign_on_client.ForceClient._verified
    monkeypatch.setattr(
        sign_on_client.ForceClient, "_verified", lambda self, token: real(self, token) | {"nonce": "old"}
    )
    client, answer = through(place, provider, "u8")
    assert answer["Location"] == "/sign-in/"
    assert client.get("/records/").status_code == 302


def test_the_secret_is_in_a_file_of_ours_and_nowhere_else(place, issuer):
    provider_id = configure(place, issuer)
    name = sign_on_client.secret_name(provider_id)
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


def test_a_name_that_leads_to_the_metadata_of_a_cloud_is_not_asked(settings, monkeypatch):
    settings.LFR_SIGN_ON_LOOPBACK = False
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", ("169.254.169.254", 443))])
    with pytest.raises(requests.exceptions.InvalidURL):
        sign_on_client.GuardedSession().get("https://idp.example/.well-known/openid-configuration")


def test_only_the_administrator_who_has_just_proved_it_sets_it(place, issuer):
    arguments = {
        "name": "x", "issuer": issuer, "client_id": "x", "secret": "x", "role_claim": "groups",
        "role_map": {}, "second_factor_values": [], "enabled": True, "now": utc_now(),
    }  # fmt: skip
    planner, admin = place.person(Role.PLANNER), place.person(Role.FORCE_ADMIN)
    with pytest.raises(NotPermitted):
        place.within(sign_on.configure, actor=place.actor(planner), **arguments)
    with pytest.raises(ReauthenticationNeeded):
        place.within(sign_on.configure, actor=place.actor(admin, reauthenticated=False), **arguments)
    with pytest.raises(RuleViolated):
        place.within(
            sign_on.configure, actor=place.actor(admin), **(arguments | {"role_map": {"g": Role.SYSTEM}})
        )


def test_a_force_without_a_provider_says_so(place):
    assert Client().get(f"/sign-in/{place.force.slug}/").status_code == 404
    assert Client().get("/sign-in/no-such-force/").status_code == 404
    assert place.force.name in Client().get("/sign-in/forces/").content.decode()


def test_a_second_factor_at_the_provider_counts_as_one(place, provider, monkeypatch):
    tell(provider, "u9", email="u9@force.example", groups=["lfr-planners"])
    real = sign_on_client.ForceClient._verified
    monkeypatch.setattr(
        sign_on_client.ForceClient,
        "_verified",
        lambda self, token: real(self, token) | {"amr": ["pwd", "mfa"]},
    )
    client, answer = through(place, provider, "u9")
    assert answer["Location"] == "/records/"
    assert client.get("/deployments/").status_code == 200
    assert accounts.person_of_session(client.cookies["sessionid"].value)
