from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction

from apps.alerts import api as alerts
from apps.alerts.data import AlertState, OperatorDecision
from apps.alerts.models import Alert, Counter
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.errors import DomainError, NotPermitted, RuleViolated
from apps.deployments.api import NotLive
from apps.deployments.models import Deployment
from apps.vault import api as vault
from apps.vault.models import VaultBlob
from tests.support.alert_stage import PROBE


def count(stage, model=Alert):
    with stage.context():
        return model.objects.count()


def test_it_keeps_the_picture_and_the_template_under_a_key_of_its_own(stage):
    template = np.random.default_rng(1).normal(size=128).astype(np.float32)
    first, second = (
        stage.raise_alert(template=template),
        stage.raise_alert(subject_id=stage.subjects[1]),
    )
    with stage.context():
        assert vault.read(blob_id=first.probe_blob_id) == PROBE
        assert vault.read(blob_id=first.template_blob_id) == template.astype("<f4").tobytes()
        assert vault.blob_count(key_id=first.key_id) == 2
    assert first.key_id != second.key_id


def test_nothing_of_the_face_is_readable_in_the_row_or_the_audit(stage):
    alert = stage.raise_alert()
    with stage.context():
        event = AuditEvent.objects.get(verb="alert.raised", object_id=alert.id)
        assert VaultBlob.objects.filter(ciphertext__contains=PROBE[:64]).count() == 0
    assert event.actor_label == "recognition"
    assert set(event.payload) == {"deployment_id", "number", "state", "camera_id", "track_id"}


def test_the_same_track_is_one_alert_however_often_it_is_raised(stage):
    first = stage.raise_alert(track_id="t1")
    again = stage.raise_alert(track_id="t1", subject_id=stage.subjects[1], cosine_similarity=0.9)
    assert again == first
    assert count(stage) == 1
    with stage.context():
        assert VaultBlob.objects.filter(key__purpose="alert").count() == 2
        assert AuditEvent.objects.filter(verb="alert.raised").count() == 1


def test_the_same_person_before_another_camera_is_the_same_alert_for_a_minute(stage):
    now = utc_now()
    first = stage.raise_alert(now=now)
    at_once = stage.raise_alert(now=now + timedelta(seconds=59), camera_id=stage.cameras[1].id)
    assert at_once.id == first.id
    later = stage.raise_alert(now=now + timedelta(seconds=60))
    assert later.id != first.id
    assert later.number == 2


def test_another_subject_is_not_silenced(stage):
    assert stage.raise_alert().id != stage.raise_alert(subject_id=stage.subjects[1]).id


def test_not_a_match_silences_the_track_and_not_the_subject(stage):
    first = stage.raise_alert(track_id="passer-by")
    with stage.context():
        alerts.operator_decide(
            alert_id=first.id,
            decision=OperatorDecision.NOT_A_MATCH,
            actor=stage.operator.actor,
            now=utc_now(),
        )
    assert stage.raise_alert(track_id="passer-by").id == first.id
    listed_person = stage.raise_alert(track_id="the listed person, a moment later")
    assert listed_person.id != first.id
    assert listed_person.state is AlertState.RAISED


@pytest.mark.parametrize(
    "change",
    [
        {"cosine_similarity": 0.4499},
        {"threshold": 0.40, "cosine_similarity": 0.42},
        {"camera_id": uuid4()},
        {"subject_id": uuid4()},
    ],
    ids=["below the threshold", "another threshold", "unauthorised camera", "nobody on the list"],
)
def test_it_refuses_and_leaves_nothing(stage, change):
    blobs = count(stage, VaultBlob)
    with pytest.raises(DomainError):
        stage.raise_alert(**change)
    assert count(stage) == 0
    assert count(stage, VaultBlob) == blobs
    with stage.context():
        assert not AuditEvent.objects.filter(verb__startswith="alert.").exists()


def test_equal_to_the_threshold_is_an_alert(stage):
    assert stage.raise_alert(cosine_similarity=0.45).number == 1


def test_a_person_cannot_raise_one(stage):
    with pytest.raises(NotPermitted):
        stage.raise_alert(actor=stage.operator.actor)
    assert count(stage) == 0


@pytest.mark.parametrize("state", ["suspended", "ended", "ready"])
def test_it_refuses_while_the_deployment_is_not_live(stage, state):
    with stage.context():
        Deployment.objects.filter(id=stage.deployment_id).update(state=state)
    with pytest.raises(NotLive):
        stage.raise_alert()
    assert count(stage) == 0


def test_it_refuses_after_the_window(stage):
    with pytest.raises(NotLive):
        stage.raise_alert(now=utc_now() + timedelta(hours=6))


def test_a_subject_of_another_deployment_of_the_force_is_refused(stage, other_stage):
    with pytest.raises(DomainError):
        stage.raise_alert(subject_id=other_stage.subjects[0])
    assert count(stage) == count(other_stage) == 0


def test_the_database_itself_refuses_a_second_alert_of_a_track_and_one_below_its_threshold(stage):
    alert = stage.raise_alert()
    with stage.context():
        row = Alert.objects.get(id=alert.id)
        row.id, row.key_id, row.number, row.revision = uuid4(), uuid4(), 99, 99
        with pytest.raises(IntegrityError, match="alert_one_per_track"), transaction.atomic():
            row.save(force_insert=True)
        with pytest.raises(IntegrityError, match="alert_at_or_over_threshold"), transaction.atomic():
            Alert.objects.filter(id=alert.id).update(cosine_similarity=0.2)


def test_cameras_that_see_one_person_at_once_make_one_alert_and_numbers_have_no_hole(stage):
    """Eight threads, each with a connection of its own: four tracks of one person, four of another."""

    def one(n):
        try:
            return stage.raise_alert(subject_id=stage.subjects[n % 2], track_id=f"track {n}").number
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        numbers = set(pool.map(one, range(8)))
    assert numbers == {1, 2}
    assert count(stage) == 2
    with stage.context():
        assert Counter.objects.get().last_number == 2


def test_a_raise_that_is_rolled_back_takes_no_number(stage):
    class Killed(Exception):
        pass

    with pytest.raises(Killed), stage.context():
        stage.raise_alert()
        raise Killed
    assert stage.raise_alert(subject_id=stage.subjects[1]).number == 1


def test_an_error_in_the_raise_rolls_back_row_number_and_audit_together(stage, monkeypatch):
    stage.raise_alert()

    def broken(*args, **kwargs):
        raise RuleViolated(["the audit is not available"])

    monkeypatch.setattr("apps.alerts.changes.audit.record_each", broken)
    with pytest.raises(RuleViolated):
        stage.raise_alert(subject_id=stage.subjects[1])
    monkeypatch.undo()
    assert count(stage) == 1
    assert stage.raise_alert(subject_id=stage.subjects[2]).number == 2
