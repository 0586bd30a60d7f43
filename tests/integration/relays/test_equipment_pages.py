"""The engineer's pages: cameras, relays, keys shown once; nobody's name or face."""

import re
from datetime import timedelta

import pytest
import time_machine

from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.relays import api as relays
from apps.relays.data import IngestCounts, TallyDelta
from apps.relays.operations import record_ingest
from tests.support.cast import make_cast
from tests.support.days import START, make_day


@pytest.fixture
def day(real_db):
    return make_day()


@pytest.fixture
def cast(day):
    return make_cast(day)


def cameras_of(day):
    return [camera.id for camera in day.get().authority.cameras]


def test_the_page_says_which_camera_sends_and_which_is_silent(day, cast):
    with time_machine.travel(START, tick=False):
        day.to(S.LIVE)
        first, _ = cameras_of(day)
        relay, _ = day.step(relays.enrol_relay, day.engineer, START, name="Van 1", camera_ids=cameras_of(day))
        counts = IngestCounts(cameras={first: TallyDelta(received=12, last_received_at=START)}, refusals={})
        record_ingest(relay=relay, counts=counts, now=START)
        page = cast["engineer"].client().get("/equipment/").content.decode()
    assert "Last frame 0 s ago" in page
    assert "Nothing received yet" in page
    with time_machine.travel(START + timedelta(minutes=5), tick=False):
        page = cast["engineer"].client().get("/equipment/").content.decode()
    assert "Nothing for 300 s" in page


def test_nothing_of_a_listed_person_is_on_it(day, cast):
    with time_machine.travel(START):
        day.to(S.LIVE)
        page = cast["engineer"].client().get("/equipment/").content.decode()
    assert "TS-001" not in page
    assert "Test subject" not in page


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("engineer", 200),
        ("silver", 200),
        ("admin", 200),
        ("operator", 403),
        ("planner", 403),
        ("oversight", 403),
    ],
)
def test_who_may_look(name, status, cast):
    assert cast[name].client().get("/equipment/").status_code == status


def test_a_camera_is_registered_once(day, cast):
    client = cast["engineer"].client()
    assert client.post("/equipment/cameras/new/", {"name": " Van  1 north "}).status_code == 302
    again = client.post("/equipment/cameras/new/", {"name": "Van 1 north"})
    assert again.status_code == 200
    assert "already registered" in again.content.decode()
    assert [camera.name for camera in day.call(deployments.list_cameras)] == ["Van 1 north"]


def test_the_key_is_shown_once_and_stored_by_no_browser(day, cast):
    with time_machine.travel(START):
        day.to(S.READY)
        client = cast["engineer"].client()
        url = f"/equipment/{day.deployment_id}/relays/new/"
        answer = client.post(url, {"name": "Van 1", "cameras": [str(i) for i in cameras_of(day)]})
        key = re.search(r"lfr1\.[\w.-]+", answer.content.decode()).group()
        assert "no-store" in answer["Cache-Control"]
        [relay] = day.call(relays.list_relays, deployment_id=day.deployment_id)
        assert relay.key_id in key
        for page in (client.get("/equipment/"), client.get(url)):
            assert key not in page.content.decode()


def test_a_camera_that_is_not_on_the_authority_is_refused(day, cast):
    with time_machine.travel(START):
        day.to(S.READY)
        other = day.call(deployments.register_camera, name="Elsewhere", actor=day.engineer, now=START)
        url = f"/equipment/{day.deployment_id}/relays/new/"
        answer = cast["engineer"].client().post(url, {"name": "Van 1", "cameras": [str(other.id)]})
    assert answer.status_code == 200
    assert "lfr1." not in answer.content.decode()
    assert day.call(relays.list_relays, deployment_id=day.deployment_id) == ()


def test_a_revoked_key_needs_a_reason_and_is_gone(day, cast):
    with time_machine.travel(START):
        day.to(S.LIVE)
        relay, _ = day.step(relays.enrol_relay, day.engineer, START, name="Van 1", camera_ids=cameras_of(day))
        client, url = cast["silver"].client(), f"/equipment/relays/{relay.id}/revoke/"
        assert client.post(url, {"reason": ""}).status_code == 200
        assert day.call(relays.get_relay, relay_id=relay.id).revoked_at is None
        assert client.post(url, {"reason": "van lost"}).status_code == 302
        assert "Key revoked" in client.get("/equipment/").content.decode()
    assert day.call(relays.get_relay, relay_id=relay.id).revoked_at is not None


def test_another_force_cannot_reach_deployment_or_relay(day, cast):
    with time_machine.travel(START):
        day.to(S.LIVE)
        relay, _ = day.step(relays.enrol_relay, day.engineer, START, name="Van 1", camera_ids=cameras_of(day))
        stranger = make_cast(make_day("south"))["engineer"].client()
        assert stranger.get(f"/equipment/{day.deployment_id}/relays/new/").status_code == 404
        assert stranger.post(f"/equipment/relays/{relay.id}/revoke/", {"reason": "mine"}).status_code == 404
        assert "Van 1" not in stranger.get("/equipment/").content.decode()
    assert day.call(relays.get_relay, relay_id=relay.id).revoked_at is None
