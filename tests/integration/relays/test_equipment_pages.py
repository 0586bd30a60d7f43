"""The engineer's pages: cameras, relays, keys shown once; nobody's name or face."""

import base64
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.models import Deployment
from apps.relays import api as relays
from apps.relays.data import IngestCounts, ReportedHealth, TallyDelta
from apps.relays.edge.counters import DropReason
from apps.relays.edge.wire import CameraHealth, RelayHealth
from apps.relays.edge.words import CaptureState, Fault
from apps.relays.enrolment import give_code, open_codes
from apps.relays.operations import record_ingest
from tests.support.cast import make_cast
from tests.support.clocks import travelled
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
    with travelled(START, tick=False):
        day.to(S.LIVE)
        first, _ = cameras_of(day)
        relay, _ = day.step(relays.enrol_relay, day.engineer, START, name="Van 1", camera_ids=cameras_of(day))
        counts = IngestCounts(cameras={first: TallyDelta(received=12, last_received_at=START)}, refusals={})
        record_ingest(relay=relay, counts=counts, now=START)
        page = cast["engineer"].client().get("/equipment/").content.decode()
    assert "Last frame 0 s ago" in page
    assert "Nothing received yet" in page
    with travelled(START + timedelta(minutes=5), tick=False):
        page = cast["engineer"].client().get("/equipment/").content.decode()
    assert "Nothing for 300 s" in page


def test_nothing_of_a_listed_person_is_on_it(day, cast):
    with travelled(START):
        day.to(S.LIVE)
        page = cast["engineer"].client().get("/equipment/").content.decode()
    assert "TS-001" not in page
    assert "Test subject" not in page


def test_who_may_look(cast, subtests):
    may = dict.fromkeys(("engineer", "silver", "admin"), 200)
    may_not = dict.fromkeys(("operator", "planner", "oversight"), 403)
    for name, status in (may | may_not).items():
        with subtests.test(name):
            assert cast[name].client().get("/equipment/").status_code == status


def test_a_camera_is_registered_once(day, cast):
    client = cast["engineer"].client()
    assert client.post("/equipment/cameras/new/", {"name": " Van  1 north "}).status_code == 302
    again = client.post("/equipment/cameras/new/", {"name": "Van 1 north"})
    assert again.status_code == 200
    assert "already registered" in again.content.decode()
    assert [camera.name for camera in day.call(deployments.list_cameras)] == ["Van 1 north"]


def test_the_code_is_shown_once_and_stored_by_no_browser(day, cast):
    with travelled(START):
        day.to(S.READY)
        client = cast["engineer"].client()
        url = f"/equipment/{day.deployment_id}/relays/new/"
        asked = client.post(url, {"name": "Van 1", "cameras": [str(i) for i in cameras_of(day)]})
        assert asked.status_code == 302
        answer = client.get(asked["Location"])
        code = re.search(r'id="relay-code">([^<]+)<', answer.content.decode())[1]
        assert "no-store" in answer["Cache-Control"]
        assert "lfr1." not in answer.content.decode()
        assert day.call(relays.list_relays, deployment_id=day.deployment_id) == ()
        for page in (client.get("/equipment/"), client.get(url), client.get(asked["Location"])):
            assert code not in page.content.decode()
        assert "shown once and is not shown again" in page.content.decode()
        assert len(codes_of(day)) == 1, "to load the page again gave no second code"
        assert "Codes that wait for their box" in client.get("/equipment/").content.decode()
        answer = Client().post("/relay/enrol/", claim(code), content_type="application/json")
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        page = client.get("/equipment/").content.decode()
    [relay] = day.call(relays.list_relays, deployment_id=day.deployment_id)
    assert relay.key_id in answer.json()["key"]
    assert answer.json()["key"] not in page
    assert "box-of-van-1" in page
    assert "Codes that wait for their box" not in page


