"""The screen is for its holder only: covered by a press, by itself, or because the page was put away."""

import pytest
from playwright.sync_api import expect

from apps.alerts.data import AlertState, OperatorDecision
from apps.audit.models import AuditEvent
from tests.support.console_page import card, let_time_pass, open_console
from tests.support.looks import WIDTHS, check_as_shown

AWAY = """(state) => {
    Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""
SECRETS = ("TEST-0", "Test Subject", "Not a match", "Recognition starting")


def looks(stage, alert):
    return stage.within(AuditEvent.objects.filter(verb="alert.face_viewed", object_id=alert.id).count)


def hold_the_faces(page):
    """What a leak would keep: the canvases themselves."""
    page.evaluate("window.held = [...document.querySelectorAll('canvas')]")


def held_pixels(page):
    return page.evaluate("window.held.map((canvas) => canvas.width * canvas.height)")


@pytest.mark.parametrize("width", WIDTHS)
def test_one_press_covers_and_nothing_of_an_alert_is_left_but_numbers(sign_in, stage, width):
    page = open_console(sign_in(stage.operator, width=width, height=844), stage)
    page.get_by_role("button", name="Sound").click()
    alert = stage.raise_alert()
    expect(card(page).locator("canvas")).to_have_count(2)
    page.keyboard.press("j")
    hold_the_faces(page)
    page.locator("[data-cover]:visible").click()
    expect(page.get_by_role("button", name="Show the console")).to_be_focused()
    assert held_pixels(page) == [0, 0]
    expect(page.locator("canvas")).to_have_count(0)
    expect(page.locator("#cover-waits")).to_contain_text("1 waits for you")
    # Not to be seen, found, reached, or decided upon.
    for secret in SECRETS:
        assert secret not in page.inner_text("body")
    for key in ("j", "m", "c", "?", "Tab"):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.closest('#console')") is None
    expect(page.locator(".confirm")).to_have_count(0)

    second = stage.raise_alert(subject_id=stage.subjects[1])
    expect(page.locator("#cover-waits")).to_contain_text("2 wait for you")
    expect(page.locator("#announce")).to_contain_text("Alert 2, North gate: Waiting for an operator.")
    assert page.locator("#console").get_attribute("data-beeps") == "2"
    check_as_shown(page, "console-covered")
    assert looks(stage, second) == 0, "a face was loaded that nobody could see"

    page.get_by_role("button", name="Show the console").click()
    expect(page.locator("#cover")).to_be_hidden()
    expect(card(page).locator("canvas")).to_have_count(2)
    expect(card(page, 1)).to_be_visible()
    # Looked at once more, and recorded once more.
    expect(card(page, 2)).to_be_visible()
    assert looks(stage, alert) == 4
    page.keyboard.press("x")
    expect(page.locator("#cover")).to_be_visible()
    page.keyboard.press("x")
    expect(page.locator("#cover")).to_be_hidden()


def test_a_page_that_is_put_away_is_covered_and_its_faces_are_gone(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    stage.raise_alert()
    expect(card(page).locator("canvas")).to_have_count(2)
    hold_the_faces(page)
    page.evaluate(AWAY, "hidden")
    assert held_pixels(page) == [0, 0]
    page.evaluate(AWAY, "visible")
    expect(page.locator("#cover-why")).to_have_text("This page was put away.")
    page.keyboard.press("Enter")
    expect(card(page).locator("canvas")).to_have_count(2)

    # Who works in two windows may choose otherwise: the faces go all the same.
    page.get_by_text("This device", exact=True).click()
    page.get_by_label("When another page or app is in front").select_option("off")
    hold_the_faces(page)
    for event in ("visibilitychange", "pagehide"):
        if event == "pagehide":
            page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
        else:
            page.evaluate(AWAY, "hidden")
        assert held_pixels(page) == [0, 0]
        expect(page.locator("canvas")).to_have_count(0)
        expect(page.locator("#cover")).to_be_hidden()
        page.evaluate(AWAY, "visible")
        expect(card(page).locator("canvas")).to_have_count(2)
        hold_the_faces(page)


def test_it_covers_itself_after_a_while_but_not_while_an_alert_is_held(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    page.clock.install()
    page.get_by_text("This device", exact=True).click()
    page.get_by_label("Cover the screen by itself").select_option("30")
    stage.raise_alert()
    card(page).get_by_role("button", name="Claim").click()
    expect(card(page)).to_contain_text("Claimed by you")
    for _ in range(4):
        let_time_pass(page, 9_000)
        assert page.locator("#cover").is_hidden(), "covered under the hand of who holds an alert"
    card(page).get_by_role("button", name="Release claim").click()
    expect(card(page)).not_to_contain_text("Claimed by you")
    page.clock.fast_forward(31_000)
    expect(page.locator("#cover-why")).to_have_text("Nobody has used it for 30 seconds.")
    expect(page.locator("canvas")).to_have_count(0)


@pytest.mark.parametrize("how", ["decided", "time up"])
def test_the_faces_end_with_the_alert_and_nothing_of_them_is_stored(sign_in, stage, how):
    page = open_console(sign_in(stage.operator), stage)
    page.clock.install()
    alert = stage.raise_alert()
    expect(card(page).locator("canvas")).to_have_count(2)
    hold_the_faces(page)
    if how == "decided":
        stage.decide(alert.id, OperatorDecision.NOT_A_MATCH)
        expect(card(page)).to_contain_text("Not a match: no stop")
    else:
        page.clock.fast_forward(61_000)
        expect(card(page).locator(".face__frame").first).to_have_text("Time is up")
        assert stage.alert(alert.id).state is AlertState.RAISED
    expect(page.locator("canvas")).to_have_count(0)
    page.clock.fast_forward(1_000)
    assert held_pixels(page) == [0, 0]
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)") == 0
    # No address of a face in what the browser remembers of this page, but the one that it fetched.
    assert page.evaluate(
        "performance.getEntriesByType('resource').every(({name}) => !name.startsWith('blob:'))"
    )
    assert page.evaluate("document.querySelectorAll('#console img').length") == 0
