"""What is chosen on a device: the keys, two seconds to undo instead of a confirmation, and how it calls."""

from datetime import timedelta

from playwright.sync_api import expect

from apps.alerts.data import AlertState
from apps.core.clock import utc_now
from tests.support.console_page import card, open_console
from tests.support.looks import check_as_shown, check_page, write_screenshot


def change(page, what, key):
    page.get_by_role("button", name=f"Change the key of: {what}", exact=True).click()
    page.keyboard.press(key)


def test_keys_are_changed_on_the_device_and_no_two_share_one(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    alert = stage.raise_alert()
    expect(card(page)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("?")
    said = page.locator("#keys-said")
    change(page, "match", "n")
    expect(said).to_have_text("Not changed: N is already for: not a match. Choose another key.")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Choose a letter, a digit or a sign.")
    check_as_shown(page, "console-keys")
    page.keyboard.press("y")
    expect(said).to_have_text("Y is now for: match.")
    expect(card(page).locator('[data-action="match"] kbd')).to_have_text("Y")
    change(page, "unsure", "Escape")
    expect(said).to_have_text("Kept: U.")
    assert stage.alert(alert.id).state is AlertState.RAISED
    expect(page.locator(".confirm")).to_have_count(0)

    page.reload()
    expect(card(page).locator('[data-action="match"] kbd')).to_have_text("Y")
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.locator(".confirm")).to_have_count(0)
    page.keyboard.press("y")
    expect(page.get_by_text("Alert 1: match?")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("button", name="Back to the standard set").click()
    card(page).focus()
    page.keyboard.press("m")
    expect(page.get_by_text("Alert 1: match?")).to_be_visible()
    assert page.evaluate("localStorage.getItem('lfr.console.keymap')") is None


def test_keys_that_somebody_else_stored_badly_are_the_standard_ones(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    for stored in ('{"match": "n"}', "[", '{"match": 7, "nothing": "q"}', "null"):
        page.evaluate("(words) => localStorage.setItem('lfr.console.keymap', words)", stored)
        page.reload()
        expect(page.locator('#keys-list kbd[data-key="match"]')).to_have_text("M")
        expect(page.locator('#keys-list kbd[data-key="not_a_match"]')).to_have_text("N")


def undoing(page):
    page.get_by_text("This device", exact=True).click()
    page.get_by_label("A decision is taken by").select_option("undo")


def stop_the_clock(page):
    """From now on time goes on when the test says so, however slow the machine is."""
    page.clock.pause_at(utc_now() + timedelta(seconds=5))


def test_two_seconds_to_undo_in_place_of_a_confirmation(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    undoing(page)
    check_page(page, "console-device")
    page.clock.install()
    first = stage.raise_alert()
    expect(card(page)).to_be_visible()
    stop_the_clock(page)
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(card(page)).to_contain_text("Alert 1: match. Sent in two seconds.")
    expect(card(page)).to_be_focused()
    expect(card(page)).to_contain_text("Claimed by you")
    # Not by axe, which waits for the clock that stands.
    write_screenshot(page, "console-undo")
    page.keyboard.press("Escape")
    expect(page.locator(".confirm")).to_have_count(0)
    expect(card(page)).not_to_contain_text("Claimed by you")
    page.clock.fast_forward(3_000)
    assert stage.alert(first.id).state is AlertState.RAISED
    # Asleep while it counted: what was pressed long ago is not sent.
    page.keyboard.press("n")
    page.clock.fast_forward(20_000)
    expect(card(page).locator(".problem")).to_have_text(
        "Alert 1: not sent, this page was asleep. Press again."
    )
    # Nor what nobody could see any more.
    page.keyboard.press("n")
    expect(page.locator(".confirm--undo")).to_be_visible()
    page.keyboard.press("x")
    page.clock.fast_forward(2_100)
    page.keyboard.press("x")
    expect(card(page).locator(".problem")).to_contain_text("not sent, the screen was covered")
    assert stage.alert(first.id).state is AlertState.RAISED
    page.keyboard.press("n")
    expect(page.locator(".confirm--undo")).to_be_visible()
    page.clock.fast_forward(2_100)
    expect(page.locator("#history")).to_contain_text("Not a match: no stop")
    assert stage.alert(first.id).state is AlertState.NOT_A_MATCH


def test_what_is_over_meanwhile_is_not_decided_again(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    undoing(page)
    page.clock.install()
    alert = stage.raise_alert()
    expect(card(page)).to_be_visible()
    stop_the_clock(page)
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "/operator" in request.url else None)
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.locator(".confirm--undo")).to_be_visible()
    expect(card(page)).to_contain_text("Claimed by you")
    stage.expire(alert)
    expect(card(page)).to_contain_text("Expired: no stop")
    page.clock.fast_forward(2_100)
    expect(page.locator("#hint")).to_have_text("Alert 1: not sent, it changed meanwhile.")
    assert sent == []