def test_only_for_a_rehearsal_is_a_key_shown_and_then_once(day, cast):
    with travelled(START):
        day.to(S.READY)
        client = cast["engineer"].client()
        url = f"/equipment/{day.deployment_id}/relays/new/"
        wish = {"name": "Van 1", "cameras": [str(i) for i in cameras_of(day)], "by_hand": "1"}
        assert day.get().authority.rehearsal
        asked = client.post(url, wish)["Location"]
        key = re.search(r"lfr1\.[\w.-]+", client.get(asked).content.decode()).group()
        [relay] = day.call(relays.list_relays, deployment_id=day.deployment_id)
        assert relay.key_id in key
        for page in (client.get("/equipment/"), client.get(url), client.get(asked)):
            assert key not in page.content.decode()
        authority = replace(day.get().authority, rehearsal=False)
        with force_context(day.force.id):
            Deployment.objects.filter(id=day.deployment_id).update(authority=authority.canonical())
        assert "Show a key" not in client.get(url).content.decode()
        refused = client.post(url, wish).content.decode()
    assert "for a rehearsal only" in refused
    assert "lfr1." not in refused
    assert len(day.call(relays.list_relays, deployment_id=day.deployment_id)) == 1


def codes_of(day):
    return day.call(open_codes, deployment_ids=[day.deployment_id], now=utc_now())


def test_what_waits_to_be_shown_is_sealed_and_for_that_page_that_browser_and_a_minute(day, cast):
    with travelled(START, tick=False):
        day.to(S.READY)
        client, other = cast["engineer"].client(), cast["engineer"].client()
        url = f"/equipment/{day.deployment_id}/relays/new/"
        wish = {"name": "Van 1", "cameras": [str(i) for i in cameras_of(day)]}
        asked = client.post(url, wish)["Location"]
        assert 'id="relay-code"' not in other.get(asked).content.decode(), "another browser"
        kept = client.session["shown_once"]
        shown = client.get(asked).content.decode()
        secret = re.search(r'id="relay-code">[^<.]+\.([^<]+)<', shown)[1]
        assert secret.encode() not in base64.urlsafe_b64decode(kept)
        assert "shown_once" not in client.session
        client.post(url, wish)
    with travelled(START + timedelta(seconds=61), tick=False):
        assert 'id="relay-code"' not in client.get(asked).content.decode()


def test_a_new_code_for_a_relay_withdraws_the_earlier_one(day, cast):
    with travelled(START):
        day.to(S.READY)
        first, _ = cameras_of(day)
        old, text = day.step(give_code, day.engineer, START, name="Van 1", camera_ids=[first])
        other, _ = day.step(give_code, day.engineer, START, name="Van 2", camera_ids=[first])
        new, good = day.step(give_code, day.engineer, START, name=" van 1 ", camera_ids=[first])
        assert {code.id for code in codes_of(day)} == {other.id, new.id}
        last = day.call(lambda: list(audit.events_about(object_id=old.id)))[-1]
        assert (last.verb, last.actor_label) == ("relay_code.withdrawn", day.engineer.label)
        assert last.reason == "another code was given for the same relay"
        refused = Client().post("/relay/enrol/", claim(text), content_type="application/json")
        assert (refused.status_code, refused.json()["detail"]) == (403, "the code is not accepted")
        taken = Client().post("/relay/enrol/", claim(good), content_type="application/json")
        assert taken.status_code == 200


def claim(code, *findings, box_id="box-of-van-1"):
    residue = {"checked_at": utc_now().isoformat(), "findings": list(findings)}
    return {"code": code, "box_id": box_id, "residue": residue}


def test_what_a_box_was_refused_for_is_on_the_page_and_its_code_can_be_withdrawn(day, cast):
    with travelled(START):
        day.to(S.READY)
        code, text = day.step(give_code, day.engineer, START, name="Van 1", camera_ids=cameras_of(day))
        refused = Client().post(
            "/relay/enrol/", claim(text, "core dumps <b>on</b>"), content_type="application/json"
        )
        assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
        client = cast["engineer"].client()
        assert (
            "left on the box: core dumps &lt;b&gt;on&lt;/b&gt;" in client.get("/equipment/").content.decode()
        )
        assert client.post(f"/equipment/codes/{code.id}/withdraw/").status_code == 302
        again = Client().post("/relay/enrol/", claim(text), content_type="application/json")
        assert (again.status_code, again.json()["detail"]) == (403, "the code is not accepted")
    assert day.call(relays.list_relays, deployment_id=day.deployment_id) == ()


