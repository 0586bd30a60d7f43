"""Less notice than the minimum: on grounds, by rank, confirmed in time, or recognition stops."""

from datetime import timedelta

import pytest

from apps.audit import api as audit
from apps.core.data import Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import Cause, NotLive, Step
from apps.deployments.data import DeploymentState as S
from apps.notices import api as notices
from apps.notices.data import NoticeStatus
from apps.watchlists import api as watchlists
from tests.support.days import PLANNED, START, make_day
from tests.support.plans import REASONS
from tests.support.urgent_days import CONFIRM_BY, DECIDED, HOURS, URGENT, live, make_urgent, ready

MOMENT = timedelta(microseconds=1)
NOON = START + timedelta(hours=1)


@pytest.fixture
def urgent(real_db, monkeypatch):
    return make_urgent(make_day("north", urgent_confirmation_hours=HOURS), monkeypatch)


def notice_of(day):
    return day.call(notices.get_for_deployment, deployment_id=day.deployment_id)


def authority_at(day, now):
    return day.call(deployments.live_authority, deployment_id=day.deployment_id, now=now)


def shown(day, actor, now):
    found = day.call(deployments.actions, deployment_id=day.deployment_id, actor=actor, now=now)
    return {step for step, action in found.items() if action.shown}


def test_it_starts_without_the_days_of_notice_and_stops_when_nobody_confirms(urgent):
    live(urgent)
    deployment = urgent.get()
    assert (deployment.state, deployment.confirm_by) == (S.LIVE, CONFIRM_BY)
    notice = notice_of(urgent)
    assert notice.published_at == DECIDED
    assert notice.content.urgent_grounds == "imminent_threat"
    assert authority_at(urgent, CONFIRM_BY - MOMENT).deployment_id == urgent.deployment_id
    # Nobody has to press or sweep anything for recognition to stop.
    with pytest.raises(NotLive, match="was to be confirmed"):
        authority_at(urgent, CONFIRM_BY)
    assert urgent.call(deployments.suspend_unconfirmed, now=CONFIRM_BY - MOMENT) == 0
    assert urgent.call(deployments.suspend_unconfirmed, now=CONFIRM_BY) == 1
    assert urgent.call(deployments.suspend_unconfirmed, now=CONFIRM_BY) == 0
    stopped = urgent.get()
    assert (stopped.state, stopped.suspended_for) == (S.SUSPENDED, Cause.UNCONFIRMED)
    with pytest.raises(RuleViolated, match="was to be confirmed"):
        urgent.step(deployments.resume, urgent.silver, CONFIRM_BY)


def test_a_confirmation_after_the_deadline_lets_it_be_resumed(urgent):
    live(urgent)
    urgent.call(deployments.suspend_unconfirmed, now=CONFIRM_BY)
    late = CONFIRM_BY + timedelta(minutes=10)
    confirmed = urgent.step(deployments.confirm, urgent.officer, late, reasons=REASONS)
    assert (confirmed.confirmed_at, confirmed.confirmer_label) == (late, "officer")
    assert urgent.step(deployments.resume, urgent.silver, late).state is S.LIVE
    assert "confirmed by a senior officer" in notice_of(urgent).history[-2].text
    with pytest.raises(RuleViolated, match="confirmed already"):
        urgent.step(deployments.refuse_afterwards, urgent.officer, late, reasons=REASONS)


def test_refused_afterwards_it_ends_its_list_goes_and_the_public_reads_it(urgent):
    live(urgent)
    over = urgent.step(deployments.refuse_afterwards, urgent.officer, NOON, reasons=REASONS)
    assert (over.state, over.ended_at, over.refused_afterwards_at) == (S.ENDED, NOON, NOON)
    listed = urgent.call(watchlists.get_for_deployment, deployment_id=urgent.deployment_id)
    assert listed.purge_due_at == NOON
    notice = notice_of(urgent)
    assert (notice.status, notice.content.refused_afterwards) == (NoticeStatus.ENDED, True)
    last = urgent.call(audit.events_about, object_id=urgent.deployment_id)[-1]
    assert (last.verb, last.actor_id) == ("deployment.refused_while_running", urgent.officer.id)
    with pytest.raises(NotLive):
        authority_at(urgent, NOON)


