"""Recognition whose surroundings fail: the dispatcher stays away, or the key of an alert finds no room."""

from __future__ import annotations

import errno
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as django_settings

from apps.alerts import api as alerts
from apps.core.clock import utc_now
from apps.live import api as live
from apps.live import pulse, tasks
from apps.live.health import health, problems
from apps.vault import keystore
from tests.support.live_stage import make_live_stage
from tests.support.walkers import Camera, person, running, wait_for, walk

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def stage(photos, valkey):
    return make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()})


def said(stage):
    with stage.context():
        found = health(deployment_id=stage.deployment_id, now=utc_now())
    return dict(problems(found)).get("unattended", "")


def test_people_at_the_console_are_told_that_nothing_happens_by_itself_any_more(stage, valkey, monkeypatch):
    assert said(stage) == "", "where it never came, recognition itself does not start"
    monkeypatch.setattr(tasks.recognise_shard, "apply_async", lambda **_: None)
    tasks.dispatch_shards()
    assert said(stage) == ""
    for wrong in (timedelta(hours=1), timedelta(hours=-1)):
        with time_machine.travel(datetime.now(UTC) + wrong):
            assert said(stage) == "", "a wrong clock of the web server is no missing dispatcher"
            tasks.dispatch_shards()
        assert said(stage) == "", "nor is one of the dispatcher's machine"
    valkey.expire(pulse._key(stage.force.id), pulse.KEPT_S - pulse.LATE_S - 5)
    assert "by itself" in said(stage)
    stage.suspend()
    assert said(stage) == "", "nothing is owed while it is suspended"


class Disk:
    """Of the key store: full or not."""

    def __init__(self, monkeypatch):
        self.full, self.refused = False, 0
        self.write = keystore._write_private
        monkeypatch.setattr(keystore, "_write_private", self)

    def __call__(self, path, content):
        if self.full:
            self.refused += 1
            raise OSError(errno.ENOSPC, "No space left on device")
        self.write(path, content)


def raised(stage):
    with stage.context():
        return alerts.news_since(deployment_id=stage.deployment_id, after=0).alerts


def blind_reason(stage):
    with stage.context():
        found = live.shards(deployment_id=stage.deployment_id)
    return found[0].reason if found else "not taken yet"


def test_a_full_disk_of_keys_is_said_counted_and_survived(photos, stage, valkey, monkeypatch):
    camera, disk = Camera(stage, stage.camera_id, valkey), Disk(monkeypatch)
    with running(stage) as loop:
        wait_for(lambda: blind_reason(stage) == "")
        disk.full = True
        for frame in walk(person(photos / "subject_a_2.jpg")):
            camera.show(frame)  # nothing takes the rest of them: they go by themselves after ten seconds
            wait_for(lambda: camera.taken() or disk.refused)
        wait_for(lambda: blind_reason(stage) == "alerts cannot be stored")
        refused = disk.refused
        wait_for(lambda: disk.refused > refused)
        assert loop.thread.is_alive()
        assert not raised(stage)
        disk.full = False
        wait_for(lambda: [gap for gap in stage.gaps() if gap.reason == "alerts cannot be stored"])
        assert not raised(stage), "what walked past during the gap is not looked at afterwards"
        camera.play(walk(person(photos / "subject_a_2.jpg")))
        wait_for(lambda: raised(stage))
    assert len(raised(stage)) == 1
    folder = Path(django_settings.LFR_KEYSTORE_DIR) / stage.force.id.hex
    assert not list(folder.glob(".trial-*"))


def test_half_a_key_is_no_key(tmp_path, monkeypatch):
    """A disk that fills up in the middle of a key leaves nothing that looks like one."""

    def fails(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keystore.os, "fsync", fails)
    with pytest.raises(OSError, match="No space"):
        keystore._write_private(tmp_path / "a.key", b"x" * 60)
    assert list(tmp_path.iterdir()) == []
