"""The token of /metrics, as whoever runs the platform sets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from lfrplatform.settings.env import Env

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "t0ken-" + "k" * 40


def secret(values):
    env = Env(values)
    found = env.secret("LFR_METRICS_TOKEN", file=env.text("LFR_METRICS_TOKEN_FILE", ""))
    env.finish("any")
    return found


def test_from_the_environment_from_a_file_and_from_nowhere(tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert secret({"LFR_METRICS_TOKEN": TOKEN}) == TOKEN
    assert secret({"LFR_METRICS_TOKEN_FILE": str(tmp_path / "token")}) == TOKEN
    assert secret({}) == ""


@pytest.mark.parametrize("content", [None, "", "\n", "seven-little-pigs\n", b"\xff" * 40])
def test_a_file_that_is_not_there_or_holds_too_little_stops_the_start_and_is_not_quoted(tmp_path, content):
    if content is not None:
        (tmp_path / "token").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ImproperlyConfigured, match="LFR_METRICS_TOKEN") as refused:
        secret({"LFR_METRICS_TOKEN_FILE": str(tmp_path / "token")})
    assert "pigs" not in str(refused.value)


def test_a_short_token_and_two_of_them_stop_the_start(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="at least 32") as refused:
        secret({"LFR_METRICS_TOKEN": "seven-little-pigs"})
    assert "pigs" not in str(refused.value)
    (tmp_path / "token").write_text(TOKEN)
    both = {"LFR_METRICS_TOKEN": TOKEN, "LFR_METRICS_TOKEN_FILE": str(tmp_path / "token")}
    with pytest.raises(ImproperlyConfigured, match="both"):
        secret(both)


def test_production_reads_it(tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    code = "from django.conf import settings;print(settings.SETTINGS_MODULE, len(settings.LFR_METRICS_TOKEN))"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LFR_")},
        "DJANGO_SETTINGS_MODULE": "lfrplatform.settings.typing",
        "LFR_METRICS_TOKEN_FILE": str(tmp_path / "token"),
    }
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["lfrplatform.settings.typing", str(len(TOKEN))]
