from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from apps.alerts import api as alerts
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision, Outcome, Step
from apps.alerts.models import Alert, AlertOutcome, Decision
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState, Duty
from apps.deployments.models import Deployment, DeploymentDuty
from apps.forces.models import Force
from apps.watchlists.models import Subject

MATCH, NOT, UNSURE = OperatorDecision.MATCH, OperatorDecision.NOT_A_MATCH, OperatorDecision.UNSURE


@pytest.fixture
def day(stage):
    return Day(stage)


class Day:
    """The steps of an alert, each in a transaction of its own."""

    def __init__(self, stage):
        self.stage = stage

    def _do(self, operation, **values):
        with self.stage.context():
            return operation(**({"now": utc_now()} | values))

    def decide(self, alert, decision=MATCH, actor=None, **more):
        actor = actor or self.stage.operator.actor
        return self._do(alerts.operator_decide, alert_id=alert.id, decision=decision, actor=actor, **more)

    def engage(self, alert, decision=EngagementDecision.ENGAGE, reason="", actor=None):
        actor = actor or self.stage.officer.actor
        return self._do(
            alerts.engagement_decide, alert_id=alert.id, decision=decision, reason=reason, actor=actor
        )

    def record(self, alert, *outcomes, actor=None, **more):
        actor = actor or self.stage.officer.actor
        return self._do(alerts.record_outcome, alert_id=alert.id, outcomes=outcomes, actor=actor, **more)

    def contradict(self, alert):
        return self._do(alerts.identity_contradicted, alert_id=alert.id, actor=self.stage.officer.actor)

    def identify(self, alert):
        return self._do(alerts.establish_identity, alert_id=alert.id, actor=self.stage.officer.actor)

    def expire(self, now):
        return self._do(alerts.expire_undecided, now=now)

    def verbs(self, alert):
        with self.stage.context():
            found = AuditEvent.objects.filter(object_id=alert.id).order_by("ordinal")
            return [event.verb for event in found]

    def summary(self):
        with self.stage.context():
            return alerts.summary(deployment_id=self.stage.deployment_id)


def test_a_whole_alert_from_the_camera_to_the_outcome(day, stage):
    stage.wanted()
    alert = stage.raise_alert()
    assert day.decide(alert).state is AlertState.DISPATCHED
    assert day.engage(alert).state is AlertState.ENGAGED
    done = day.record(alert, Outcome.CONDITIONS_BREACHED, Outcome.SAFEGUARDED)
    assert done.state is AlertState.OUTCOME_RECORDED
    assert day.verbs(alert) == [
        "alert.raised",
        "alert.operator_match",
        "alert.engaged",
        "alert.outcome_recorded",
    ]
    with stage.context():
        steps = [(d.step, d.actor_id) for d in alerts.decisions_of(alert_id=alert.id)]
        assert set(alerts.outcomes_of(alert_id=alert.id)) == {
            Outcome.CONDITIONS_BREACHED,
            Outcome.SAFEGUARDED,
        }
    assert steps == [(Step.OPERATOR, stage.operator.actor.id), (Step.ENGAGEMENT, stage.officer.actor.id)]
    assert (day.summary().confirmed_true, day.summary().other_disposals) == (1, 1)


def test_every_step_takes_the_next_change_number(day, stage):
    alert = stage.raise_alert()
    stage.raise_alert(subject_id=stage.subjects[1])
    revisions = [alert.revision, day.decide(alert).revision, day.engage(alert).revision]
    assert revisions == [1, 3, 4]
    assert stage.alert(alert.id).raised_revision == 1


def test_not_a_match_ends_it(day, stage):
    alert = stage.raise_alert()
    day.decide(alert, NOT)
    for attempt in (lambda: day.engage(alert), lambda: day.decide(alert), lambda: day.contradict(alert)):
        with pytest.raises(InvalidTransition):
            attempt()
    assert stage.alert(alert.id).state is AlertState.NOT_A_MATCH


def test_unsure_goes_to_another_operator_and_not_back_to_the_same(day, stage):
    alert = stage.raise_alert()
    day.decide(alert, UNSURE)
    with pytest.raises(NotPermitted):
        day.decide(alert, MATCH)
    second = stage.person("second", Role.OPERATOR)
    assert day.decide(alert, MATCH, second.actor).state is AlertState.DISPATCHED


def test_two_unsure_operators_are_no_match(day, stage):
    alert = stage.raise_alert()
    day.decide(alert, UNSURE)
    second = stage.person("second", Role.OPERATOR)
    assert day.decide(alert, UNSURE, second.actor).state is AlertState.NOT_A_MATCH


def test_one_person_with_both_roles_cannot_take_both_decisions(day, stage):
    both = stage.person("both", Role.OPERATOR, Role.ENGAGEMENT_OFFICER).actor
    alert = stage.raise_alert()
    day.decide(alert, MATCH, both)
    with pytest.raises(NotPermitted):
        day.engage(alert, actor=both)
    assert stage.alert(alert.id).state is AlertState.DISPATCHED
    assert day.engage(alert).state is AlertState.ENGAGED


