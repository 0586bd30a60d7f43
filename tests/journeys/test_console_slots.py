"""Nothing moves under a hand: an alert that is over keeps its place, and no key acts on another one."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from apps.alerts import api as alerts
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support.console_page import card, leave, put_the_server_ahead
from tests.support.looks import check_as_shown

MATCH, NOT = OperatorDecision.MATCH, OperatorDecision.NOT_A_MATCH
AWAY = (2, 2)


def open_console(page, stage):
    page.goto(page.url.split("/console")[0] + f"/console/{stage.deployment_id}/")
    expect(page.locator("#health-text")).to_contain_text("Connected")
    page.mouse.move(*AWAY)
    return page


def button(page, number, action="match"):
    return card(page, number).locator(f'[data-action="{action}"]')


def second(stage):
    return stage.person("second", Role.OPERATOR).actor


def three(stage):
    return [stage.raise_alert(subject_id=subject) for subject in stage.subjects]


def hover(page, target):
    box = target.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    return box


def under_the_pointer(page, target):
    """Which alert's button lies there now."""
    box = target.bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    return page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y)?.closest('[data-action]')"
        "?.closest('.card').dataset.number",
        middle,
    )


@pytest.mark.parametrize("width", [390, 1440])
def test_no_button_moves_under_the_pointer_when_an_earlier_alert_leaves(sign_in, stage, width):
    page = open_console(sign_in(stage.operator, width=width, height=900), stage)
    page.clock.install()
    first, *_ = three(stage)
    expect(card(page, 3)).to_be_visible()
    button(page, 2).scroll_into_view_if_needed()
    before = hover(page, button(page, 2))
    stage.decide(first.id, NOT, second(stage))
    expect(card(page, 1)).to_contain_text("Not a match: no stop")
    expect(card(page, 1).get_by_role("button")).to_have_count(0)
    expect(page.locator("#waiting-count")).to_have_text("2")
    # Long after it would have gone by itself.
    page.clock.fast_forward(10_000)
    expect(page.locator("#health-text")).to_contain_text("Connected")
    assert button(page, 2).bounding_box() == pytest.approx(before, abs=1)
    assert under_the_pointer(page, button(page, 2)) == "2"
    check_as_shown(page, "console-left-slot")

    page.mouse.move(*AWAY)
    page.clock.fast_forward(3_000)
    expect(card(page, 1)).to_have_count(0)
    expect(page.locator("#history")).to_contain_text("Not a match: no stop")


def test_the_slot_of_an_expired_alert_says_no_stop_until_the_pointer_has_left_it(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    page.clock.install()
    first, *_ = three(stage)
    expect(card(page, 3)).to_be_visible()
    hover(page, button(page, 1))
    stage.expire(first)
    expect(card(page, 1)).to_contain_text("Expired: no stop")
    page.clock.fast_forward(10_000)
    expect(card(page, 1)).to_have_attribute("data-left", "1")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".confirm")).to_have_count(0)
    page.mouse.click(*AWAY)
    page.clock.fast_forward(3_000)
    expect(card(page, 1)).to_have_count(0)
    # Folded away: many of them would hide what somebody decided.
    expect(page.locator("#expired li")).to_have_count(1)
    expect(page.locator("#expired li")).to_be_hidden()
    expect(page.locator("#history li")).to_have_count(0)


def test_an_alert_decided_in_another_tab_keeps_the_focus_and_the_next_key_does_nothing(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    first, *others = three(stage)
    expect(card(page, 3)).to_be_visible()
    page.keyboard.press("j")
    expect(card(page, 1)).to_be_focused()
    stage.decide(first.id, MATCH)
    expect(card(page, 1)).to_contain_text("Match: waiting for the engagement officer")
    expect(card(page, 1)).to_be_focused()
    for key in ("m", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".confirm")).to_have_count(0)
    assert {stage.alert(alert.id).state for alert in others} == {AlertState.RAISED}
    page.keyboard.press("j")
    expect(card(page, 2)).to_be_focused()
    expect(page.locator("#others")).to_contain_text("Alert 1")


