"""Signatures for one person each, and whether people are still wanted: looked at on a phone and on a desk."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.cast import make_cast
from tests.support.looks import check_page

WHY = "Agreed with the officer and the disability network on 1 June"


@pytest.fixture
def day(off_loop):
    """A list with one person who needs a signature, for a deployment in some hours."""
    from apps.core.clock import utc_now
    from apps.deployments import api as deployments
    from apps.forces.models import Force
    from apps.watchlists import api as watchlists
    from tests.support import days

    def make():
        now = utc_now()
        made = days.make_day()
        made.members = make_cast(made)
        start = now + timedelta(hours=3)
        planned = start - timedelta(days=9)
        authority = made.plan(window_start=start, window_end=start + timedelta(hours=4))
        drafted = made.call(deployments.draft, authority=authority, actor=made.planner, now=planned)
        made.deployment_id = drafted.id
        made.step(deployments.submit, made.planner, planned)
        made.approve(now=planned)
        made.verify(now=start - timedelta(days=8))
        row = days.listed(now=now)
        special = replace(row, disability=True, special_reason=WHY, approach_plan="By somebody they know")
        assert made.import_list(now=now, rows=[special]).committed
        listed = made.call(watchlists.get_for_deployment, deployment_id=drafted.id)
        made.call(Force.objects.filter(id=made.force.id).update, status_service="https://status.example/")
        failed = made.call(
            watchlists.begin_status_check, watchlist_id=listed.id, source="service", asked=1,
            actor=made.system, now=now,
        )  # fmt: skip
        made.call(
            watchlists.fail_status_check, check_id=failed.id, problem="the service did not answer",
            actor=made.system, now=now,
        )  # fmt: skip
        return made

    return off_loop(make)


def test_an_officer_reads_signs_and_the_planner_sees_it(day, open_as, server):
    one = f"{server.address}/deployments/{day.deployment_id}/list"
    planner = open_as(day.members["planner"], "/")
    planner.goto(f"{one}/signatures/")
    check_page(planner, "signatures-planner")
    planner.goto(f"{one}/?people=1")
    check_page(planner, "list-with-special")
    planner.goto(f"{one}/status/")
    assert "did not answer" in planner.inner_text("main")
    check_page(planner, "status")
    officer = open_as(day.members["officer"], "/")
    officer.goto(f"{one}/signatures/")
    check_page(officer, "signatures-officer")
    officer.get_by_role("radio", name="I sign").check()
    officer.get_by_label("Why", exact=True).fill("I spoke to the person and to their supervisor on Monday")
    officer.get_by_role("button", name="Record and go on").click()
    assert "Signed by" in officer.inner_text("main")
    check_page(officer, "signatures-signed")
