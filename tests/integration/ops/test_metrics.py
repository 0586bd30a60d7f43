"""/metrics: who may read it, what it says, what it never says, and that it answers when something is away."""

import shutil
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from apps.audit import api as audit
from apps.core import redis
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.deployments import api as deployments
from apps.deployments.data import Authority, DeploymentState
from apps.deployments.models import Camera, Deployment
from apps.live import operations
from apps.live.data import Blindness, CameraCounts, ClosedGap, GapReason, ShardRef, ShardReport
from apps.live.queries import shard_scope
from apps.ops import health
from apps.ops.tasks import sweep
from apps.relays.models import IngestTally
from apps.vault.keystore import FileKeyStore
from apps.watchlists.models import Subject
from tests.support.alert_stage import make_stage

TOKEN = "correct-horse-battery-staple-and-more"
# Statements: for the platform; for each force, four of them its transaction; besides for each force in which
# something is live; and for each deployment that is live.
FIXED, A_FORCE, WHERE_LIVE, A_LIVE_ONE = 3, 9, 2, 1


@pytest.fixture(autouse=True)
def token(settings):
    settings.LFR_METRICS_TOKEN = TOKEN


@pytest.fixture
def stage(real_db, valkey):
    return make_stage("north")


def ask(client, shown=f"Bearer {TOKEN}"):
    return client.get("/metrics", headers={"Authorization": shown} if shown is not None else {})


