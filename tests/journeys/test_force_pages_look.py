"""The administrator's pages and the onboarding in a real browser: readable, without accessibility faults."""

import pytest

WHY = "The meeting of chief officers decided this."


@pytest.fixture
def stage(real_db):
    """Made in another thread: the browser's event loop lives in this one."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    from apps.core.clock import utc_now
    from apps.forces import api as forces
    from tests.support.cast import make_cast
    from tests.support.days import make_day

    def build():
        day = make_day("north", contact_data_protection="dpo@north.example")
        client = make_cast(day)["admin"].client()
        new = forces.create_force(slug="westshire", name="Westshire Police", now=utc_now(), active=False)
        token = forces.offer(force_id=new.id, admin_email="first@westshire.example", now=utc_now())
        connections.close_all()
        return client.cookies["sessionid"].value, token

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(build).result(60)


def test_force_pages(stage, browser, server):
    from tests.support.looks import check_page

    session, token = stage
    stranger = browser.new_page(viewport={"width": 1440, "height": 900})
    stranger.goto(f"{server.address}/onboard/{token}/")
    check_page(stranger, "force-onboard")
    stranger.get_by_role("button", name="Set up the force").click()
    check_page(stranger, "force-onboard-errors")
    stranger.goto(f"{server.address}/onboard/{token}x/")
    check_page(stranger, "force-onboard-gone")
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session, "url": server.address}])
    page = context.new_page()
    page.goto(f"{server.address}/force/")
    check_page(page, "force-settings")
    page.goto(f"{server.address}/force/change/list/")
    page.get_by_label("Serious offences").fill("Robbery\nRape")
    page.get_by_label("Victim").check()
    page.get_by_label("Why the settings change").fill(WHY)
    check_page(page, "force-change")
    page.get_by_role("button", name="Look at what this changes").click()
    check_page(page, "force-preview")
    page.get_by_role("button", name="Save the change").click()
    page.goto(f"{server.address}/force/history/")
    check_page(page, "force-history")
    assert "Robbery · Rape" in page.get_by_role("main").inner_text()
    page.goto(f"{server.address}/force/leaving/")
    check_page(page, "force-leaving")
    context.close()
