"""Every number of a report equals a recount in SQL from what people decided, over random histories."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest

from apps.alerts.models import Alert, AlertOutcome, Decision
from apps.core.clock import london, utc_now
from apps.deployments.models import Deployment
from apps.live.models import CameraTally
from apps.scrutiny.exceptions import Period
from apps.scrutiny.period import period_report
from tests.support.alert_stage import make_stage
from tests.support.recount import recount

NUMBERS = count(1_000)
# What people may do with an alert (domain.md §5): the state it ends in, its decisions, its outcomes.
MATCHED = (("operator", "match"),)
ENGAGED = (*MATCHED, ("engagement", "engage"))
COURSES = (
    ("expired", (), ()),
    ("raised", (), ()),
    ("expired", (("operator", "unsure"),), ()),
    ("not_a_match", (("operator", "not_a_match"),), ()),
    ("not_a_match", (("operator", "unsure"), ("operator", "not_a_match")), ()),
    ("dispatched", MATCHED, ()),
    ("not_engaged", (*MATCHED, ("engagement", "do_not_engage")), ("not_engaged",)),
    ("engaged", ENGAGED, ()),
    *(
        ("outcome_recorded", ENGAGED, outcomes)
        for outcomes in (
            ("arrest",),
            ("arrest", "conditions_breached"),
            ("conditions_compliant",),
            ("conditions_breached", "voluntary"),
            ("safeguarded",),
            ("safe_not_disclosed",),
            ("summons_or_report", "conditions_compliant"),
            ("released_identity_wrong",),
            ("no_longer_wanted",),
            ("not_located",),
            # Found after all.
            ("not_located", "arrest"),
            ("not_located", "released_identity_wrong"),
            ("test_subject_recognised",),
        )
    ),
)


@pytest.fixture
def stage(real_db):
    stage = make_stage("north")
    stage.raise_alert()
    return stage


def play(stage, chance):
    """A history of some deployments, with courses of alerts in any order."""
    template = Alert.objects.get(number=1)
    first = Deployment.objects.get(id=stage.deployment_id)
    for _ in range(chance.randint(1, 5)):
        day = Deployment.objects.get(id=first.id)
        day.id, day.reference, day.watchlist_id = uuid4(), f"LFR-{uuid4().hex[:6].upper()}", None
        day.authority = first.authority | {"rehearsal": chance.random() < 0.3}
        if chance.random() < 0.2:
            day.started_at, day.state = None, "expired"
        day.save(force_insert=True)
        if chance.random() < 0.8:
            tally = {"deployment_id": day.id, "camera_id": stage.cameras[0].id}
            CameraTally.objects.create(**tally, tracks=chance.randint(0, 900))
        for course in chance.choices(COURSES, k=chance.randint(0, 12)):
            follow(template, day.id, course, chance)


def follow(template, deployment_id, course, chance):
    state, decisions, outcomes = course
    now = utc_now()
    alert = Alert.objects.get(id=template.id)
    alert.id, alert.deployment_id, alert.track_id, alert.key_id = uuid4(), deployment_id, uuid4().hex, uuid4()
    alert.number = alert.revision = next(NUMBERS)
    alert.state, alert.counted_apart = state, chance.random() < 0.1
    alert.save(force_insert=True)
    for after, (step, value) in enumerate(decisions):
        Decision.objects.create(
            alert=alert, step=step, value=value, reason="", actor_id=uuid4(), actor_label="somebody",
            decided_at=now + timedelta(seconds=after),
        )  # fmt: skip
    for outcome in outcomes:
        AlertOutcome.objects.create(
            alert=alert, outcome=outcome, recorded_at=now, actor_id=uuid4(), actor_label="somebody"
        )


def reported(stage, *, rehearsals):
    today = london(utc_now()).date()
    period = Period(today - timedelta(days=30), today + timedelta(days=1))
    return period_report(force=stage.force, period=period, now=utc_now(), rehearsals=rehearsals)


@pytest.mark.parametrize("seed", range(20))
def test_the_report_counts_what_the_decisions_say(stage, seed):
    with stage.context():
        play(stage, random.Random(seed))
        for rehearsals in (False, True):
            found = reported(stage, rehearsals=rehearsals)
            again = recount(rehearsals=rehearsals)
            said = {name: found.tracks if name == "tracks" else getattr(found.summed, name) for name in again}
            assert said == again
            counts = found.summed
            assert counts.alerts == (
                counts.operator_rejected + counts.confirmed_true + counts.confirmed_false + counts.unresolved
            )
            resolved = again["alerts"] - again["unresolved"]
            false = again["operator_rejected"] + again["confirmed_false"]
            assert (found.false.of_alerts.numerator, found.false.of_alerts.denominator) == (false, resolved)
