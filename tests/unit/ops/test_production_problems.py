"""Each precondition of a production process taken away: the process says so by name and does not start."""

import pytest

from apps.ops import production
from apps.ops.production import is_here, production_problems

SECRET = "kq2Jv8Xw_5tR9zLm3Yb7Nc1Pd4Fs6Gh0AeUiOoTyQrWzXvBnMlKj"
REMOTE = {"HOST": "db.force.example", "OPTIONS": {"sslmode": "verify-full"}}


@pytest.fixture
def ready(settings, monkeypatch):
    """Settings of a production process with its servers on other machines, and nothing wrong with them."""
    settings.LFR_PRODUCTION = True
    settings.DEBUG = settings.LFR_DEMO = settings.LFR_ALLOW_SIMULATED_CLOCK = False
    settings.ALLOWED_HOSTS = ["lfr.force.example"]
    settings.SECRET_KEY = SECRET
    settings.LFR_KEYSTORE_DIR = "/srv/lfr/keys"
    settings.REDIS_URL = "rediss://:word@valkey.force.example:6379/0"
    settings.LFR_CLOCK_SYNC = "kernel"
    monkeypatch.setattr(production, "kernel_clock_state", lambda: 0)
    monkeypatch.setitem(settings.DATABASES, "default", REMOTE)
    return settings


def codes():
    return [problem.code for problem in production_problems()]


def test_with_everything_in_place_nothing_is_said(ready):
    assert codes() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("DEBUG", True, "production_debug"),
        ("LFR_DEMO", True, "production_lfr_demo"),
        ("LFR_ALLOW_SIMULATED_CLOCK", True, "production_lfr_allow_simulated_clock"),
        ("ALLOWED_HOSTS", ["*"], "production_hosts"),
        ("ALLOWED_HOSTS", [".force.example"], "production_hosts"),
        ("ALLOWED_HOSTS", [], "production_hosts"),
        ("SECRET_KEY", "short", "production_secret"),
        ("SECRET_KEY", "a" * 80, "production_secret"),
        ("SECRET_KEY", f"django-insecure-{SECRET}", "production_secret"),
        ("LFR_KEYSTORE_DIR", "/tmp/keys", "production_keys_temporary"),
        ("LFR_KEYSTORE_DIR", "/var/tmp/x/../keys", "production_keys_temporary"),
        ("REDIS_URL", "redis://:word@valkey.force.example/0", "production_valkey_tls"),
        ("REDIS_URL", "rediss://:word@valkey.force.example/0?ssl_cert_reqs=none", "production_valkey_tls"),
        ("REDIS_URL", "rediss://valkey.force.example/0", "production_valkey_password"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else None,
)
def test_without_it_the_process_does_not_start(ready, name, value, code):
    setattr(ready, name, value)
    assert codes() == [code]


@pytest.mark.parametrize("mode", [None, "prefer", "require"])
def test_a_database_elsewhere_has_to_show_who_it_is(ready, monkeypatch, mode):
    entry = {"HOST": "db.force.example", "OPTIONS": {"sslmode": mode} if mode else {}}
    monkeypatch.setitem(ready.DATABASES, "default", entry)
    assert codes() == ["production_database_tls"]


def test_a_clock_that_nothing_keeps_is_refused_unless_the_host_keeps_it(ready, monkeypatch):
    monkeypatch.setattr(production, "kernel_clock_state", lambda: production.TIME_ERROR)
    assert codes() == ["clock_unsynchronised"]
    ready.LFR_CLOCK_SYNC = "outside"
    assert codes() == []


def test_the_kernel_can_be_asked():
    assert production.kernel_clock_state() in range(6)


def test_servers_on_this_machine_need_neither(ready, monkeypatch):
    ready.REDIS_URL = "unix:///run/valkey.sock?db=0"
    monkeypatch.setitem(ready.DATABASES, "default", {"HOST": "/run/postgresql", "OPTIONS": {}})
    assert codes() == []


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *((name, True) for name in ("", "127.0.0.1", "::1", "localhost")),
        *((name, False) for name in ("10.0.0.5", "localhost.evil.example", "127.0.0.1.evil.example")),
    ],
)
def test_only_this_machine_counts_as_here(host, here):
    assert is_here(host) is here


def test_other_profiles_are_for_one_machine(settings):
    settings.DEBUG = True
    assert production_problems() == []
