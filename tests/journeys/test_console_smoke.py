"""The officers' console in a real browser: from an alert to its outcome, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from apps.alerts.data import AlertState, OperatorDecision, Outcome
from apps.core.data import Role
from tests.support.console_page import card
from tests.support.looks import at_widths
from tests.support.walkers import wait_for


def open_console(page, stage):
    page.get_by_role("link", name="LFR-").click()
    expect(page.locator("#health-text")).to_contain_text("Connected")
    return page


def test_an_alert_goes_from_the_camera_to_the_outcome(sign_in, stage):
    stage.wanted()
    operator = open_console(sign_in(stage.operator), stage)
    officer = open_console(sign_in(stage.officer), stage)
    expect(operator.get_by_text("No alert is waiting.")).to_be_visible()

    alert = stage.raise_alert()
    expect(card(operator)).to_be_visible()
    expect(card(operator).get_by_role("img")).to_have_count(2)
    assert "threshold" not in operator.content()
    assert "TEST-01" not in operator.content()
    expect(card(officer)).to_contain_text("Waiting for an operator")
    expect(card(officer).get_by_role("img")).to_have_count(0)

    card(operator).get_by_role("button", name="Match", exact=False).first.click()
    expect(card(operator).get_by_text("Alert 1: match?")).to_be_visible()
    assert stage.alert(alert.id).state is AlertState.RAISED, "a press without its confirmation decided"
    card(operator).get_by_role("button", name="Confirm: Match").click()
    expect(card(operator)).to_contain_text("0.617, threshold 0.450")

    expect(card(officer)).to_contain_text(
        "This alert alone gives no power to stop or to demand identification"
    )
    expect(card(officer).get_by_role("img")).to_have_count(2)
    card(officer).get_by_role("button", name="Engage", exact=False).first.click()
    card(officer).get_by_role("button", name="Confirm: Engage").click()
    expect(card(officer)).to_contain_text("shown once identity is established")
    card(officer).get_by_role("button", name="Identity established").click()
    assert stage.alert(alert.id).identity_established_at is None, "a press without its confirmation counted"
    card(officer).get_by_role("button", name="Confirm: identity established").click()
    expect(card(officer)).to_contain_text("an invented serious offence")
    expect(card(officer)).to_contain_text("PC Officer: identity established by ordinary means")
    card(officer).get_by_label("Arrest", exact=True).check()
    card(officer).get_by_role("button", name="Record the outcome").click()
    expect(card(officer).get_by_role("alert").last).to_contain_text("still wanted")
    card(officer).get_by_label("I have checked that this person is still wanted").check()
    card(officer).get_by_role("button", name="Record the outcome").click()
    expect(officer.locator("#history")).to_contain_text("Arrest")
    expect(operator.locator("#history")).to_contain_text("Arrest")
    assert stage.alert(alert.id).first_shown_at is not None


def test_an_operator_needs_only_the_keyboard(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    alert = stage.raise_alert()
    expect(card(page)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Alert 1: match?")).to_have_count(0)
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Confirm: Not a match")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#history")).to_contain_text("Not a match: no stop")
    assert stage.alert(alert.id).state is AlertState.NOT_A_MATCH


def test_keys_can_be_switched_off(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    stage.raise_alert()
    expect(card(page)).to_be_visible()
    page.get_by_role("button", name="Keys").click()
    card(page).focus()
    page.keyboard.press("m")
    expect(page.get_by_text("Alert 1: match?")).to_have_count(0)


def test_release_is_one_press(sign_in, stage):
    operator = open_console(sign_in(stage.operator), stage)
    officer = open_console(sign_in(stage.officer), stage)
    alert = stage.raise_alert()
    for page, key in ((operator, "m"), (officer, "e")):
        expect(card(page).locator(f"[data-action]:has(kbd:text('{key.upper()}'))")).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(card(officer).get_by_role("button", name="Identity contradicted: release")).to_be_visible()
    officer.keyboard.press("r")
    expect(officer.locator("#history")).to_contain_text("Released, identity wrong")
    assert stage.outcomes(alert.id) == (Outcome.RELEASED_IDENTITY_WRONG,)


def test_alerts_raised_while_the_server_was_away_are_replayed_and_history_makes_no_sound(
    sign_in, stage, server
):
    page = open_console(sign_in(stage.operator), stage)
    page.get_by_role("button", name="Sound").click()
    decided = stage.raise_alert()
    expect(card(page)).to_be_visible()
    assert page.locator("#console").get_attribute("data-beeps") == "1"

    server.stop()
    expect(page.locator("#health")).not_to_have_attribute("data-link", "connected")
    missed = stage.raise_alert(subject_id=stage.subjects[1])
    second = stage.person("second", Role.OPERATOR).actor
    for alert in (decided, missed):
        stage.decide(alert.id, OperatorDecision.NOT_A_MATCH, second)
    still_open = stage.raise_alert(subject_id=stage.subjects[2])
    server.start()

    expect(card(page, still_open.number)).to_be_visible()
    expect(page.locator("#history li")).to_have_count(2)
    expect(card(page, 1)).to_have_count(0)
    assert page.locator("#console").get_attribute("data-beeps") == "2", "one new alert, one sound"
    expect(page.locator("#health-text")).to_contain_text("Connected")


def test_it_is_not_called_connected_before_an_alert_would_make_a_sound(sign_in, stage):
    """What the first answer brings is history and makes no sound: until then the page calls nobody."""
    page = sign_in(stage.operator)
    page.add_init_script("AbortSignal.timeout = () => new AbortController().signal;")
    held = []
    page.route("**/alerts.json*", lambda route: held.append(route), times=1)
    with page.expect_websocket() as socket:
        page.get_by_role("link", name="LFR-").click()
    socket.value.wait_for_event("framereceived")
    assert page.locator("#health-text").inner_text() != "Connected"
    page.get_by_role("button", name="Sound").click()
    stage.raise_alert()
    held[0].continue_()
    expect(page.locator("#health-text")).to_contain_text("Connected")
    expect(card(page)).to_be_visible()
    expect(page.locator("#console")).not_to_have_attribute("data-beeps", "1")
    stage.raise_alert(subject_id=stage.subjects[1])
    expect(page.locator("#console")).to_have_attribute("data-beeps", "1")


def test_without_the_socket_it_still_asks(sign_in, stage):
    page = sign_in(stage.operator)
    page.add_init_script("window.WebSocket = class extends EventTarget { close() {} };")
    page.get_by_role("link", name="LFR-").click()
    expect(page.locator("#health-text")).to_contain_text("asking meanwhile")
    stage.raise_alert()
    expect(card(page)).to_be_visible()


def test_a_lost_link_is_said_aloud(sign_in, stage, server):
    page = open_console(sign_in(stage.operator), stage)
    page.clock.install()
    server.stop()
    page.clock.fast_forward(3_500)
    expect(page.get_by_role("alert").filter(has_text="NOT CONNECTED since")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^NOT CONNECTED – "))
    expect(page.locator("#health-text")).to_have_text("Not connected")
    server.start()
    page.clock.fast_forward(9_000)
    expect(page.locator("#link-lost")).to_be_hidden()


def test_both_faces_are_side_by_side_and_equally_big_and_nothing_is_cut_off(sign_in, stage):
    page = open_console(sign_in(stage.operator, width=390, height=844), stage)
    stage.raise_alert()
    probe, candidate = (card(page).locator(".face__frame").nth(n) for n in (0, 1))
    expect(candidate.locator("canvas")).to_be_visible()
    for width in at_widths(page):
        left, right = probe.bounding_box(), candidate.bounding_box()
        assert (left["width"], left["height"], left["y"]) == pytest.approx(
            (right["width"], right["height"], right["y"])
        )
        assert left["x"] + left["width"] <= right["x"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for button in card(page).get_by_role("button").all():
            box = button.bounding_box()
            assert box["height"] >= 44
            assert box["x"] + box["width"] <= width


def test_an_alert_that_cannot_be_shown_takes_no_other_with_it(sign_in, stage):
    page = sign_in(stage.operator)
    for subject in stage.subjects[:2]:
        stage.raise_alert(subject_id=subject)

    def broken(route):
        answer = route.fetch()
        news = answer.json()
        for alert in news["alerts"]:
            alert["outcomes"] = None if alert["number"] == 1 else alert["outcomes"]
        route.fulfill(response=answer, json=news)

    page.route("**/alerts.json*", broken)
    page.goto(page.url.split("/console")[0] + f"/console/{stage.deployment_id}/")
    expect(page.locator("#hint")).to_have_text(
        "Alert 1 cannot be shown here. Reload the page, and tell a colleague."
    )
    expect(card(page, 2).locator("canvas")).to_have_count(2)


def test_a_time_that_runs_out_takes_the_buttons_away(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    page.clock.install()
    stage.raise_alert()
    expect(card(page).get_by_role("button", name="Match", exact=False).first).to_be_enabled()
    page.clock.fast_forward(65_000)
    expect(card(page)).to_contain_text("Time is up: no stop")
    expect(card(page).get_by_role("button", name="Claim")).to_have_count(0)
    for button in card(page).get_by_role("button").all():
        expect(button).to_be_disabled()


def test_error_pages_give_their_database_connection_back(sign_in, stage, server, owner_connection):
    """Under ASGI they are rendered in another thread than the request: what they open, nobody closes."""
    page = sign_in(stage.operator)
    page.goto("about:blank")
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'lfr_app'"

    def opened() -> int:
        return int(owner_connection.execute(query).fetchone()[0])

    before = opened()
    for _ in range(8):
        assert page.request.get(f"{server.address}/no-such-page/").status == 404
    # The answer is sent before its connection is closed, so the last one may still be seen for a moment.
    wait_for(lambda: opened() <= before)
