"""What was in force at a moment, and the form for a disclosure pack, on a phone and on a desk."""

from datetime import timedelta

from tests.support.cast import make_cast
from tests.support.clocks import travelled
from tests.support.days import END, START
from tests.support.looks import check_page


def ran():
    """A day with a pause, a sign that nobody looked at in time, and an end by the window."""
    from apps.deployments import api as deployments
    from apps.deployments.data import DeploymentState as S
    from tests.support.days import make_day

    day = make_day("north")
    day.members = make_cast(day)
    day.to(S.LIVE)
    hour = timedelta(hours=1)
    day.step(deployments.suspend, day.silver, START + hour, reason="A sign fell over in the wind.")
    day.step(deployments.resume, day.silver, START + hour + timedelta(minutes=14))
    day.call(deployments.end_overdue, now=END + timedelta(seconds=5))
    return day


def test_a_moment_and_a_pack_look_right(off_loop, open_as, server):
    day = off_loop(ran)
    record = f"{server.address}/records/lfr-2026-001"
    with travelled(END + timedelta(hours=1)):
        page = open_as(day.members["silver"], "/records/lfr-2026-001/at/")
        check_page(page, "moment-asked")
        for typed, name in (
            ("12:00", "kept"),
            ("14:03", "overdue"),
            ("11:05", "impossible"),
            ("25", "wrong"),
        ):
            page.goto(f"{record}/at/?time={typed}")
            check_page(page, f"moment-{name}")
        page.goto(f"{record}/disclosure/")
        check_page(page, "disclosure")
        page.get_by_role("button", name="Make the pack").click()
        page.get_by_text("There is a problem").wait_for()
        check_page(page, "disclosure-wrong")
