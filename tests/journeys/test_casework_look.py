"""Casework in a real browser: readable on a phone and at a desk, no accessibility faults, by keyboard."""

from datetime import timedelta

import pytest

WORDS = "The file was read and the officers were asked."


@pytest.fixture
def stage(real_db):
    """Made in another thread: the browser's event loop lives in this one."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    from apps.core.clock import utc_now
    from apps.core.data import Role
    from tests.support import casework
    from tests.support.alert_stage import make_stage
    from tests.support.looks import LONG_PLACE, LONG_WORDS
    from tests.support.reports import written

    def build():
        stage = make_stage("north")
        client = stage.person("boss", Role.FORCE_ADMIN).client()
        first = casework.arrested(stage)
        casework.arrested(stage)
        written(stage, place_name=LONG_PLACE, policing_purpose=LONG_WORDS)
        casework.hours(stage)
        casework.hours(stage, seen=1, reason=LONG_WORDS)
        casework.result(stage, first)
        complaint = casework.complaint(stage, alert_number=first, summary=LONG_WORDS)
        breach = casework.breach(stage, became_aware_at=utc_now() - timedelta(hours=80))
        request = casework.rights_request(stage)
        connections.close_all()
        return client.cookies["sessionid"].value, stage.deployment_id, complaint, breach, request, first

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(build).result(60)


def test_casework_pages(stage, browser, server):
    from tests.support.looks import check_page

    session, deployment_id, complaint, breach, request, alert = stage
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session, "url": server.address}])
    page = context.new_page()
    one = f"casework/deployments/{deployment_id}/"
    for address, name in (
        ("casework/", "board"),
        ("casework/cases/?of=breach", "cases"),
        (one, "deployment"),
        (f"{one}hours/", "hours"),
        (f"{one}arrest/?alert={alert}", "arrest"),
        (f"casework/none/?deployment={deployment_id}", "none"),
        (f"casework/complaints/new/?deployment={deployment_id}", "complaint-new"),
        (f"casework/complaints/{complaint}/", "complaint"),
        ("casework/breaches/new/", "breach-new"),
        (f"casework/breaches/{breach}/", "breach"),
        ("casework/requests/new/", "request-new"),
        (f"casework/requests/{request}/", "request"),
        ("casework/none/", "none-in-a-period"),
    ):
        page.goto(f"{server.address}/{address}")
        check_page(page, f"casework-{name}")
    page.goto(f"{server.address}/casework/complaints/new/")
    page.get_by_label("What it is about, in words").fill("Write to jo@example.org about it.")
    page.get_by_role("button", name="Record it").click()
    check_page(page, "casework-complaint-refused")
    context.close()


def test_a_complaint_by_keyboard_alone(stage, browser, server):
    session, _, complaint, *_ = stage
    context = browser.new_context(viewport={"width": 390, "height": 800})
    context.add_cookies([{"name": "sessionid", "value": session, "url": server.address}])
    page = context.new_page()
    page.goto(f"{server.address}/casework/complaints/{complaint}/")
    page.get_by_label("It was withdrawn").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type(WORDS)
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Withdrawn" in page.locator(".summary").inner_text()
    context.close()
