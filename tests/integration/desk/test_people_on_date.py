"""Who could do what on a date: as it was on record then, for the oversight body without names."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from apps.accounts import api as accounts
from apps.accounts.models import TrainingCertificate, User
from apps.audit.models import AuditEvent
from apps.core.clock import london
from apps.core.data import Role
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from apps.desk.people import people_on
from tests.support.cast import make_member
from tests.support.days import PLANNED, START, make_day
from tests.support.signing_in import signed_in

HOUR = timedelta(hours=1)
OPERATORS_NAME = "Ashworth Penrose"


@pytest.fixture
def day(real_db):
    day = make_day("north")
    day.draft()
    for person, duty in ((day.operator, Duty.OPERATOR), (day.engagement, Duty.ENGAGEMENT)):
        day.step(deployments.record_duty, person, PLANNED, duty=duty)
    User.objects.filter(id=day.operator.id).update(display_name=OPERATORS_NAME, rank="Sergeant")
    return day


@pytest.fixture
def admin(day):
    return make_member(day, "admin", Role.FORCE_ADMIN)


@pytest.fixture
def oversight(day):
    return make_member(day, "oversight", Role.OVERSIGHT)


def asked_at(at):
    here = london(at)
    return {"date": here.date().isoformat(), "time": f"{here:%H:%M}"}


def shown(day, actor, at):
    with force_context(day.force.id):
        return {person.name: person for person in people_on(at=at, actor=actor)}


def test_roles_training_and_duties_are_those_of_that_minute(day, admin):
    with force_context(day.force.id):
        accounts.revoke_role(
            user_id=day.operator.id,
            role=Role.OPERATOR,
            actor=day.system,
            now=START + HOUR,
            reason="Moved on",
        )
        TrainingCertificate.objects.filter(user_id=day.engagement.id).update(withdrawn_at=START + HOUR)
    before, after = (shown(day, admin.actor, START + HOUR * n) for n in (0.5, 1.5))
    assert [held.role for held in before[OPERATORS_NAME].roles] == [Role.OPERATOR]
    assert before["engagement"].roles[0].trained is True
    assert after["engagement"].roles[0].trained is False
    # Gone from their role, and still in the answer: they had a duty that day.
    assert after["operator"].roles == ()
    [(deployment, duty)] = after["operator"].duties
    assert (deployment.id, duty) == (day.deployment_id, "operator")
    # Nobody of today was there a year ago, nor did anybody have a duty.
    year_before = shown(day, admin.actor, START - timedelta(days=365))
    assert all(not person.duties for person in year_before.values())
    assert "Admin" not in year_before


def test_the_oversight_body_reads_ranks_and_the_same_pseudonyms_every_day_and_no_name(day, admin, oversight):
    client = oversight.client()
    pages = [
        client.get("/people/on/", asked_at(START + timedelta(days=days))).content.decode() for days in (0, 1)
    ]
    pages[0] = pages[0].split("<main")[1]
    assert "Sergeant" in pages[0]
    for name in (OPERATORS_NAME, str(day.operator.id)):
        assert name not in pages[0]
    mine = set(shown(day, oversight.actor, START))
    assert all(name.startswith("P-") for name in mine)
    assert mine == set(shown(day, oversight.actor, START + timedelta(days=1)))
    assert all(name in pages[1] for name in mine)
    assert OPERATORS_NAME in admin.client().get("/people/on/", asked_at(START)).content.decode()


def test_nobody_else_reads_it_and_no_other_force_is_in_it(day, admin):
    elsewhere = make_day("south")
    watcher = make_member(elsewhere, "watcher", Role.FORCE_ADMIN)
    page = watcher.client().get("/people/on/", asked_at(START)).content.decode()
    assert OPERATORS_NAME not in page
    planner = make_member(day, "planner2", Role.PLANNER)
    assert planner.client().get("/people/on/").status_code == 403
    assert planner.client().get("/people/on/file/").status_code == 403
    assert admin.client().get("/people/on/", {"date": "yesterday"}).status_code == 422
    assert admin.client().get("/people/on/").status_code == 200


def test_a_copy_needs_a_reason_and_a_confirmed_identity_and_is_recorded(day, admin):
    User.objects.filter(id=day.operator.id).update(display_name='=HYPERLINK("x")', rank="")
    asked = {**asked_at(START), "reason": "Asked by the auditor"}
    unsure = signed_in(admin.username, proved=False)
    assert unsure.post("/people/on/file/", asked).headers.get("Content-Type", "") != "text/csv; charset=utf-8"
    client = admin.client()
    assert client.post("/people/on/file/", {**asked, "reason": ""}).status_code == 422
    answer = client.post("/people/on/file/", asked)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    [operator] = [row for row in rows if row["Role"] == "operator"]
    assert operator["Person"] == '\'=HYPERLINK("x")'
    assert operator["Training"] == "current"
    with force_context(day.force.id):
        taken = AuditEvent.objects.filter(verb="people.exported")
        assert [event.reason for event in taken] == ["Asked by the auditor"]
