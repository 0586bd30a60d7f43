"""Hours, cost and what came of arrests: entered after it began, corrected by versions, counted honestly."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.casework import api
from apps.casework.data import HoursRole, LineData, Offence, Result
from apps.casework.models import ArrestResult, HoursLine, HoursVersion
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.deployments.models import Deployment
from tests.support.casework import arrested, hours, result, worker

WHY = "The overtime was forgotten."


def summary(stage, now=None):
    with stage.context():
        return api.of_deployments(deployment_ids=[stage.deployment_id], now=now or utc_now())[
            stage.deployment_id
        ]


def test_hours_are_summed_and_a_cost_that_is_missing_is_no_nought(stage):
    assert summary(stage).hours is None
    assert hours(stage) == 1
    found = summary(stage).hours
    assert (found.hours, found.cost, found.costed) == (Decimal("31.50"), Decimal("412.00"), 1)
    assert [line.role for line in found.lines] == [HoursRole.SILVER, HoursRole.OPERATOR]
    hours(stage, seen=1, reason=WHY, lines=[LineData(HoursRole.OTHER, 2, Decimal(5))])
    assert (summary(stage).hours.hours, summary(stage).hours.cost) == (Decimal("5.00"), None)


def test_a_correction_is_another_version_with_its_reason(stage):
    hours(stage)
    with pytest.raises(RuleViolated, match="Why it is corrected"):
        hours(stage, seen=1, reason=" short ")
    assert hours(stage, seen=1, reason=WHY, lines=[LineData(HoursRole.SILVER, 1, Decimal(9))]) == 2
    with pytest.raises(RuleViolated, match="meanwhile"):
        hours(stage, seen=1, reason="I had the page open since.")
    with stage.context():
        rows = list(HoursVersion.objects.order_by("number").values_list("number", "reason"))
        first = HoursLine.objects.filter(version__number=1).count()
    assert rows == [(1, ""), (2, WHY)]
    assert first == 2


@pytest.mark.parametrize("statement", ["UPDATE {} SET actor_label = 'x'", "UPDATE {} SET reason = 'x'"])
@pytest.mark.parametrize("table", ["casework_hoursversion", "casework_arrestresult"])
def test_the_database_lets_no_version_be_written_over(stage, table, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), stage.context():
        connection.cursor().execute(statement.format(table))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [LineData(HoursRole.SILVER, 0, Decimal(1))],
        [LineData(HoursRole.SILVER, 1, Decimal(0))],
        [LineData(HoursRole.SILVER, 1, Decimal(-1))],
        [LineData(HoursRole.SILVER, 1, Decimal(1), Decimal(-1))],
        [LineData(HoursRole.SILVER, 1, Decimal(1_000_000))],
        [LineData(HoursRole.SILVER, 1, Decimal(1)), LineData(HoursRole.SILVER, 1, Decimal(1))],
    ],
)
def test_hours_that_cannot_be(stage, lines):
    with pytest.raises(RuleViolated):
        hours(stage, lines=lines)
    assert summary(stage).hours is None


def test_nothing_is_recorded_of_a_day_that_has_not_begun(stage):
    with stage.context():
        Deployment.objects.update(started_at=None)
    with pytest.raises(RuleViolated, match="has not begun"):
        hours(stage)


@pytest.mark.parametrize(
    "role", [Role.OVERSIGHT, Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM_ENGINEER]
)
def test_other_roles_enter_nothing(stage, role):
    number = arrested(stage)
    with pytest.raises(NotPermitted):
        hours(stage, actor=worker(stage, role))
    with pytest.raises(NotPermitted):
        result(stage, number, actor=worker(stage, role))


def test_another_forces_deployment_is_none(stage, elsewhere):
    number = arrested(elsewhere)
    with pytest.raises(NotFound):
        hours(stage, deployment_id=elsewhere.deployment_id)
    with pytest.raises(NotFound):
        result(stage, number, deployment_id=elsewhere.deployment_id)
    hours(elsewhere)
    with stage.context():
        found = api.of_deployments(deployment_ids=[elsewhere.deployment_id], now=utc_now())
    assert found[elsewhere.deployment_id].hours is None
    assert found[elsewhere.deployment_id].arrests.total == 0


def test_an_arrest_without_a_result_is_counted_as_not_recorded(stage):
    first, second, third = (arrested(stage) for _ in range(3))
    arrested(stage, volunteer=True)
    result(stage, first)
    result(stage, third, result=Result.NO_FURTHER_ACTION, offence=Offence.SUMMARY_ONLY, on_purpose=False)
    found = summary(stage).arrests
    assert (found.total, found.without, found.recorded) == (3, (second,), False)
    assert found.by_result == {Result.CHARGED: 1, Result.NO_FURTHER_ACTION: 1}
    assert (found.on_purpose, found.off_purpose) == (1, 1)
    result(stage, second)
    assert summary(stage).arrests.recorded


def test_a_result_is_corrected_by_a_version_and_the_last_one_counts(stage):
    number = arrested(stage)
    result(stage, number)
    result(stage, number, seen=1, reason=WHY, result=Result.OUT_OF_COURT)
    assert summary(stage).arrests.by_result == {Result.OUT_OF_COURT: 1}
    with stage.context():
        assert ArrestResult.objects.count() == 2


def test_only_an_arrest_has_a_result(stage):
    alert = stage.raise_alert()
    with pytest.raises(RuleViolated, match="No arrest is recorded"):
        result(stage, alert.number)
    number = arrested(stage)
    with pytest.raises(RuleViolated, match="not to come"):
        result(stage, number, decided_on=london(utc_now()).date() + timedelta(days=1))
    with pytest.raises(RuleViolated, match="not before the deployment"):
        result(stage, number, decided_on=london(utc_now()).date() - timedelta(days=3))


def test_each_entry_has_its_event_with_numbers_only(stage):
    number = arrested(stage)
    hours(stage)
    result(stage, number)
    with stage.context():
        events = dict(AuditEvent.objects.filter(verb__startswith="casework").values_list("verb", "payload"))
    assert events["casework.hours_recorded"] == {"version": 1, "hours": "31.50", "lines": 2}
    assert events["casework.arrest_followed_up"] == {"alert": number, "version": 1, "result": "charged"}


def test_as_many_queries_for_many_deployments_as_for_one(stage):
    with stage.context():
        row = Deployment.objects.get()
        ids = [row.id]
        for number in range(6):
            row.pk, row.reference = None, f"{row.reference[:20]}-{number}"
            row._state.adding = True
            row.id = type(row)._meta.pk.get_default()
            row.save()
            ids.append(row.id)
    for each in ids:
        hours(stage, deployment_id=each)

    def queries(asked):
        with stage.context(), CaptureQueriesContext(connection) as captured:
            found = api.of_deployments(deployment_ids=asked, now=utc_now())
        assert all(found[each].hours for each in asked)
        return len(captured)

    assert queries(ids) == queries(ids[:1]) <= 8


def test_a_deployment_of_another_force_cannot_be_written_past_the_rules(stage, elsewhere):
    """As somebody who reached the tables: the key itself names the force."""
    from django.db.utils import IntegrityError

    with pytest.raises(IntegrityError, match="same_force"), stage.context():
        HoursVersion.objects.create(
            deployment_id=elsewhere.deployment_id,
            number=1,
            actor_id=stage.officer.actor.id,
            actor_label="x",
            recorded_at=utc_now(),
        )
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
