"""A dull connection, a phone in one hand, and a second opinion."""

import re

from playwright.sync_api import expect

from apps.alerts.data import AlertState, OperatorDecision
from apps.audit.models import AuditEvent
from apps.core.data import Role
from tests.support.console_page import card, open_console
from tests.support.looks import check_as_shown

# Bytes a second each way, and milliseconds to and fro: a phone at the edge of a cell.
EDGE = {"offline": False, "downloadThroughput": 6_000, "uploadThroughput": 3_000, "latency": 600}


def looks(stage, alert):
    return stage.within(AuditEvent.objects.filter(verb="alert.face_viewed", object_id=alert.id).count)


def test_two_hundred_alerts_come_over_a_dull_connection_and_it_counts_as_one(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", EDGE)
    page.evaluate(
        "window.lost = 0; new MutationObserver(() => { window.lost += 1; })"
        ".observe(document.getElementById('link-lost'), {childList: true})"
    )
    stage.many(200)
    expect(page.locator("#waiting-count")).to_have_text("200", timeout=30_000)
    expect(card(page).locator("canvas")).to_have_count(2, timeout=60_000)
    assert page.evaluate("window.lost") == 0, "what is slow was said to be away"
    assert page.locator("#link-lost").is_hidden()


def test_a_picture_is_tried_again_says_so_and_can_be_asked_for(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    page.clock.install()
    asked = []

    def answer(route):
        """The first and the third wait for ever."""
        asked.append(route)
        if len(asked) == 2:
            route.abort()

    page.route("**/probe.jpg", answer)
    with page.expect_request("**/probe.jpg"):
        alert = stage.raise_alert()
    probe, candidate = (card(page).locator(".face__frame").nth(n) for n in (0, 1))
    expect(candidate.locator("canvas")).to_have_count(1)
    expect(probe).to_have_text("Loading…")
    page.clock.fast_forward(2_600)
    expect(probe).to_have_text("Slow connection: still loading…")
    page.clock.fast_forward(13_000)
    expect(probe).to_have_text("No picture: no connection. Trying again…")
    with page.expect_console_message(lambda message: "a picture did not come" in message.text):
        page.clock.fast_forward(1_000)
    with page.expect_request("**/probe.jpg"):
        page.clock.fast_forward(3_000)
    page.clock.fast_forward(16_000)
    again = probe.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    check_as_shown(page, "console-no-picture")
    assert stage.alert(alert.id).first_shown_at is None, "it counts as shown and nobody saw it"
    page.unroute("**/probe.jpg")
    again.click()
    expect(probe.locator("canvas")).to_have_count(1)
    expect(card(page)).to_be_focused()
    assert looks(stage, alert) == 2


def test_faces_below_the_edge_of_the_screen_are_not_looked_at(sign_in, stage):
    page = open_console(sign_in(stage.operator, width=390, height=600), stage)
    alerts = [stage.raise_alert(subject_id=subject) for subject in stage.subjects]
    expect(card(page, 3)).to_be_attached()
    card(page, 1).scroll_into_view_if_needed()
    expect(card(page, 1).locator("canvas")).to_have_count(2)
    expect(card(page, 3).locator("canvas")).to_have_count(0)
    assert looks(stage, alerts[2]) == 0
    card(page, 3).scroll_into_view_if_needed()
    expect(card(page, 3).locator("canvas")).to_have_count(2)


def test_a_phone_is_used_with_the_thumb_of_the_hand_that_holds_it(sign_in, stage, browser, server):
    signed_in = sign_in(stage.operator)
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        storage_state=signed_in.context.storage_state(),
    )
    page = context.new_page()
    page.goto(f"{server.address}/console/{stage.deployment_id}/")
    expect(page.locator("#health-text")).to_contain_text("Connected")
    page.get_by_role("button", name="Vibration off").tap()
    expect(page.get_by_role("button", name="Vibration on")).to_have_attribute("aria-pressed", "true")
    for subject in stage.subjects:
        stage.raise_alert(subject_id=subject)
    expect(card(page, 3)).to_be_attached()
    expect(page.locator("#console")).to_have_attribute("data-buzzes", re.compile("[123]"))
    next_alert = page.get_by_role("button", name="Next alert")
    # After the last one the first again.
    for number in (1, 2, 3, 1):
        next_alert.tap()
        expect(card(page, number)).to_be_focused()
        button, bar = (
            place.bounding_box()
            for place in (card(page, number).locator('[data-action="match"]'), page.locator("#thumb-bar"))
        )
        assert button["y"] + button["height"] <= bar["y"], "what is decided with lies under the bar"
    page.locator("#device summary").tap()
    for target in page.locator(
        "#console button:visible, #console summary:visible, #console select:visible"
    ).all():
        box = target.bounding_box()
        assert box["height"] >= 43.9, (target.inner_text(), box)
    # On a screen as high as the page: else the bar lies over half of whatever is scrolled below it.
    page.set_viewport_size({"width": 390, "height": 3000})
    check_as_shown(page, "console-phone")
    page.set_viewport_size({"width": 390, "height": 844})
    card(page, 1).locator('[data-action="not_a_match"]').tap()
    expect(page.locator("#thumb-bar")).to_be_hidden()
    card(page, 1).get_by_role("button", name="Confirm: Not a match").tap()
    expect(page.locator("#history")).to_contain_text("Not a match: no stop")
    page.get_by_role("button", name="Cover the screen").tap()
    expect(page.locator("#cover-waits")).to_contain_text("2 wait for you")
    page.get_by_role("button", name="Show the console").tap()
    expect(page.locator("#cover")).to_be_hidden()
    context.close()


def test_a_second_opinion_is_asked_for_in_words_and_blind(sign_in, stage):
    first = open_console(sign_in(stage.operator), stage)
    second = open_console(sign_in(stage.person("second", Role.OPERATOR)), stage)
    alert = stage.raise_alert()
    stage.decide(alert.id, OperatorDecision.UNSURE)
    expect(card(first)).to_contain_text(
        "Another operator gives the second opinion; without one it is no match."
    )
    expect(card(second)).to_contain_text("Second opinion: an operator was unsure and you decide.")
    expect(card(second).locator("canvas")).to_have_count(2)
    for secret in ("PC Operator", "threshold", "TEST-0"):
        assert secret not in card(second).inner_text()
    for width in (390, 1440):
        second.set_viewport_size({"width": width, "height": 844})
        check_as_shown(second, "console-second-opinion")
    second.keyboard.press("j")
    second.keyboard.press("u")
    second.keyboard.press("Enter")
    expect(second.locator("#history")).to_contain_text("Not a match: no stop")
    assert stage.alert(alert.id).state is AlertState.NOT_A_MATCH
