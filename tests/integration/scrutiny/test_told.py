"""Engagements by group are told over all deployments together, or not at all, and stay as they were told."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from apps.alerts import api as alerts
from apps.alerts.data import Outcome
from apps.alerts.engagement_retention import purge_texts
from apps.alerts.models import Alert, AlertOutcome, Engagement
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.deployments.models import Deployment
from apps.scrutiny.models import ToldTable
from apps.scrutiny.suppression import LEAST
from apps.scrutiny.told import group_tables, tell_groups
from tests.support.alert_stage import make_stage

# Of made-up alerts: after those that are raised.
NUMBERS = count(1_000)


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def published(stage, *, rehearsal=False, **looked):
    """A deployment whose results are public, on which officers spoke to so many people of each ethnicity."""
    with stage.context():
        day = Deployment.objects.get(id=stage.deployment_id)
        day.id, day.reference, day.watchlist_id = uuid4(), f"LFR-{uuid4().hex[:6].upper()}", None
        day.state, day.authority = "results_published", day.authority | {"rehearsal": rehearsal}
        day.save(force_insert=True)
        made = [
            spoke_to(stage, day.id, ethnicity=name) for name, number in looked.items() for _ in range(number)
        ]
    return day.id, made


def spoke_to(stage, deployment_id, *, apart=False, **looks):
    now = utc_now()
    alert = Alert.objects.filter(deployment_id=stage.deployment_id).first()
    alert.id, alert.deployment_id, alert.track_id, alert.key_id = uuid4(), deployment_id, uuid4().hex, uuid4()
    alert.counted_apart = apart
    alert.number = alert.revision = next(NUMBERS)
    alert.save(force_insert=True)
    return Engagement.objects.create(
        alert=alert,
        deployment_id=deployment_id,
        engaged_at=now,
        escalates_at=now + timedelta(minutes=5),
        texts_due_at=now + timedelta(days=2557),
        **{"sex": "female", **looks},
    )


@pytest.fixture(autouse=True)
def any_alert(stage):
    return stage.raise_alert()


def told(stage):
    with stage.context():
        number = tell_groups(now=utc_now())
        return number, {table.title.split(",")[0]: table for table in group_tables()}


def cells(table):
    """Without groups of nobody, and without saying that nobody was taken for somebody else."""
    right = ": not found to be somebody else"
    return {group.removesuffix(right): number for group, number in table.rows if number}


def test_one_deployment_alone_is_never_told(stage):
    published(stage, black=20, white_north=20)
    number, tables = told(stage)
    assert number == 0
    assert tables["Ethnicity"].rows == ()
    assert "Not told yet" in tables["Ethnicity"].why_not


def test_two_are_told_together_and_one_person_more_is_not(stage):
    published(stage, black=5, white_north=2)
    published(stage, black=1, white_north=4)
    number, tables = told(stage)
    assert number > 0
    first = tables["Ethnicity"]
    assert cells(first) == {"Black (IC3)": 6, "White, North European (IC1)": 6}
    assert first.deployments == 2
    # Everybody was a woman: whoever knows one of them would know it of all.
    assert tables["Sex"].rows == ()

    published(stage, asian=1)
    published(stage, black=7)
    number, tables = told(stage)
    assert number == 0
    assert tables["Ethnicity"] == first

    published(stage, asian=4, white_north=5)
    number, tables = told(stage)
    assert cells(tables["Ethnicity"]) == {
        "Black (IC3)": 13,
        "White, North European (IC1)": 11,
        "Asian (IC4)": 5,
    }
    with stage.context():
        event = AuditEvent.objects.filter(verb="scrutiny.groups_told").order_by("ordinal").last()
        assert {"attribute", "cells"} == set(event.payload["tables"][0])


def test_no_two_tables_that_were_told_differ_by_fewer_than_five(stage):
    for step in range(8):
        published(stage, black=1 + step % 3, white_north=2, east_asian=step % 2, not_apparent=step // 7)
        told(stage)
    with stage.context():
        rows = list(ToldTable.objects.filter(attribute="ethnicity"))
    assert len({row.deployments for row in rows}) > 1, "or nothing is compared"
    for one in rows:
        for other in rows:
            if one.level == other.level:
                changes = {abs(one.cells[name] - other.cells[name]) for name in one.cells} - {0}
                assert not changes or min(changes) >= LEAST


def test_a_false_alert_is_told_apart_only_where_that_reveals_nobody(stage):
    _day, spoken = published(stage, black=11, white_north=11)
    published(stage, black=1, white_north=1)
    with stage.context():
        for row in [*spoken[:5], *spoken[11:16]]:
            AlertOutcome.objects.create(
                alert_id=row.alert_id,
                outcome=Outcome.RELEASED_IDENTITY_WRONG.value,
                recorded_at=utc_now(),
                actor_id=stage.officer.actor.id,
                actor_label=stage.officer.actor.label,
            )
    table = told(stage)[1]["Ethnicity"]
    wrong = {group: number for group, number in cells(table).items() if "false alert" in group}
    assert set(wrong.values()) == {5}
    assert len(wrong) == 2
    assert sum(cells(table).values()) == 24


def test_rehearsals_volunteers_and_what_is_not_public_are_in_no_sum(stage):
    published(stage, rehearsal=True, black=30, white_north=30)
    published(stage, rehearsal=True, black=30, white_north=30)
    day, _ = published(stage)
    with stage.context():
        for _ in range(20):
            spoke_to(stage, day, apart=True, ethnicity="black")
            spoke_to(stage, stage.deployment_id, ethnicity="asian")
        looked = alerts.looked(deployment_ids=deployments.published_operations())
    assert sum(looked["ethnicity"].people.values()) == 0
    assert told(stage)[0] == 0


def test_what_grew_old_is_erased_and_its_sum_stays(stage):
    published(stage, black=6, white_north=6)
    published(stage, black=1)
    published(stage, rehearsal=True, black=9)

    def looked():
        with stage.context():
            return alerts.looked(deployment_ids=deployments.published_operations())

    before = looked()
    for share in (4, 100):
        with stage.context():
            rows = Engagement.objects.filter(texts_erased_at__isnull=True).order_by("id")[:share]
            Engagement.objects.filter(id__in=list(rows.values_list("id", flat=True))).update(
                texts_due_at=utc_now() - timedelta(days=1)
            )
            purge_texts(utc_now())
        assert looked() == before
    with stage.context():
        assert not Engagement.objects.exclude(ethnicity="").exists()
        assert purge_texts(utc_now()) == []
    assert looked() == before


def test_another_force_reads_none_of_it_and_nobody_rewrites_it(stage):
    published(stage, black=6, white_north=6)
    published(stage, black=6, white_north=6)
    assert told(stage)[0] > 0
    other = make_stage("south")
    assert [table.rows for table in told(other)[1].values()] == [(), (), ()]
    for change in (lambda: ToldTable.objects.update(cells={}), lambda: ToldTable.objects.all().delete()):
        with stage.context(), pytest.raises(DatabaseError), transaction.atomic():
            change()
