"""The notice clock stops while nobody could read the page, and everybody is told."""

from datetime import timedelta

import pytest

from apps.audit import api as audit
from apps.core.errors import RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.notices import api as notices
from apps.notices.models import Notice
from tests.support.days import START, VERIFIED, anonymous_fetch
from tests.support.plans import FLOODED

MINUTE = timedelta(minutes=1)


def away(url):
    return 0, "no answer: refused"


def looks(day, begin, minutes, fetch):
    """One look a minute, as the task makes them. The time of the last one."""
    for minute in range(1, minutes + 1):
        day.verify(now=begin + minute * MINUTE, fetch=fetch)
    return begin + minutes * MINUTE


def counted_from(day):
    deployment = day.get()
    with_row = day.call(lambda: Notice.objects.get(deployment_id=day.deployment_id))
    assert with_row.verified_at == deployment.notice_verified_at
    assert with_row.first_seen_at == VERIFIED
    return deployment.notice_verified_at


def test_an_outage_within_the_tolerance_is_recorded_and_stops_nothing(day):
    day.to(S.NOTICE_PUBLISHED)
    gone = looks(day, VERIFIED, 1, anonymous_fetch)
    back = looks(day, gone, 29, away) + MINUTE
    day.verify(now=back)
    [outage] = day.call(notices.outages_of, deployment_id=day.deployment_id)
    assert (outage.began_at, outage.ended_at) == (gone, back)
    assert outage.problem == "no answer: refused"
    assert not outage.stopped
    assert counted_from(day) == VERIFIED


def test_a_longer_one_stops_the_clock_for_all_of_it_while_it_lasts_already(day):
    day.to(S.NOTICE_PUBLISHED)
    gone = looks(day, VERIFIED, 1, anonymous_fetch)
    last = looks(day, gone, 31, away)
    assert counted_from(day) == VERIFIED + 31 * MINUTE
    last = looks(day, last, 9, away)
    day.verify(now=last + MINUTE)
    assert counted_from(day) == VERIFIED + 41 * MINUTE
    day.verify(now=last + 2 * MINUTE)
    assert counted_from(day) == VERIFIED + 41 * MINUTE
    [outage] = day.call(notices.outages_of, deployment_id=day.deployment_id)
    assert outage.stopped == 41 * MINUTE
    assert "The notice clock stopped for that time." in outage.words
    moved = [
        event
        for event in day.call(audit.events_about, object_id=day.deployment_id)
        if event.verb == "deployment.notice_set_back"
    ]
    assert moved[-1].payload["to"] == (VERIFIED + 41 * MINUTE).isoformat()


def test_what_it_cost_is_missing_at_the_start(day):
    """Seen eight days before; away for a day and an hour: the seven days are not full."""
    day.to(S.READY)
    for hours in range(1, 26):
        day.verify(now=VERIFIED + timedelta(hours=hours), fetch=away)
    # The task did not look every minute here: only what was observed counts.
    day.verify(now=VERIFIED + timedelta(hours=26))
    assert counted_from(day) == VERIFIED + timedelta(hours=25)
    with pytest.raises(RuleViolated) as refused:
        day.step(deployments.start, day.silver, START)
    assert "7 days" in " ".join(refused.value.reasons)


def test_where_nobody_looked_nothing_is_claimed_and_nothing_stops(day):
    day.to(S.NOTICE_PUBLISHED)
    day.verify(now=VERIFIED + 3 * timedelta(hours=1))
    [gap] = day.call(notices.outages_of, deployment_id=day.deployment_id)
    assert not gap.was_looked_at
    assert "nobody looked" in gap.words
    assert counted_from(day) == VERIFIED


def test_before_it_was_ever_seen_nothing_is_an_outage(day):
    day.to(S.SUBMITTED)
    day.approve()
    looks(day, VERIFIED - 60 * MINUTE, 60, away)
    assert day.call(notices.outages_of, deployment_id=day.deployment_id) == ()
    assert day.get().notice_verified_at is None


def test_what_was_called_off_is_watched_no_more(day):
    day.to(S.NOTICE_PUBLISHED)
    assert day.call(notices.to_watch, now=VERIFIED) == [day.deployment_id]
    day.step(deployments.cancel, day.planner, VERIFIED, **FLOODED)
    assert day.call(notices.to_watch, now=VERIFIED) == []
    day.verify(now=VERIFIED + MINUTE, fetch=away)
    looks(day, VERIFIED, 60, away)
    assert day.get().notice_verified_at == VERIFIED
