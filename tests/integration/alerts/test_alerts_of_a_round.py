"""Several people who come into view at once are raised together, and none of them depends on another."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts import api as alerts
from apps.alerts import push
from apps.alerts.data import Sighting
from apps.alerts.models import Alert
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.errors import NotFound, RuleViolated
from apps.vault import api as vault


def together(stage, *changes):
    """The answers to these sightings of one round, each of the first subject unless it says otherwise."""
    now = utc_now()
    with stage.context():
        return alerts.raise_alerts(
            deployment_id=stage.deployment_id,
            sightings=[Sighting(**stage.sighting(now=now, **each)) for each in changes],
            actor=stage.system,
            now=now,
        )


def of(stage, number, **changes):
    return {"subject_id": stage.subjects[number], "track_id": f"track {number}", **changes}


def test_each_has_its_number_its_key_and_its_event_and_the_consoles_hear_once(stage, monkeypatch):
    told = []
    monkeypatch.setattr(push, "send_soon", lambda deployment_id, revision: told.append(revision))
    pictures = [b"first face", b"second face", b"third face"]
    answers = together(stage, *(of(stage, n, probe_jpeg=pictures[n]) for n in range(3)))
    raised = [answer.alert for answer in answers]
    assert [alert.number for alert in raised] == [1, 2, 3]
    assert [alert.revision for alert in raised] == [1, 2, 3]
    assert [alert.subject_id for alert in raised] == stage.subjects[:3]
    assert len({alert.key_id for alert in raised}) == 3
    with stage.context():
        assert [vault.read(blob_id=alert.probe_blob_id) for alert in raised] == pictures
        events = AuditEvent.objects.filter(verb="alert.raised").order_by("ordinal")
        assert [event.object_id for event in events] == [alert.id for alert in raised]
        assert [alerts.get(alert_id=alert.id) for alert in raised] == raised
    assert told == [3]


def test_destroying_the_key_of_one_takes_no_picture_of_another(stage):
    first, second = (answer.alert for answer in together(stage, of(stage, 0), of(stage, 1)))
    with stage.context():
        vault.destroy_key(key_id=first.key_id, now=utc_now())
        assert vault.read(blob_id=second.probe_blob_id)
        with pytest.raises(NotFound):
            vault.read(blob_id=first.probe_blob_id)


def test_one_that_is_refused_takes_no_other_with_it(stage):
    answers = together(
        stage,
        of(stage, 0),
        of(stage, 1, camera_id=uuid4()),
        {"subject_id": uuid4(), "track_id": "nobody's"},
        of(stage, 2),
    )
    assert [answer.alert and answer.alert.number for answer in answers] == [1, None, None, 2]
    assert isinstance(answers[1].refused, RuleViolated)
    assert isinstance(answers[2].refused, NotFound)


def test_one_person_on_two_tracks_of_a_round_is_one_alert(stage):
    first, second, other = together(stage, of(stage, 0), of(stage, 0, track_id="another"), of(stage, 1))
    assert first == second
    assert (first.alert.number, other.alert.number) == (1, 2)
    with stage.context():
        assert Alert.objects.count() == 2


def test_who_was_raised_before_is_answered_with_that_alert(stage):
    before = stage.raise_alert(subject_id=stage.subjects[1])
    first, again = together(stage, of(stage, 0), of(stage, 1))
    assert again.alert == before
    assert first.alert.number == 2


def test_where_all_are_refused_no_number_is_taken(stage):
    (answer,) = together(stage, of(stage, 0, camera_id=uuid4()))
    assert answer.alert is None
    assert stage.raise_alert().number == 1


def test_a_further_person_costs_no_further_statement(stage, other_stage):
    counted = []
    for where, people in ((stage, 1), (other_stage, 3)):
        with CaptureQueriesContext(connection) as queries:
            together(where, *(of(where, number) for number in range(people)))
        counted.append(len(queries))
    one, three = counted
    assert three == one
