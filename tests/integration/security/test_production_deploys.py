"""The production profile as an administrator would check it: `manage.py check --deploy`, where a warning is a
failure. And the boot checks of invariant 11 that look at the model and the processor."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.audit.signing import FileSigner
from apps.ops import checks
from apps.recognition import api as recognition

CLONE = Path(__file__).resolve().parents[3]
KEYS = "/srv/lfr-not-there"
SECRET = "kq2Jv8Xw_5tR9zLm3Yb7Nc1Pd4Fs6Gh0AeUiOoTyQrWzXvBnMlKj"


@pytest.fixture
def production(services, django_db_setup):
    """The environment of a production process on the test servers, which are on this machine. Folders of keys
    are made with the first key; that of the audit's anchors is never made by itself in production."""
    anchor_key = services.scratch / "production-anchor" / "signing.pem"
    FileSigner(anchor_key, create=True)
    given = services.environment()
    dropped = ("DATABASE", "REDIS", "LFR_", "DJANGO")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "lfrplatform.settings.production",
        "DATABASE_URL": given["DATABASE_URL"],
        "REDIS_URL": given["REDIS_URL"],
        "LFR_REDIS_PREFIX": given["LFR_REDIS_PREFIX"],
        "LFR_SECRET_KEY": SECRET,
        "LFR_ALLOWED_HOSTS": "lfr.force.example",
        "LFR_KEYSTORE_DIR": f"{KEYS}/keys",
        "LFR_ANCHOR_DIR": f"{KEYS}/anchors",
        "LFR_ANCHOR_KEY_FILE": str(anchor_key),
        "LFR_PUBLIC_BASE_URL": "https://lfr.force.example",
        "LFR_CLOCK_SYNC": "outside",
        "LFR_SWAP": "encrypted",
    }


def check(environment):
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=CLONE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_check_deploy_has_nothing_to_say(production):
    done = check(production)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_check_deploy_names_all_that_is_wrong(production):
    wrong = {
        "LFR_SECRET_KEY": "weak",
        "LFR_ALLOWED_HOSTS": "*",
        "REDIS_URL": "redis://192.0.2.1:1/0",
        "LFR_KEYSTORE_DIR": "/tmp/keys",
    }
    done = check({**production, **wrong})
    assert done.returncode == 1
    for code in (
        "production_secret",
        "production_hosts",
        "production_valkey_tls",
        "production_keys_temporary",
    ):
        assert f"lfr.{code}" in done.stderr
    assert "weak" not in done.stderr.replace("is weak", "").replace("too weak", "")


def test_a_moved_clock_and_the_demonstration_cannot_be_asked_for(production):
    """The production profile does not read these variables at all."""
    program = (
        "from django.conf import settings as s;"
        "print(s.DEBUG, s.LFR_DEMO, s.LFR_ALLOW_SIMULATED_CLOCK, s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"
    )
    asked = {"LFR_DEMO": "true", "LFR_ALLOW_SIMULATED_CLOCK": "true", "DEBUG": "true"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=CLONE,
        env={**production, **asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "False", "False", "__Host-sessionid", "__Host-csrftoken"]


def codes():
    return [problem.code for problem in checks.model_problems()]


def test_the_pack_as_installed_passes():
    assert codes() == []


def test_another_model_file_than_the_recorded_one_is_refused(monkeypatch):
    true = recognition.manifest(recognition.DEFAULT_PACK_ID)
    changed = dataclasses.replace(true, files=dict.fromkeys(true.files, "0" * 64))
    monkeypatch.setattr(recognition, "manifest", lambda pack_id: changed)
    assert codes() == ["model_pack"]
    assert "sha-256" in checks.model_problems()[0].message.lower()


def test_a_pack_without_a_recorded_licence_is_refused(monkeypatch):
    true = recognition.manifest(recognition.DEFAULT_PACK_ID)
    monkeypatch.setattr(recognition, "manifest", lambda pack_id: dataclasses.replace(true, licence=""))
    assert "licence" in checks.model_problems()[0].message


def test_an_accelerator_that_is_not_there_is_refused(settings, monkeypatch):
    settings.LFR_ACCELERATOR = "cuda"
    monkeypatch.setattr(recognition.onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    assert codes() == ["model_pack"]
    monkeypatch.setattr(recognition.onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    assert codes() == []


def test_a_clock_far_from_the_databases_is_refused(real_db, monkeypatch):
    from datetime import UTC, datetime, timedelta

    monkeypatch.setattr(checks, "rows", lambda *_: [(datetime.now(UTC) + timedelta(seconds=9),)])
    assert [problem.code for problem in checks.clock_problems()] == ["clock"]
