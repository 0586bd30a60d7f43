"""An operation of several days: one more day with one press, submitted together, decided each by itself."""

import re
from datetime import UTC, datetime, timedelta
from importlib import import_module

from apps.deployments import api as deployments
from apps.deployments.data import CameraRef
from apps.deployments.data import DeploymentState as S
from apps.deployments.operations.saving import start_plan
from apps.deployments.planning.plans import plan_version
from tests.support.days import START, make_day
from tests.support.plan_pages import LATER, address, all_of, see, send, verbs


def hidden(page):
    """What the button "Add another day" sends."""
    form = page.split("another-day/")[1]
    return dict(re.findall(r'type="hidden" name="(\w+_\w+)" value="([^"]*)"', form)[:3])


def test_another_day_is_added_with_one_press_and_takes_no_urgency_over(day, cast):
    urgent = {"urgent_grounds": "imminent_threat", "urgent_reason": "A threat that does not wait a week."}
    one = day.plan().cameras[0]
    zoned = (CameraRef(one.id, one.name, ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))),)
    source = day.draft(cameras=zoned, starts_by=START + timedelta(hours=1), **urgent)
    page = see(cast["planner"], address(day, "operation"))[1]
    assert "Operation Lantern" in page
    status, page = send(cast["planner"], address(day, "operation/another-day"), hidden(page))
    assert status == 302
    (added,) = [each for each in all_of(day) if each.id != source.id]
    assert added.reference in page
    assert source.reference in page
    assert added.authority.window_start == source.authority.window_start + timedelta(days=1)
    assert added.authority.window_end == source.authority.window_end + timedelta(days=1)
    assert (added.state, added.approved_hash, added.authority.cameras) == (S.DRAFT, None, zoned)
    assert (added.authority.urgent_grounds, added.authority.starts_by) == ("", None)
    assert added.authority.necessity == source.authority.necessity
    # Twice is the day after that, not the same day again.
    again = hidden(see(cast["planner"], address(day, "operation"))[1])
    assert again["start_date"] == "2026-12-12"


def test_the_next_day_keeps_the_hours_of_the_clock_when_it_changes(day, cast):
    saturday = datetime(2027, 3, 27, 10, tzinfo=UTC)
    day.draft(window_start=saturday, window_end=saturday + timedelta(hours=5))
    fields = hidden(see(cast["planner"], address(day, "operation"))[1])
    assert send(cast["planner"], address(day, "operation/another-day"), fields)[0] == 302
    windows = sorted(each.authority.window_start for each in all_of(day))
    assert windows == [saturday, datetime(2027, 3, 28, 9, tzinfo=UTC)]
    night = fields | {"start_time": "01:30", "end_time": "05:00"}
    status, page = send(cast["planner"], address(day, "operation/another-day"), night)
    assert status == 422
    assert "01:30 does not exist" in page
    assert len(all_of(day)) == 2


def days_of(day, first, *further):
    """The days of one operation."""
    drafted = [day.draft(**first)]
    drafted += [day.draft(day_of=drafted[0].id, **each) for each in further]
    day.deployment_id = drafted[0].id
    return drafted


TOMORROW = {"window_start": START + timedelta(days=1), "window_end": START + timedelta(days=1, hours=6)}


def test_the_days_are_submitted_together_and_the_officer_sees_them_together(day, cast):
    drafted = days_of(day, {}, TOMORROW)
    # Of the same name, and another operation all the same.
    other = day.draft()
    assert other.authority.operation == drafted[0].authority.operation
    day.deployment_id = drafted[0].id
    page = see(cast["planner"], address(day, "operation/submit"))[1]
    fields = {"versions": re.search(r'name="versions" value="([^"]*)"', page)[1]}
    assert send(cast["planner"], address(day, "operation/submit"), fields)[0] == 422
    assert {each.state for each in all_of(day)} == {S.DRAFT}
    assert send(cast["planner"], address(day, "operation/submit"), fields | {"declared": "on"})[0] == 302
    states = {each.id: each.state for each in all_of(day)}
    assert states == {drafted[0].id: S.SUBMITTED, drafted[1].id: S.SUBMITTED, other.id: S.DRAFT}
    assert "deployment.submitted" in verbs(day)
    page = see(cast["officer"], address(day, "operation"))[1]
    for each in drafted:
        assert f"/deployments/{each.id}/decide/" in page
    table, elsewhere = page.split("</table>")
    assert other.reference not in table
    assert f"that of {other.reference}" in elsewhere
    assert "Add another day" not in page