def test_a_confirmation_whose_alert_is_decided_meanwhile_confirms_nothing_else(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    first, *others = three(stage)
    expect(card(page, 3)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Confirm: Match")).to_be_focused()
    stage.decide(first.id, NOT)
    expect(card(page, 1)).to_contain_text("Not a match: no stop")
    page.keyboard.press("Enter")
    expect(card(page, 1)).to_be_focused()
    assert {stage.alert(alert.id).state for alert in others} == {AlertState.RAISED}
    assert stage.alert(first.id).state is AlertState.NOT_A_MATCH


@pytest.mark.parametrize("key", ["m", "n", "u", "c"])
def test_a_key_without_a_focused_alert_says_what_to_do_and_does_nothing(sign_in, stage, key):
    page = open_console(sign_in(stage.operator), stage)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    alert = stage.raise_alert()
    expect(card(page).locator("canvas").first).to_be_visible()
    page.keyboard.press(key)
    expect(page.locator("#hint")).to_have_text("No alert has the focus. Press J to go to one first.")
    expect(page.locator(".confirm")).to_have_count(0)
    assert [address for address in asked if not address.endswith("/shown")] == []
    assert stage.alert(alert.id).state is AlertState.RAISED


def test_a_touched_card_stays_where_it_is_on_a_phone(sign_in, stage, browser, server):
    signed_in = sign_in(stage.operator)
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        storage_state=signed_in.context.storage_state(),
    )
    page = context.new_page()
    page.goto(f"{server.address}/console/{stage.deployment_id}/")
    page.clock.install()
    first, *_ = three(stage)
    expect(card(page, 3)).to_be_visible()
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("#keys-help")).to_be_hidden()
    card(page, 2).get_by_role("button", name="Claim").tap()
    expect(card(page, 2)).to_contain_text("Claimed by you")
    before = button(page, 2).bounding_box()
    stage.decide(first.id, NOT, second(stage))
    expect(page.locator("#history")).to_contain_text("Not a match: no stop")
    page.clock.fast_forward(5_000)
    expect(card(page, 2)).to_contain_text("Claimed by you")
    assert button(page, 2).bounding_box() == pytest.approx(before, abs=1)
    context.close()


def test_a_longer_word_in_the_strip_moves_no_card_under_a_finger(sign_in, stage, browser, server):
    signed_in = sign_in(stage.operator)
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        storage_state=signed_in.context.storage_state(),
    )
    page = context.new_page()
    put_the_server_ahead(page, timedelta(seconds=-40))
    page.goto(f"{server.address}/console/{stage.deployment_id}/")
    three(stage)
    expect(card(page, 3)).to_be_visible()
    expect(page.locator("#trouble")).to_be_visible()
    expect(page.locator("#waits")).to_have_text("3 wait for you · oldest 0 s")
    card(page, 2).get_by_role("button", name="Claim").tap()
    expect(card(page, 2)).to_contain_text("Claimed by you")
    # As wide as it is now: seconds with one figure more take another line.
    page.evaluate(
        "const line = document.getElementById('waits');"
        " line.style.width = `${line.getBoundingClientRect().width}px`; line.style.flex = 'none';"
    )
    strip, before = page.locator(".strip").bounding_box()["height"], button(page, 2).bounding_box()
    put_the_server_ahead(page, timedelta(seconds=12))
    expect(page.locator("#waits")).to_contain_text(re.compile(r"oldest \d\d s"))
    assert page.locator(".strip").bounding_box()["height"] > strip + 5
    assert button(page, 2).bounding_box() == pytest.approx(before, abs=1)
    leave(context)


class TestOfficer:
    @pytest.mark.parametrize("width", [390, 1440])
    def test_the_newest_dispatch_comes_first_and_the_strip_and_the_title_count_what_waits(
        self, sign_in, stage, width
    ):
        page = open_console(sign_in(stage.officer, width=width, height=844), stage)
        expect(page.locator("#waits")).to_have_text("Nothing waits for you")
        raised = three(stage)
        for alert in raised[:2]:
            stage.decide(alert.id, MATCH)
            expect(button(page, alert.number, "engage")).to_be_visible()
        numbers = page.locator("#waiting .card h3")
        expect(numbers).to_have_text(["Alert 2", "Alert 1"])
        expect(page.locator("#waits")).to_have_text(re.compile(r"^2 wait for you · oldest \d+ s$"))
        expect(page).to_have_title(re.compile(r"^\(2 · under 1 min\) "))
        # In use: what is newer comes after it, and it stays where it is.
        page.keyboard.press("j")
        expect(card(page, 2)).to_be_focused()
        before = button(page, 2, "engage").bounding_box()
        stage.decide(raised[2].id, MATCH)
        expect(numbers).to_have_text(["Alert 2", "Alert 3", "Alert 1"])
        assert button(page, 2, "engage").bounding_box() == pytest.approx(before, abs=1)
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        expect(page.locator("#waits")).to_be_in_viewport()
        expect(page.locator("#waits")).to_have_text(re.compile("^3 wait for you"))
        check_as_shown(page, "console-dispatched")

    def test_who_is_with_a_person_keeps_that_alert_on_top(self, sign_in, stage):
        page = open_console(sign_in(stage.officer), stage)
        first, later, _ = three(stage)
        stage.decide(first.id, MATCH)
        expect(button(page, 1, "engage")).to_be_visible()
        stage.within(
            alerts.engagement_decide,
            alert_id=first.id,
            decision=EngagementDecision.ENGAGE,
            reason="",
            actor=stage.officer.actor,
            now=utc_now(),
        )
        expect(button(page, 1, "contradicted")).to_be_visible()
        stage.decide(later.id, MATCH)
        expect(page.locator("#waiting .card h3")).to_have_text(["Alert 1", "Alert 2"])
