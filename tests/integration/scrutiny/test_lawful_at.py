"""What was in force at an instant, rebuilt from the rows that the operations of a real day left behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.accounts.models import RoleGrant
from apps.core.errors import NotFound
from apps.deployments import api as deployments
from apps.deployments.data import CheckKind, Duty
from apps.deployments.data import DeploymentState as S
from apps.deployments.models import Deployment
from apps.notices.models import Notice, NoticeOutage
from apps.scrutiny.lawful import records
from apps.scrutiny.lawful.data import Standing
from apps.scrutiny.lawful.rules import rebuild
from apps.watchlists import api as watchlists
from tests.support.days import CHECKED, END, IMPORTED, START, make_day
from tests.support.plans import REASONS

MINUTE = timedelta(minutes=1)
NOON = START + timedelta(hours=2)
KEPT, NOT_KEPT, NOT_RECORDED = Standing.KEPT, Standing.NOT_KEPT, Standing.NOT_RECORDED


@pytest.fixture
def day(real_db):
    return make_day()


@pytest.fixture
def live(day):
    day.to(S.LIVE)
    return day


def at(day, instant, *, named=True):
    def read():
        found = records.read(deployments.get(deployment_id=day.deployment_id), at=instant, named=named)
        return rebuild(found, instant)

    return day.call(read)


def words(moment, key):
    return " | ".join(next(line.was for line in moment.lines if line.key == key))


def broken(moment):
    return {line.key for line in moment.with_standing(NOT_KEPT)}


def test_while_it_ran_by_the_rules_nothing_is_said_to_be_broken(live):
    found = at(live, NOON)
    assert not found.impossible
    assert broken(found) == set()
    # No worker recognised in this test, and the record says so rather than nothing.
    assert {line.key for line in found.with_standing(NOT_RECORDED)} == {"recognition"}
    assert found.conclusion.startswith(
        "Of the rules that the platform checks, none is on record as broken at 12:00:00"
    )
    assert live.get().authority_hash in words(found, "authority")
    assert live.officer.label in words(found, "approval")
    assert live.get().watchlist_seal_hash in words(found, "list")
    assert "1 person" in words(found, "list")
    assert "8 days 2 hours by then" in words(found, "notice")
    assert "0.42" in words(found, "model")
    assert live.operator.label in words(found, "staff")
    assert "3 hours before" in words(found, "sign.1")


@pytest.mark.parametrize(
    ("instant", "why"),
    [
        (START - MINUTE, "the authorised window had not begun"),
        (IMPORTED - MINUTE, "“Notice published”"),
        (END, "the authorised window was over"),
        (END + timedelta(days=2), "“Ended”"),
    ],
)
def test_before_the_start_and_after_the_end_recognition_was_impossible(live, instant, why):
    live.call(deployments.end_overdue, now=END + MINUTE)
    found = at(live, instant)
    assert any(why in reason for reason in found.impossible), found.impossible
    assert found.conclusion.startswith("Recognition was impossible at ")
    assert "kept" not in found.conclusion
    asked = {line.key for line in found.lines if line.standing is not Standing.NOT_ASKED}
    assert asked <= {"authority", "settings", "alerts"}


def test_a_suspension_is_told_for_its_time_only(live):
    live.step(deployments.suspend, live.operator, NOON, reason="smoke in the square")
    live.step(deployments.resume, live.silver, NOON + 5 * MINUTE)
    assert not at(live, NOON - MINUTE).impossible
    suspended = at(live, NOON + MINUTE)
    assert suspended.impossible == ("its state was “Suspended”",)
    assert "12:00:00" in words(suspended, "state")
    assert "smoke" not in words(suspended, "state"), "what somebody typed is in the decision log"
    assert not at(live, NOON + 5 * MINUTE).impossible


def test_a_narrowing_is_followed_link_by_link(live):
    before = live.get().authority_hash
    one = next(camera for camera in live.get().authority.cameras if camera.name == "North side")
    narrower = live.plan(cameras=(one,), assessments=live.get().authority.assessments)
    live.step(deployments.amend, live.planner, NOON, authority=narrower, reason=REASONS)
    early, late = at(live, NOON - MINUTE), at(live, NOON)
    assert before in words(early, "authority")
    assert live.get().authority_hash in words(late, "authority")
    assert "Revision 2 (narrowed)" in words(late, "authority")
    assert "Narrowed since" in words(late, "approval")
    assert "South side" in words(early, "cameras")
    assert "South side" not in words(late, "cameras")
    assert (broken(early), broken(late)) == (set(), set())


def test_a_content_that_was_changed_underneath_is_found(live, owner_connection):
    """As the owner: the application may not change a revision at all."""
    owner_connection.execute(
        "UPDATE deployments_authorityrevision SET content = content || %s::jsonb WHERE deployment_id = %s",
        ['{"threshold": "0.3000"}', live.deployment_id],
    )
    found = at(live, NOON)
    assert "authority" in broken(found)
    assert "has another hash now" in words(found, "authority")
    assert "Not kept: the authority" in found.conclusion


def test_another_content_on_the_deployment_than_the_last_revision_is_found(live):
    live.call(
        Deployment.objects.filter(id=live.deployment_id).update,
        authority_hash="0" * 64,
        approved_hash="0" * 64,
    )
    assert broken(at(live, NOON)) == {"authority"}


def test_a_person_taken_off_is_counted_from_then_on_and_named_nowhere(live):
    (subject,) = live.call(watchlists.subject_ids, watchlist_id=live.get().watchlist_id)
    live.step(deployments.remove_person, live.operator, NOON, subject_id=subject, reason=REASONS)
    early, late = at(live, NOON - MINUTE), at(live, NOON + MINUTE)
    assert "Taken off by then: 0; on it then: 1 person" in words(early, "list")
    assert "Taken off by then: 1; on it then: 0 people" in words(late, "list")
    said = repr([(line.was, line.source) for moment in (early, late) for line in moment.lines])
    assert "TS-001" not in said
    assert str(subject) not in said


def test_a_sign_nobody_looks_at_is_overdue_after_the_forces_interval(live):
    due = CHECKED + timedelta(hours=4)
    assert at(live, due - timedelta(seconds=1)).standing("sign.1") is KEPT
    late = at(live, due)
    assert broken(late) == {"sign.1", "sign.2"}
    assert "overdue" in words(late, "sign.1")
    live.signs(now=due + MINUTE)
    assert at(live, due + MINUTE).standing("sign.1") is KEPT
    assert at(live, due).standing("sign.1") is NOT_KEPT, "what was later does not mend what was"


def test_whoever_went_off_duty_is_not_on_it_and_is_again_when_they_come_back(live):
    """Too few people suspend it, so what the day lost is told as it was: nobody on that duty."""
    live.step(deployments.lay_down_duty, live.operator, NOON, duty=Duty.OPERATOR)
    live.step(deployments.record_duty, live.operator, NOON + 10 * MINUTE, duty=Duty.OPERATOR)
    on, off, back = (words(at(live, NOON + n * MINUTE), "staff") for n in (-1, 1, 11))
    assert live.operator.label in on
    assert "operator: nobody" in off
    assert live.operator.label in back
    assert "since 12:10:00" in back
    assert at(live, NOON + MINUTE).impossible == ("its state was “Suspended”",)


def test_coming_back_by_doing_something_counts_from_then(live):
    live.step(deployments.lay_down_duty, live.engineer, NOON, duty=Duty.ENGINEER)
    live.step(
        deployments.record_check, live.engineer, NOON + 9 * MINUTE, kind=CheckKind.CAMERA_FOCUS, passed=True
    )
    assert "system engineer: nobody" in words(at(live, NOON + 8 * MINUTE), "staff")
    assert "since 12:09:00" in words(at(live, NOON + 9 * MINUTE), "staff")


def test_an_outage_of_the_notice_counts_once_it_is_longer_than_the_force_tolerates(live):
    began = NOON

    def away():
        notice = Notice.objects.get(deployment_id=live.deployment_id)
        NoticeOutage.objects.create(
            notice=notice,
            was_looked_at=True,
            began_at=began,
            ended_at=began + timedelta(hours=1),
            problem="502",
        )

    live.call(away)
    assert at(live, began + 30 * MINUTE).standing("notice_away") is KEPT
    assert broken(at(live, began + 31 * MINUTE)) == {"notice_away"}
    assert at(live, began + 60 * MINUTE).standing("notice_away") is KEPT


def test_a_camera_that_was_stopped_is_told(live):
    camera = live.get().authority.cameras[0]
    live.call(
        deployments.stop_camera,
        deployment_id=live.deployment_id, camera_id=camera.id, heard_at=NOON, reason="silent", now=NOON,
    )  # fmt: skip
    assert "None was stopped" in words(at(live, NOON - MINUTE), "cameras")
    assert f"Stopped: {camera.name}" in words(at(live, NOON), "cameras")


def test_a_gap_is_told_for_its_time(live):
    live.step(
        deployments.record_gap, live.system, NOON + 5 * MINUTE,
        camera_id=None, started_at=NOON, ended_at=NOON + MINUTE, reason="relay lost",
    )  # fmt: skip
    assert "A gap: every camera" in words(at(live, NOON), "recognition")
    assert "A gap" not in words(at(live, NOON + MINUTE), "recognition")


def test_oversight_reads_codes_and_people_of_the_force_names(day):
    names = {"officer": "Zelda Quillfeather", "operator": "Ottoline Marsh", "silver": "Sigrun Vane"}
    for duty, name in names.items():
        setattr(day, duty, day.person(name, *getattr(day, duty).roles))
    day.to(S.LIVE)
    named, coded = repr(at(day, NOON).lines), repr(at(day, NOON, named=False).lines)
    for name in names.values():
        assert name in named
        assert name not in coded
        assert name.split()[1] not in coded
    assert "P-" in coded
    assert "P-" not in named


def test_another_force_has_no_such_deployment(live):
    other = make_day("south")

    with pytest.raises(NotFound):
        other.call(records.find, reference=live.get().reference)


def test_a_plan_that_no_officer_decided_on_has_no_moments(day):

    day.to(S.SUBMITTED)
    with pytest.raises(NotFound):
        day.call(records.find, reference=day.get().reference)


def test_a_role_that_is_taken_away_later_counts_as_it_was_then(live):
    before = at(live, NOON)
    later = NOON + 10 * MINUTE
    live.call(RoleGrant.objects.filter(user_id=live.operator.id).update, revoked_at=later)
    assert words(at(live, NOON), "staff") == words(before, "staff")
    lost = at(live, later)
    assert "no certificate in force, not counted" in words(lost, "staff")
    assert broken(lost) == {"staff"}
