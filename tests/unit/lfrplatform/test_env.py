"""Settings fail at boot with the name of what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from lfrplatform.settings.base import broker_url
from lfrplatform.settings.env import Env

ROOT = Path(__file__).resolve().parents[3]


def test_every_problem_is_named_at_once():
    env = Env({"PORT": "many", "DEBUG": "perhaps", "DATABASE_URL": "mysql://x/y"})
    env.text("SECRET")
    env.integer("PORT", 1)
    env.flag("DEBUG", False)
    env.database("DATABASE_URL")
    with pytest.raises(ImproperlyConfigured) as raised:
        env.finish("any")
    for name in ("SECRET", "PORT", "DEBUG", "DATABASE_URL"):
        assert name in str(raised.value)


def test_a_database_on_a_socket_with_a_password_that_needs_quoting():
    env = Env({"DATABASE_URL": "postgresql://lfr_app:p%40ss@/lfr?host=%2Fvar%2Fx"})
    entry = env.database("DATABASE_URL")
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["NAME"]) == (
        "lfr_app",
        "p@ss",
        "/var/x",
        "lfr",
    )


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://localhost:6379/3", "redis://localhost:6379/3"),
        ("unix:///tmp/v.sock?db=2", "redis+socket:///tmp/v.sock?virtual_host=2"),
    ],
)
def test_the_broker_has_the_same_address_as_the_streams(url, broker):
    assert broker_url(url) == broker


def test_production_without_settings_refuses_to_start_and_names_them():
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LFR_", "DATABASE", "REDIS"))}
    clean["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.production"
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    for name in ("LFR_SECRET_KEY", "LFR_ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "LFR_KEYSTORE_DIR"):
        assert name in result.stderr
