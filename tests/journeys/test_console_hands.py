"""What a hand does without meaning it: a key held down, a second key, a cover over what is being sent."""

from datetime import timedelta

from playwright.sync_api import expect

from apps.alerts.data import AlertState
from apps.core.clock import utc_now
from tests.support.console_page import card, let_time_pass, open_console


def sent_by(page, ends):
    sent = []
    page.on("request", lambda request: sent.append(request.post_data) if request.url.endswith(ends) else None)
    return sent


def hold(page, key, times=4):
    """As a keyboard does: one press, and then the same one again and again."""
    for _ in range(times):
        page.keyboard.down(key)
    page.keyboard.up(key)


def test_a_key_that_is_held_down_confirms_nothing(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    sent = sent_by(page, "/operator")
    alert = stage.raise_alert()
    expect(card(page)).to_be_visible()
    # Twice on the same place, also where the page moved the question under the pointer.
    for height in (1000, 560):
        page.set_viewport_size({"width": 1440, "height": height})
        card(page).locator('[data-action="match"]').dblclick()
        expect(page.get_by_text("Alert 1: match?")).to_be_visible()
        expect(card(page).get_by_role("button", name="Confirm: Match")).to_be_enabled()
        page.keyboard.press("Escape")
        assert sent == []
    for key in ("Enter", " "):
        card(page).locator('[data-action="match"]').focus()
        hold(page, key)
        expect(page.get_by_text("Alert 1: match?")).to_be_visible()
        assert page.evaluate("document.activeElement.textContent") == "Confirm: Match"
        page.keyboard.press("Escape")
    # Nor does the one that shows a covered page again decide what stood under it.
    page.keyboard.press("m")
    expect(card(page).get_by_role("button", name="Confirm: Match")).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Show the console")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#cover")).to_be_hidden()
    expect(card(page)).to_be_focused()
    assert sent == []
    assert stage.alert(alert.id).state is AlertState.RAISED


def test_escape_takes_back_also_when_the_focus_has_left_before_the_claim_is_known(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    sent = sent_by(page, "/operator")
    alert = stage.raise_alert()
    expect(card(page)).to_be_visible()
    held = []
    page.route("**/claim", lambda route: held.append(route))
    with page.expect_request("**/claim"):
        card(page).locator('[data-action="match"]').click()
    # As the second half of a double click does where the page moved under the pointer.
    page.get_by_role("heading", name="Earlier").click()
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Escape")
    expect(page.locator(".confirm")).to_have_count(0)
    expect(card(page).locator('[data-action="match"]')).to_be_focused()
    held.pop().continue_()
    expect(card(page)).to_contain_text("Waiting for an operator")
    assert sent == []
    assert stage.alert(alert.id).state is AlertState.RAISED


def test_what_is_said_of_a_decision_on_its_way_is_true(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    page.get_by_text("This device", exact=True).click()
    page.get_by_label("A decision is taken by").select_option("undo")
    page.clock.install()
    alert = stage.raise_alert()
    expect(card(page)).to_be_visible()
    page.clock.pause_at(utc_now() + timedelta(seconds=5))
    sent = sent_by(page, "/operator")
    on_its_way = []
    page.route("**/operator", lambda route: on_its_way.append(route))
    # A colleague was first, and the answer that says so takes longer than two seconds.
    page.route("**/claim", lambda route: on_its_way.append(route))
    page.keyboard.press("j")
    with page.expect_request("**/claim"):
        page.keyboard.press("m")
    page.clock.fast_forward(2_100)
    page.unroute("**/claim")
    on_its_way.pop().fulfill(status=409, json={"error": "PC Second is working on this alert."})
    expect(card(page).locator(".problem")).to_have_text("PC Second is working on this alert.")
    expect(page.locator(".confirm")).to_have_count(0)
    assert sent == []
    card(page).focus()
    # The second key takes the place of the first, whose two seconds say nothing any more.
    page.keyboard.press("m")
    page.clock.fast_forward(1_000)
    page.keyboard.press("n")
    page.clock.fast_forward(1_500)
    expect(page.locator("#hint")).to_be_hidden()
    expect(card(page)).to_contain_text("Alert 1: not a match. Sent in two seconds.")
    assert sent == []
    with page.expect_request("**/operator"):
        page.clock.fast_forward(1_000)
    # Sent, and no answer yet: covering it takes nothing back, and must not say so.
    page.keyboard.press("x")
    page.keyboard.press("x")
    expect(page.locator("#cover")).to_be_hidden()
    assert "not sent" not in page.inner_text("#console")
    on_its_way.pop().abort()
    expect(card(page).locator(".problem")).to_contain_text("Not stored: no connection. Press again")
    # What is to be pressed again is there, and nothing claims that it could still be undone.
    expect(page.locator(".confirm")).to_have_count(0)
    page.unroute("**/operator")
    card(page).locator('[data-action="not_a_match"]').click()
    page.clock.fast_forward(2_100)
    expect(page.locator("#history")).to_contain_text("Not a match: no stop")
    assert sent == ['{"decision":"not_a_match"}'] * 2
    assert stage.alert(alert.id).state is AlertState.NOT_A_MATCH


def test_a_claim_ends_when_its_page_is_covered_or_nobody_touches_it(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    page.clock.install()
    alert = stage.raise_alert()
    expect(card(page)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(card(page)).to_contain_text("Claimed by you")
    renewed = sent_by(page, f"/alerts/{alert.id}/claim")
    page.keyboard.press("x")
    with page.expect_response(lambda answer: "alerts.json" in answer.url and "away" not in answer.url):
        let_time_pass(page, 11_000)
    # Who covered it by hand and does not come back is not at the console.
    with page.expect_response(lambda answer: "alerts.json" in answer.url and "away=1" in answer.url):
        let_time_pass(page, 51_000)
    assert renewed == [], "renewed by a page that nobody can see"
    page.keyboard.press("x")
    expect(page.locator("#cover")).to_be_hidden()
    with page.expect_request(lambda asked: asked.url.endswith(f"/alerts/{alert.id}/claim")):
        page.clock.fast_forward(11_000)
    let_time_pass(page, 61_000)
    assert len(renewed) == 1, "renewed although nobody touched the page for over a minute"
