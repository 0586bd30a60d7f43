"""An arrest asks for its copy within the hour: on home, board and list, in the audit, in counts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts import api as alerts
from apps.alerts import engagement_retention, retention
from apps.alerts.engagement_data import Power, StopRecord
from apps.alerts.handover import operations, queries
from apps.alerts.handover.data import Ground, HandOverCounts, Kind, To
from apps.alerts.handover_models import HandOver
from apps.alerts.models import AlertOutcome
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.ops.tasks import sweep_force
from tests.support import handing
from tests.support.clocks import travelled
from tests.support.engaging import do

HOUR = timedelta(hours=1)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def alert(stage):
    handing.recorded(stage)
    return handing.arrested(stage)


def arrested_at(stage, alert):
    with stage.context():
        return AlertOutcome.objects.get(alert_id=alert.id, outcome="arrest").recorded_at


def late_events(stage, alert):
    with stage.context():
        return AuditEvent.objects.filter(verb="handover.late", object_id=alert.id).count()


def main(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode().split("<main")[1]


class TestWhereItIsSeen:
    def test_both_clocks_on_home_board_and_list(self, stage, alert):
        at = arrested_at(stage, alert)
        client = stage.silver.client()
        pages = ("/", f"/board/{stage.deployment_id}/", "/hand-overs/")
        with travelled(at + timedelta(minutes=20), tick=False):
            for address in pages:
                page = main(client, address)
                assert "nobody has asked for the evidential copy. 40 minutes left of the hour." in page, (
                    address
                )
                assert "The picture is deleted in 23 hours 39 minutes, whatever happens." in page, address
                assert "Overdue" not in page, address
        with travelled(at + timedelta(minutes=75), tick=False):
            for address in pages:
                assert "The hour ended 15 minutes ago." in main(client, address), address
            assert "1 overdue" in main(client, "/")
            assert "1 copy is not handed over although the hour has ended" in main(client, "/hand-overs/")
            assert 'class="tag tag--late"' in main(client, "/")

    def test_the_next_step_is_asked_of_who_may_take_it(self, stage, alert):
        superintendent = stage.person("superintendent", Role.AUTHORISING_OFFICER).client()
        officer = stage.officer.client()
        words = "Copies to hand over"
        assert words in main(officer, "/")
        assert words not in main(superintendent, "/")
        found = handing.asked(stage, alert)
        assert words not in main(officer, "/")
        assert "waits for approval" in main(superintendent, "/")
        stage.within(operations.approve, hand_over_id=found.id, actor=handing.approver(stage), now=utc_now())
        assert "nobody has collected it" in main(officer, "/")
        handing.collected(stage, found)
        assert "is stuck" in main(officer, "/")
        arrived = {"hand_over_id": found.id, "reference": "NICHE/1"}
        stage.within(operations.acknowledge, **arrived, actor=stage.officer.actor, now=utc_now())
        assert words not in main(officer, "/")

    def test_roles_without_a_part_in_it_are_not_told(self, stage, alert):
        for role in (Role.OPERATOR, Role.OVERSIGHT, Role.FORCE_ADMIN):
            assert "evidential copy" not in main(stage.person(f"a-{role}", role).client(), "/")

    def test_no_name_of_anybody_is_on_the_list_or_the_board(self, stage, alert):
        for address in ("/hand-overs/", f"/board/{stage.deployment_id}/", f"/alerts/{alert.id}/hand-over/"):
            assert "Test Subject" not in main(stage.silver.client(), address)

    def test_what_was_deleted_without_it_is_said_and_asked_of_nobody(self, stage, alert):
        with travelled(alert.purge_due_at + A_MINUTE, tick=False):
            page = main(stage.silver.client(), "/hand-overs/")
            assert "nobody asked for the evidential copy before the picture was deleted" in page
            assert "Copies to hand over" not in main(stage.silver.client(), "/")

    def test_the_list_asks_as_many_queries_for_many_as_for_one(self, stage, alert):
        def asked():
            with stage.context(), CaptureQueriesContext(connection) as seen:
                queries.everything(now=utc_now())
            return len(seen)

        one = asked()
        for subject in (1, 2):
            handing.arrested(stage, subject=subject)
        assert asked() == one


class TestTheHour:
    def test_one_event_when_it_passed_without_a_request(self, stage, alert):
        at = arrested_at(stage, alert)
        for now, told in ((at + HOUR - A_MINUTE, 0), (at + HOUR, 1), (at + 2 * HOUR, 1)):
            assert stage.within(operations.note_late, now=now) == int(now == at + HOUR)
            assert late_events(stage, alert) == told

    def test_none_when_it_was_asked_for_in_time_also_if_it_was_refused(self, stage, alert):
        found = handing.asked(stage, alert)
        about = {"words": "Not needed for this charge.", "actor": handing.approver(stage)}
        stage.within(operations.refuse, hand_over_id=found.id, now=utc_now(), **about)
        assert stage.within(operations.note_late, now=arrested_at(stage, alert) + 2 * HOUR) == 0

    def test_the_sweep_does_it(self, stage, alert):
        failed = sweep_force(force_id=stage.force.id, now=arrested_at(stage, alert) + HOUR + A_MINUTE)
        assert "tell of an arrest without a hand-over" not in failed
        assert late_events(stage, alert) == 1


class TestCounts:
    def counts(self, stage, now):
        found = stage.within(alerts.hand_over_counts, deployment_ids=[stage.deployment_id], now=now)
        return found[stage.deployment_id]

    def arrive(self, stage, alert, at):
        found = handing.approved(stage, alert)
        handing.collected(stage, found)
        arrived = {"hand_over_id": found.id, "reference": "NICHE/1", "now": at}
        stage.within(operations.acknowledge, **arrived, actor=stage.officer.actor)

    def test_each_arrest_is_in_one_of_the_four(self, stage):
        handing.recorded(stage)
        handing.recorded(stage, To.PROFESSIONAL_STANDARDS)
        first, second, third = (handing.arrested(stage, subject=subject) for subject in range(3))
        now = utc_now()
        assert self.counts(stage, now) == HandOverCounts(arrests=3, not_yet=3)
        self.arrive(stage, first, arrested_at(stage, first) + HOUR)
        self.arrive(stage, second, arrested_at(stage, second) + HOUR + A_MINUTE)
        do(
            stage,
            operations.request,
            third,
            kind=Kind.RESTRICTION,
            ground=Ground.PERSON_STOPPED,
            reason="Asked for at the desk today.",
        )
        wanted = {"arrests": 3, "in_the_hour": 1, "later": 1, "restrictions": 1}
        assert self.counts(stage, now) == HandOverCounts(**wanted, not_yet=1)
        over = third.purge_due_at + A_MINUTE
        with stage.context():
            retention.purge(over)
        assert self.counts(stage, over) == HandOverCounts(**wanted, never=1)

    def test_a_deployment_without_any_is_there_with_noughts(self, stage):
        assert self.counts(stage, utc_now()) == HandOverCounts()

    def test_another_force_counts_nothing(self, stage, other_stage, alert):
        found = other_stage.within(
            alerts.hand_over_counts, deployment_ids=[stage.deployment_id], now=utc_now()
        )
        assert found[stage.deployment_id] == HandOverCounts()


def test_free_words_go_with_those_of_the_stop_and_who_did_what_stays(stage, alert):
    do(stage, alerts.record_stop, alert, record=StopRecord(power=Power.ARREST, body_worn="BWV-1"))
    found = handing.approved(stage, alert)
    handing.collected(stage, found)
    arrived = {"hand_over_id": found.id, "reference": "NICHE/1"}
    stage.within(operations.acknowledge, **arrived, actor=stage.officer.actor, now=utc_now())
    with stage.context():
        due = HandOver.objects.get().texts_due_at
        assert engagement_retention.texts_due(due - timedelta(days=1)) == 0
        engagement_retention.purge_texts(due)
        assert engagement_retention.verify_texts(due) == []
        row = HandOver.objects.get()
    assert (row.reason, row.refusal, row.complaint_reference, row.their_reference) == ("", "", "", "")
    assert row.requested_by == found.requested_by
    assert row.collected_sha256
    assert due.year - utc_now().year in {6, 7}
