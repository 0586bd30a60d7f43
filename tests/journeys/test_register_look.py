"""The membership register as a planner asks it and reads its answer, on a phone and on a desk."""

from datetime import timedelta

import pytest

from tests.support.cast import make_cast
from tests.support.looks import check_page


@pytest.fixture
def day(off_loop):
    """A list that is there now, and an earlier one from which the same person was taken off."""
    from apps.core.clock import utc_now
    from apps.deployments import api as deployments
    from apps.watchlists import api as watchlists
    from apps.watchlists.models import Subject
    from tests.support import days

    def planned(made, start):
        authority = made.plan(window_start=start, window_end=start + timedelta(hours=4))
        before = start - timedelta(days=9)
        drafted = made.call(deployments.draft, authority=authority, actor=made.planner, now=before)
        made.deployment_id = drafted.id
        made.step(deployments.submit, made.planner, before)
        made.approve(now=before)
        made.verify(now=start - timedelta(days=8))
        now = start - timedelta(hours=3)
        assert made.import_list(now=now, rows=[days.listed(now=now)]).committed
        return drafted.id

    def make():
        now = utc_now()
        made = days.make_day()
        made.members = make_cast(made)
        earlier = planned(made, now - timedelta(days=30))
        subject = made.call(lambda: Subject.objects.get(watchlist__deployment_id=earlier))
        made.call(
            watchlists.remove_subject, subject_id=subject.id, reason="no longer wanted", actor=made.planner,
            now=now - timedelta(days=30, hours=1),
        )  # fmt: skip
        planned(made, now + timedelta(hours=3))
        return made

    return off_loop(make)


def test_a_planner_asks_and_reads_a_yes_and_a_no(day, open_as, server):
    page = open_as(day.members["planner"], "/")
    page.get_by_role("link", name="Was somebody listed?").click()
    check_page(page, "register-question")
    page.get_by_role("button", name="Ask the register").click()
    check_page(page, "register-refused")
    ask(page, "TS-001")
    assert "TS-001 was listed 2 times" in page.locator("h1").inner_text()
    check_page(page, "register-yes")
    page.emulate_media(media="print")
    assert not page.get_by_role("link", name="Ask another question").is_visible()
    assert page.get_by_role("heading", name="How to read it").is_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Ask another question").click()
    ask(page, "TS-002")
    assert "TS-002 is on no list in the register" in page.locator("h1").inner_text()
    check_page(page, "register-no")


def ask(page, reference):
    page.get_by_label("Reference of the person").fill(reference)
    page.get_by_label("Number of the request").fill("Request 2027/114")
    page.get_by_role("button", name="Ask the register").click()
