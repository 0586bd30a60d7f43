"""The relay's own `enrol` command against the platform's own page, over a real network."""

from __future__ import annotations

import json
import threading
from uuid import uuid4

import pytest
import uvicorn
from django.core.asgi import get_asgi_application

from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.relays import enrolment
from apps.relays.credentials import parse_key
from apps.relays.edge import command, enrol
from apps.relays.edge.config import ExitCode
from apps.relays.edge.residue import Residue, Word
from apps.relays.queries import authenticate
from tests.support.alert_stage import make_stage
from tests.support.walkers import wait_for

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.timeout(120)]


@pytest.fixture
def url(settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    config = uvicorn.Config(
        get_asgi_application(), host="127.0.0.1", port=0, lifespan="off", log_level="warning"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def stage():
    return make_stage()


def give(stage):
    engineer = Actor(uuid4(), "engineer", stage.force.id, frozenset({Role.SYSTEM_ENGINEER}))
    with stage.context():
        return enrolment.give_code(
            name="van 1",
            deployment_id=stage.deployment_id,
            camera_ids=[stage.cameras[0].id],
            actor=engineer,
            now=utc_now(),
        )[1]


def test_a_box_gets_its_key_once_and_is_told_why_not(url, stage, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(enrol, "look", lambda **_: Residue({Word.SWAP: 1}))
    monkeypatch.setenv("CODE", code := give(stage))
    key_file = tmp_path / "key"
    words = ["enrol", "--url", url, "--box-id", "box-0123456789", "--key-file", str(key_file)]
    assert command.main([*words, "--code-env", "CODE"]) == ExitCode.DONE, capsys.readouterr()
    relay = authenticate(key=parse_key(key_file.read_text().strip()))
    assert relay.camera_ids == {stage.cameras[0].id}
    out = capsys.readouterr().out
    assert "van 1" in out
    assert f"--camera {stage.cameras[0].id}=" in out
    assert "/ws/relay/" in out

    key_file.unlink()
    monkeypatch.setenv("CODE", code)
    assert command.main([*words, "--code-env", "CODE"]) == ExitCode.REFUSED
    assert "the code is not accepted" in capsys.readouterr().err
    assert not key_file.exists()


def test_the_platform_itself_refuses_a_box_with_residue(url, stage, monkeypatch):
    """The relay's own check could have been taken out of a box; what it says is checked again."""
    body = {
        "code": give(stage),
        "box_id": "box-0123456789",
        "residue": Residue({Word.PICTURES: 2}).as_dict(now=utc_now()),
    }
    with pytest.raises(enrol.EnrolmentRefused, match="picture or video files"):
        enrol.ask(url, json.dumps(body).encode())
