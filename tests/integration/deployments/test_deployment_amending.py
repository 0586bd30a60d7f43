"""An approval voided by widening and kept by narrowing (invariant 6, domain.md §2)."""

import itertools
from datetime import timedelta

import pytest

from apps.audit import api as audit
from apps.core.errors import InvalidTransition, NotPermitted, RuleViolated
from apps.core.models import DomainEvent
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.data import NotLive
from apps.watchlists import api as watchlists
from tests.support.days import CHECKED, END, PLANNED, START, VERIFIED
from tests.support.plans import FLOODED, REASONS

BEFORE_START = [S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY]
HOUR = timedelta(hours=1)
WHY = "Information of this morning makes it necessary."


def amend(day, now, reason=WHY, actor=None, **changes):
    asked = {"authority": day.plan(**changes), "reason": reason}
    return day.step(deployments.amend, actor or day.planner, now, **asked)


def kinds(day) -> list[str]:
    return day.call(lambda: list(DomainEvent.objects.values_list("kind", flat=True)))


@pytest.mark.parametrize("state", BEFORE_START)
@pytest.mark.parametrize(
    "changes", [{"max_subjects": 11}, {"necessity": "Quite another necessity than before."}]
)
def test_widening_voids_the_approval(day, state, changes):
    before = day.to(state)
    voided = amend(day, CHECKED, **changes)
    assert voided.state is S.DRAFT
    assert (voided.approved_hash, voided.approver_id, voided.approved_at) == (None, None, None)
    assert (voided.watchlist_seal_hash, voided.accepted_seal_hash, voided.watchlist_id) == (None, None, None)
    assert voided.authority_hash == voided.authority.sha256() != before.authority_hash
    # Place and time are as announced: the notice clock stands.
    assert voided.notice_verified_at == VERIFIED
    assert kinds(day).count("deployment.voided") == 1
    event = day.call(audit.events_about, object_id=day.deployment_id)[-1]
    assert (event.verb, event.reason) == ("deployment.approval_voided", WHY)
    assert event.payload["voided_hash"] == before.approved_hash
    for step in (deployments.make_ready, deployments.start):
        with pytest.raises(InvalidTransition):
            day.step(step, day.silver, START)


def test_widening_before_the_notice_is_out_voids_too(day):
    day.draft(publish_at=VERIFIED)
    day.step(deployments.submit, day.planner, PLANNED)
    assert day.approve().state is S.APPROVED
    assert amend(day, PLANNED, max_subjects=11).state is S.DRAFT
    assert day.get().approved_hash is None


@pytest.mark.parametrize("state", [S.LIST_SEALED, S.READY])
def test_a_list_of_a_voided_approval_goes_within_24_hours(day, state):
    day.to(state)
    amend(day, CHECKED, max_subjects=11)
    found = day.call(watchlists.get_for_deployment, deployment_id=day.deployment_id)
    assert found.purge_due_at == CHECKED + 24 * HOUR


def test_a_new_time_restarts_the_notice_clock(day):
    day.to(S.NOTICE_PUBLISHED)
    later = {"window_start": START + 48 * HOUR, "window_end": END + 48 * HOUR}
    voided = amend(day, START - timedelta(days=4), **later)
    assert (voided.notice_published_at, voided.notice_verified_at) == (None, None)
    with pytest.raises(RuleViolated, match="7 days' notice"):
        day.step(deployments.submit, day.planner, START - timedelta(days=4))


def test_the_clock_cannot_be_saved_by_moving_while_it_is_a_draft(day):
    day.to(S.NOTICE_PUBLISHED)
    assert amend(day, PLANNED + HOUR, max_subjects=11).notice_verified_at == VERIFIED
    moved = amend(day, PLANNED + HOUR, max_subjects=11, place_name="Another square altogether")
    assert moved.state is S.DRAFT
    assert moved.notice_verified_at is None


def test_widened_and_approved_again_it_needs_no_second_week_when_nothing_moved(day):
    day.to(S.NOTICE_PUBLISHED)
    late = START - timedelta(days=2)
    amend(day, late, max_subjects=11)
    day.step(deployments.submit, day.planner, late)
    day.approve(now=late)
    again = day.get()
    assert again.state is S.NOTICE_PUBLISHED
    assert (again.notice_published_at, again.notice_verified_at) == (PLANNED, VERIFIED)
    assert again.approved_hash == again.authority.sha256()


