"""The notice publishes itself, is seen from outside, follows its deployment, and never disappears."""

import logging
from datetime import timedelta

import pytest
from django.test import Client

from apps.audit import api as audit
from apps.core import events
from apps.core.clock import utc_now
from apps.core.errors import NotFound, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.notices import api as notices
from apps.notices import tasks, views
from apps.notices.data import NoticeStatus
from tests.support.days import CHECKED, END, IMPORTED, PLANNED, START, VERIFIED, anonymous_fetch
from tests.support.plans import FLOODED, REASONS

HOUR = timedelta(hours=1)
WHY = "Information of this morning makes it necessary."


@pytest.fixture(autouse=True)
def before_it(monkeypatch):
    """The pages are read three days before the deployment, whenever this runs."""
    monkeypatch.setattr(views, "utc_now", lambda: START - timedelta(days=3))


def notice(day):
    return day.call(notices.get_for_deployment, deployment_id=day.deployment_id)


def page(day) -> str:
    status, body = anonymous_fetch(notices.address(notice(day)))
    assert status == 200
    return body


def path(day) -> str:
    return f"/notices/{day.force.slug}/lfr-2026-001/"


def amend(day, now, **changes):
    return day.step(deployments.amend, day.planner, now, authority=day.plan(**changes), reason=WHY)


def test_before_an_approval_there_is_no_page(day):
    day.to(S.SUBMITTED)
    assert Client().get(path(day)).status_code == 404
    assert "Market Square" not in Client().get("/notices/").content.decode()


def test_an_approval_publishes_the_page_at_once(day):
    day.to(S.SUBMITTED)
    day.approve()
    assert "Market Square, Exampleton" in page(day)
    assert notices.address(notice(day)).endswith(path(day))
    deployment = day.get()
    assert (deployment.state, deployment.notice_published_at) == (S.NOTICE_PUBLISHED, PLANNED)
    assert deployment.notice_verified_at is None
    assert f'href="{path(day)}"' in Client().get("/notices/").content.decode()


def test_the_clock_starts_when_the_page_was_seen_from_outside_and_only_once(day):
    day.to(S.SUBMITTED)
    day.approve()
    assert day.verify().verified
    assert day.get().notice_verified_at == VERIFIED
    assert day.verify(now=VERIFIED + HOUR).verified
    assert day.get().notice_verified_at == notice(day).verified_at == VERIFIED
    events_of_deployment = day.call(audit.events_about, object_id=day.deployment_id)
    assert [e.verb for e in events_of_deployment].count("deployment.notice_verified") == 1


@pytest.mark.parametrize(
    "fetch",
    [
        lambda url: (404, ""),
        lambda url: (0, "no answer: refused"),
        lambda url: (200, "<html>Please sign in</html>"),
        lambda url: (200, anonymous_fetch(url)[1].replace('digest" content="', 'digest" content="0')),
        lambda url: (500, anonymous_fetch(url)[1]),
    ],
)
def test_the_clock_does_not_start_on_anything_less(day, fetch):
    day.to(S.SUBMITTED)
    day.approve()
    look = day.verify(fetch=fetch)
    assert not look.verified
    assert look.reason
    assert day.get().notice_verified_at is None
    assert day.call(notices.awaiting_verification) == [day.deployment_id]


def test_a_page_that_is_not_published_cannot_be_verified(day):
    day.to(S.SUBMITTED)
    with pytest.raises(NotFound):
        day.verify()


def test_it_waits_for_the_time_in_the_plan(day):
    publish_at = PLANNED + 10 * HOUR
    day.draft(publish_at=publish_at)
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    assert day.get().state is S.APPROVED
    assert Client().get(path(day)).status_code == 404
    assert day.call(notices.publish_due, now=publish_at - HOUR) == 0
    assert day.call(notices.publish_due, now=publish_at) == 1
    assert day.get().notice_published_at == publish_at
    assert day.call(notices.publish_due, now=publish_at) == 0
    assert Client().get(path(day)).status_code == 200


def test_it_never_waits_longer_than_the_notice_needs(day):
    day.draft(publish_at=START)
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    assert notice(day).publish_at == START - timedelta(days=7)
    assert day.call(notices.publish_due, now=START - timedelta(days=7)) == 1


def test_a_publication_that_was_missed_is_caught_by_the_sweep(day, monkeypatch):
    """The process died between the commit and the reaction to it."""
    day.to(S.SUBMITTED)
    monkeypatch.setattr(events, "dispatch", lambda **told: False)
    day.approve()
    monkeypatch.undo()
    assert day.get().state is S.APPROVED
    later = PLANNED + HOUR
    assert events.sweep(force_id=day.force.id, now=later, grace=timedelta(0)) == 0
    assert day.get().notice_published_at == later
    assert "Market Square" in page(day)


def test_a_late_publication_is_an_alarm(day, caplog):
    day.draft(publish_at=START)
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    with caplog.at_level(logging.ERROR, logger="apps.notices"):
        day.call(notices.publish_due, now=START - timedelta(days=6))
    assert "too late" in caplog.text


def test_cancelled_it_stays_and_says_so(day):
    day.to(S.NOTICE_PUBLISHED)
    day.step(deployments.cancel, day.planner, IMPORTED, **FLOODED)
    body = page(day)
    assert "This deployment is cancelled. It will not take place." in body
    assert "<title>Cancelled: " in body
    assert "Cancelled" in Client().get("/notices/").content.decode()
    # Why is for the record, not for the page.
    assert "flooded" not in body


