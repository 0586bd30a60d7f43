"""What came of a press is in view, what is counted waits for its reader, and what is over is left alone."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from apps.alerts import api as alerts
from apps.alerts.data import AlertState, Outcome
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from tests.support.console_page import card, open_console
from tests.support.engaging import dispatched, do, engaged
from tests.support.looks import check_as_shown

HAND = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def phone(browser, server, off_loop, stage):
    """The officer's own, held in a hand."""
    from tests.support.signing_in import cookie

    context = browser.new_context(**HAND)
    context.add_cookies([off_loop(cookie, stage.officer.username, server.address)])
    page = context.new_page()
    page.goto(f"{server.address}/console/")
    yield open_console(page, stage)
    context.close()


def below_the_strip(page, part):
    expect(part).to_be_in_viewport(ratio=1)
    strip = page.locator("#strip").bounding_box()
    assert part.bounding_box()["y"] >= strip["y"] + strip["height"] - 1


class TestResult:
    def test_after_a_release_by_touch_the_phone_shows_what_came_of_it(self, phone, stage):
        engaged(stage)
        dispatched(stage, 1)
        expect(card(phone, 2)).to_be_visible()
        release = card(phone).get_by_role("button", name="Identity contradicted: release")
        release.tap()
        below_the_strip(phone, card(phone).get_by_role("heading"))
        expect(card(phone)).to_contain_text("identity wrong")
        expect(card(phone)).to_be_focused()
        below_the_strip(phone, card(phone).get_by_role("link", name="Receipt for the person"))
        assert card(phone).bounding_box()["height"] < 600
        # The next card came up, and nothing was pressed on it.
        expect(phone.locator(".confirm")).to_have_count(0)
        assert stage.alert(card(phone, 2).get_attribute("data-alert")).state is AlertState.DISPATCHED
        check_as_shown(phone, "console-result")

    def test_so_does_the_line_of_an_alert_that_was_opened_again(self, phone, stage):
        alert = engaged(stage)
        do(stage, alerts.establish_identity, alert)
        do(
            stage,
            alerts.record_outcome,
            alert,
            outcomes=[Outcome.CONDITIONS_COMPLIANT],
            status_confirmed=False,
        )
        # As under a long history: the line could stand above what is in view.
        phone.evaluate("document.querySelector('.footer').style.minHeight = '3000px'")
        phone.get_by_role("button", name="Open alert 1").tap()
        expect(card(phone)).to_be_focused()
        card(phone).get_by_label("Safeguarded").check()
        card(phone).get_by_role("button", name="Record the outcome").tap()
        line = phone.locator("#history li")
        expect(line).to_contain_text("Safeguarded")
        below_the_strip(phone, line)

    def test_at_a_desk_a_dead_card_gives_up_its_room_once_no_pointer_is_on_it(self, sign_in, stage):
        page = open_console(sign_in(stage.officer, width=700, height=900), stage)
        engaged(stage)
        dispatched(stage, 1)
        page.mouse.move(2, 2)
        expect(card(page, 2)).to_be_visible()
        page.keyboard.press("j")
        box = card(page).bounding_box()
        page.mouse.move(box["x"] + 200, box["y"] + 60)
        page.keyboard.press("r")
        expect(card(page)).to_have_attribute("data-left", "1")
        expect(card(page)).to_be_focused()
        assert card(page).bounding_box()["height"] == pytest.approx(box["height"], abs=2)
        page.mouse.move(2, 2)
        expect(card(page)).not_to_have_attribute("style", re.compile("min-height"))
        assert card(page).bounding_box()["height"] < box["height"] - 100
        expect(card(page)).to_be_focused()


class TestCounted:
    def test_what_a_colleague_has_claimed_is_not_said_to_wait_for_you(self, sign_in, stage):
        page = open_console(sign_in(stage.operator), stage)
        first, *_ = [stage.raise_alert(subject_id=subject) for subject in stage.subjects[:2]]
        expect(page.locator("#waits")).to_contain_text("2 wait for you")
        colleague = stage.person("second", Role.OPERATOR).actor
        stage.within(alerts.claim, alert_id=first.id, actor=colleague, now=utc_now())
        expect(page.locator("#waits")).to_contain_text("1 waits for you")
        expect(page.locator("#waiting-count")).to_have_text("1")
        expect(card(page, 1)).to_be_visible()

    def test_nor_what_has_run_out_of_time_and_is_not_swept_up(self, sign_in, stage):
        page = open_console(sign_in(stage.operator), stage)
        page.clock.install()
        stage.raise_alert()
        expect(page.locator("#waits")).to_contain_text("1 waits for you")
        page.route("**/alerts.json?*", lambda route: None)
        page.clock.fast_forward(61_000)
        expect(card(page)).to_contain_text("Time is up: no stop")
        expect(page.locator("#waits")).to_have_text("Nothing waits for you")
        expect(page.locator("#waiting-count")).to_have_text("0")
        page.unroute("**/alerts.json?*")


