"""One camera that falls silent: nothing of it is searched until somebody on duty says so; others go on."""

from datetime import timedelta

import pytest

from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.live import api as live
from apps.live import watch
from apps.live.data import CameraState, RecognitionState
from apps.live.models import CameraTally
from apps.relays.models import IngestTally
from tests.support.cast import make_cast
from tests.support.clocks import travelled
from tests.support.day_pages import address, press
from tests.support.days import START, make_day

SECOND = timedelta(seconds=1)
AT = START + 40 * SECOND


@pytest.fixture
def day(real_db):
    day = make_day()
    day.cast = make_cast(day)
    day.to(S.LIVE)
    return day


def cameras(day):
    return day.get().authority.cameras


def sent(day, camera, at):
    """A frame arrived and was taken."""
    key = {"deployment_id": day.deployment_id, "camera_id": camera.id}
    day.call(IngestTally.objects.update_or_create, **key, defaults={"last_received_at": at, "heard_at": at})


def refused(day, camera, at):
    """A frame arrived and was refused, because the camera is stopped."""
    key = {"deployment_id": day.deployment_id, "camera_id": camera.id}
    day.call(IngestTally.objects.update_or_create, **key, defaults={"heard_at": at})


def authority(day, now):
    return day.call(deployments.live_authority, deployment_id=day.deployment_id, now=now)


def health(day, now):
    return day.call(live.health, deployment_id=day.deployment_id, now=now)


def look(day, at):
    return watch.watch(force_id=day.force.id, now=at)


def test_a_silent_camera_stops_by_itself_and_the_others_go_on(day):
    north, south = cameras(day)
    sent(day, north, START + 9 * SECOND)
    sent(day, south, START + 38 * SECOND)
    look(day, START + 38 * SECOND)
    assert authority(day, AT).camera_ids == {north.id, south.id}
    # Of two dispatchers one stops it; the deployment goes on.
    assert [look(day, AT), look(day, AT)] == [0, 0]
    assert day.get().state is S.LIVE
    allowed = authority(day, AT)
    assert (allowed.camera_ids, allowed.stopped_ids) == ({south.id}, {north.id})
    assert allowed.all_camera_ids == {north.id, south.id}
    stops = day.call(deployments.camera_stops, deployment_id=day.deployment_id)
    assert [(stop.camera_name, stop.reason) for stop in stops] == [
        (north.name, f"{north.name} has sent nothing for 31 seconds.")
    ]
    found = {camera.name: camera for camera in health(day, AT).cameras}
    assert found[north.name].state is CameraState.STOPPED
    assert "nothing of it is searched. It is still silent." in found[north.name].words
    assert found[south.name].state is not CameraState.STOPPED
    told = AuditEvent.objects.filter(verb="deployment.camera_stopped", object_id=day.deployment_id)
    assert day.call(told.count) == 1


def test_it_goes_on_when_it_is_heard_again_and_somebody_on_duty_says_so(day):
    north, south = cameras(day)
    sent(day, south, AT)
    look(day, AT)
    later = AT + 20 * SECOND
    again = {"deployment_id": day.deployment_id, "camera_id": north.id}
    with pytest.raises(RuleViolated, match="has not been heard again"):
        day.call(live.look_again, actor=day.engineer, now=later, **again)
    refused(day, north, later)
    # Being heard is not enough: it may have been moved.
    sent(day, south, later)
    look(day, later)
    assert authority(day, later).camera_ids == {south.id}
    assert "somebody on duty has to say" in str(health(day, later).cameras)
    with pytest.raises(NotPermitted):
        day.call(live.look_again, actor=day.planner, now=later, **again)
    stranger = day.person("stranger", Role.OPERATOR)
    with pytest.raises(RuleViolated, match="Only somebody on duty here"):
        day.call(live.look_again, actor=stranger, now=later, **again)
    assert authority(day, later).camera_ids == {south.id}
    day.call(live.look_again, actor=day.engineer, now=later, **again)
    assert authority(day, later).camera_ids == {north.id, south.id}
    with pytest.raises(RuleViolated, match="not stopped"):
        day.call(live.look_again, actor=day.engineer, now=later, **again)
    (stop,) = day.call(deployments.camera_stops, deployment_id=day.deployment_id)
    assert (stop.released_at, stop.released_by) == (later, day.engineer.label)


