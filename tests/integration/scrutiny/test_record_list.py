"""The list of records: who may read it, what it says, and that its cost does not grow with the history."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts import api as alerts
from apps.alerts.data import OperatorDecision
from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import Authority
from apps.deployments.models import Deployment
from apps.watchlists.models import Subject
from tests.support.alert_stage import make_stage
from tests.support.outline import problems

READERS = (Role.OVERSIGHT, Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER, Role.PLANNER)


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def reader(stage):
    return stage.person("reader", Role.OVERSIGHT).client()


def body(client, path: str = "/records/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.getvalue().decode()


def copies(stage, count: int) -> None:
    """Further deployments of the same plan, each a day before the one before."""
    with stage.context():
        first = Deployment.objects.get(id=stage.deployment_id)
        for number in range(1, count + 1):
            row = Deployment.objects.get(id=stage.deployment_id)
            row.pk = uuid4()
            row.reference = f"OLD-{number:03d}"
            row.window_start = first.window_start - timedelta(days=number)
            row.window_end = first.window_end - timedelta(days=number)
            row._state.adding = True
            row.save(force_insert=True)


@pytest.mark.parametrize("role", READERS)
def test_those_who_answer_for_a_deployment_may_read_it(stage, role):
    page = body(stage.person("reader", role).client())
    with stage.context():
        reference = deployments.get(deployment_id=stage.deployment_id).reference
    assert f'<a href="/records/{reference}/">{reference}</a>' in page
    # A list that lies there has its deadline from the first day: only, it has not come yet.
    assert "Not due yet" in page
    assert "Nothing due yet" not in page


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM_ENGINEER])
def test_others_are_told_whom_it_is_for(stage, role):
    assert stage.person("other", role).client().get("/records/").status_code == 403


def test_strangers_are_asked_to_sign_in(stage, client):
    answer = client.get("/records/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/records/")


def test_it_counts_alerts_and_false_ones(stage):
    for decision in (OperatorDecision.NOT_A_MATCH, OperatorDecision.MATCH):
        alert = stage.raise_alert(subject_id=stage.subjects[decision == OperatorDecision.MATCH])
        stage.decide(alert.id, decision)
    page = body(reader(stage))
    assert '<td data-label="Alerts" class="number">2</td>' in page
    assert '<td data-label="False" class="number">1</td>' in page
    with stage.context():
        counted = alerts.summaries(deployment_ids=[stage.deployment_id])
        assert counted[stage.deployment_id] == alerts.summary(deployment_id=stage.deployment_id)


def test_another_forces_deployments_are_not_on_it(stage):
    other = make_stage("south")
    with stage.context():
        Deployment.objects.filter(id=stage.deployment_id).update(reference="NORTH-ONLY")
    assert "NORTH-ONLY" in body(reader(stage))
    assert "NORTH-ONLY" not in body(reader(other))


def test_a_plan_that_nobody_has_decided_on_is_no_record(stage):
    planner = stage.person("drafter", Role.PLANNER).actor
    with stage.context():
        authority = deployments.get(deployment_id=stage.deployment_id).authority
        deployments.draft(
            authority=Authority.from_canonical(authority.canonical()),
            actor=planner,
            now=utc_now(),
            reference="ONLY-A-DRAFT",
        )
    assert "ONLY-A-DRAFT" not in body(reader(stage))


def test_it_says_so_when_there_is_none(stage):
    with stage.context():
        Deployment.objects.filter(id=stage.deployment_id).update(
            state="draft", approved_hash=None, accepted_seal_hash=None
        )
    assert "There are no records yet." in body(reader(stage))


def test_it_goes_on_page_by_page_and_back(stage):
    copies(stage, 30)
    client = reader(stage)
    first = body(client)
    assert first.count('<th scope="row">') == 20
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = body(client, older)
    assert second.count('<th scope="row">') == 11
    assert "OLD-030" in second
    newer = second.split('rel="prev"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert body(client, newer).count('<th scope="row">') == 20


def test_a_broken_address_is_not_found(stage):
    assert reader(stage).get("/records/?before=yesterday").status_code == 404


def test_the_number_of_queries_does_not_grow(stage):
    client = reader(stage)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            body(client)
        return len(captured)

    before = queries()
    copies(stage, 19)
    for subject in stage.subjects:
        stage.raise_alert(subject_id=subject)
    assert queries() == before


def test_the_record_itself_costs_the_same_however_many_alerts(stage):
    client = reader(stage)
    with stage.context():
        path = f"/records/{deployments.get(deployment_id=stage.deployment_id).reference}/"

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            body(client, path)
        return len(captured)

    before = queries()
    for subject in stage.subjects:
        stage.decide(stage.raise_alert(subject_id=subject).id, OperatorDecision.NOT_A_MATCH)
    assert queries() == before


def test_list_and_record_can_be_read_aloud(stage):
    client = reader(stage)
    with stage.context():
        reference = deployments.get(deployment_id=stage.deployment_id).reference
    for path in ("/records/", f"/records/{reference}/"):
        assert problems(body(client, path)) == []


def test_the_record_says_who_authorised_it_and_how_long_before(stage):
    with stage.context():
        reference = deployments.get(deployment_id=stage.deployment_id).reference
    page = body(reader(stage), f"/records/{reference}/")
    with stage.context():
        approver = deployments.get(deployment_id=stage.deployment_id).approver_id
        code = audit.pseudonym(approver)
    assert f"PC {code}, authorising officer" in page
    assert "8 days 23 hours before the start" in page
    own = body(stage.person("planner", Role.PLANNER).client(), f"/records/{reference}/")
    assert "PC Approver, authorising officer" in own


def test_no_name_of_anybody_listed_is_on_it(stage):
    with stage.context():
        listed = list(Subject.objects.values_list("display_name", "reference"))
    page = body(reader(stage))
    assert listed
    assert not [word for words in listed for word in words if word in page]
    assert "<img" not in page
