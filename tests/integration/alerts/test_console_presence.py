"""Who is at the console, and what happens when an alert waits and nobody is."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import TrainingCertificate
from apps.alerts import api as alerts
from apps.alerts import views as alert_views
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision, Step
from apps.alerts.models import Escalation
from apps.alerts.presence import PRESENT_FOR
from apps.audit.models import AuditEvent
from apps.core import redis
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.models import DomainEvent
from apps.deployments.models import Deployment
from tests.support.alert_stage import make_stage

pytestmark = pytest.mark.django_db(transaction=True)


def news(stage, person):
    return person.client().get(f"/console/{stage.deployment_id}/alerts.json").json()


def there(stage, *, later=timedelta(0)):
    return stage.within(alerts.present, deployment_id=stage.deployment_id, now=utc_now() + later)


def escalate(stage, *, later):
    return stage.within(alerts.escalate, now=utc_now() + later)


def verbs(stage):
    found = AuditEvent.objects.filter(object_id=stage.deployment_id, verb__startswith="alert.esc")
    return stage.within(lambda: list(found.order_by("ordinal").values_list("verb", flat=True)))


def test_colleagues_see_who_is_there_and_on_which_step(stage):
    assert news(stage, stage.silver)["nobody_here"] == (
        "No operator is at a console. No engagement officer is at a console."
    )
    news(stage, stage.operator)
    said = news(stage, stage.officer)
    by_label = {each["label"]: each for each in said["presence"]}
    assert by_label[stage.operator.actor.label]["steps"] == ["operator"]
    assert by_label[stage.officer.actor.label]["steps"] == ["engagement"]
    assert by_label[stage.officer.actor.label]["mine"]
    assert not by_label[stage.operator.actor.label]["mine"]
    assert by_label[stage.silver.actor.label]["steps"] == []
    assert said["nobody_here"] == ""


def test_whose_page_covered_itself_is_there_and_decides_nothing(stage):
    address = f"/console/{stage.deployment_id}/alerts.json?away=1"
    said = stage.operator.client().get(address).json()
    assert [each["steps"] for each in said["presence"]] == [[]]
    assert said["nobody_here"].startswith("No operator is at a console.")
    assert news(stage, stage.operator)["presence"][0]["steps"] == ["operator"]


def test_who_planned_or_approved_it_is_nobody_who_may_decide(stage):
    """Both hold the role of an operator; neither may decide on this deployment."""
    news(stage, stage.people["planner"])
    said = news(stage, stage.people["approver"])
    assert [each["steps"] for each in said["presence"]] == [[], []]
    assert said["nobody_here"].startswith("No operator is at a console.")


def test_it_lapses_by_itself_and_the_beginning_stays_while_the_page_asks(stage):
    first = news(stage, stage.operator)["presence"][0]["since"]
    assert news(stage, stage.operator)["presence"][0]["since"] == first
    assert [person.label for person in there(stage)] == [stage.operator.actor.label]
    assert there(stage, later=PRESENT_FOR) == ()
    with stage.context():
        (key,) = redis.client().scan_iter(redis.key("present", "*", stage.deployment_id.hex))
    assert 0 < redis.client().ttl(key) <= 20


def test_another_force_sees_nobody_of_this_one(stage, other_stage):
    news(stage, stage.operator)
    found = other_stage.within(alerts.present, deployment_id=stage.deployment_id, now=utc_now())
    assert found == ()
    assert other_stage.silver.client().get(f"/console/{stage.deployment_id}/alerts.json").status_code == 404
    assert len(there(stage)) == 1


def test_without_valkey_nobody_can_say_and_nothing_escalates(stage, monkeypatch):
    stage.raise_alert()

    def away():
        raise redis.redis.exceptions.ConnectionError("away")

    monkeypatch.setattr(redis, "client", away)
    said = news(stage, stage.operator)
    assert said["presence"] is None
    assert said["nobody_here"] == ""
    assert len(said["alerts"]) == 1
    assert escalate(stage, later=timedelta(seconds=40)) == 0


def test_an_alert_that_waits_for_nobody_escalates_once_and_everybody_reads_it(stage):
    alert = stage.raise_alert()
    assert escalate(stage, later=timedelta(seconds=10)) == 0
    assert escalate(stage, later=timedelta(seconds=25)) == 1
    assert escalate(stage, later=timedelta(seconds=30)) == 0
    assert verbs(stage) == ["alert.escalated"]
    said = news(stage, stage.silver)
    assert said["escalation"].startswith(f"Alert {alert.number} or a later one has waited for an operator")
    board = stage.silver.client().get(f"/board/{stage.deployment_id}/")
    assert said["escalation"] in board.content.decode()
    assert said["escalation"] in stage.silver.client().get("/").content.decode()
    assert stage.within(lambda: DomainEvent.objects.filter(kind="alert.escalated").count()) == 1
    assert stage.alert(alert.id).state is AlertState.RAISED


def test_it_ends_when_somebody_comes_who_may_decide(stage):
    stage.raise_alert()
    escalate(stage, later=timedelta(seconds=25))
    news(stage, stage.officer)
    news(stage, stage.people["approver"])
    assert escalate(stage, later=timedelta(0)) == 0
    assert verbs(stage) == ["alert.escalated"]
    assert "escalation" in news(stage, stage.operator)
    assert escalate(stage, later=timedelta(0)) == 0
    assert verbs(stage) == ["alert.escalated", "alert.escalation_ended"]
    assert news(stage, stage.operator)["escalation"] == ""


def test_each_step_waits_for_its_own_people(stage):
    alert = stage.raise_alert()
    stage.decide(alert.id, OperatorDecision.MATCH)
    news(stage, stage.operator)
    # The operator is there and cannot take the second step; its time begins with the first decision.
    assert escalate(stage, later=timedelta(seconds=5)) == 0
    with stage.context():
        Deployment.objects.filter(id=stage.deployment_id).update(state="suspended")
    assert escalate(stage, later=timedelta(seconds=25)) == 1
    steps = stage.within(lambda: list(Escalation.objects.values_list("step", flat=True)))
    assert steps == [Step.ENGAGEMENT]


def test_after_the_end_and_after_its_time_nothing_escalates(stage):
    stage.raise_alert()
    # Nobody has swept: its time is over all the same.
    assert escalate(stage, later=timedelta(seconds=61)) == 0
    dispatched = stage.raise_alert(subject_id=stage.subjects[1])
    stage.decide(dispatched.id, OperatorDecision.MATCH)
    with stage.context():
        Deployment.objects.filter(id=stage.deployment_id).update(state="ended", ended_at=utc_now())
    assert escalate(stage, later=timedelta(minutes=5)) == 0


def test_undecided_is_no_stop_also_while_no_sweep_runs(stage):
    """The deadline on the row decides, not beat: nothing can be decided, seen or waited for after it."""
    alert = stage.raise_alert(now=utc_now() - timedelta(seconds=61))
    assert stage.alert(alert.id).state is AlertState.RAISED
    (shown,) = news(stage, stage.operator)["alerts"]
    assert (shown["actions"], shown["pictures"]) == ([], None)
    client = stage.operator.client()
    refused = client.post(f"/alerts/{alert.id}/operator", {"decision": "match"})
    assert refused.status_code == 422
    assert client.get(f"/alerts/{alert.id}/probe.jpg").status_code == 403
    assert stage.alert(alert.id).state is AlertState.RAISED
    stage.within(alerts.expire_undecided, now=utc_now())
    assert stage.alert(alert.id).state is AlertState.EXPIRED


def test_whose_certificate_ran_out_is_nobody_who_may_decide(stage):
    """Their decision would be refused: an alert that they look at waits for nobody."""
    with stage.context():
        TrainingCertificate.objects.filter(user_id=stage.operator.actor.id).update(
            expires_date=date(2021, 1, 1)
        )
    said = news(stage, stage.operator)
    assert [each["steps"] for each in said["presence"]] == [[]]
    assert said["nobody_here"].startswith("No operator is at a console.")


def test_training_is_asked_once_a_minute_and_not_with_every_question(stage):
    def statements():
        with CaptureQueriesContext(connection) as made:
            news(stage, stage.operator)
        return sum("trainingcertificate" in each["sql"] for each in made)

    assert statements() > 0
    assert statements() == 0


def test_an_unsure_alert_waits_for_another_operator_than_the_one_who_is_there(stage):
    begun = utc_now() - timedelta(seconds=30)
    alert = stage.raise_alert(now=begun)
    with stage.context():
        alerts.operator_decide(
            alert_id=alert.id, decision=OperatorDecision.UNSURE, actor=stage.operator.actor,
            now=begun + timedelta(seconds=2),
        )  # fmt: skip
    news(stage, stage.officer)
    news(stage, stage.operator)
    assert escalate(stage, later=timedelta(0)) == 1
    assert "nobody who may decide is at a console" in news(stage, stage.operator)["escalation"]
    news(stage, stage.person("second", Role.OPERATOR))
    assert escalate(stage, later=timedelta(0)) == 0
    assert verbs(stage) == ["alert.escalated", "alert.escalation_ended"]


def test_what_has_escalated_stays_while_nobody_can_say_who_is_there(stage, monkeypatch):
    stage.raise_alert()
    assert escalate(stage, later=timedelta(seconds=25)) == 1

    def away():
        raise redis.redis.exceptions.ConnectionError("away")

    with monkeypatch.context() as patched:
        patched.setattr(redis, "client", away)
        assert escalate(stage, later=timedelta(seconds=30)) == 0
    assert verbs(stage) == ["alert.escalated"]


def test_it_escalates_while_an_operator_can_still_decide_whatever_the_force_chose(real_db):
    short = make_stage("short", decision_expiry_s=30, escalation_s=300)
    short.raise_alert()
    assert escalate(short, later=timedelta(seconds=10)) == 0
    assert escalate(short, later=timedelta(seconds=16)) == 1


def test_what_was_dispatched_and_has_no_pictures_any_more_waits_for_nobody(stage):
    alert = stage.raise_alert()
    stage.decide(alert.id, OperatorDecision.MATCH)
    assert escalate(stage, later=timedelta(hours=25)) == 0


def test_an_operator_cannot_make_the_list_endless(stage, monkeypatch):
    monkeypatch.setattr("apps.alerts.presence.MOST_PEOPLE", 1)
    news(stage, stage.silver)
    assert [each["label"] for each in news(stage, stage.operator)["presence"]] == [stage.silver.actor.label]
    assert Role.OPERATOR in stage.operator.actor.roles


class TestBesideTheConsole:
    """The record of a stop and the receipt are filled in before the console, hidden meanwhile."""

    def ask(self, stage, person, page):
        return person.client().get(f"/console/{stage.deployment_id}/{page}", HTTP_ACCEPT="application/json")

    def seen(self, stage):
        (mine,) = [
            each
            for each in news(stage, stage.silver)["presence"]
            if each["label"] != stage.silver.actor.label
        ]
        return mine["steps"], mine["covered"]

    def test_a_covered_console_is_named_as_covered(self, stage):
        self.ask(stage, stage.officer, "alerts.json?away=1")
        assert self.seen(stage) == ([], True)
        news(stage, stage.officer)
        assert self.seen(stage) == (["engagement"], False)

    def test_whoever_fills_in_a_page_is_there_although_their_console_is_hidden(self, stage):
        assert self.ask(stage, stage.officer, "at-work.json").status_code == 204
        self.ask(stage, stage.officer, "alerts.json?away=1")
        assert self.seen(stage) == (["engagement"], False)

    def test_and_is_not_once_they_have_left_it(self, stage, monkeypatch):
        self.ask(stage, stage.officer, "at-work.json")
        later = utc_now() + PRESENT_FOR
        monkeypatch.setattr(alert_views, "database_now", lambda: later)
        self.ask(stage, stage.officer, "alerts.json?away=1")
        assert self.seen(stage) == ([], True)

    def test_it_makes_nobody_who_may_decide_of_somebody_who_may_not(self, stage):
        self.ask(stage, stage.people["approver"], "at-work.json")
        assert self.seen(stage) == ([], False)
        assert news(stage, stage.silver)["nobody_here"].startswith("No operator is at a console.")

    def test_nor_is_it_told_of_another_forces_deployment(self, stage, other_stage):
        assert self.ask(stage, other_stage.officer, "at-work.json").status_code == 404
        assert there(stage) == ()

    @pytest.mark.parametrize("page", ["stop", "receipt"])
    def test_the_pages_ask_it(self, stage, page):
        alert = stage.raise_alert()
        stage.decide(alert.id, OperatorDecision.MATCH)
        stage.within(
            alerts.engagement_decide, alert_id=alert.id, decision=EngagementDecision.ENGAGE, reason="",
            actor=stage.officer.actor, now=utc_now(),
        )  # fmt: skip
        words = stage.officer.client().get(f"/alerts/{alert.id}/{page}/").content.decode()
        assert f'data-at-work="/console/{stage.deployment_id}/at-work.json"' in words
