"""The record of a deployment and its decision log go by the years of the force, with everything of them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts import retention_log
from apps.alerts.models import Alert, LooksErased
from apps.audit.models import AuditEvent
from apps.casework.data import CaseKind
from apps.casework.models import NoneStatement
from apps.core import retention as registry
from apps.core.clock import utc_now
from apps.deployments import retention_record, schedule
from apps.deployments.data import DeploymentState as S
from apps.deployments.models import Assessment, AssessmentFile, DeletedDeployment, Deployment
from apps.retention import api
from apps.watchlists.data import WatchlistState
from apps.watchlists.models import MembershipRegister, Watchlist
from tests.support.alert_stage import make_stage
from tests.support.assessed import assessed
from tests.support.at_once import meanwhile
from tests.support.years import DAY, left_of, plant, set_years, years

CLASSES = {"decision_log", "deployment_record", "plan_assessments"}


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def run(stage, now=None):
    """What a sweep does; the certificates of what goes by the years."""
    done = api.run_due(force_id=stage.force.id, now=now or utc_now())
    assert done.problems == ()
    return [one for one in done.certificates if one.data_class in CLASSES]


def of(stage, model, **which):
    with stage.context():
        return list(model.objects.filter(**which))


def test_a_day_before_its_time_it_stays_and_after_it_nothing_of_it_is_left(stage):
    now = utc_now()
    young, old = plant(stage, now - years(7) + 2 * DAY), plant(stage, now - years(7))
    kept = left_of(stage, young)
    assert len(kept) >= 23, "a row of everything that is kept of a deployment"
    certificates = {one.data_class: one for one in run(stage)}
    assert left_of(stage, old) == {}
    assert of(stage, Alert, deployment_id=old) == []
    assert left_of(stage, young) == kept
    log, record = certificates["decision_log"], certificates["deployment_record"]
    assert {log.subject_id, record.subject_id} == {old}
    assert log.counts == {
        "alerts": 1, "alert_decisions": 2, "outcomes": 1, "engagements": 1, "escalations": 1
    }  # fmt: skip
    assert (record.counts["deployments"], record.counts["notices"], record.counts["relays"]) == (1, 1, 1)
    assert "gaps" in record.counts
    assert "conditions" not in record.counts, "what there was none of is not counted"
    assert log.due_at == record.due_at
    assert now - timedelta(seconds=1) < log.due_at <= now
    assert run(stage) == []


def test_each_deletion_is_in_the_audit(stage):
    old = plant(stage, utc_now() - years(7))
    reference = of(stage, Deployment, id=old)[0].reference
    run(stage)
    verbs = {event.verb: event for event in of(stage, AuditEvent, object_id=old)}
    assert {"alert.log_deleted", "deployment.record_deleted", "retention.certified"} <= set(verbs)
    assert verbs["deployment.record_deleted"].payload["reference"] == reference
    assert verbs["alert.log_deleted"].payload["counts"]["alerts"] == 1


def test_the_years_are_those_that_the_force_has_now(stage):
    old = plant(stage, utc_now() - years(3))
    assert run(stage) == []
    set_years(stage, authority_years=2, decision_log_years=4)
    assert run(stage) == [], "the record stays for as long as the decisions that were made under it"
    set_years(stage, authority_years=4, decision_log_years=2)
    assert [one.data_class for one in run(stage)] == ["decision_log"]
    assert "deployments.Deployment" in left_of(stage, old)
    set_years(stage, authority_years=8)
    assert run(stage) == [], "what it still has it keeps longer"
    set_years(stage, authority_years=2)
    assert [one.data_class for one in run(stage)] == ["deployment_record"]
    assert left_of(stage, old) == {}


def test_how_people_looked_stays_in_the_sums_and_nowhere_else(stage):
    plant(stage, utc_now() - years(7), rehearsal=False, alerts=3)
    plant(stage, utc_now() - years(7), rehearsal=True, alerts=2)
    run(stage)
    (kept,) = of(stage, LooksErased)
    assert kept.people["ethnicity"] == {"asian/wrong": 3}
    assert kept.deployments["ethnicity"] == 1


@pytest.mark.parametrize("state", sorted(S))
def test_what_can_still_run_stays_and_everything_else_goes(stage, state):
    still_open = {S.APPROVED, S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY, S.LIVE, S.SUSPENDED}
    changes = {"accepted_seal_hash": "5" * 64, "watchlist_seal_hash": "5" * 64}
    old = plant(stage, utc_now() - years(9), state=state, **changes)
    run(stage)
    assert bool(left_of(stage, old)) is (state in still_open)


def test_a_plan_that_nobody_decided_on_counts_from_its_window(stage):
    soon = utc_now() - years(7) + 9 * DAY
    draft = plant(
        stage, utc_now() - years(8), state=S.DRAFT, window_start=soon, window_end=soon + timedelta(hours=6)
    )
    run(stage)
    assert left_of(stage, draft)
    run(stage, utc_now() + timedelta(hours=12))
    assert left_of(stage, draft)


def test_a_review_that_is_missing_holds_nothing(stage):
    old = plant(stage, utc_now() - years(7), state=S.ENDED)
    run(stage)
    assert left_of(stage, old) == {}


def test_a_picture_or_a_list_that_is_still_there_holds_the_record(stage):
    pictured, listed = plant(stage, utc_now() - years(8)), plant(stage, utc_now() - years(8))
    with stage.context():
        Alert.objects.filter(deployment_id=pictured).update(
            purged_at=None, probe_blob_id=uuid4(), template_blob_id=uuid4(), purge_due_at=utc_now() + DAY
        )
        Watchlist.objects.filter(deployment_id=listed).update(
            state=WatchlistState.SEALED, purged_at=None, seal_hash="5" * 64, sealed_at=utc_now(),
            purge_due_at=utc_now() + DAY,
        )  # fmt: skip
    assert {(one.data_class, one.subject_id) for one in run(stage)} == {("decision_log", listed)}
    assert "deployments.Deployment" in left_of(stage, pictured)
    assert "deployments.Deployment" in left_of(stage, listed)


def test_a_case_about_it_holds_the_record_until_it_has_gone_by_its_own_years(stage):
    old = plant(stage, utc_now() - years(8))
    with stage.context():
        NoneStatement.objects.create(
            deployment_id=old, kind=CaseKind.COMPLAINT.value, recorded_at=utc_now() - years(6),
            actor_label="officer", actor_id=uuid4(),
        )  # fmt: skip
    assert [one.data_class for one in run(stage)] == ["decision_log"]
    assert "deployments.Deployment" in left_of(stage, old)
    set_years(stage, authority_years=6, decision_log_years=6)
    assert [one.data_class for one in run(stage)] == ["deployment_record"]
    assert left_of(stage, old) == {}


def test_the_register_goes_by_its_own_years(stage):
    old = plant(stage, utc_now() - years(7))
    with stage.context():
        MembershipRegister.objects.create(
            deployment_id=old, reference="R-1", folded="r-1", category="suspected", listed_at=utc_now(),
            ends_at=utc_now(),
        )  # fmt: skip
    run(stage)
    assert left_of(stage, old) == {"watchlists.MembershipRegister": 1}


def test_a_moved_clock_deletes_nothing_by_the_years(stage):
    old = plant(stage, utc_now() - years(5))
    assert run(stage, utc_now() + years(10)) == []
    assert "deployments.Deployment" in left_of(stage, old)


def test_an_assessment_goes_when_no_plan_names_it_and_its_own_years_are_over(stage):
    refs = assessed(stage.force.id, planner(stage))
    named, unnamed = (ref.id for ref in refs)
    young = plant(stage, utc_now() - years(7) + 9 * DAY)
    with stage.context():
        ended = (utc_now() - years(8)).date()
        Assessment.objects.update(in_force_from=ended, in_force_until=ended, uploaded_at=utc_now() - years(9))
        row = Deployment.objects.get(id=young)
        row.authority |= {"assessments": [{"kind": "dpia", "id": str(named), "sha256": "0"}]}
        row.save()
        newer = Assessment.objects.get(id=named)
        newer.replaces_id = unnamed
        newer.save()
    assert [(one.data_class, one.subject_id) for one in run(stage)] == [("plan_assessments", unnamed)]
    (left,) = of(stage, Assessment)
    assert (left.id, left.replaces_id) == (named, None)
    assert len(of(stage, AssessmentFile)) == 1
    set_years(stage, authority_years=6, decision_log_years=6)
    assert ("plan_assessments", named) in [(one.data_class, one.subject_id) for one in run(stage)]
    assert of(stage, AssessmentFile) == []


def planner(stage):
    return stage.people["planner"].actor


def test_a_backlog_goes_in_parts_and_each_part_by_the_same_number_of_statements(stage, monkeypatch):
    """However many it is of: but for the audit, which has an event of each."""
    counted = []
    plant(stage, utc_now() - years(8))
    run(stage)
    for each in (2, 5):
        monkeypatch.setattr(retention_record, "BATCH", each)
        monkeypatch.setattr("apps.deployments.api.BATCH", each)
        for _ in range(each + 1):
            plant(stage, utc_now() - years(8), alerts=each)
        for purge in (retention_log.purge, retention_record.purge_due):
            with CaptureQueriesContext(connection) as queries, stage.context():
                assert len(purge(utc_now())) == each
            counted.append(sum("audit_" not in query["sql"] for query in queries))
        run(stage)
        assert of(stage, Alert) == []
    assert counted[:2] == counted[2:]


@pytest.mark.parametrize("purge", [retention_log.purge, retention_record.purge_due], ids=["log", "record"])
def test_two_schedulers_at_once_delete_and_count_once(stage, owner_connection, purge):
    plant(stage, utc_now() - years(8), alerts=2)
    counted = []
    second = meanwhile(
        stage.force.id,
        owner_connection,
        lambda: counted.extend(purge(utc_now())),
        lambda: purge(utc_now()),
    )
    assert len(counted) == 1
    assert second == []
    (kept,) = of(stage, LooksErased)
    assert sum(kept.deployments.values()) == 0, "a rehearsal is in no sum"


def test_to_ask_what_would_go_and_to_rehearse_it_deletes_nothing(stage, capsys):
    old = plant(stage, utc_now() - years(7) + timedelta(hours=2))
    before = left_of(stage, old)
    would = api.simulate_due(force_id=stage.force.id, now=utc_now() + timedelta(hours=3))
    assert {one.data_class for one in would if one.subject_id == old} == {
        "decision_log", "deployment_record"
    }  # fmt: skip
    assert api.rehearse(force_id=stage.force.id, now=utc_now()) == ()
    call_command("purge", "--simulate")
    assert str(old) not in capsys.readouterr().out
    older = plant(stage, utc_now() - years(7))
    call_command("purge", "--simulate")
    said = capsys.readouterr().out
    assert f"would delete decision_log of {older}" in said
    assert f"would delete deployment_record of {older}" in said
    assert left_of(stage, old) == before
    assert left_of(stage, older)["alerts.Alert"] == 1


def test_a_purge_that_would_fail_is_told_hours_before(stage, owner_connection):
    plant(stage, utc_now() - years(7) + timedelta(hours=2))
    owner_connection.execute("REVOKE EXECUTE ON FUNCTION alerts_delete_logs(uuid, uuid[]) FROM lfr_app")
    try:
        found = api.rehearse(force_id=stage.force.id, now=utc_now())
    finally:
        owner_connection.execute("GRANT EXECUTE ON FUNCTION alerts_delete_logs(uuid, uuid[]) TO lfr_app")
    assert {one.data_class for one in found} == {"decision_log", "deployment_record"}
    assert {one.failed for one in found} == {"InsufficientPrivilege"}


def test_what_an_app_above_keeps_by_id_alone_holds_nothing(stage):
    """A row with a deployment's id and no key to it stays, and is its own app's to delete."""
    assert {each.name for each in schedule.companions()} >= {"alerts", "live", "notices", "relays"}
    old = plant(stage, utc_now() - years(7))
    with stage.context():
        from apps.core.models import DomainEvent

        DomainEvent.objects.create(
            kind="x", subject_id=old, created_at=utc_now(), recorded_at=utc_now(), settled_at=utc_now()
        )
    run(stage)
    assert left_of(stage, old) == {}


def test_what_stays_is_that_there_was_one_and_its_reference_is_not_used_again(stage):
    from apps.core.errors import RuleViolated
    from apps.deployments.operations import planning

    old = plant(stage, utc_now() - years(7))
    row = of(stage, Deployment, id=old)[0]
    run(stage)
    (left,) = of(stage, DeletedDeployment)
    assert (left.id, left.reference, left.began, left.announced, left.decided) == (
        old, row.reference, True, True, True
    )  # fmt: skip
    with stage.context(), pytest.raises(RuleViolated, match="taken"):
        planning._reference(row.reference.lower(), utc_now())


def test_what_comes_back_from_a_backup_is_a_problem_until_it_is_deleted_again(stage):
    """And the same once it is there with its log gone."""
    set_years(stage, decision_log_years=2)
    old = plant(stage, utc_now() - years(3))
    run(stage)
    with stage.context():
        from tests.support.years import _alert

        _alert(Deployment.objects.get(id=old), 9, utc_now() - years(3))
        assert retention_log.verify(utc_now())
    run(stage)
    assert of(stage, Alert, deployment_id=old) == []


def test_every_rule_names_its_models_and_says_how_it_was_verified():
    rules = {rule.data_class: rule for rule in registry.rules()}
    assert set(rules) >= CLASSES
    assert all(rules[name].batched and rules[name].verified_how for name in CLASSES)