class TestRenewed:
    """Nothing is, once there is nothing left to decide."""

    @pytest.fixture
    def page(self, sign_in, stage):
        page = sign_in(stage.operator)
        # Before the page sets its timers.
        page.clock.install()
        yield open_console(page, stage)
        page.unroute("**/alerts.json?*")

    def claimed(self, page):
        """By the keyboard, with the news late from then on. The claims that are asked for afterwards."""
        expect(card(page)).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press("c")
        expect(card(page)).to_contain_text("Claimed by you")
        page.route("**/alerts.json?*", lambda route: None)
        sent = []
        page.on(
            "request", lambda request: sent.append(request.url) if request.url.endswith("/claim") else None
        )
        return sent

    def let_renew(self, page):
        page.clock.fast_forward(11_000)
        # Whatever the page has asked by now has been seen once this is answered.
        page.evaluate("fetch(location.href).then((answer) => answer.status)")

    def test_it_is_while_somebody_is_at_it(self, page, stage):
        stage.raise_alert()
        sent = self.claimed(page)
        self.let_renew(page)
        assert len(sent) == 1

    def test_not_once_it_is_decided_and_the_page_has_not_heard_of_it(self, page, stage):
        alert = stage.raise_alert()
        sent = self.claimed(page)
        page.keyboard.press("m")
        with page.expect_response("**/operator"):
            page.keyboard.press("Enter")
        assert stage.alert(alert.id).state is AlertState.DISPATCHED
        sent.clear()
        self.let_renew(page)
        assert sent == []

    def test_nor_once_its_time_is_up_and_nobody_has_swept_it_up(self, page, stage):
        stage.raise_alert(now=utc_now() - timedelta(seconds=50))
        sent = self.claimed(page)
        page.clock.fast_forward(10_500)
        expect(card(page)).to_contain_text("Time is up: no stop")
        sent.clear()
        self.let_renew(page)
        assert sent == []


def test_that_the_same_likeness_was_wrong_today_stands_out(sign_in, stage, settings):
    settings.LFR_SUBJECT_COOL_DOWN_S = 0
    page = open_console(sign_in(stage.officer, width=390, height=844), stage)
    do(stage, alerts.identity_contradicted, engaged(stage))
    dispatched(stage)
    warning = card(page, 2).locator(".card__warning")
    expect(warning).to_have_text(re.compile(r"^Warning: same candidate contradicted \d\d:\d\d:\d\d$"))
    check_as_shown(page, "console-contradicted")


def test_who_covered_their_screen_is_named_so(sign_in, stage):
    page = open_console(sign_in(stage.officer, width=390, height=844), stage)
    silver = open_console(sign_in(stage.silver), stage)
    label = stage.officer.actor.label
    expect(silver.locator("#presence")).to_contain_text(f"{label} (engagement officer)")
    expect(silver.locator("#presence")).to_contain_text(f"{stage.silver.actor.label} (you)")
    page.evaluate("Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'})")
    expect(silver.locator("#presence")).to_contain_text(f"{label} (screen covered)")
    expect(silver.locator("#presence")).not_to_contain_text("()")


def test_after_an_entry_by_radio_its_tab_is_no_second_console(sign_in, stage):
    for person, duty in ((stage.silver, Duty.SILVER), (stage.officer, Duty.ENGAGEMENT)):
        about = {"deployment_id": stage.deployment_id, "duty": duty, "actor": person.actor}
        stage.within(deployments.record_duty, **about, now=utc_now())
    page = sign_in(stage.silver, width=390, start=f"/alerts/{dispatched(stage).id}/by-radio/")
    page.get_by_label(stage.officer.actor.label).check()
    page.get_by_label("They engage").check()
    page.get_by_role("button", name="Enter what they said").click()
    expect(page.get_by_role("status")).to_contain_text("is stored as said by radio")
    expect(page.locator("#console")).to_have_count(0)
    check_as_shown(page, "radio-stored")
    page.get_by_role("link", name="Enter more that they said").click()
    page.get_by_label(stage.officer.actor.label).check()
    page.get_by_label("Identity contradicted").check()
    page.get_by_role("button", name="Enter what they said").click()
    expect(page.locator("main")).to_contain_text("close this one")
    expect(page.get_by_role("link", name="Enter more that they said")).to_have_count(0)
