"""The console at 200 and 400 % on a desk, and in the colours that somebody has chosen for themselves."""

from playwright.sync_api import expect

from tests.support.console_page import card
from tests.support.looks import check_as_shown, write_screenshot

FREE = """() => {
    const strip = document.getElementById('strip').getBoundingClientRect();
    const bar = document.getElementById('thumb-bar').getBoundingClientRect();
    const below = bar.height && getComputedStyle(document.getElementById('thumb-bar')).position === 'fixed';
    return (below ? bar.top : innerHeight) - Math.max(0, strip.bottom);
}"""


def test_at_400_percent_nothing_is_lost_and_in_forced_colours_neither(sign_in, stage):
    page = sign_in(stage.operator, start=f"/console/{stage.deployment_id}/")
    expect(page.locator("#health-text")).to_contain_text("Connected")
    stage.raise_alert()
    for width, height in ((720, 450), (360, 225)):
        page.set_viewport_size({"width": width, "height": height})
        expect(card(page).locator("canvas")).to_have_count(2)
        page.keyboard.press("j")
        page.keyboard.press("m")
        confirm = card(page).get_by_role("button", name="Confirm: Match")
        expect(confirm).to_be_focused()
        expect(confirm).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        assert page.evaluate(FREE) >= height / 2, "what stays in view hides what it belongs to"
        # A desk has keys at any zoom, and a switch for them (WCAG 2.1.4).
        expect(page.get_by_role("button", name="Keys on")).to_be_visible()
        expect(page.get_by_text("Keys", exact=True)).to_be_visible()
        check_as_shown(page, "console-zoomed")
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.emulate_media(forced_colors="active")
    page.keyboard.press("m")
    expect(card(page).get_by_role("button", name="Confirm: Match")).to_be_focused()
    colours = page.evaluate(
        "[...document.querySelectorAll('.card, .card__state, .card__where')]"
        ".map((part) => getComputedStyle(part).color)"
    )
    system = page.evaluate("getComputedStyle(document.body).color")
    assert set(colours) == {system}, "a card keeps its own colours against the reader's choice"
    write_screenshot(page, "console-forced-colours")
