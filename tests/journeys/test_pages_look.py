"""Every page at the width of a phone and of a desk: no accessibility fault, no overflow, one h1, a title."""

from datetime import timedelta

import pytest

from tests.support.cast import make_cast
from tests.support.looks import check_page


@pytest.fixture
def day(off_loop):
    """A force whose deployment is live now, and one waiting for a decision."""
    from apps.core.clock import utc_now
    from tests.support import days

    def make():
        now = utc_now()
        made = days.make_day()
        made.members = make_cast(made)
        made.waiting = draft_and_submit(made, now)
        return made

    return off_loop(make)


def draft_and_submit(day, now):
    from apps.deployments import api as deployments

    start = now + timedelta(days=20)
    authority = day.plan(window_start=start, window_end=start + timedelta(hours=4))
    drafted = day.call(deployments.draft, authority=authority, actor=day.planner, now=now)
    day.call(deployments.submit, deployment_id=drafted.id, actor=day.planner, now=now)
    return drafted.id


PAGES = {
    "home-planner": ("planner", "/"),
    "home-officer": ("officer", "/"),
    "home-commander": ("silver", "/"),
    "home-operator": ("operator", "/"),
    "home-engineer": ("engineer", "/"),
    "home-oversight": ("oversight", "/"),
    "board": ("silver", "/board/{waiting}/"),
    "equipment": ("engineer", "/equipment/"),
    "register-camera": ("engineer", "/equipment/cameras/new/"),
    "enrol-relay": ("engineer", "/equipment/{waiting}/relays/new/"),
    "not-found": (None, "/nowhere/"),
    "not-yours": ("operator", "/equipment/"),
    "sign-in": (None, "/sign-in/"),
}


def test_every_page_looks_right(day, open_as, server):
    pages = {}
    for name, (who, address) in PAGES.items():
        if who not in pages:
            pages[who] = open_as(day.members[who] if who else None, "/" if who else "/sign-in/")
        page = pages[who]
        page.goto(f"{server.address}{address.format(waiting=day.waiting)}")
        check_page(page, name)
