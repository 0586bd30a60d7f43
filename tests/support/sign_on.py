"""A force's identity provider for tests: a real one in its own process, and a browser's way through it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import requests
from django.test import Client

from apps.accounts import sign_on_client, sign_on_settings
from apps.accounts.models import RoleGrant
from apps.core.clock import utc_now
from apps.core.data import Role

HOST = "http://testserver"


def run_provider() -> Iterator[str]:
    """Its address, as long as it runs."""
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


def domain_of(place) -> str:
    return f"{place.force.slug}.example"


def wanted(place, at, **changes):
    return {
        "name": "Force directory",
        "issuer": at,
        "client_id": "lfr",
        "secret": "the secret of the client",
        "role_claim": "groups",
        "role_map": {"lfr-readers": Role.OVERSIGHT, "lfr-planners": Role.PLANNER},
        "second_factor_values": ["mfa"],
        "email_domains": [domain_of(place)],
        "enabled": True,
    } | changes


def ask(place, at, *, admin=None, **changes):
    """What one administrator saves. Returns that administrator."""
    admin = admin or place.person(Role.FORCE_ADMIN)
    settings = wanted(place, at, **changes)
    place.within(sign_on_settings.configure, actor=place.actor(admin), now=utc_now(), **settings)
    return admin


def row_of(place):
    return place.within(sign_on_settings.provider_of_force)


def confirm(place, *, admin=None):
    """Another administrator confirms what waits."""
    admin = admin or place.person(Role.FORCE_ADMIN)
    shown = sign_on_settings.shown_as(row_of(place))
    place.within(sign_on_settings.confirm, shown=shown, actor=place.actor(admin), now=utc_now())
    return admin


def configure(place, issuer, **changes):
    ask(place, issuer, **changes)
    confirm(place)


def tell(issuer, sub, **claims):
    """What the provider knows of one of its people."""
    claims = {"email_verified": True} | claims
    told = {name: value for name, value in claims.items() if value is not None}
    requests.put(f"{issuer}/users/{sub}", json=told, timeout=5).raise_for_status()


def through(place, issuer, sub, client=None, change=lambda url: url, begin=None):
    """A browser's way out to the provider and back."""
    client = client or Client()
    out = client.get(begin or f"/sign-in/{place.force.slug}/?next=/records/")
    assert out.status_code == 302, out.content
    assert out["Location"].startswith(issuer), out["Location"]
    back = requests.post(out["Location"], data={"sub": sub}, allow_redirects=False, timeout=5)
    address = change(urljoin(HOST, back.headers["Location"]))
    parts = urlsplit(address)
    return client, client.get(f"{parts.path}?{parts.query}")


def say_second_factor(monkeypatch, value="mfa"):
    """From now on the provider says that everybody used one."""
    real = sign_on_client.ForceClient._verified
    monkeypatch.setattr(
        sign_on_client.ForceClient,
        "_verified",
        lambda self, token: real(self, token) | {"amr": ["pwd", value]},
    )


def words_of(client):
    return client.get("/sign-in/").content.decode()


def roles_of(place, user):
    rows = place.within(
        lambda: list(RoleGrant.objects.filter(user_id=user.id, revoked_at__isnull=True).values_list("role"))
    )
    return {role for (role,) in rows}
