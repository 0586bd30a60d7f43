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
    from apps.forces import api as forces
    from tests.support.base_maps import base_map
    from tests.support.cast import make_cast

    def build():
        cast = make_cast(day)
        cookies = {name: member.client().cookies["sessionid"].value for name, member in cast.items()}
        roads = base_map([[-0.24, 51.796], [-0.17, 51.794]], [[-0.204, 51.82], [-0.206, 51.77]])
        taken = {"content": roads, "source": "Exampleshire County Council, open data"}
        day.call(forces.replace_base_map, actor=cast["admin"].actor, now=utc_now(), **taken)
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
        page.set_default_timeout(30_000)
        # A form that was typed into asks before it is left.
        page.on("dialog", lambda dialog: dialog.accept())
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


@pytest.mark.slow
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
    admin = page_for("admin")
    admin.goto(f"{server.address}/force/map/")
    check_page(admin, "force-map")
    page.goto(f"{complete}/plan/alternatives/")
    draw_two_places(page)
    check_page(page, "plan-alternatives")
    page.goto(f"{complete}/plan/zones/")
    draw_a_zone_by_keyboard(page)
    check_page(page, "plan-zones-drawn")
    for address in (
        "plan/when",
        "plan/urgent",
        "plan/zones",
        "plan/assessments",
        "operation",
        "operation/submit",
    ):
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
    """By keyboard alone: a corner in the middle, moved until the outline crosses itself, and removed; then by
    a press. The field says what is drawn, and the map says what happened."""
    drawn = page.get_by_role("application", name="Map of the area")
    drawn.wait_for()
    # The force's own map lies under it, and is named.
    page.get_by_text("Exampleshire County Council, open data").first.wait_for()
    corners, field, said = (
        page.locator(".plan-map__corner"),
        page.locator("#id_polygon"),
        page.get_by_role("status"),
    )
    typed = field.input_value()
    drawn.focus()
    page.keyboard.press("Enter")
    assert corners.count() == 5
    assert page.evaluate("document.activeElement.className").count("plan-map__corner") == 1
    assert "added" in said.inner_text()
    for _ in range(120):
        page.keyboard.press("ArrowUp")
    assert "crosses itself" in said.inner_text()
    page.keyboard.press("Delete")
    assert field.input_value() == typed
    assert "crosses itself" not in said.inner_text()
    # On the west side, outside: into that side, so that nothing crosses.
    page.locator("#plan-map").click(position={"x": 60, "y": 200})
    assert corners.count() == 5
    assert len(field.input_value().splitlines()) == 5
    assert "crosses itself" not in said.inner_text()
    # Typed: what was said of an earlier outline goes with it, and the map shows what is typed far away.
    field.fill("51.80, -0.20\n51.81, -0.19\n51.81, -0.20\n51.80, -0.19")
    assert "crosses itself" in said.inner_text()
    field.fill("53.80, -1.50\n53.81, -1.49\n53.81, -1.50")
    assert said.inner_text() == ""
    box, corner = page.locator("#plan-map").bounding_box(), corners.first.bounding_box()
    assert box["x"] < corner["x"] < box["x"] + box["width"]
    assert box["y"] < corner["y"] < box["y"] + box["height"]


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


def draw_two_places(page):
    """Each place has its own corners, and the one that is not drawn stays as it is."""
    drawn = page.get_by_role("application", name="Map of the places")
    for name, corners in (
        ("The park", ((100, 100), (200, 100), (200, 200))),
        ("The hall", ((300, 300), (350, 300), (330, 350))),
    ):
        page.get_by_label("Name of a further place").fill(name)
        # Enter adds it too: it does not send the plan and lose the name.
        if name == "The hall":
            page.keyboard.press("Enter")
        else:
            page.get_by_role("button", name="Add this place").click()
        for x, y in corners:
            drawn.click(position={"x": x, "y": y})
    first, second = page.locator("#id_alternatives").input_value().split("\n\n")
    assert (first.splitlines()[0], len(first.splitlines())) == ("The park", 4)
    assert (second.splitlines()[0], len(second.splitlines())) == ("The hall", 4)
    page.get_by_label("Place to draw").select_option("The park")
    assert page.locator(".plan-map__corner").count() == 3


def draw_a_zone_by_keyboard(page):
    drawn = page.get_by_role("application").first
    field = page.locator("textarea[data-zone]").first
    drawn.focus()
    for keys in (
        ("Enter",),
        ("ArrowRight",) * 4 + ("Enter",),
        ("ArrowDown",) * 3 + ("Shift+ArrowLeft", "Enter"),
    ):
        for key in keys:
            page.keyboard.press(key)
    assert field.input_value() == "50, 50\n70, 50\n69.5, 65"
    page.keyboard.press("Delete")
    assert field.input_value() == "50, 50\n70, 50"