def test_what_is_stopped_is_not_stopped_again_at_every_look(day, monkeypatch):
    """Every three seconds: the deployment's row would be held each time, for each camera."""
    _, south = cameras(day)
    sent(day, south, AT)
    look(day, AT)
    asked = []
    monkeypatch.setattr(deployments, "stop_camera", lambda **about: asked.append(about))
    assert look(day, AT + 3 * SECOND) == 0
    assert asked == []


def test_a_camera_that_sent_something_and_fell_silent_again_stays_stopped(day):
    north, south = cameras(day)
    sent(day, south, AT)
    look(day, AT)
    refused(day, north, AT + 5 * SECOND)
    with pytest.raises(RuleViolated, match="has not been heard again"):
        day.call(
            live.look_again,
            deployment_id=day.deployment_id,
            camera_id=north.id,
            actor=day.engineer,
            now=AT + 30 * SECOND,
        )


def test_everybody_reads_it_and_the_button_is_there_once_it_is_heard(day):
    north, south = cameras(day)
    sent(day, south, AT)
    look(day, AT)
    with travelled(AT, tick=False):
        run = day.cast["silver"].client().get(address(day, "run/")).content.decode()
        board = day.cast["silver"].client().get(f"/board/{day.deployment_id}/").content.decode()
        page = day.cast["operator"].client().get(address(day, "cameras/")).content.decode()
    assert f"{north.name} is stopped since" in run
    assert f"{north.name} fell silent and is stopped since" in board
    assert f"{north.name} fell silent and is stopped since" in page
    button = f"look at {north.name} again"
    assert button not in page
    later = AT + 3 * SECOND
    refused(day, north, later)
    with travelled(later, tick=False):
        engineer = day.cast["engineer"].client()
        assert button in engineer.get(address(day, "cameras/")).content.decode()
        officer = day.cast["officer"].client()
        assert button not in officer.get(address(day, "cameras/")).content.decode()
        assert officer.post(address(day, "cameras/"), {"camera": str(north.id)}).status_code == 403
        assert engineer.post(address(day, "cameras/"), {"camera": "x"}).status_code == 404
        assert engineer.post(address(day, "cameras/"), {"camera": str(north.id)}).status_code == 302
        # A second press is told what is so, not that there is no such page.
        again = engineer.post(address(day, "cameras/"), {"camera": str(north.id)})
        assert again.status_code == 422
        assert "its pictures are searched" in again.content.decode()
    assert authority(day, later).stopped_ids == frozenset()


def test_where_all_are_stopped_recognition_is_said_not_to_run(day):
    for at in (AT, AT + 40 * SECOND):
        # The relay is there, so that the deployment itself goes on; neither camera sends anything.
        day.call(
            CameraTally.objects.update_or_create,
            deployment_id=day.deployment_id,
            camera_id=cameras(day)[0].id,
            defaults={"last_frame_at": at},
        )
        look(day, at)
    day.call(live.stop_silent, deployment_id=day.deployment_id, now=AT + 80 * SECOND)
    found = health(day, AT + 80 * SECOND).recognition
    assert found.state is RecognitionState.NOT_RUNNING
    assert "every camera fell silent" in found.words


@pytest.mark.parametrize("wrong_by", [90, -90], ids=["ahead", "behind"])
def test_silence_is_counted_from_the_start_whatever_the_clock_of_the_web_server_that_was_asked(day, wrong_by):
    """A start or resumption by a server whose clock is off is no silence of its cameras, and hides none."""
    press(day, day.cast["silver"], "suspend", AT, reason="A sign was blown over")
    with travelled(AT + SECOND, web=AT + wrong_by * SECOND):
        answer = day.cast["silver"].client().post(address(day, "run/"), {"step": "resume"})
    assert answer.status_code == 302
    assert day.get().state is S.LIVE
    look(day, AT + 25 * SECOND)
    assert day.get().state is S.LIVE
    look(day, AT + 35 * SECOND)
    assert day.get().state is S.SUSPENDED
