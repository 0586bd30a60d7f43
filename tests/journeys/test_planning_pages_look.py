"""The planner's pages in a real browser, on a phone and on a desk: readable, without accessibility faults."""

from datetime import timedelta

import pytest


@pytest.fixture
def day(real_db):
    from tests.support.days import make_day

    return make_day("north")


def planned(day, now):
    """A draft with gaps, a complete one, one that waits, one in its notice and one that was cancelled."""
    from apps.deployments import api as deployments

    found = {}
    for number, name in enumerate(("gaps", "complete", "waiting", "coming", "cancelled")):
        start = (now + timedelta(days=9 + number)).replace(minute=0, second=0, microsecond=0)
        changes = {"necessity": "", "cameras": ()} if name == "gaps" else {}
        day.draft(window_start=start, window_end=start + timedelta(hours=6), **changes)
        found[name] = day.deployment_id
        if name in ("waiting", "coming", "cancelled"):
            day.step(deployments.submit, day.planner, now)
        if name in ("coming", "cancelled"):
            day.approve(now=now)
            day.verify(now=now)
        if name == "cancelled":
            told = {"done": "Signs had been put up.", "collected": "Nothing was collected."}
            why = "The event was called off by the council."
            day.step(deployments.cancel, day.planner, now, reason=why, **told)
    return found


@pytest.fixture
def stage(day):
    """Made in another thread: the browser's event loop lives in this one."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    from apps.core.clock import utc_now
    from tests.support.cast import make_cast

    def build():
        cast = make_cast(day)
        cookies = {name: member.client().cookies["sessionid"].value for name, member in cast.items()}
        found = planned(day, utc_now())
        connections.close_all()
        return cookies, found

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(build).result(60)


@pytest.fixture
def page_for(stage, browser, server):
    contexts = []

    def open_page(name):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": stage[0][name], "url": server.address}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_reading_pages(page_for, stage, server):
    from tests.support.looks import check_page

    page = page_for("planner")
    page.goto(f"{server.address}/deployments/")
    check_page(page, "deployments-list")
    page.goto(f"{server.address}/deployments/?show=running")
    check_page(page, "deployments-list-empty")
    for name, found in stage[1].items():
        page.goto(f"{server.address}/deployments/{found}/")
        check_page(page, f"deployment-{name}")
    page.goto(f"{server.address}/deployments/{stage[1]['coming']}/authority/")
    check_page(page, "authority")
    officer = page_for("officer")
    officer.goto(f"{server.address}/deployments/{stage[1]['waiting']}/")
    check_page(officer, "deployment-waiting-officer")


def test_planning_pages(page_for, stage, server):
    from tests.support.looks import check_page

    page = page_for("planner")
    page.goto(f"{server.address}/deployments/new/")
    check_page(page, "plan-new")
    page.get_by_role("button", name="Save and continue").click()
    check_page(page, "plan-new-errors")
    page.goto(f"{server.address}/deployments/{stage[1]['gaps']}/plan/")
    check_page(page, "plan-steps")
    complete = f"{server.address}/deployments/{stage[1]['complete']}"
    page.goto(f"{complete}/plan/place/")
    draw_on_the_map(page)
    check_page(page, "plan-place")
    page.locator("#id_polygon").fill("51.80, -0.21\nthe church")
    page.get_by_role("button", name="Save and continue").click()
    check_page(page, "plan-place-errors")
    for address in ("plan/when", "plan/zones", "plan/assessments", "operation", "operation/submit"):
        page.goto(f"{complete}/{address}/")
        check_page(page, address.replace("/", "-"))
    page.goto(f"{server.address}/deployments/{stage[1]['gaps']}/submit/")
    check_page(page, "submit-missing")
    page.get_by_role("link", name="Choose at least one camera.").click()
    assert page.url.endswith("/plan/cameras/#id_cameras_0")
    page.goto(f"{server.address}/deployments/{stage[1]['complete']}/submit/")
    check_page(page, "submit-complete")
    page.goto(f"{server.address}/deployments/{stage[1]['coming']}/cancel/")
    check_page(page, "cancel")


def draw_on_the_map(page):
    """The corners are moved by keyboard and added with a press; the field says what is drawn."""
    page.locator(".leaflet-container").wait_for()
    corners, field = page.locator(".plan-map__corner"), page.locator("#id_polygon")
    before, typed = corners.count(), field.input_value()
    corners.first.focus()
    page.keyboard.press("ArrowUp")
    assert field.input_value() != typed
    page.locator("#plan-map").click(position={"x": 60, "y": 60})
    assert corners.count() == before + 1
    assert len(field.input_value().splitlines()) == before + 1


def test_changing_an_approved_plan(page_for, stage, server):
    from tests.support.looks import check_page

    page = page_for("planner")
    path = f"{server.address}/deployments/{stage[1]['coming']}/plan/"
    page.goto(path)
    check_page(page, "plan-approved")
    page.goto(f"{path}cameras/")
    page.get_by_label("South side").uncheck()
    page.get_by_label("Why the plan changes").fill("The camera is needed elsewhere that day.")
    page.get_by_role("button", name="Look at what this change does").click()
    check_page(page, "change-narrows")
    assert "narrows the plan" in page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("button", name="Back to the form").click()
    page.goto(f"{path}place/")
    page.get_by_label("Name of the place").fill("Church Street")
    page.get_by_label("Why the plan changes").fill("The market moved to the other street.")
    page.get_by_role("button", name="Look at what this change does").click()
    check_page(page, "change-voids")
    page.get_by_label("I understand that this ends the approval").check()
    page.get_by_role("button", name="Save the change and end the approval").click()
    check_page(page, "deployment-voided")
    assert "Draft" in page.get_by_role("main").inner_text()
