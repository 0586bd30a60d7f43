"""An engagement: its clock, its stop, a child, a release, and a decision by radio."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.alerts import api as alerts
from apps.alerts import engagement_queries
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision, Outcome
from apps.alerts.engagement_data import Adult, ForceKind, Power, SearchPower, StopRecord
from apps.alerts.models import Decision, Engagement
from apps.alerts.radio import Said
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.core.models import DomainEvent
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from tests.support.engaging import do

OVERDUE = "alert.engagement_overdue"
TALKED = StopRecord(power=Power.NONE, searched=False, force_used=False)


def found(stage, alert):
    return stage.within(engagement_queries.engagement_of, alert_id=alert.id)


def events(stage, alert, verb):
    with stage.context():
        return list(AuditEvent.objects.filter(verb=verb, object_id=alert.id).order_by("ordinal"))


class TestClock:
    def test_it_starts_when_an_officer_engages_by_the_minutes_of_the_force(self, stage, dispatched):
        with pytest.raises(NotFound):
            found(stage, dispatched)
        do(stage, alerts.engagement_decide, dispatched, decision=EngagementDecision.ENGAGE, reason="")
        began = found(stage, dispatched)
        assert began.escalates_at - began.engaged_at == timedelta(minutes=10)
        assert not began.is_overdue(began.engaged_at + timedelta(minutes=9, seconds=59))

    def test_not_engaging_starts_none(self, stage, dispatched):
        no = {"decision": EngagementDecision.DO_NOT_ENGAGE, "reason": "not safe at the kerb"}
        do(stage, alerts.engagement_decide, dispatched, **no)
        with stage.context():
            assert not Engagement.objects.exists()

    def test_it_escalates_once_to_everybody(self, stage, engaged):
        late = found(stage, engaged).escalates_at
        before = stage.alert(engaged.id).revision
        with stage.context():
            assert alerts.escalate_engagements(now=late - timedelta(seconds=1)) == 0
            assert alerts.escalate_engagements(now=late) == 1
            assert alerts.escalate_engagements(now=late + timedelta(minutes=5)) == 0
            assert DomainEvent.objects.filter(kind=OVERDUE, subject_id=engaged.id).count() == 1
            (shown,) = alerts.open_engagements(deployment_ids=[stage.deployment_id], now=late)[
                stage.deployment_id
            ]
        assert shown.overdue
        assert shown.number == 1
        assert len(events(stage, engaged, OVERDUE)) == 1
        after = stage.alert(engaged.id)
        # Every console fetches it again; nobody is asked anything anew, and it stays what it was.
        assert after.revision > before
        assert after.state is AlertState.ENGAGED
        assert after.asked_revision == stage.alert(engaged.id).asked_revision <= before

    @pytest.mark.parametrize("ended_by", ["outcome", "release", "end of the stop"])
    def test_what_ended_in_time_never_escalates(self, stage, engaged, ended_by):
        if ended_by == "outcome":
            do(stage, alerts.record_outcome, engaged, outcomes=[Outcome.NOT_LOCATED])
        elif ended_by == "release":
            do(stage, alerts.identity_contradicted, engaged)
        else:
            began = found(stage, engaged).engaged_at
            ended = StopRecord(power=Power.ARREST, started_at=began, ended_at=began + timedelta(minutes=1))
            later = began + timedelta(minutes=2)
            do(stage, alerts.record_stop, engaged, record=ended, now=later)
        with stage.context():
            assert alerts.escalate_engagements(now=utc_now() + timedelta(hours=1)) == 0
            assert not DomainEvent.objects.filter(kind=OVERDUE).exists()
            assert alerts.open_engagements(deployment_ids=[stage.deployment_id], now=utc_now()) == {}


class TestStop:
    def test_it_is_stored_whole_and_the_audit_has_no_free_words(self, stage, engaged):
        now = utc_now()
        record = StopRecord(
            power=Power.OTHER,
            power_other="Licensing Act 2003, section 59",
            started_at=now,
            searched=True,
            search_power=SearchPower.DRUGS,
            force_used=True,
            force_kinds=(ForceKind.HANDCUFFS, ForceKind.OTHER),
            force_other="led by the arm",
            body_worn="BWV-7715",
            avoided=True,
            adult=Adult.SOUGHT,
        )
        do(stage, alerts.record_stop, engaged, record=record, now=now)
        assert found(stage, engaged).record == record
        (event,) = events(stage, engaged, "alert.stop_recorded")
        assert event.payload["after"]["power"] == "other"
        assert event.payload["before"] == {}
        for words in ("Licensing", "BWV-7715", "led by"):
            assert words not in str(event.payload)

    def test_what_says_nothing_is_refused(self, stage, engaged):
        for record, reason in (
            (StopRecord(power=Power.OTHER), "which other power"),
            (StopRecord(searched=True), "by which power the person was searched"),
            (StopRecord(force_used=True), "what kind of force"),
            (StopRecord(power=Power.ARREST, body_worn="a\u202eb"), "nobody sees"),
        ):
            with pytest.raises(RuleViolated, match=reason):
                do(stage, alerts.record_stop, engaged, record=record)
        assert found(stage, engaged).recorded_at is None
        assert not events(stage, engaged, "alert.stop_recorded")

    def test_times_are_after_the_alert_in_order_and_not_in_the_future(self, stage, engaged):
        now = utc_now()
        before, soon = engaged.raised_at - timedelta(seconds=1), now + timedelta(minutes=1)
        for started, ended in ((before, None), (soon, None), (None, now), (now, before), (now, soon)):
            wrong = StopRecord(power=Power.ARREST, started_at=started, ended_at=ended)
            with pytest.raises(RuleViolated, match=r"stop (begins|ends|began)"):
                do(stage, alerts.record_stop, engaged, record=wrong, now=now)
        with pytest.raises(RuleViolated, match="by which power"):
            do(stage, alerts.record_stop, engaged, record=StopRecord(started_at=now), now=now)

    def test_force_without_a_power_is_written_down_and_the_review_answers_for_it(self, stage, engaged):
        record = StopRecord(power=Power.NONE, force_used=True, force_kinds=(ForceKind.HANDS,))
        do(stage, alerts.record_stop, engaged, record=record)
        assert found(stage, engaged).to_examine

    def test_nobody_but_an_engagement_officer_of_this_alert_records_it(self, stage, engaged, other_stage):
        for actor in (stage.operator.actor, stage.silver.actor):
            with pytest.raises(NotPermitted):
                do(stage, alerts.record_stop, engaged, record=TALKED, actor=actor)
        both = stage.person("both", Role.OPERATOR, Role.ENGAGEMENT_OFFICER).actor
        second = stage.raise_alert(subject_id=stage.subjects[1])
        stage.decide(second.id, OperatorDecision.MATCH, both)
        do(stage, alerts.engagement_decide, second, decision=EngagementDecision.ENGAGE, reason="")
        with pytest.raises(NotPermitted):
            do(stage, alerts.record_stop, second, record=TALKED, actor=both)
        with pytest.raises(NotFound):
            do(other_stage, alerts.record_stop, engaged, record=TALKED)

    def test_of_an_alert_on_which_nobody_engaged_there_is_none(self, stage, dispatched):
        with pytest.raises(InvalidTransition):
            do(stage, alerts.record_stop, dispatched, record=TALKED)
        with stage.context():
            assert not Engagement.objects.exists()


class TestRelease:
    def test_it_ends_the_stop_at_that_moment(self, stage, engaged):
        began = utc_now()
        record = StopRecord(power=Power.ARREST, started_at=began)
        do(stage, alerts.record_stop, engaged, record=record, now=began)
        released = began + timedelta(minutes=3)
        do(stage, alerts.identity_contradicted, engaged, now=released)
        after = found(stage, engaged)
        assert (after.record.ended_at, after.finished_at, after.seconds) == (released, released, 180)
        assert after.contradicted
        assert after.to_examine
        # What was done is written down after the release too.
        do(stage, alerts.record_stop, engaged, record=after.record, now=released)

    def test_the_review_waits_until_somebody_said_what_happened(self, stage, engaged):
        do(stage, alerts.identity_contradicted, engaged)
        silver = stage.silver.actor
        with stage.context():
            (open_item,) = engagement_queries.to_examine(stage.deployment_id)
        assert "Alert 1" in open_item
        with pytest.raises(RuleViolated, match="at least"):
            do(stage, alerts.examine, engaged, words="short", actor=silver)
        with pytest.raises(NotPermitted):
            do(stage, alerts.examine, engaged, words="x" * 40)
        do(stage, alerts.examine, engaged, words="They showed a passport and went on.", actor=silver)
        with stage.context():
            assert engagement_queries.to_examine(stage.deployment_id) == ()
        with pytest.raises(RuleViolated, match="already"):
            do(stage, alerts.examine, engaged, words="Something else, written later.", actor=silver)


def test_an_apparent_child_is_marked_and_unmarked_with_one_press_each(stage, engaged):
    do(stage, alerts.mark_child, engaged, child=True)
    do(stage, alerts.mark_child, engaged, child=True)
    assert found(stage, engaged).child_at is not None
    assert len(events(stage, engaged, "alert.apparent_child")) == 1
    do(stage, alerts.mark_child, engaged, child=False)
    assert found(stage, engaged).child_at is None
    assert len(events(stage, engaged, "alert.no_apparent_child")) == 1


class TestRadio:
    @pytest.fixture
    def silver(self, stage):
        return self.on_duty(stage, stage.silver.actor, Duty.SILVER)

    @pytest.fixture
    def officer(self, stage):
        return self.on_duty(stage, stage.officer.actor, Duty.ENGAGEMENT)

    @staticmethod
    def on_duty(stage, actor, duty):
        with stage.context():
            about = {"deployment_id": stage.deployment_id, "duty": duty}
            deployments.record_duty(**about, actor=actor, now=utc_now())
        return actor

    ENGAGE = Said(decision=EngagementDecision.ENGAGE)

    def enter(self, stage, alert, actor, officer, said=ENGAGE):
        return do(stage, alerts.enter, alert, actor=actor, officer_id=officer.id, said=said)

    def test_the_decision_is_the_officers_and_who_entered_it_is_named(
        self, stage, dispatched, silver, officer
    ):
        assert self.enter(stage, dispatched, silver, officer).state is AlertState.ENGAGED
        with stage.context():
            decision = alerts.decisions_of(alert_id=dispatched.id)[-1]
            assert alerts.engagement_summary(deployment_id=stage.deployment_id).by_radio == 1
        assert (decision.actor_id, decision.entered_by_id) == (officer.id, silver.id)
        (event,) = events(stage, dispatched, "alert.engaged")
        assert event.actor_id == silver.id
        assert event.payload["on_behalf_of_id"] == str(officer.id)
        assert event.payload["by_radio"]
        (item,) = stage.officer.client().get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
        assert item["decisions"][-1]["entered_by"] == silver.label
        self.enter(stage, dispatched, silver, officer, Said(released=True))
        assert stage.outcomes(dispatched.id) == (Outcome.RELEASED_IDENTITY_WRONG,)

    def test_the_operator_of_the_alert_never_enters_the_second_decision(self, stage, dispatched, officer):
        operator = self.on_duty(stage, stage.operator.actor, Duty.OPERATOR)
        with pytest.raises(NotPermitted, match="as its operator"):
            self.enter(stage, dispatched, operator, officer)
        other = stage.person("second", Role.OPERATOR).actor
        with pytest.raises(RuleViolated, match="duty"):
            self.enter(stage, dispatched, other, officer)
        self.on_duty(stage, other, Duty.OPERATOR)
        assert self.enter(stage, dispatched, other, officer).state is AlertState.ENGAGED

    def test_nor_anybody_for_themselves_or_for_somebody_who_is_not_there(
        self, stage, dispatched, silver, officer
    ):
        both = stage.person("both", Role.OPERATOR, Role.ENGAGEMENT_OFFICER).actor
        self.on_duty(stage, both, Duty.OPERATOR)
        absent = stage.person("absent", Role.ENGAGEMENT_OFFICER).actor
        for actor, named in ((both, both), (silver, absent), (silver, stage.operator.actor)):
            with pytest.raises((NotPermitted, RuleViolated)):
                self.enter(stage, dispatched, actor, named)
        with pytest.raises(NotPermitted):
            self.enter(stage, dispatched, officer, officer)
        assert stage.alert(dispatched.id).state is AlertState.DISPATCHED
        with stage.context():
            assert not Decision.objects.filter(step="engagement").exists()

    def test_the_officers_own_rules_hold_by_radio_too(self, stage, dispatched, silver, officer):
        stage.wanted()
        self.enter(stage, dispatched, silver, officer)
        with pytest.raises(RuleViolated, match="establish the identity"):
            arrest = Said(outcomes=[Outcome.ARREST], status_confirmed=True)
            self.enter(stage, dispatched, silver, officer, arrest)
        assert stage.outcomes(dispatched.id) == ()

    def test_the_database_refuses_a_decision_entered_by_the_one_who_made_it(self, stage, dispatched):
        with stage.context(), pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.create(
                alert_id=dispatched.id,
                step="engagement",
                value="engage",
                actor_id=stage.officer.actor.id,
                actor_label="x",
                decided_at=utc_now(),
                entered_by_id=stage.officer.actor.id,
                entered_by="x",
            )


def test_the_summary_counts_stops_and_false_ones_and_ranks_nobody(stage, engaged):
    began = found(stage, engaged).engaged_at
    later = began + timedelta(minutes=5)
    record = StopRecord(
        power=Power.ARREST, started_at=began, ended_at=began + timedelta(minutes=4), searched=False
    )
    do(stage, alerts.record_stop, engaged, record=record, now=later)
    do(stage, alerts.identity_contradicted, engaged, now=later)
    summary = stage.within(alerts.engagement_summary, deployment_id=stage.deployment_id)
    assert (summary.stops, summary.median_s, summary.longest_s) == (1, 240, 240)
    assert (summary.searches, summary.force_used, summary.not_recorded) == (0, 0, 0)
    (false,) = summary.false
    assert (false.number, false.seconds, false.searched) == (1, 240, False)
    assert stage.officer.actor.label not in str(summary)