def test_the_page_says_what_a_relay_says_of_itself_and_what_was_refused(day, cast):
    with travelled(START, tick=False):
        day.to(S.LIVE)
        first, _ = cameras_of(day)
        relay, _ = day.step(relays.enrol_relay, day.engineer, START, name="Van 1", camera_ids=cameras_of(day))
        camera = CameraHealth(
            CaptureState.OPENING, 3, Fault.UNREACHABLE, 70, 900, 12, {DropReason.NO_LINK: 4}, 2.5
        )
        unheard = cast["engineer"].client().get("/equipment/").content.decode()
        assert "Old:" not in unheard, "it never reported"
        health = RelayHealth({first: camera}, offset_ms=3_200, rtt_ms=41, uptime_s=7_200, version="2.0")
        delta = TallyDelta(refused=2, refusals=Counter({"captured too far from server time": 2}))
        counts = IngestCounts({first: delta}, {}, ReportedHealth(health, START, 4.5))
        record_ingest(relay=relay, counts=counts, now=START)
        page = " ".join(cast["engineer"].client().get("/equipment/").content.decode().split())
    assert "The clock of the relay Van 1 is 3.2 s behind: have it set." in page
    assert "2 captured too far from server time" in page
    assert "link 41 ms there and back" in page
    assert "at most 4.5 frames a second and camera" in page
    assert (
        "is being opened (its relay cannot reach it), 2.5 frames a second at quality 70, reopened 3 times"
        in page
    )
    assert "not sent: 4 (no link to the platform)" in page
    with travelled(START + timedelta(seconds=16), tick=False):
        page = cast["engineer"].client().get("/equipment/").content.decode()
    assert "have it set" not in page, "an old report says nothing about now"
    assert "Old: it reported less than a minute ago and not since." in page
    assert "is being opened (its relay cannot reach it)" in page, "what was known last is not hidden"
    assert "recognition is not faster now" not in page


def test_a_camera_that_is_not_on_the_authority_is_refused(day, cast):
    with travelled(START):
        day.to(S.READY)
        other = day.call(deployments.register_camera, name="Elsewhere", actor=day.engineer, now=START)
        url = f"/equipment/{day.deployment_id}/relays/new/"
        answer = cast["engineer"].client().post(url, {"name": "Van 1", "cameras": [str(other.id)]})
    assert answer.status_code == 200
    assert "lfr1." not in answer.content.decode()
    assert day.call(relays.list_relays, deployment_id=day.deployment_id) == ()


def test_a_revoked_key_needs_a_reason_and_is_gone(day, cast):
    with travelled(START):
        day.to(S.LIVE)
        relay, _ = day.step(relays.enrol_relay, day.engineer, START, name="Van 1", camera_ids=cameras_of(day))
        client, url = cast["silver"].client(), f"/equipment/relays/{relay.id}/revoke/"
        assert client.post(url, {"reason": ""}).status_code == 200
        assert day.call(relays.get_relay, relay_id=relay.id).revoked_at is None
        assert client.post(url, {"reason": "van lost"}).status_code == 302
        assert "Key revoked" in client.get("/equipment/").content.decode()
    assert day.call(relays.get_relay, relay_id=relay.id).revoked_at is not None


def test_another_force_cannot_reach_deployment_or_relay(day, cast):
    with travelled(START):
        day.to(S.LIVE)
        relay, _ = day.step(relays.enrol_relay, day.engineer, START, name="Van 1", camera_ids=cameras_of(day))
        stranger = make_cast(make_day("south"))["engineer"].client()
        assert stranger.get(f"/equipment/{day.deployment_id}/relays/new/").status_code == 404
        assert stranger.post(f"/equipment/relays/{relay.id}/revoke/", {"reason": "mine"}).status_code == 404
        assert "Van 1" not in stranger.get("/equipment/").content.decode()
    assert day.call(relays.get_relay, relay_id=relay.id).revoked_at is None
