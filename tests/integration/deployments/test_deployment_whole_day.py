"""One deployment from draft to review, and what it leaves behind in the record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.audit import api as audit
from apps.core.errors import InvalidTransition, NotFound, RuleViolated
from apps.core.models import DomainEvent
from apps.deployments import api as deployments
from apps.deployments.data import CheckKind, NotLive
from apps.deployments.data import DeploymentState as S
from apps.deployments.rules.words import CHECK_WORDS
from apps.watchlists import api as watchlists
from tests.support.days import CHECKED, END, IMPORTED, PLANNED, START, VERIFIED, listed
from tests.support.plans import FLOODED, REASONS

NOON = START + timedelta(hours=2)


def purge_due(day):
    return day.call(watchlists.get_for_deployment, deployment_id=day.deployment_id).purge_due_at


def verbs(day) -> list[str]:
    events = day.call(audit.events_about, object_id=day.deployment_id)
    return [event.verb for event in events]


def test_a_whole_day(day):
    live = day.to(S.LIVE)
    gate = day.call(deployments.live_authority, deployment_id=day.deployment_id, now=NOON)
    assert gate.camera_ids == {camera.id for camera in live.authority.cameras}
    assert (gate.pack_id, gate.threshold, gate.rehearsal) == ("opencv-zoo", 0.42, True)
    assert gate.seal_hash == live.watchlist_seal_hash
    assert gate.window_end == END
    assert gate.force_id == day.force.id

    ended = day.step(deployments.end, day.silver, NOON)
    assert (ended.state, ended.started_at, ended.ended_at) == (S.ENDED, START, NOON)
    with pytest.raises(NotLive):
        day.call(deployments.live_authority, deployment_id=day.deployment_id, now=NOON)
    reviewed = day.step(
        deployments.review, day.silver, END, findings="Nobody was missed, nobody was stopped."
    )
    assert reviewed.state is S.REVIEWED
    assert reviewed.notice_published_at == PLANNED
    assert reviewed.notice_verified_at == VERIFIED


OF_THE_CHECKLIST = {"deployment.check_recorded", "deployment.duty_taken", "deployment.sign_checked"}


def test_every_step_is_in_the_audit_with_its_verb(day):
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, NOON)
    found = [verb for verb in verbs(day) if verb not in OF_THE_CHECKLIST]
    assert found == [
        "deployment.drafted",
        "deployment.submitted",
        "deployment.approved",
        "deployment.notice_published",
        "deployment.notice_verified",
        "deployment.list_imported",
        "deployment.list_sealed",
        "deployment.list_accepted",
        "deployment.made_ready",
        "deployment.started",
        "deployment.ended",
    ]
    assert verbs(day).count("deployment.check_recorded") == 6


def test_the_decision_log_says_who_in_which_role_why_and_of_what(day):
    live = day.to(S.LIVE)
    log = {row.kind: row for row in day.call(deployments.decisions, deployment_id=day.deployment_id)}
    approval = log["approve"]
    assert (approval.actor_id, approval.role) == (day.officer.id, "authorising_officer")
    assert (approval.reasons, approval.content_hash, approval.decided_at) == (
        REASONS,
        live.authority_hash,
        PLANNED,
    )
    assert log["start"].actor_id == day.silver.id
    assert log["accept_list"].actor_id == day.officer.id
    assert log["publish_notice"].actor_id is None


def test_the_deletion_deadline_is_set_at_import_and_needs_no_button(day):
    day.to(S.NOTICE_PUBLISHED)
    day.import_list()
    assert purge_due(day) == END + timedelta(hours=24)


def test_ending_early_brings_the_deletion_forward(day):
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, NOON)
    assert purge_due(day) == NOON + timedelta(hours=24)


def test_ending_late_does_not_put_it_off(day):
    day.to(S.LIVE)
    late = END + timedelta(hours=5)
    ended = day.step(deployments.end, day.silver, late)
    assert ended.ended_at == END
    assert purge_due(day) == END + timedelta(hours=24)


def test_cancelling_after_the_import_brings_the_deletion_forward(day):
    day.to(S.NOTICE_PUBLISHED)
    day.import_list()
    with pytest.raises(RuleViolated):
        day.step(deployments.cancel, day.planner, IMPORTED, **{**FLOODED, "reason": "  no "})
    day.step(deployments.cancel, day.planner, IMPORTED, **FLOODED)
    assert day.get().state is S.CANCELLED
    assert purge_due(day) == IMPORTED + timedelta(hours=24)


def test_an_officer_may_revoke_at_any_time_and_recognition_stops(day):
    day.to(S.LIVE)
    revoked = day.step(
        deployments.revoke, day.officer, NOON, reasons="The intelligence turned out to be wrong."
    )
    assert (revoked.state, revoked.ended_at) == (S.REVOKED, NOON)
    assert purge_due(day) == NOON + timedelta(hours=24)
    with pytest.raises(NotLive):
        day.call(deployments.live_authority, deployment_id=day.deployment_id, now=NOON)
    with pytest.raises(InvalidTransition):
        day.step(deployments.resume, day.silver, NOON)


def test_upper_apps_hear_of_each_change(day):
    day.to(S.LIVE)
    day.step(deployments.suspend, day.operator, NOON, reason="fog on the lens")
    day.step(deployments.resume, day.silver, NOON)
    day.step(deployments.end, day.silver, NOON)
    kinds = day.call(lambda: list(DomainEvent.objects.order_by("recorded_at").values_list("kind", flat=True)))
    assert [kind for kind in kinds if kind.startswith("deployment.")] == [
        "deployment.approved",
        "deployment.live",
        "deployment.suspended",
        "deployment.resumed",
        "deployment.ended",
    ]


def test_an_import_comes_too_early_or_after_the_seal(day):
    day.to(S.NOTICE_PUBLISHED)
    early = START - timedelta(hours=24, seconds=1)
    with pytest.raises(RuleViolated, match="24 hours before"):
        day.import_list(now=early)
    assert day.call(watchlists.get_for_deployment, deployment_id=day.deployment_id) is None
    day.import_list()
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    with pytest.raises(RuleViolated, match="before the seal"):
        day.import_list()


def test_a_dry_run_stores_nothing(day):
    day.to(S.NOTICE_PUBLISHED)
    report = day.import_list(dry_run=True)
    assert (report.accepted_subjects, report.committed) == (1, False)
    assert day.get().watchlist_id is None
    assert "deployment.list_imported" not in verbs(day)


def test_nobody_but_listed_blue_list_people_get_into_a_rehearsal(day):
    day.to(S.NOTICE_PUBLISHED)
    wanted = replace(listed(), category="court_warrant", offence="robbery")
    report = day.import_list(rows=[wanted])
    assert not report.committed
    assert [row.code for row in report.refused]
    with pytest.raises(RuleViolated, match="import the list first"):
        day.step(deployments.seal_watchlist, day.planner, IMPORTED)


def test_another_hash_than_the_sealed_one_is_not_accepted(day):
    day.to(S.NOTICE_PUBLISHED)
    day.import_list()
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    with pytest.raises(RuleViolated):
        day.step(deployments.accept_watchlist, day.officer, IMPORTED, seal_hash="0" * 64)
    assert day.get().accepted_seal_hash is None
    assert day.accept().accepted_seal_hash == day.get().watchlist_seal_hash


def test_checks_say_what_is_missing_all_at_once(day):
    day.to(S.NOTICE_PUBLISHED)
    day.import_list()
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    with pytest.raises(RuleViolated) as refusal:
        day.step(deployments.make_ready, day.silver, CHECKED)
    # The model fits already; the list cannot match before it is accepted; nobody at all is on duty.
    assert len(refusal.value.reasons) == 1 + 3 + len(CheckKind) - 1
    day.accept()
    day.check(without=CheckKind.SIGNAGE)
    with pytest.raises(RuleViolated) as refusal:
        day.step(deployments.make_ready, day.silver, CHECKED)
    assert refusal.value.reasons == (f"Check {CHECK_WORDS[CheckKind.SIGNAGE]}, and record the result.",)


def test_the_latest_recording_of_a_check_counts(day):
    day.to(S.READY)
    later = CHECKED + timedelta(minutes=5)
    with pytest.raises(RuleViolated, match="written reasons"):
        day.step(deployments.record_check, day.silver, later, kind=CheckKind.SIGNAGE, passed=False)
    fell = {"kind": CheckKind.SIGNAGE, "passed": False, "note": "the north sign fell"}
    day.step(deployments.record_check, day.silver, later, **fell)
    with pytest.raises(RuleViolated, match="check of the signs"):
        day.step(deployments.start, day.silver, START)
    assert day.call(deployments.start_blockers, deployment_id=day.deployment_id, now=START) == (
        f"The check of {CHECK_WORDS[CheckKind.SIGNAGE]} failed. Put it right and record it again.",
    )
    up = {"kind": CheckKind.SIGNAGE, "passed": True}
    day.step(deployments.record_check, day.silver, later + timedelta(minutes=5), **up)
    assert day.step(deployments.start, day.silver, START).state is S.LIVE


def test_a_failed_check_suspends_a_live_deployment_until_it_passes(day):
    day.to(S.LIVE)
    fell = {"kind": CheckKind.SIGNAGE, "passed": False, "note": "the north sign fell"}
    suspended = day.step(deployments.record_check, day.engagement, NOON, **fell)
    assert suspended.state is S.SUSPENDED
    with pytest.raises(NotLive):
        day.call(deployments.live_authority, deployment_id=day.deployment_id, now=NOON)
    with pytest.raises(RuleViolated, match="check of the signs"):
        day.step(deployments.resume, day.silver, NOON)
    passed = {"kind": CheckKind.SIGNAGE, "passed": True}
    day.step(deployments.record_check, day.engagement, NOON + timedelta(minutes=1), **passed)
    assert day.step(deployments.resume, day.silver, NOON + timedelta(minutes=2)).state is S.LIVE


def test_a_start_before_the_window_or_on_a_short_notice_is_refused(day):
    day.to(S.SUBMITTED)
    day.approve()
    day.verify(now=START - timedelta(days=7) + timedelta(minutes=1))
    day.import_list()
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    day.accept()
    day.check()
    day.step(deployments.make_ready, day.silver, CHECKED)
    with pytest.raises(RuleViolated) as refusal:
        day.step(deployments.start, day.silver, START - timedelta(seconds=1))
    assert len(refusal.value.reasons) == 2
    with pytest.raises(RuleViolated, match="7 days"):
        day.step(deployments.start, day.silver, START)
    assert day.get().state is S.READY
    assert day.step(deployments.start, day.silver, START + timedelta(minutes=1)).state is S.LIVE


def test_what_does_not_exist_is_not_found(day, other_day):
    day.to(S.LIVE)
    for read in (deployments.get, deployments.checklist):
        with pytest.raises(NotFound):
            other_day.call(read, deployment_id=day.deployment_id)
    with pytest.raises(NotFound):
        other_day.call(deployments.live_authority, deployment_id=day.deployment_id, now=NOON)
    with pytest.raises(NotFound):
        other_day.call(
            deployments.suspend,
            deployment_id=day.deployment_id,
            reason="not theirs",
            actor=other_day.operator,
            now=NOON,
        )
    assert other_day.call(deployments.list_live) == []
    assert [live.id for live in day.call(deployments.list_live)] == [day.deployment_id]