def read(client):
    """(metric, force or "") -> value."""
    answer = ask(client)
    assert answer.status_code == 200, answer.content
    return {
        (sample.name, sample.labels.get("force", "")): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def recognising(stage, now, **counts):
    """A worker holds the shard, sees, and has counted so much for the first camera."""
    cameras = {camera.id for camera in stage.cameras}
    scope = shard_scope(camera_ids=cameras, shard=0)
    ref = ShardRef(stage.force.id, stage.deployment_id, 0)
    lease = operations.acquire(ref=ref, scope=scope, holder="w", now=now)
    report = ShardReport(
        scope=scope,
        counts={stage.cameras[0].id: CameraCounts(**counts)},
        closed=(ClosedGap(Blindness(now, GapReason.STARTING), now),),
    )
    operations.renew(lease=lease, report=report, now=now)


def move_to(stage, state):
    with stage.context():
        Deployment.objects.filter(id=stage.deployment_id).update(state=state)


# Who may read it.


NOTHING = (None, "", "Bearer", "Bearer ", "Bearer \udcff", "Bearer ñ", TOKEN, f"Basic {TOKEN}")
NEARLY = (f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Bearer {TOKEN.upper()}")


@pytest.mark.parametrize("shown", [*NOTHING, *NEARLY])
def test_without_the_token_it_is_an_address_that_is_not_there(stage, client, settings, shown):
    sweep()
    refused = ask(client, shown)
    assert refused.status_code == 404
    assert b"lfr_" not in refused.content
    nowhere = client.get("/metrix")
    settings.LFR_METRICS_TOKEN = ""
    unset = ask(client, shown)
    for other in (nowhere, unset):
        assert (other.status_code, other.content) == (refused.status_code, refused.content)
        assert dict(other.headers) == dict(refused.headers)


def test_where_no_token_is_set_an_empty_one_opens_nothing(stage, client, settings):
    settings.LFR_METRICS_TOKEN = ""
    assert {ask(client, shown).status_code for shown in ("Bearer ", "Bearer", "Bearer x")} == {404}


def test_tokens_are_compared_in_constant_time(stage, client, monkeypatch):
    """The whole comparison is that one call, of two things of one length, for every token that is shown."""
    import hmac

    compared, real = [], hmac.compare_digest
    monkeypatch.setattr(
        "apps.ops.metrics.door.hmac.compare_digest", lambda *two: compared.append(two) or real(*two)
    )
    for shown in (None, "Bearer x", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}"):
        ask(client, shown)
    assert len(compared) == 4
    assert {len(side) for two in compared for side in two} == {32}


def test_nothing_is_set_or_kept_by_asking(stage, client):
    answer = ask(client)
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert client.post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_somebody_of_a_force_does_not_read_of_the_others(stage):
    assert ask(stage.operator.client()).status_code == 404


# What it says.


def test_a_platform_that_is_well(stage, client):
    sweep()
    found = read(client)
    for name in ("healthy", "database_up", "valkey_up", "key_store_up"):
        assert found[f"lfr_{name}", ""] == 1, name
    assert 0 <= found["lfr_beat_age_seconds", ""] < 30
    for name in ("sweep_failed_steps", "purges_overdue", "breaches_overdue", "forces_unread"):
        assert found[f"lfr_{name}", ""] == 0, name


def test_what_the_last_sweep_left_is_said_and_without_one_nothing_is(stage, client):
    found = read(client)
    assert found["lfr_healthy", ""] == 0
    assert not {"lfr_beat_age_seconds", "lfr_sweep_failed_steps", "lfr_purges_overdue"} & {
        name for name, _ in found
    }
    stage.raise_alert()
    health.note_beat(failed_steps=3, now=utc_now() + timedelta(hours=26))
    found = read(client)
    assert found["lfr_sweep_failed_steps", ""] == 3
    assert found["lfr_purges_overdue", ""] == 2
    health.note_beat(failed_steps=0, now=utc_now() - timedelta(minutes=2))
    assert 120 <= read(client)["lfr_beat_age_seconds", ""] < 180


def test_purges_that_would_fail(stage, client):
    sweep()
    assert ("lfr_purges_would_fail", "") not in read(client)
    health.note_rehearsal(failing=2, now=utc_now() - timedelta(minutes=5))
    found = read(client)
    assert found["lfr_purges_would_fail", ""] == 2
    assert 300 <= found["lfr_purge_rehearsal_age_seconds", ""] < 360
    assert found["lfr_purge_rehearsal_late", ""] == 0


def of(found, stage, *names):
    return [found[f"lfr_{name}", stage.force.slug] for name in names]


SHARDS = ("shards_owed", "shards_held", "shards_without_worker", "shards_blind")


def test_shards_of_each_force(stage, client):
    south = make_stage("south")
    recognising(south, utc_now())
    found = read(client)
    assert of(found, stage, "deployments_live", "deployments_suspended", *SHARDS) == [1, 0, 1, 0, 1, 0]
    assert of(found, south, "deployments_live", "deployments_suspended", *SHARDS) == [1, 0, 1, 1, 0, 0]
    move_to(south, DeploymentState.SUSPENDED)
    assert of(read(client), south, "deployments_live", "deployments_suspended", *SHARDS) == [0, 1, 0, 0, 0, 0]


def test_a_worker_that_holds_and_does_not_see_and_one_whose_lease_ran_out(stage, client):
    ref = ShardRef(stage.force.id, stage.deployment_id, 0)
    scope = shard_scope(camera_ids={camera.id for camera in stage.cameras}, shard=0)
    operations.acquire(ref=ref, scope=scope, holder="w", now=utc_now())
    assert of(read(client), stage, *SHARDS) == [1, 1, 0, 1]
    stale = make_stage("stale")
    recognising(stale, utc_now() - timedelta(seconds=6))
    assert of(read(client), stale, *SHARDS) == [1, 0, 1, 0]


def test_cameras_that_are_silent(stage, client):
    now = utc_now()
    scope = shard_scope(camera_ids={camera.id for camera in stage.cameras}, shard=0)
    lease = operations.acquire(
        ref=ShardRef(stage.force.id, stage.deployment_id, 0), scope=scope, holder="w", now=now
    )
    silent = {stage.cameras[1].id: now - timedelta(seconds=4)}
    operations.renew(lease=lease, report=ShardReport(scope=scope, silent=silent), now=now)
    names = ("cameras_authorised", "cameras_silent", "cameras_stopped")
    assert of(read(client), stage, *names) == [2, 1, 0]
    with stage.context():
        Camera.objects.create(id=stage.cameras[1].id, name="Station steps", registered_at=now)
        deployments.stop_camera(
            deployment_id=stage.deployment_id,
            camera_id=stage.cameras[1].id,
            heard_at=now - timedelta(seconds=31),
            reason="It has sent nothing for 31 seconds.",
            now=now,
        )
    assert of(read(client), stage, *names) == [2, 0, 1]


COUNTED = {"frames": 50, "undecodable": 1, "faces": 9, "tracks": 3, "searches": 4, "alerts": 2}


def test_counters_do_not_fall_when_a_deployment_ends(stage, client):
    recognising(stage, utc_now(), **COUNTED, processing_us=2_500_000)
    with stage.context():
        IngestTally.objects.update_or_create(
            deployment_id=stage.deployment_id,
            camera_id=stage.cameras[0].id,
            defaults={"received": 70, "refused": 5, "dropped": 20},
        )
    names = (
        *("frames_received_total", "frames_refused_total", "frames_dropped_total"),
        *("frames_recognised_total", "frames_undecodable_total", "faces_total", "tracks_total"),
        *("searches_total", "alerts_raised_total", "recognition_seconds_total"),
    )
    wanted = [70, 5, 20, 50, 1, 9, 3, 4, 2, 2.5]
    assert of(read(client), stage, *names) == wanted
    move_to(stage, DeploymentState.ENDED)
    found = read(client)
    assert of(found, stage, *names) == wanted
    assert of(found, stage, "deployments_live") == [0]


def test_alerts_that_nobody_decides(stage, client):
    assert of(read(client), stage, "alerts_open", "alert_undecided_oldest_age_seconds") == [0, 0]
    stage.raise_alert(now=utc_now() - timedelta(minutes=3))
    stage.raise_alert(subject_id=stage.subjects[1])
    found = read(client)
    assert of(found, stage, "alerts_open", "alerts_undecided") == [2, 2]
    (age,) = of(found, stage, "alert_undecided_oldest_age_seconds")
    assert 180 <= age < 240
    (late,) = of(found, stage, "alert_past_expiry_seconds")
    assert 120 <= late < 180
    sweep()
    assert of(read(client), stage, "alerts_undecided", "alert_past_expiry_seconds") == [1, 0]


def test_events_that_the_chainer_has_not_linked(stage, client):
    audit.chain_force(force_id=stage.force.id, now=utc_now())
    names = ("audit_events_unchained", "audit_unchained_oldest_age_seconds")
    assert of(read(client), stage, *names) == [0, 0]
    with stage.context():
        for _ in range(3):
            audit.record(
                actor=Actor.system(force_id=stage.force.id, label="test"),
                verb="test.happened",
                object_type="test",
                object_id=uuid4(),
                payload={},
                now=utc_now(),
            )
    count, age = of(read(client), stage, *names)
    assert count == 3
    assert 0 < age < 60


# What it costs.


def statements(client):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        read(client)
    return len(asked)


def test_so_many_statements_for_each_force_and_no_more(stage, client):
    first = statements(client)
    for name in ("south", "east"):
        make_stage(name)
    assert statements(client) - first == 2 * (A_FORCE + WHERE_LIVE + A_LIVE_ONE)
    assert first == FIXED + A_FORCE + WHERE_LIVE + A_LIVE_ONE
    stage.many(40)
    assert statements(client) == FIXED + 3 * (A_FORCE + WHERE_LIVE + A_LIVE_ONE)
    move_to(stage, DeploymentState.ENDED)
    assert statements(client) == FIXED + 3 * A_FORCE + 2 * (WHERE_LIVE + A_LIVE_ONE)


# What it never says.


def test_nothing_of_a_person_a_place_or_a_deployment(stage, client):
    canary = "Quetzal"
    with stage.context():
        row = Deployment.objects.get(id=stage.deployment_id)
        content = {"place_name": f"{canary} Square", "operation": f"Operation {canary}"}
        authority = Authority.from_canonical(row.authority | content)
        row.authority, row.authority_hash = authority.canonical(), authority.sha256()
        row.approved_hash = row.authority_hash
        row.planner_label, row.reference = f"Inspector {canary}", f"LFR-{canary}"
        row.save()
        for subject in Subject.objects.filter(id__in=stage.subjects):
            subject.reference = f"{canary}-{subject.reference}"
            subject.display_name = subject.offence = f"{canary} {subject.display_name}"
            subject.save(update_fields=["reference", "display_name", "offence"])
    recognising(stage, utc_now(), **COUNTED)
    alert = stage.raise_alert()
    sweep()
    said = ask(client).content.decode()
    assert f'lfr_alerts_open{{force="{stage.force.slug}"}} 1.0' in said
    ids = [stage.deployment_id, alert.id, stage.force.id, *stage.subjects, *(c.id for c in stage.cameras)]
    people = [one for person in stage.people.values() for one in (person.username, person.actor.label)]
    words = [canary, stage.force.name, *people, *(camera.name for camera in stage.cameras)]
    for word in (*words, *map(str, ids), *(one.hex for one in ids)):
        assert word.lower() not in said.lower(), word
    labels = {
        name
        for family in text_string_to_metric_families(said)
        for sample in family.samples
        for name in sample.labels
    }
    assert labels == {"force"}


# When something is away.


def test_valkey_away(stage, client, settings, tmp_path):
    sweep()
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    redis.client.cache_clear()
    try:
        found = read(client)
    finally:
        redis.client.cache_clear()
    assert found["lfr_valkey_up", ""] == 0
    assert found["lfr_database_up", ""] == 1
    assert ("lfr_beat_age_seconds", "") not in found
    assert of(found, stage, "shards_owed") == [1]


def test_the_database_away(stage, client, monkeypatch):
    sweep()
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere/at/all")
    try:
        found = read(client)
    finally:
        connection.close()
    assert found["lfr_database_up", ""] == 0
    assert found["lfr_valkey_up", ""] == 1
    assert found["lfr_healthy", ""] == 0
    assert not [name for name, force in found if force]


def test_one_force_that_cannot_be_read_hides_no_other(stage, client):
    """Its deployment stands there in a form that this version cannot read."""
    broken = make_stage("broken")
    with broken.context():
        Deployment.objects.filter(id=broken.deployment_id).update(authority={"place_name": "only"})
    found = read(client)
    assert found["lfr_forces_unread", ""] == 1
    assert of(found, stage, "shards_owed") == [1]
    assert broken.force.slug not in {force for _, force in found}


def test_a_master_key_of_another_installation(stage, client, settings, tmp_path):
    settings.LFR_KEYSTORE_DIR = tmp_path / "keys"
    FileKeyStore(settings.LFR_KEYSTORE_DIR).create(force_id=stage.force.id, key_id=uuid4())
    assert read(client)["lfr_key_store_up", ""] == 1
    FileKeyStore(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "master.key", settings.LFR_KEYSTORE_DIR / "master.key")
    assert read(client)["lfr_key_store_up", ""] == 0


@pytest.mark.parametrize("folder", ["empty", "not there"])
def test_a_key_store_that_is_not_mounted(stage, client, settings, tmp_path, folder):
    settings.LFR_KEYSTORE_DIR = tmp_path / folder
    (tmp_path / "empty").mkdir(mode=0o700)
    assert read(client)["lfr_key_store_up", ""] == 0
    assert list((tmp_path / "empty").iterdir()) == []
