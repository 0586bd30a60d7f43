"""A deployment with alerts of each result, and the files that somebody takes out of it."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from functools import partial
from uuid import uuid4

from django.db import connection

from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome
from apps.alerts.models import Alert, AlertOutcome, Decision
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments.models import Deployment
from apps.live.models import CameraTally
from tests.support.alert_stage import make_stage

PERIOD = "/records/period/?kind=rehearsals"
FORMS = ("pdf", "ods", "csv", "json")


def decided(stage, *outcomes, said=OperatorDecision.MATCH):
    """An alert that came to something, long enough ago for the next one of the same person."""
    alert_id = stage.raise_alert(track_id=uuid4().hex).id
    state = "not_a_match" if said is OperatorDecision.NOT_A_MATCH else "outcome_recorded"
    operator, officer = (
        {"actor_id": person.actor.id, "actor_label": person.actor.label}
        for person in (stage.operator, stage.officer)
    )
    now, engage = utc_now(), EngagementDecision.ENGAGE.value
    with stage.context():
        Alert.objects.filter(id=alert_id).update(state=state, raised_at=now - timedelta(hours=1))
        add = partial(Decision.objects.create, alert_id=alert_id, reason="", decided_at=now)
        add(step="operator", value=said.value, **operator)
        if outcomes:
            add(step="engagement", value=engage, **officer)
        for outcome in outcomes:
            AlertOutcome.objects.create(alert_id=alert_id, outcome=outcome, recorded_at=now, **officer)


def again(stage, **changes):
    """A further deployment of the force, like the first but for what `changes`."""
    with stage.context():
        row = Deployment.objects.get(id=stage.deployment_id)
        row.id, row.reference, row.watchlist_id = uuid4(), f"LFR-{uuid4().hex[:6].upper()}", None
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(force_insert=True)
    return row


def copies(stage, number):
    """So many further deployments like the first one."""
    row = again(stage)
    with stage.context(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
            ["deployments_deployment"],
        )
        columns = [name for (name,) in cursor.fetchall()]
        new = {"id": "gen_random_uuid()", "reference": "'LFR-' || gen_random_uuid()"}
        picked = ", ".join(new.get(name, f"d.{name}") for name in columns)
        cursor.execute(
            f"INSERT INTO deployments_deployment ({', '.join(columns)}) SELECT {picked}"
            f" FROM deployments_deployment d, generate_series(2, %s) WHERE d.id = %s",
            [number, row.id],
        )


def busy_stage(slug="north"):
    """Four alerts: one true, one false, one rejected by the operator, one unresolved; 400 tracks."""
    stage = make_stage(slug)
    decided(stage, Outcome.TEST_SUBJECT_RECOGNISED)
    decided(stage, Outcome.RELEASED_IDENTITY_WRONG)
    decided(stage, said=OperatorDecision.NOT_A_MATCH)
    with stage.context():
        camera = stage.cameras[0]
        CameraTally.objects.create(deployment_id=stage.deployment_id, camera_id=camera.id, tracks=400)
    stage.raise_alert(subject_id=stage.subjects[1])
    return stage


def written(stage, **texts):
    """Change what the planner wrote, as if it had been written so from the start."""
    with stage.context():
        row = Deployment.objects.get(id=stage.deployment_id)
        Deployment.objects.filter(id=row.id).update(authority=row.authority | texts)


def record_url(stage):
    with stage.context():
        return f"/records/{Deployment.objects.get(id=stage.deployment_id).reference}/?"


def taken(stage, url, form, role=Role.OVERSIGHT):
    """The bytes of the file that somebody of this role downloads."""
    answer = stage.person(f"reader {role}", role).client().get(f"{url}&format={form}")
    assert answer.status_code == 200, answer.status_code
    assert answer["Content-Disposition"].endswith(f'.{form}"')
    assert "no-store" in answer["Cache-Control"]
    return answer.getvalue()


def csv_rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def json_tables(content):
    """Every table of a report by its caption: the header, then its rows."""
    found = {}
    for section in json.loads(content)["report"]["sections"]:
        for table in (*(chart["table"] for chart in section["charts"]), *section["tables"]):
            heads = [column["title"] for column in table["columns"]]
            found[table["caption"]] = [heads, *table["rows"]]
    return found
