"""The dispatcher: a message for every shard that nobody holds, whatever happens to another force's."""

from __future__ import annotations

import pytest

from apps.core.clock import utc_now
from apps.live import operations, tasks
from apps.live.data import ShardRef
from apps.live.queries import shard_scope
from tests.support.alert_stage import make_stage

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def queue(valkey):
    """How many messages wait for recognition workers, on this process's own broker."""
    from lfrplatform.celery import app

    prefix = app.conf.broker_transport_options["global_keyprefix"]

    def clear():
        for key in valkey.scan_iter(f"{prefix}*"):
            valkey.delete(key)

    clear()
    yield lambda: valkey.llen(f"{prefix}recognise")
    clear()


def test_it_sends_one_message_for_each_force_with_a_live_deployment(queue):
    for name in ("north", "south"):
        make_stage(name)
    tasks.dispatch_shards()
    assert queue() == 2


def test_it_sends_none_for_a_shard_that_is_held(queue):
    stage = make_stage()
    ref = ShardRef(force_id=stage.force.id, deployment_id=stage.deployment_id, shard=0)
    scope = shard_scope(camera_ids={camera.id for camera in stage.cameras}, shard=0)
    assert operations.acquire(ref=ref, scope=scope, holder="w", now=utc_now())
    tasks.dispatch_shards()
    assert queue() == 0


def test_a_row_of_one_force_that_cannot_be_read_does_not_blind_another(queue, owner_connection):
    broken = make_stage("broken")
    make_stage("sound")
    owner_connection.execute(
        "UPDATE deployments_deployment SET authority = '{}' WHERE force_id = %s", [broken.force.id]
    )
    tasks.dispatch_shards()
    assert queue() == 1