def test_the_database_refuses_a_second_decision_of_one_person(day, stage):
    alert = stage.raise_alert()
    day.decide(alert)
    with stage.context():
        taken = Decision.objects.get()
        taken.pk, taken.step, taken.value = None, Step.ENGAGEMENT, EngagementDecision.ENGAGE
        taken._state.adding = True
        with pytest.raises(IntegrityError), transaction.atomic():
            taken.save(force_insert=True)


def test_two_operators_at_once_are_one_decision(day, stage):
    """Each in a thread with a connection of its own, ten times over."""
    first, second = stage.operator.actor, stage.person("second", Role.OPERATOR).actor

    def one(alert, decision, actor):
        try:
            return day.decide(alert, decision, actor).state
        except InvalidTransition:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            alert = stage.raise_alert(subject_id=stage.subjects[0])
            got = list(pool.map(one, [alert] * 2, [MATCH, NOT], [first, second]))
            assert got.count(None) == 1
            assert stage.alert(alert.id).state in got
            with stage.context():
                assert len(alerts.decisions_of(alert_id=alert.id)) == 1
                Alert.objects.filter(id=alert.id).update(raised_at=utc_now() - timedelta(hours=1))


@pytest.mark.parametrize("who", ["planner", "approver"])
def test_who_planned_or_approved_cannot_adjudicate(day, stage, who):
    alert = stage.raise_alert()
    with pytest.raises(NotPermitted):
        day.decide(alert, MATCH, stage.people[who].actor)
    assert stage.alert(alert.id).state is AlertState.RAISED
    assert day.verbs(alert) == ["alert.raised"]


def test_the_approver_cannot_engage_either(day, stage):
    alert = stage.raise_alert()
    day.decide(alert)
    with pytest.raises(NotPermitted):
        day.engage(alert, actor=stage.people["approver"].actor)


def test_the_silver_commander_of_the_day_cannot_operate_and_an_operator_not_command(day, stage):
    commander = stage.person("commander", Role.SILVER_COMMANDER, Role.OPERATOR).actor
    with stage.context():
        deployments.record_duty(
            deployment_id=stage.deployment_id, duty=Duty.SILVER, actor=commander, now=utc_now()
        )
    alert = stage.raise_alert()
    with pytest.raises(NotPermitted):
        day.decide(alert, MATCH, commander)
    day.decide(alert)
    with stage.context():
        assert DeploymentDuty.objects.filter(duty=Duty.OPERATOR, actor_id=stage.operator.actor.id).exists()


@pytest.mark.parametrize("role", [Role.SILVER_COMMANDER, Role.SYSTEM_ENGINEER, Role.OVERSIGHT])
def test_other_roles_decide_nothing(day, stage, role):
    alert = stage.raise_alert()
    with pytest.raises(NotPermitted):
        day.decide(alert, MATCH, stage.person("other", role).actor)


def test_not_engaging_needs_a_reason_and_is_an_outcome(day, stage):
    alert = stage.raise_alert()
    day.decide(alert)
    with pytest.raises(RuleViolated, match="reason"):
        day.engage(alert, EngagementDecision.DO_NOT_ENGAGE, " ")
    assert day.engage(alert, EngagementDecision.DO_NOT_ENGAGE, "lost in the crowd").state is (
        AlertState.NOT_ENGAGED
    )
    assert day.summary().not_engaged == 1
    assert day.summary().engagements == 0


@pytest.mark.parametrize(
    "outcome", [Outcome.ARREST, Outcome.CONDITIONS_BREACHED, Outcome.SUMMONS_OR_REPORT], ids=str
)
def test_nothing_that_only_happens_to_somebody_wanted_is_recorded_of_a_volunteer(day, stage, outcome):
    alert = stage.raise_alert()
    day.decide(alert)
    day.engage(alert)
    day.identify(alert)
    page = stage.officer.client().get(f"/console/{stage.deployment_id}/alerts.json").json()
    assert outcome.value in page["alerts"][0]["outcomes_not_offered"]
    with pytest.raises(RuleViolated, match="volunteer"):
        day.record(alert, outcome, status_confirmed=True)
    assert stage.outcomes(alert.id) == ()
    assert day.record(alert, Outcome.CONDITIONS_COMPLIANT).state is AlertState.OUTCOME_RECORDED


def test_an_arrest_is_refused_until_the_status_was_checked(day, stage):
    stage.wanted()
    alert = stage.raise_alert()
    day.decide(alert)
    day.engage(alert)
    day.identify(alert)
    with pytest.raises(RuleViolated, match="still wanted"):
        day.record(alert, Outcome.ARREST)
    assert day.summary().arrests == 0
    with_a_service_it_says_so_since_the_alert_or_the_officer_says_whom_they_asked(day, stage, alert)
    assert day.summary().arrests == 1


