"""Each role signs in and finds its work; nobody finds another force's, or more than they may see."""

import pytest
import time_machine

from apps.accounts.models import TrainingCertificate
from apps.core.tenancy import force_context
from apps.deployments.data import DeploymentState as S
from tests.support.cast import CAST, make_cast
from tests.support.days import CHECKED, IMPORTED, PLANNED, START, make_day


@pytest.fixture
def day(real_db):
    return make_day()


@pytest.fixture
def cast(day):
    return make_cast(day)


def home_of(member, at):
    with time_machine.travel(at):
        answer = member.client().get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_stranger_is_taken_to_the_public_notices(client):
    assert client.get("/").url == "/notices/"


@pytest.mark.parametrize("name", list(CAST))
def test_everybody_has_a_home_before_anything_exists(name, cast):
    page = home_of(cast[name], PLANNED)
    assert page.count("<h1") == 1
    assert "Sign out" in page


def test_the_planner_sees_a_draft_and_the_officer_does_not_wait_for_it(day, cast):
    reference = day.draft().reference
    assert "1 deployment waits for you" in home_of(cast["planner"], PLANNED)
    officer = home_of(cast["officer"], PLANNED)
    assert "Nothing waits for you" in officer
    assert reference not in officer


def test_a_submitted_plan_waits_for_the_officer_and_the_planner_reads_for_whom(day, cast):
    day.to(S.SUBMITTED)
    assert "1 deployment waits for you" in home_of(cast["officer"], PLANNED)
    planner = home_of(cast["planner"], PLANNED)
    assert "Nothing waits for you" in planner
    assert "authorising officer" in planner


def test_an_officer_without_a_certificate_reads_that_before_they_read_the_plan(day, cast):
    day.to(S.SUBMITTED)
    officer = cast["officer"]
    page = f"/deployments/{day.deployment_id}/"
    words = "You cannot approve it yet"
    assert words not in officer.client().get(page).content.decode()
    with force_context(day.force.id):
        TrainingCertificate.objects.filter(user_id=officer.actor.id).update(withdrawn_at=PLANNED)
    for shown in (home_of(officer, PLANNED), officer.client().get(page).content.decode()):
        assert words in shown
        assert "no certificate" in shown


def test_a_plan_does_not_wait_for_an_officer_who_planned_it(day, cast):
    day.to(S.SUBMITTED)
    with time_machine.travel(PLANNED):
        day.call(_grant, member=cast["planner"], day=day)
    assert "Nothing waits for you" in home_of(cast["planner"], PLANNED)


def _grant(member, day):
    from apps.accounts import api as accounts
    from apps.core.data import Role

    accounts.grant_role(user_id=member.actor.id, role=Role.AUTHORISING_OFFICER, actor=day.system, now=PLANNED)


def test_the_list_waits_for_the_planner_once_it_may_be_imported(day, cast):
    day.to(S.NOTICE_PUBLISHED)
    assert "Nothing waits for you" in home_of(cast["planner"], PLANNED)
    assert "1 deployment waits for you" in home_of(cast["planner"], IMPORTED)


def test_the_commander_finds_the_start_and_then_the_board(day, cast):
    day.to(S.READY)
    assert "1 deployment waits for you" in home_of(cast["silver"], START)
    with time_machine.travel(START):
        day.step(_start, day.silver, START)
    live = home_of(cast["silver"], START)
    assert f"/board/{day.deployment_id}/" in live
    # "Run it" leads to where it is run, and not to the checklist of before the start.
    assert f'href="/deployments/{day.deployment_id}/run/">Run it.' in live


def _start(**arguments):
    from apps.deployments import api as deployments

    return deployments.start(**arguments)


def test_operators_find_the_console_and_how_many_alerts_wait(day, cast):
    with time_machine.travel(START):
        day.to(S.LIVE)
    page = home_of(cast["operator"], START)
    assert f"/console/{day.deployment_id}/" in page
    assert "No alert waits for an operator" in page


def test_a_review_that_is_not_written_in_time_is_late(day, cast):
    from datetime import timedelta

    from apps.deployments import api as deployments

    with time_machine.travel(START):
        day.to(S.LIVE)
        day.step(deployments.end, day.silver, START + timedelta(hours=1), reason="done for today")
    page = home_of(cast["silver"], START + timedelta(days=9))
    assert "Late" in page
    assert "Was due" in page


def test_oversight_sees_records_and_no_deployment_page(day, cast):
    with time_machine.travel(START):
        day.to(S.LIVE)
    page = home_of(cast["oversight"], START)
    assert f'/deployments/{day.deployment_id}/"' not in page
    # Their meeting and their questions belong to the notice, and have a page of their own.
    assert f"/deployments/{day.deployment_id}/notice/" in page
    assert "/records/" in page
    with time_machine.travel(START):
        assert cast["oversight"].client().get(f"/board/{day.deployment_id}/").status_code == 403


def test_another_force_sees_nothing_of_it(day, cast):
    day.to(S.SUBMITTED)
    other = make_day("south")
    stranger = make_cast(other)["officer"]
    page = home_of(stranger, PLANNED)
    assert "Nothing waits for you" in page
    assert day.get().reference not in page or day.get().authority.place_name not in page
    with time_machine.travel(CHECKED):
        assert stranger.client().get(f"/board/{day.deployment_id}/").status_code == 404


def test_home_asks_as_often_for_many_deployments_as_for_one(day, cast, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for more in (1, 6):
        for _ in range(more):
            day.draft()
            day.step(_submit, day.planner, PLANNED)
        with time_machine.travel(PLANNED):
            client = cast["officer"].client()
            with CaptureQueriesContext(connection) as asked:
                assert client.get("/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def _submit(**arguments):
    from apps.deployments import api as deployments

    return deployments.submit(**arguments)


def test_the_board_shows_what_stands_between_now_and_the_start(day, cast):
    with time_machine.travel(IMPORTED):
        day.to(S.NOTICE_PUBLISHED)
        page = cast["silver"].client().get(f"/board/{day.deployment_id}/").content.decode()
    assert "Not done" in page
    assert "No list has been imported" in page


def test_an_engineer_is_told_of_a_camera_that_nobody_carries(day, cast):
    day.to(S.NOTICE_PUBLISHED)
    assert "Enrol a relay" not in home_of(cast["engineer"], PLANNED)
    page = home_of(cast["engineer"], IMPORTED)
    assert "Enrol a relay: none carries" in page
    assert f"/equipment/{day.deployment_id}/relays/new/" in page


def test_the_board_says_who_stopped_recognition_and_why(day, cast):
    from datetime import timedelta

    from apps.deployments import api as deployments

    with time_machine.travel(START):
        day.to(S.LIVE)
        day.step(
            deployments.suspend, day.operator, START + timedelta(minutes=1), reason="the <sign> fell over"
        )
        page = cast["silver"].client().get(f"/board/{day.deployment_id}/").content.decode()
    assert "Suspended by PC Operator" in page
    assert "the &lt;sign&gt; fell over" in page