def test_refused_afterwards_before_it_started_it_never_starts(urgent):
    ready(urgent)
    over = urgent.step(deployments.refuse_afterwards, urgent.officer, START, reasons=REASONS)
    assert over.state is S.REFUSED
    assert notice_of(urgent).status is NoticeStatus.REVOKED
    assert shown(urgent, urgent.silver, START) == set()


def test_refused_after_its_end_it_stays_ended_and_its_list_goes_now(urgent):
    live(urgent)
    urgent.step(deployments.end, urgent.silver, NOON)
    later = NOON + timedelta(minutes=30)
    over = urgent.step(deployments.refuse_afterwards, urgent.officer, later, reasons=REASONS)
    assert (over.state, over.refused_afterwards_at) == (S.ENDED, later)
    listed = urgent.call(watchlists.get_for_deployment, deployment_id=urgent.deployment_id)
    assert listed.purge_due_at == later


def test_it_cannot_start_once_the_time_for_the_confirmation_is_over(urgent):
    ready(urgent)
    with pytest.raises(RuleViolated, match="was to be confirmed"):
        urgent.step(deployments.start, urgent.silver, CONFIRM_BY)


def test_a_superintendent_needs_nobody_to_confirm(urgent):
    approved = urgent.approve(now=DECIDED)
    assert approved.confirm_by is None
    assert Step.CONFIRM not in shown(urgent, urgent.officer, DECIDED)
    with pytest.raises(RuleViolated, match="needs no confirmation"):
        urgent.step(deployments.confirm, urgent.officer, DECIDED, reasons=REASONS)


def test_nobody_confirms_what_they_approved_themselves(urgent):
    urgent.approve(now=DECIDED, actor=urgent.inspector)
    promoted = urgent.with_roles(urgent.inspector, Role.AUTHORISING_OFFICER)
    with pytest.raises(NotPermitted, match="somebody else"):
        urgent.step(deployments.confirm, promoted, DECIDED, reasons=REASONS)


@pytest.mark.parametrize("step", ["approve", "return_", "refuse"])
def test_an_inspector_decides_on_nothing_that_is_not_urgent(real_db, step):
    day = make_day("north")
    day.to(S.SUBMITTED)
    inspector = day.person("inspector", Role.URGENT_AUTHORISING_OFFICER)
    asked = {"reasons": REASONS}
    if step == "approve":
        asked["authority_hash"] = day.get().authority_hash
    with pytest.raises(NotPermitted, match="not urgent"):
        day.step(getattr(deployments, step), inspector, PLANNED, **asked)
    assert not {Step.APPROVE, Step.RETURN, Step.REFUSE} & shown(day, inspector, PLANNED)


def test_widening_takes_the_urgent_approval_and_its_confirmation_away(urgent):
    urgent.approve(now=DECIDED, actor=urgent.inspector)
    urgent.step(deployments.confirm, urgent.officer, DECIDED, reasons=REASONS)
    wider = {**URGENT, "assessments": urgent.get().authority.assessments, "max_subjects": 11}
    urgent.step(deployments.amend, urgent.planner, DECIDED, authority=urgent.plan(**wider), reason=REASONS)
    voided = urgent.get()
    assert (voided.state, voided.approved_hash, voided.confirm_by) == (S.DRAFT, None, None)
    assert (voided.confirmed_at, voided.confirmer_label) == (None, "")


@pytest.mark.parametrize("lacking", ["grounds", "reason", "rehearsal"])
def test_urgency_without_grounds_is_no_exception(real_db, lacking):
    day = make_day("north")
    changes = {
        "grounds": {"urgent_grounds": "convenience", "urgent_reason": REASONS},
        "reason": {"urgent_grounds": "imminent_threat", "urgent_reason": "soon"},
        "rehearsal": {"urgent_grounds": "imminent_threat", "urgent_reason": REASONS},
    }[lacking]
    day.draft(**changes)
    with pytest.raises(RuleViolated):
        day.step(deployments.submit, day.planner, DECIDED)