def with_a_service_it_says_so_since_the_alert_or_the_officer_says_whom_they_asked(day, stage, alert):
    with stage.context():
        Force.objects.filter(id=stage.force.id).update(status_service="https://status.police.example/")
    with pytest.raises(RuleViolated, match="ask by radio"):
        day.record(alert, Outcome.ARREST, status_confirmed=True, status_asked=" ok ")
    assert stage.outcomes(alert.id) == ()
    day.record(alert, Outcome.ARREST, status_confirmed=True, status_asked="The control room at 14:02")
    with stage.context():
        recorded = AuditEvent.objects.get(object_id=alert.id, verb="alert.outcome_recorded")
        assert recorded.payload["status_asked"] == "The control room at 14:02"


def test_of_somebody_who_came_off_the_list_no_arrest_is_recorded(day, stage):
    stage.wanted()
    alert = stage.raise_alert()
    day.decide(alert)
    day.engage(alert)
    day.identify(alert)
    with stage.context():
        Subject.objects.filter(id=alert.subject_id).update(removed_at=utc_now())
    with pytest.raises(RuleViolated, match="off the list"):
        day.record(alert, Outcome.ARREST, status_confirmed=True, status_asked="The control room")
    day.record(alert, Outcome.NO_LONGER_WANTED)
    assert day.summary().arrests == 0


def test_a_contradicted_identity_is_one_press_and_a_false_alert(day, stage):
    alert = stage.raise_alert()
    day.decide(alert)
    day.engage(alert)
    assert day.contradict(alert).state is AlertState.OUTCOME_RECORDED
    assert day.summary().confirmed_false == 1
    day.contradict(alert)  # pressed twice in a hurry
    with stage.context():
        assert AlertOutcome.objects.count() == 1


class TestExpiry:
    def test_undecided_becomes_no_stop(self, day, stage):
        alert = stage.raise_alert()
        assert day.expire(alert.expires_at - timedelta(microseconds=1)) == 0
        assert day.expire(alert.expires_at) == 1
        assert stage.alert(alert.id).state is AlertState.EXPIRED
        assert day.verbs(alert) == ["alert.raised", "alert.expired"]
        with pytest.raises(InvalidTransition):
            day.decide(alert)

    def test_a_decision_after_the_time_but_before_the_sweep_is_refused(self, day, stage):
        alert = stage.raise_alert()
        with pytest.raises(RuleViolated, match="no stop"):
            day.decide(alert, now=alert.expires_at)

    def test_an_unsure_without_a_second_operator_counts_as_no_match(self, day, stage):
        alert = stage.raise_alert()
        day.decide(alert, UNSURE)
        day.expire(alert.expires_at)
        assert stage.alert(alert.id).state is AlertState.NOT_A_MATCH
        assert day.summary().operator_rejected == 1

    def test_what_was_decided_does_not_expire(self, day, stage):
        alert = stage.raise_alert()
        day.decide(alert)
        assert day.expire(alert.expires_at + timedelta(minutes=10)) == 0
        assert stage.alert(alert.id).state is AlertState.DISPATCHED

    def test_it_is_the_forces_own_time(self, real_db):
        from tests.support.alert_stage import make_stage

        stage = make_stage("slow", decision_expiry_s=90)
        alert = stage.raise_alert()
        assert alert.expires_at - alert.raised_at == timedelta(seconds=90)

    def test_another_forces_alerts_are_not_touched(self, day, stage, other_stage):
        alert = other_stage.raise_alert()
        assert day.expire(alert.expires_at) == 0
        assert other_stage.alert(alert.id).state is AlertState.RAISED


def test_an_alert_raised_before_the_end_can_still_be_decided(day, stage):
    alert = stage.raise_alert()
    with stage.context():
        Deployment.objects.filter(id=stage.deployment_id).update(state=DeploymentState.ENDED)
    assert day.decide(alert).state is AlertState.DISPATCHED
    assert day.engage(alert).state is AlertState.ENGAGED


def test_another_forces_alert_does_not_exist(day, stage, other_stage):
    alert = other_stage.raise_alert()
    with pytest.raises(NotFound):
        day.decide(alert)
    assert other_stage.alert(alert.id).state is AlertState.RAISED


@pytest.mark.parametrize("model", [Decision, AlertOutcome])
def test_the_application_cannot_rewrite_or_delete_a_decision(day, stage, model):
    alert = stage.raise_alert()
    day.decide(alert)
    day.engage(alert)
    day.contradict(alert)
    for attempt in (lambda: model.objects.update(actor_label="x"), lambda: model.objects.all().delete()):
        with (
            stage.context(),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            attempt()


def test_the_history_of_a_subject_contradicted_before_is_known_for_the_day(day, stage):
    from apps.alerts import queries

    alert = stage.raise_alert()
    day.decide(alert)
    day.engage(alert)
    day.contradict(alert)
    with stage.context():
        found = queries.contradictions(
            deployment_id=stage.deployment_id, subject_ids=[stage.subjects[0], stage.subjects[1]]
        )
    assert [row.alert_id for row in found[stage.subjects[0]]] == [alert.id]
    assert stage.subjects[1] not in found
