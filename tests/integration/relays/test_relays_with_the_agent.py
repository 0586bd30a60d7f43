"""The relay in the van and the platform's socket, over a real network, with a real server between them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import av
import numpy as np
import pytest
import uvicorn
from channels.db import database_sync_to_async
from websockets.asyncio.client import connect

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.deployments import api as deployments
from apps.relays import api as relays
from apps.relays.data import Refusal
from apps.relays.edge import command
from apps.relays.edge import enrol as enrol_command
from apps.relays.edge.residue import Residue, Word
from apps.relays.enrolment import give_code, open_codes
from tests.support.alert_stage import make_stage
from tests.support.relay_frames import message
from tests.support.walkers import wait_for

pytestmark = [pytest.mark.usefixtures("real_db", "valkey"), pytest.mark.timeout(120)]
CLONE = Path(__file__).resolve().parents[3]
REFUSED = 3
RESIDUE = 5


@pytest.fixture
def address():
    """The platform's own pages and WebSocket routes, served by uvicorn on a free port."""
    from channels.routing import ProtocolTypeRouter
    from django.core.asgi import get_asgi_application

    from lfrplatform.routing import websocket

    served = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": websocket})
    config = uvicorn.Config(served, host="127.0.0.1", port=0, lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"ws://127.0.0.1:{port}/ws/relay/"
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def video(tmp_path):
    """Four seconds of a grey picture that changes, at 10 frames a second."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(40):
            picture = np.full((240, 320, 3), number * 5, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def stage():
    return make_stage()


def enrol(stage):
    engineer = Actor(uuid4(), "engineer", stage.force.id, frozenset({Role.SYSTEM_ENGINEER}))
    with stage.context():
        return relays.enrol_relay(
            name="van 1",
            deployment_id=stage.deployment_id,
            camera_ids=[stage.cameras[0].id],
            actor=engineer,
            now=utc_now(),
        )


@pytest.fixture
def agent(address, video, tmp_path):
    """Start the agent with a key; it is killed at the end if need be."""
    running = []

    def start(stage, key, *options):
        stats = tmp_path / "stats.json"
        argv = [sys.executable, "-m", "apps.relays.edge", "--url", address, "--stats-file", str(stats)]
        argv += ["--camera", f"{stage.cameras[0].id}={video}", *options]
        env = {**os.environ, "LFR_RELAY_KEY": key}
        process = subprocess.Popen(
            argv, cwd=CLONE, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        running.append(process)
        return process, stats

    yield start
    for process in running:
        process.kill()
        process.communicate()


def tally(stage):
    with stage.context():
        rows = relays.tallies(deployment_id=stage.deployment_id)
    return rows[0] if rows else None


def in_thread(function):
    return database_sync_to_async(function, thread_sensitive=False)()


def counted(stage):
    row = tally(stage)
    return row.received + row.refused


def verbs(stage, relay):
    with stage.context():
        return [event.verb for event in audit.events_about(object_id=relay.id)]


def test_every_frame_that_was_sent_is_counted_and_none_is_refused_for_what_it_is(stage, agent):
    relay, key = enrol(stage)
    process, stats = agent(stage, key, "--once", "--fps", "8")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    sent = json.loads(stats.read_text())["cameras"][str(stage.cameras[0].id)]["sent"]
    assert sent > 8
    wait_for(lambda: tally(stage) is not None and counted(stage) >= sent)
    row = tally(stage)
    assert counted(stage) == sent
    assert row.received > 0
    assert abs(row.clock_offset_ms) < 2_000
    # On a starved machine an authority may go unconfirmed for two seconds, and then nothing is taken; nothing
    # else is a reason to refuse a frame of this relay.
    with stage.context():
        refusals = dict(relays.get_relay(relay_id=relay.id).refusals)
    assert refusals.get(Refusal.UNCONFIRMED.value, 0) == row.refused
    assert set(refusals) <= {Refusal.UNCONFIRMED.value}


async def test_what_a_relay_sent_before_it_vanished_is_counted_and_its_end_is_on_record(stage, address):
    relay, key = await in_thread(lambda: enrol(stage))
    camera = stage.cameras[0]
    link = await connect(address, additional_headers={"Authorization": f"Bearer {key}"}, proxy=None)
    await link.recv()
    for number in range(1, 13):
        await link.send(message(camera.id, number))
    link.transport.abort()  # no close frame: the power of the van fails
    await in_thread(lambda: wait_for(lambda: "relay.disconnected" in verbs(stage, relay)))
    row = await in_thread(lambda: tally(stage))
    assert row is not None
    assert 0 < row.received + row.refused <= 12
    assert await in_thread(lambda: verbs(stage, relay)) == [
        "relay.enrolled",
        "relay.connected",
        "relay.disconnected",
    ]


def test_a_box_turns_its_code_into_a_key_and_sends_with_it_and_says_how_it_is(
    stage, address, agent, tmp_path, monkeypatch, capsys
):
    """The real commands of the van: `enrol`, then the agent with the key that it got."""
    engineer = Actor(uuid4(), "engineer", stage.force.id, frozenset({Role.SYSTEM_ENGINEER}))
    with stage.context():
        _, code = give_code(
            name="van 1",
            deployment_id=stage.deployment_id,
            camera_ids=[stage.cameras[0].id],
            actor=engineer,
            now=utc_now(),
        )
    platform = address.replace("ws://", "http://").removesuffix("/ws/relay/")
    key_file = tmp_path / "key"
    argv = ["enrol", "--url", platform, "--allow-unencrypted", "--code-env", "CODE", "--box-id", "van-0001"]
    argv += ["--key-file", str(key_file), "--replace"]
    monkeypatch.setenv("CODE", code)
    # What this machine has lying about is not what a box has.
    monkeypatch.setattr(enrol_command, "look", lambda **_: Residue({Word.CORE_FILES: 1}))
    assert command.main(argv) == RESIDUE
    with stage.context():
        (waiting,) = open_codes(deployment_ids=[stage.deployment_id], now=utc_now())
        last = list(audit.events_about(object_id=waiting.id))[-1]
    assert waiting.refused == ("left on the box: core files (1)",)
    assert last.verb == "relay_code.refused"
    assert last.payload["reasons"] == ["left on the box: core files (1)"]
    monkeypatch.setattr(enrol_command, "look", lambda **_: Residue({Word.SWAP: 1}))
    monkeypatch.setenv("CODE", code)
    assert command.main(argv) == 0
    monkeypatch.setenv("CODE", code)
    assert command.main(argv) == REFUSED, "a code is good once"
    said = capsys.readouterr()
    key = key_file.read_text().strip()
    assert "the code is not accepted" in said.err
    assert f"--url {address}" in said.out
    assert key not in said.out + said.err
    agent(stage, key, "--fps", "8", "--repeat")

    def report():
        with stage.context():
            (found,) = relays.relay_reports(deployment_id=stage.deployment_id, now=utc_now())
        return found

    wait_for(lambda: report().offset_ms is not None and tally(stage) is not None)
    assert report().current
    assert abs(report().offset_ms) < 2_000
    assert report().alarm == ""
    assert set(report().cameras) == {stage.cameras[0].id}


def test_the_agent_is_told_why_when_the_deployment_ends(stage, agent):
    _, key = enrol(stage)
    process, _ = agent(stage, key, "--exit-when-refused", "--repeat")
    wait_for(lambda: tally(stage) is not None and tally(stage).received > 3)
    with stage.context():
        deployments.end(deployment_id=stage.deployment_id, actor=stage.silver.actor, now=utc_now())
    ended_at = datetime.now(UTC)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == REFUSED
    assert "the deployment is ended, not live" in said
    row = tally(stage)
    assert (row.last_received_at - ended_at).total_seconds() < 2


def test_the_agent_with_a_bad_key_is_refused_and_its_key_is_in_no_message(stage, agent):
    _, key = enrol(stage)
    wrong = key[:-6] + "AAAAAA"
    process, _ = agent(stage, wrong, "--exit-when-refused")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == REFUSED
    assert "the key is not accepted" in said
    assert wrong.rsplit(".", 1)[1] not in said
    assert tally(stage) is None