def test_the_officer_who_approved_before_may_approve_again_but_not_plan(day):
    day.to(S.NOTICE_PUBLISHED)
    amend(day, VERIFIED, max_subjects=11)
    with pytest.raises(NotPermitted):
        amend(day, VERIFIED, max_subjects=12, actor=day.with_roles(day.officer, *day.planner.roles))
    day.step(deployments.submit, day.planner, VERIFIED)
    assert day.approve(now=VERIFIED).approver_id == day.officer.id


@pytest.mark.parametrize("state", [*BEFORE_START, S.LIVE])
def test_narrowing_applies_at_once_and_keeps_the_approval(day, state):
    before = day.to(state)
    fewer = before.authority.cameras[:1]
    narrowed = amend(day, START, cameras=fewer)
    assert narrowed.state is state
    assert narrowed.authority.cameras == fewer
    assert narrowed.approved_hash == narrowed.authority.sha256() != before.approved_hash
    assert narrowed.approver_id == day.officer.id
    assert "deployment.voided" not in kinds(day)
    assert "deployment.narrowed" in kinds(day)
    if state is S.LIVE:
        gate = day.call(deployments.live_authority, deployment_id=day.deployment_id, now=START)
        assert gate.camera_ids == {fewer[0].id}


def test_narrowing_leaves_a_chain_of_hashes_from_the_approval(day):
    first = day.to(S.NOTICE_PUBLISHED)
    one = amend(day, VERIFIED, max_subjects=9)
    two = amend(day, VERIFIED, max_subjects=9, window_end=END - HOUR)
    chain = day.call(deployments.revisions, deployment_id=day.deployment_id)
    assert [(link.number, link.kind) for link in chain] == [(1, "drafted"), (2, "narrowed"), (3, "narrowed")]
    hashes = [first.authority_hash, one.authority_hash, two.authority_hash]
    assert [link.content_hash for link in chain] == hashes
    assert [link.previous_hash for link in chain] == ["", *hashes[:2]]
    assert [link.changes.get("narrowed") for link in chain] == [None, ["max_subjects"], ["window"]]
    assert chain[1].reason == WHY
    events = [e for e in day.call(audit.events_about, object_id=day.deployment_id) if "narrowed" in e.verb]
    assert [(e.payload["from_hash"], e.payload["to_hash"]) for e in events] == list(
        itertools.pairwise(hashes)
    )


def test_a_shorter_window_brings_the_deletion_forward(day):
    day.to(S.LIST_SEALED)
    amend(day, CHECKED, window_end=END - 2 * HOUR)
    found = day.call(watchlists.get_for_deployment, deployment_id=day.deployment_id)
    assert found.purge_due_at == END + 22 * HOUR


def test_a_window_shortened_while_live_ends_recognition_when_it_says(day):
    day.to(S.LIVE)
    amend(day, START + HOUR, window_end=START + 2 * HOUR)
    day.call(deployments.live_authority, deployment_id=day.deployment_id, now=START + HOUR)
    with pytest.raises(NotLive, match="window is over"):
        day.call(deployments.live_authority, deployment_id=day.deployment_id, now=START + 2 * HOUR)


@pytest.mark.parametrize("changes", [{"max_subjects": 11}, {"max_subjects": 9}])
@pytest.mark.parametrize("reason", ["", "   ", "because"])
def test_an_approved_authority_changes_only_with_a_written_reason(day, changes, reason):
    before = day.to(S.NOTICE_PUBLISHED)
    with pytest.raises(RuleViolated, match="written reasons"):
        amend(day, VERIFIED, reason=reason, **changes)
    assert day.get() == before


def test_nothing_is_not_an_amendment(day):
    day.to(S.NOTICE_PUBLISHED)
    with pytest.raises(RuleViolated, match="nothing was changed"):
        amend(day, VERIFIED)


def test_a_live_deployment_cannot_be_widened(day):
    before = day.to(S.LIVE)
    with pytest.raises(RuleViolated, match="only narrowing"):
        amend(day, START, window_end=END + HOUR)
    assert day.get() == before


def test_an_ended_one_cannot_be_changed_at_all(day):
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, START + HOUR)
    with pytest.raises(InvalidTransition):
        amend(day, START + HOUR, max_subjects=9)


def test_checks_of_a_voided_approval_do_not_count_for_the_next(day):
    day.to(S.READY)
    day.step(deployments.cancel, day.planner, CHECKED, **FLOODED)
    day.draft()
    checks = day.call(deployments.checklist, deployment_id=day.deployment_id)
    assert not any(check.passed for check in checks)


def test_only_planners_amend(day):
    day.to(S.NOTICE_PUBLISHED)
    for actor in (day.officer, day.silver, day.operator, day.engineer):
        with pytest.raises(NotPermitted):
            amend(day, VERIFIED, max_subjects=9, actor=actor, reason=REASONS)
