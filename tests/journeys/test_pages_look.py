"""Every page at the width of a phone and of a desk: no accessibility fault, no overflow, one h1, a title."""

from collections import Counter
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
        equip(made, now)
        return made

    return off_loop(make)


def draft_and_submit(day, now):
    from apps.deployments import api as deployments

    start = now + timedelta(days=20)
    authority = day.plan(window_start=start, window_end=start + timedelta(hours=4))
    drafted = day.call(deployments.draft, authority=authority, actor=day.planner, now=now)
    day.call(deployments.submit, deployment_id=drafted.id, actor=day.planner, now=now)
    return drafted.id


def equip(day, now):
    """A relay that reports with a wrong clock, and a code whose box was refused."""
    from apps.core.errors import RuleViolated
    from apps.relays import api as relays
    from apps.relays.data import Claim, IngestCounts, ReportedHealth, TallyDelta
    from apps.relays.edge.wire import CameraHealth, RelayHealth
    from apps.relays.edge.words import CaptureState, Fault
    from apps.relays.enrolment import give_code, redeem

    first, second = (camera.id for camera in day.plan().cameras)
    wish = {"deployment_id": day.waiting, "actor": day.engineer, "now": now}
    relay, _ = day.call(relays.enrol_relay, name="Van 1", camera_ids=[first], **wish)
    camera = CameraHealth(
        CaptureState.OPENING, 3, Fault.UNREACHABLE, 70, 900, 12, {"no_link": 4, "rate": 20}, 2.5
    )
    health = RelayHealth({first: camera}, offset_ms=3_200, rtt_ms=41, uptime_s=7_200, version="2.0")
    refused = {"captured too far from server time": 17, "out of order": 2}
    counts = IngestCounts(
        {first: TallyDelta(received=900, refused=19, refusals=Counter(refused), last_received_at=now)},
        {},
        # Still fresh when its page is looked at.
        ReportedHealth(health, now + timedelta(minutes=10), 4.5),
    )
    relays.record_ingest(relay=relay, counts=counts, now=now)
    _, text = day.call(give_code, name="Van 2", camera_ids=[second], **wish)
    claim = Claim(code=text, box_id="box-of-van-2", residue=("core dumps enabled",), checked_at=now)
    with pytest.raises(RuleViolated):
        redeem(claim=claim, origin="", now=now)


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
    "cameras": ("engineer", "/deployments/{waiting}/cameras/"),
    "blue-list": ("engineer", "/blue-list/"),
    "engagements": ("silver", "/deployments/{waiting}/engagements/"),
    "console-earlier-none": ("operator", "/console/{waiting}/earlier/"),
    "webhooks": ("admin", "/force/webhooks/"),
    "webhook-new": ("admin", "/force/webhooks/new/"),
    "not-found": (None, "/nowhere/"),
    "not-yours": ("operator", "/equipment/"),
    "sign-in": (None, "/sign-in/"),
}


@pytest.mark.slow
def test_every_page_looks_right(day, open_as, server):
    pages = {}
    for name, (who, address) in PAGES.items():
        if who not in pages:
            pages[who] = open_as(day.members[who] if who else None, "/" if who else "/sign-in/")
        page = pages[who]
        page.goto(f"{server.address}{address.format(waiting=day.waiting)}")
        check_page(page, name)
    page = pages["engineer"]
    page.goto(f"{server.address}/equipment/{day.waiting}/relays/new/")
    page.get_by_label("Name of the relay").fill("Van 3")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Show the code").click()
    page.locator("#relay-code").wait_for()
    check_page(page, "relay-code")
