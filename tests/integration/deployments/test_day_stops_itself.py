"""What stops recognition by itself, who may go on after it, and what everybody is told (domain.md §2)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from apps.alerts.models import Alert, AlertOutcome
from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import Cause, Duty
from apps.deployments.data import DeploymentState as S
from apps.live import watch
from apps.live.models import CameraTally
from apps.notices import queries as notices
from tests.support.days import START
from tests.support.deployment_stages import NOON
from tests.support.plans import REASONS

SOON = START + timedelta(seconds=20)


def last(day):
    return day.call(deployments.decisions, deployment_id=day.deployment_id)[-1]


def heard(day, at):
    """The first camera has sent a frame."""
    camera = day.get().authority.cameras[0]
    with_tally = {"deployment_id": day.deployment_id, "camera_id": camera.id}
    day.call(
        CameraTally.objects.update_or_create, **with_tally, defaults={"last_frame_at": at, "tracks": 150}
    )


def false_alert(day, at, number):
    """An officer found that it was somebody else, as the alerts app leaves it."""
    deployment = day.get()
    alert = day.call(
        Alert.objects.create,
        deployment_id=day.deployment_id,
        camera_id=deployment.authority.cameras[0].id,
        track_id=f"track {number}",
        subject_id=day.planner.id,
        cosine_similarity=0.6,
        threshold=0.42,
        number=number,
        revision=number,
        raised_revision=number,
        asked_revision=number,
        captured_at=at,
        raised_at=at,
        expires_at=at,
        purge_due_at=at + timedelta(hours=24),
        key_id=uuid4(),
        probe_blob_id=uuid4(),
        template_blob_id=uuid4(),
        state="outcome_recorded",
    )
    day.call(
        AlertOutcome.objects.create,
        alert=alert,
        outcome="released_identity_wrong",
        actor_id=day.engagement.id,
        actor_label="engagement",
        recorded_at=at,
    )


def test_who_goes_off_duty_and_leaves_too_few_stops_it_at_once(day):
    day.to(S.LIVE)
    spare = day.person("spare", Role.ENGAGEMENT_OFFICER)
    day.step(deployments.record_duty, spare, START, duty=Duty.ENGAGEMENT)
    assert day.step(deployments.lay_down_duty, spare, SOON, duty=Duty.ENGAGEMENT).state is S.LIVE
    stopped = day.step(deployments.lay_down_duty, day.operator, NOON, duty=Duty.OPERATOR)
    assert (stopped.state, stopped.suspended_for) == (S.SUSPENDED, Cause.STAFFING)
    assert "No operator is on duty any more: operator went off duty." in last(day).reasons
    with pytest.raises(RuleViolated, match="No operator is on duty any more"):
        day.step(deployments.resume, day.silver, NOON)
    # What they did still bars them from what excludes it.
    both = day.with_roles(day.operator, Role.SILVER_COMMANDER)
    with pytest.raises(NotPermitted, match="acted as operator"):
        day.step(deployments.record_duty, both, NOON, duty=Duty.SILVER)
    day.step(deployments.record_duty, day.operator, NOON, duty=Duty.OPERATOR)
    resumed = day.step(deployments.resume, day.silver, NOON)
    assert (resumed.state, resumed.suspended_for) == (S.LIVE, None)
    with pytest.raises(RuleViolated, match="You are not on duty"):
        day.step(deployments.lay_down_duty, spare, NOON, duty=Duty.OPERATOR)


def test_silent_cameras_stop_it_after_thirty_seconds_and_not_before(day):
    day.to(S.LIVE)
    look = {"force_id": day.force.id}
    assert watch.watch(now=START + timedelta(seconds=29), **look) == 0
    heard(day, START + timedelta(seconds=29))
    assert watch.watch(now=START + timedelta(seconds=58), **look) == 0
    at = START + timedelta(seconds=60)
    assert watch.watch(now=at, **look) == 1
    assert (day.get().state, day.get().suspended_for) == (S.SUSPENDED, Cause.CAMERAS_SILENT)
    assert "No camera has been heard of for 31 seconds" in last(day).reasons
    assert watch.watch(now=at, **look) == 0
    # The public reads why, in words that name nobody.
    notice = notices.published_by_deployment(deployment_id=day.deployment_id)
    assert notice.history[-1].text == "The deployment was paused because no camera could be reached."


def test_after_two_false_alerts_only_an_authorising_officer_resumes(day):
    day.to(S.LIVE)
    heard(day, NOON)
    false_alert(day, NOON, 1)
    assert not day.call(watch.suspend_inaccurate, deployment_id=day.deployment_id, now=NOON)
    false_alert(day, NOON, 2)
    assert day.call(watch.suspend_inaccurate, deployment_id=day.deployment_id, now=NOON)
    assert day.get().suspended_for is Cause.FALSE_ALERTS
    with pytest.raises(NotPermitted, match="Only an authorising officer"):
        day.step(deployments.resume, day.silver, NOON, reason=REASONS)
    with pytest.raises(RuleViolated, match="written reasons"):
        day.step(deployments.resume, day.officer, NOON, reason="ok")
    later = NOON + timedelta(minutes=5)
    assert day.step(deployments.resume, day.officer, later, reason=REASONS).state is S.LIVE
    # Those two are answered; with a third the rate of the whole day is too high: 3 of 150.
    assert not day.call(watch.suspend_inaccurate, deployment_id=day.deployment_id, now=later)
    false_alert(day, later + timedelta(minutes=1), 3)
    assert day.call(
        watch.suspend_inaccurate, deployment_id=day.deployment_id, now=later + timedelta(minutes=1)
    )
    assert day.get().suspended_for is Cause.FALSE_ALERT_RATE
    # Whoever merely pressed the button is the commander's to answer.
    assert day.step(deployments.end, day.silver, later + timedelta(minutes=2)).state is S.ENDED


def test_people_are_reminded_of_the_results_once(day):
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, NOON)
    assert day.call(deployments.remind_results, now=NOON + timedelta(days=3, hours=23)) == 0
    for _ in range(2):
        day.call(deployments.remind_results, now=NOON + timedelta(days=4, hours=1))
    told = AuditEvent.objects.filter(verb="deployment.results_reminder", object_id=day.deployment_id)
    assert day.call(told.count) == 1
    waits = day.call(deployments.waits_for, deployment=day.get(), now=NOON + timedelta(days=4, hours=1))
    assert waits.task == "Write the review now: the results are due by Tuesday 15 December 2026 at midday."