def test_cancelled_before_its_time_it_is_never_published(day):
    day.draft(publish_at=PLANNED + 10 * HOUR)
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    day.step(deployments.cancel, day.planner, PLANNED, **FLOODED)
    assert day.call(notices.publish_due, now=START) == 0
    assert Client().get(path(day)).status_code == 404


def test_voided_it_is_withdrawn_and_comes_back_changed_at_the_same_address(day):
    day.to(S.NOTICE_PUBLISHED)
    amend(day, VERIFIED + HOUR, policing_purpose="Rehearse another purpose with the same staff.")
    assert "This notice is withdrawn." in page(day)
    assert day.call(notices.publish_due, now=START) == 0
    day.step(deployments.submit, day.planner, VERIFIED + 2 * HOUR)
    day.approve(now=VERIFIED + 3 * HOUR)
    body = page(day)
    assert "withdrawn." not in body.split("Changes to this notice")[0]
    assert "Rehearse another purpose" in body
    texts = [entry.text for entry in notice(day).history]
    assert texts == [
        "Published.",
        "Withdrawn: the plan changed and its approval no longer holds.",
        "Approved again. Changed: the purpose.",
    ]
    assert notice(day).published_at == PLANNED
    assert day.get().notice_verified_at == VERIFIED


def test_a_new_place_must_be_seen_from_outside_again(day):
    day.to(S.NOTICE_PUBLISHED)
    amend(day, VERIFIED + HOUR, place_name="Station Road, Exampleton")
    day.step(deployments.submit, day.planner, VERIFIED + HOUR)
    day.approve(now=VERIFIED + HOUR)
    assert day.get().notice_verified_at is None
    assert notice(day).verified_at is None
    again = START - timedelta(days=7)
    assert day.verify(now=again).verified
    assert day.get().notice_verified_at == again


def test_a_narrowing_shows_at_once_with_its_history(day):
    day.to(S.NOTICE_PUBLISHED)
    before = notice(day).digest
    amend(day, VERIFIED, window_end=END - HOUR)
    assert "10am to 3pm" in page(day)
    assert "Made narrower. Changed: the time." in page(day)
    assert notice(day).digest != before
    assert day.get().notice_verified_at == VERIFIED


def test_what_the_page_does_not_show_changes_nothing_on_it(day):
    day.to(S.NOTICE_PUBLISHED)
    before = page(day)
    amend(day, VERIFIED, max_subjects=9)
    assert page(day) == before


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (NoticeStatus.ENDED, "This deployment has ended."),
        (NoticeStatus.REVOKED, "its approval was taken back"),
        (NoticeStatus.EXPIRED, "did not take place"),
    ],
)
def test_it_follows_its_deployment_to_the_end(day, status, words):
    if status is NoticeStatus.EXPIRED:
        day.to(S.READY)
        day.call(deployments.expire_overdue, now=END)
    elif status is NoticeStatus.REVOKED:
        day.to(S.READY)
        day.step(deployments.revoke, day.officer, CHECKED, reasons=REASONS)
    else:
        day.to(S.LIVE)
        day.call(deployments.end_overdue, now=END)
    assert notice(day).status is status
    assert words in page(day)


def test_a_deployment_with_a_withdrawn_notice_cannot_be_verified_into_time(day):
    day.to(S.SUBMITTED)
    day.approve()
    amend(day, PLANNED, max_subjects=11)
    assert not day.verify().verified
    assert day.get().notice_verified_at is None
    with pytest.raises(RuleViolated):
        day.step(deployments.mark_notice_verified, day.system, VERIFIED)


def test_the_address_is_forgiving_about_case(day):
    day.to(S.NOTICE_PUBLISHED)
    answer = Client().get(f"/notices/{day.force.slug}/LFR-2026-001/")
    assert (answer.status_code, answer["Location"]) == (301, path(day))
    assert Client().get(f"/notices/{day.force.slug}/lfr-2026-999/").status_code == 404
    assert Client().get("/notices/no-such-force/lfr-2026-001/").status_code == 404


def test_retries_of_the_sweep_change_nothing(day):
    day.to(S.NOTICE_PUBLISHED)
    before = notice(day)
    assert events.sweep(force_id=day.force.id, now=utc_now(), grace=timedelta(0)) == 0
    assert notice(day) == before


def test_the_look_is_a_real_request_to_the_public_address(day, live_server, settings):
    day.to(S.SUBMITTED)
    day.approve()
    settings.LFR_PUBLIC_BASE_URL = live_server.url
    look = day.verify(fetch=None)
    assert (look.verified, look.status) == (True, 200)
    assert day.get().notice_verified_at == VERIFIED


def test_the_task_looks_at_every_page_that_nobody_has_seen(day, other_day, live_server, settings):
    """By the real clock, so the window lies ahead of it whenever this runs."""
    now = utc_now()
    start = now + timedelta(days=30)
    for each in (day, other_day):
        each.draft(window_start=start, window_end=start + HOUR)
        each.step(deployments.submit, each.planner, now)
        each.approve(now=now)
    settings.LFR_PUBLIC_BASE_URL = live_server.url
    tasks.verify()
    for each in (day, other_day):
        assert each.get().notice_verified_at >= now
        assert each.call(notices.awaiting_verification) == []
