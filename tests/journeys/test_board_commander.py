"""The silver commander at the board: live without a reload, by keyboard alone, plain when the link is cut."""

import re

import pytest
from playwright.sync_api import expect

from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from tests.support import keyboard
from tests.support.looks import check_as_shown

WIDTHS = pytest.mark.parametrize("width", [390, 1440])
ASK_NOW = "() => document.dispatchEvent(new Event('visibilitychange'))"


def open_board(sign_in, stage, width):
    stage.within(
        deployments.record_duty,
        deployment_id=stage.deployment_id,
        duty=Duty.SILVER,
        actor=stage.silver.actor,
        now=utc_now(),
    )
    return sign_in(stage.silver, width=width, height=844, start=f"/board/{stage.deployment_id}/")


@WIDTHS
def test_the_commander_sees_it_change_loses_the_network_and_stops_it_by_keyboard(sign_in, stage, width):
    page = open_board(sign_in, stage, width)
    stale, waits = page.locator("#stale"), page.locator("#alerts dd").nth(1)
    expect(page.locator("#alarms")).to_contain_text("Not everything is as it should be")
    expect(stale).to_be_hidden()
    check_as_shown(page, "board-live")

    # An alert comes: the number changes although the focus stands in the same part of the page.
    link = page.get_by_role("link", name="Cameras that fell silent")
    keyboard.reach(page, link)
    expect(waits).to_have_text("0")
    stage.raise_alert()
    page.evaluate(ASK_NOW)
    expect(waits).to_contain_text("1")
    expect(waits).to_contain_text("oldest for")
    expect(link).to_be_focused()

    # The network goes: said at once, with since when, in view wherever one has scrolled to.
    made_at = page.locator("#state").get_by_text("As of")
    shown = made_at.inner_text()
    page.context.set_offline(True)
    expect(stale).to_be_visible()
    expect(stale).to_have_text(re.compile(r"lost since \d\d:\d\d:\d\d\. What you see may be old\."))
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    expect(stale).to_be_in_viewport()
    check_as_shown(page, "board-cut")

    # What happens meanwhile is not there, and the time of what is there stays its own.
    page.evaluate("() => { window.sameDocument = true; }")
    stage.raise_alert(subject_id=stage.subjects[1])
    with page.expect_event("requestfailed"):
        page.evaluate(ASK_NOW)
    expect(stale).to_be_visible()
    expect(waits).to_contain_text("1")
    assert made_at.inner_text() == shown

    # It is back: true again by itself, with what happened meanwhile and with a newer time.
    page.context.set_offline(False)
    expect(stale).to_be_hidden()
    expect(waits).to_contain_text("2")
    expect(made_at).not_to_have_text(shown)
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"

    # One press, wherever the focus was before.
    button = page.get_by_role("button", name="Suspend recognition now")
    box = button.bounding_box()
    assert box["height"] >= 44, "a thumb cannot miss it"
    keyboard.press(page, button)
    expect(page.locator("main")).to_contain_text("Suspended: no face is looked at")
    page.goto(page.url.replace("/run/", "/").replace("/deployments/", "/board/"))
    expect(page.locator("#state")).to_contain_text("Suspended at once from the board")
    expect(button).to_have_count(0)
    check_as_shown(page, "board-suspended")


def test_what_somebody_is_writing_is_not_taken_from_them(sign_in, stage):
    page = open_board(sign_in, stage, 390)
    field = page.get_by_label("Why (change it")
    field.fill("A sign was blown over")
    stage.raise_alert()
    page.evaluate(ASK_NOW)
    expect(page.locator("#alerts dd").nth(1)).to_contain_text("1")
    expect(field).to_have_value("A sign was blown over")
