"""What the public and the oversight body read, at the width of a phone and of a desk, and on paper."""

import os
from datetime import timedelta
from pathlib import Path

from apps.core.clock import london
from tests.support.cast import make_cast
from tests.support.days import START
from tests.support.looks import SCREENSHOTS, check_page

CONTACT = ("Telephone 01632 960001", "data.protection@north.example", "https://north.example/recognition")
WHY = "Two people were mistaken for somebody on the list within the hour."


def stopped():
    """A day that was paused, then stopped by an officer, its list deleted late."""
    from apps.core.tenancy import force_context
    from apps.deployments import api as deployments
    from apps.deployments.data import DeploymentState as S
    from apps.live.models import CameraTally
    from apps.retention import api as retention
    from tests.support.days import make_day

    hour = timedelta(hours=1)
    day = make_day("north", contact_lines=CONTACT)
    day.members = make_cast(day)
    day.to(S.LIVE)
    day.step(deployments.suspend, day.silver, START + hour, reason="A sign fell over in the wind.")
    day.step(deployments.resume, day.silver, START + hour + timedelta(minutes=14))
    with force_context(day.force.id):
        camera = day.get().authority.cameras[0].id
        CameraTally.objects.create(
            deployment_id=day.deployment_id, camera_id=camera, frames=900, tracks=130, faces=400
        )
        deployments.record_gap(
            deployment_id=day.deployment_id,
            camera_id=camera,
            started_at=START + hour / 2,
            ended_at=START + hour / 2 + timedelta(seconds=125),
            reason="the relay lost its power",
            actor=day.system,
            now=START + hour,
        )
    day.step(deployments.revoke, day.officer, START + 2 * hour, reasons=WHY)
    retention.run_due(force_id=day.force.id, now=START + 29 * hour + timedelta(minutes=38))
    return day


def test_public_pages_and_records_look_right(off_loop, open_as, server):
    day = off_loop(stopped)
    notice = f"/notices/{day.force.slug}/lfr-2026-001/"
    public = open_as(None, "/notices/")
    check_page(public, "public-list")
    public.goto(f"{server.address}{notice}")
    check_page(public, "public-stopped")
    public.goto(f"{server.address}/notices/?force=nobody")
    check_page(public, "public-no-force")
    reader = open_as(day.members["oversight"], "/records/")
    check_page(reader, "records")
    reader.goto(f"{server.address}/records/lfr-2026-001/")
    check_page(reader, "record")
    only_stacked_as_wide_as_their_frames(reader)
    start = london(START).date()
    reader.goto(f"{server.address}/records/period/?kind=rehearsals&first={start}&last={start}")
    check_page(reader, "period")
    only_stacked_as_wide_as_their_frames(reader)


def only_stacked_as_wide_as_their_frames(page):
    for table in page.query_selector_all("table.stacked"):
        wide = table.evaluate("(one) => one.scrollWidth - one.parentElement.clientWidth")
        assert wide <= 0, "a stacked table is wider than its frame"


def test_on_paper_a_notice_says_where_it_stands_and_leads_nowhere(off_loop, open_as, server):
    day = off_loop(stopped)
    page = open_as(None, f"/notices/{day.force.slug}/lfr-2026-001/")
    page.emulate_media(media="print")
    assert page.get_by_text("This page: http").is_visible()
    assert not page.get_by_text("See the results").is_visible()
    assert page.get_by_text("Everything that the system keeps, and for how long").is_visible()
    assert page.get_by_text("Who was on which list").is_visible()
    folder = os.environ.get(SCREENSHOTS)
    if folder:
        page.pdf(path=Path(folder) / "public-stopped.pdf", format="A4")