def test_one_day_with_a_gap_keeps_all_of_them_and_says_which(day, cast):
    complete, gap = days_of(day, {}, TOMORROW | {"necessity": ""})
    page = see(cast["planner"], address(day, "operation/submit"))[1]
    assert "Write the necessity" in page
    assert 'name="declared"' not in page
    versions = " ".join(f"{each.id}={plan_version(each)}" for each in (complete, gap))
    status, page = send(
        cast["planner"], address(day, "operation/submit"), {"versions": versions, "declared": "on"}
    )
    assert status == 422
    assert f"{gap.reference}: Write the necessity" in page
    assert {each.state for each in all_of(day)} == {S.DRAFT}


def test_what_is_submitted_together_is_what_was_read(day, cast):
    days_of(day, {}, TOMORROW)
    page = see(cast["planner"], address(day, "operation/submit"))[1]
    fields = {"versions": re.search(r'name="versions" value="([^"]*)"', page)[1], "declared": "on"}
    day.step(deployments.amend, day.planner, LATER, authority=day.plan(place_name="Their place"))
    status, page = send(cast["planner"], address(day, "operation/submit"), fields)
    assert status == 422
    assert "The plan changed after you opened this page" in page
    assert {each.state for each in all_of(day)} == {S.DRAFT}
    for broken in ("", "nonsense", f"{day.deployment_id}=", "x=y"):
        assert (
            send(cast["planner"], address(day, "operation/submit"), fields | {"versions": broken})[0] == 422
        )


def test_no_other_force_is_in_an_operation_of_the_same_name(day, cast):
    day.draft()
    foreign = make_day("south").draft()
    assert foreign.authority.operation == day.get().authority.operation
    assert str(foreign.id) not in see(cast["planner"], address(day, "operation"))[1]
    fields = {"versions": f"{foreign.id}=x", "declared": "on"}
    assert send(cast["planner"], address(day, "operation/submit"), fields)[0] == 404


def test_days_of_another_operation_are_not_submitted_along(day, cast):
    mine, other = days_of(day, {})[0], day.draft(**TOMORROW)
    day.deployment_id = mine.id
    versions = " ".join(f"{each.id}={plan_version(each)}" for each in (mine, other))
    fields = {"versions": versions, "declared": "on"}
    status, page = send(cast["planner"], address(day, "operation/submit"), fields)
    assert status == 422
    assert "not days of one operation" in page
    assert {each.state for each in all_of(day)} == {S.DRAFT}


def test_a_day_that_is_renamed_stays_in_its_operation_and_a_copy_begins_another(day, cast):
    first, second = days_of(day, {}, TOMORROW)
    day.step(deployments.amend, day.planner, LATER, authority=day.plan(operation="Operation Torch"))
    page = see(cast["planner"], address(day, "operation"))[1]
    assert second.reference in page.split("</table>")[0]
    assert "named “Operation Lantern”" in page
    copied = day.call(
        start_plan,
        authority=second.authority,
        publish_at=None,
        copied_from=first.id,
        actor=day.planner,
        now=LATER,
    )
    assert copied.operation_id not in {None, first.operation_id}
    assert first.operation_id == second.operation_id


def test_two_days_of_one_date_are_told_apart_by_place_and_each_lack_leads_to_its_field(day, cast):
    _, other = days_of(day, {}, {"place_name": "Church Street", "necessity": ""})
    page = see(cast["planner"], address(day, "operation/submit"))[1]
    assert f"Church Street, {other.reference}" in page
    assert "Market Square, Exampleton, " in page
    assert f'href="/deployments/{other.id}/plan/necessity/#id_necessity"' in page


NAMES = ("Lantern", "Lantern", "Torch", "", "")


def test_what_was_one_operation_by_its_name_stays_one_and_no_force_is_mixed(day, owner_connection):
    """The statements of the migration, on rows as they were before it."""
    rows = [day.draft(operation=name).id for name in NAMES]
    foreign = make_day("south").draft(operation="Lantern").id
    migration = import_module("apps.deployments.migrations.0008_operations")
    with owner_connection.transaction(force_rollback=True):
        owner_connection.execute("ALTER TABLE deployments_deployment ALTER operation_id DROP NOT NULL")
        owner_connection.execute("UPDATE deployments_deployment SET operation_id = NULL")
        owner_connection.execute(migration.BY_NAME)
        owner_connection.execute(migration.ALONE)
        after = dict(
            owner_connection.execute("SELECT id, operation_id FROM deployments_deployment").fetchall()
        )
    lantern, again, torch, unnamed, another = [after[row] for row in rows]
    assert lantern == again
    assert None not in after.values()
    assert len({lantern, torch, unnamed, another, after[foreign]}) == 5
