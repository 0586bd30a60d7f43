"""What nobody at a console may miss: signed out, not connected, suspended, an old sighting, a colleague."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from apps.alerts import api as alerts
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision
from apps.alerts.models import Alert
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import api as deployments
from tests.support.console_page import card, open_console
from tests.support.looks import at_widths, check_as_shown
from tests.support.signing_in import cookie

MATCH, NOT = OperatorDecision.MATCH, OperatorDecision.NOT_A_MATCH
WIDTHS = (320, 390, 1440)


def scroll_down(page):
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")


def in_the_strip(page, words):
    row = page.locator("#strip .alarm", has_text=words)
    expect(row).to_be_visible(timeout=10_000)
    expect(row).to_be_in_viewport(ratio=1)
    strip = page.locator("#strip").bounding_box()
    assert row.bounding_box()["width"] >= strip["width"] - 2
    return row


def sign_out_elsewhere(page):
    other = page.context.new_page()
    other.goto(page.url.split("/console")[0] + "/console/")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_load_state()
    return other


class TestSignedOut:
    SECRETS = ("<canvas", "TEST-0", "Test Subject", "threshold", "Alert 1")

    def test_faces_and_names_go_when_somebody_signs_out_in_another_tab(self, sign_in, stage):
        page = open_console(sign_in(stage.operator, width=390, height=844), stage)
        for subject in stage.subjects:
            stage.raise_alert(subject_id=subject)
        stage.raise_alert(subject_id=stage.subjects[0])
        card(page).locator('[data-action="match"]').click()
        card(page).get_by_role("button", name="Confirm: Match").click()
        expect(card(page)).to_contain_text("TEST-01")
        scroll_down(page)
        sign_out_elsewhere(page)
        row = in_the_strip(page, "SIGNED OUT")
        expect(page.get_by_role("img")).to_have_count(0)
        for secret in self.SECRETS:
            assert secret not in page.locator("#console-body").inner_html()
        expect(page).to_have_title(re.compile(r"^SIGNED OUT – "))
        expect(page.get_by_text("No alert is waiting")).to_be_hidden()
        expect(page.locator("#deployment-state")).to_be_hidden()
        expect(page.get_by_text(stage.operator.actor.label)).to_be_hidden()
        expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
        for _ in at_widths(page, WIDTHS):
            in_the_strip(page, "SIGNED OUT")
            check_as_shown(page, "console-signed-out")
        row.get_by_role("link", name="Sign in").click()
        page.wait_for_url(f"**/sign-in/?next=/console/{stage.deployment_id}/")
        expect(page.get_by_label("E-mail address")).to_be_visible()

    def test_nor_does_the_next_person_on_this_browser_see_what_the_last_one_saw(
        self, sign_in, stage, off_loop
    ):
        page = open_console(sign_in(stage.operator), stage)
        stage.raise_alert()
        expect(card(page).get_by_role("img")).to_have_count(2)
        other = sign_out_elsewhere(page)
        address = page.url.split("/console")[0]
        other.context.add_cookies([off_loop(cookie, stage.officer.username, address)])
        other.goto(address + "/console/")
        in_the_strip(page, "SIGNED OUT")
        expect(page.get_by_role("img")).to_have_count(0)

    def test_a_role_that_was_withdrawn_takes_the_faces_too(self, sign_in, stage):
        page = open_console(sign_in(stage.operator), stage)
        stage.raise_alert()
        expect(card(page).get_by_role("img")).to_have_count(2)
        page.route("**/alerts.json?*", lambda route: route.fulfill(status=403, json={"error": "no"}))
        in_the_strip(page, "NOT YOUR CONSOLE ANY MORE")
        expect(page.get_by_role("img")).to_have_count(0)


class TestSuspended:
    def test_who_suspended_it_and_why_stays_in_view_and_in_the_title(self, sign_in, stage):
        page = open_console(sign_in(stage.operator, width=390, height=844), stage)
        for subject in stage.subjects:
            stage.raise_alert(subject_id=subject)
        expect(card(page, 3)).to_be_visible()
        scroll_down(page)
        stage.within(
            deployments.suspend,
            deployment_id=stage.deployment_id,
            reason="A sign <img src=x> fell over",
            actor=stage.silver.actor,
            now=utc_now(),
        )
        row = in_the_strip(page, "SUSPENDED by PC Silver at ")
        expect(row).to_contain_text("A sign <img src=x> fell over")
        expect(row.locator("img")).to_have_count(0)
        expect(page).to_have_title(re.compile(r"^SUSPENDED – \(3 · under 1 min\) "))
        expect(page.locator("#announce")).to_contain_text("Suspended by PC Silver: A sign")
        for _ in at_widths(page, WIDTHS):
            scroll_down(page)
            in_the_strip(page, "SUSPENDED by PC Silver at ")
            check_as_shown(page, "console-suspended")


class TestLink:
    @pytest.mark.parametrize("width", WIDTHS)
    def test_a_decision_without_connection_is_not_stored_and_says_so_until_the_link_is_back(
        self, sign_in, stage, width
    ):
        page = open_console(sign_in(stage.operator, width=width, height=844), stage)
        alert = stage.raise_alert()
        card(page).locator('[data-action="not_a_match"]').click()
        expect(card(page)).to_contain_text("Claimed by you")
        page.context.set_offline(True)
        card(page).get_by_role("button", name="Confirm: Not a match").click()
        problem = card(page).get_by_text("Not stored: no connection. Press again when connected.")
        expect(problem).to_be_focused()
        expect(problem).to_be_in_viewport(ratio=1)
        in_the_strip(page, "NOT CONNECTED since")
        expect(page).to_have_title(re.compile(r"^NOT CONNECTED – "))
        # Nothing green stands beside it.
        expect(page.locator("#cameras-text")).to_have_text(
            re.compile(r"^Cameras unknown since \d\d:\d\d:\d\d$")
        )
        expect(page.locator("#cameras")).to_have_attribute("data-level", "unknown")
        check_as_shown(page, "console-not-connected")
        assert stage.alert(alert.id).state is AlertState.RAISED
        page.context.set_offline(False)
        expect(page.locator("#link-lost")).to_be_hidden()
        expect(problem).to_be_hidden()
        expect(page.locator("#cameras-text")).not_to_contain_text("unknown")
        expect(page).not_to_have_title(re.compile("NOT CONNECTED"))
        card(page).get_by_role("button", name="Confirm: Not a match").click()
        expect(page.locator("#history")).to_contain_text("Not a match: no stop")

    def test_an_answer_to_what_was_asked_before_does_not_take_the_words_away(self, sign_in, stage):
        """It was on its way when the link broke: nothing says yet that the link is back."""
        page = open_console(sign_in(stage.operator), stage)
        stage.raise_alert()
        card(page).locator('[data-action="not_a_match"]').click()
        expect(card(page)).to_contain_text("Claimed by you")
        held = []
        with page.expect_request("**/alerts.json?*"):
            page.route("**/alerts.json?*", lambda route: held.append(route))
        page.route("**/alerts/*/operator", lambda route: route.abort("internetdisconnected"))
        card(page).get_by_role("button", name="Confirm: Not a match").click()
        problem = card(page).get_by_text("Not stored: no connection. Press again when connected.")
        expect(problem).to_be_focused()
        with page.expect_request("**/alerts.json?*"):
            held[0].continue_()
        expect(problem).to_be_visible()
        expect(page.locator("#link-lost")).to_contain_text("NOT CONNECTED since")
        held[1].continue_()
        expect(problem).to_be_hidden()
        expect(page.locator("#link-lost")).to_be_hidden()

    def test_a_server_that_takes_the_question_and_never_answers_is_not_connected_either(self, sign_in, stage):
        page = open_console(sign_in(stage.operator), stage)
        page.route("**/alerts.json?*", lambda route: None)
        in_the_strip(page, "NOT CONNECTED since")
        page.unroute("**/alerts.json?*")


class TestAge:
    @pytest.mark.parametrize(
        ("minutes", "words", "mark"),
        [
            (0.5, "seen 3", ""),
            (1.5, "Getting old: seen 1 min", "ageing"),
            (4, "Old sighting: seen 4 min", "old"),
        ],
        ids=["fresh", "ageing", "old"],
    )
    def test_the_age_of_a_sighting_goes_on_through_the_steps_and_is_said_in_words(
        self, sign_in, stage, minutes, words, mark
    ):
        alert = stage.raise_alert()
        stage.decide(alert.id, MATCH)
        seen = utc_now() - timedelta(minutes=minutes)
        stage.within(Alert.objects.filter(id=alert.id).update, raised_at=seen)
        page = open_console(sign_in(stage.officer), stage)
        left = card(page).locator(".card__left")
        expect(left).to_contain_text(words)
        expect(left).to_have_attribute("data-age", mark)
        stage.within(
            alerts.engagement_decide,
            alert_id=alert.id,
            decision=EngagementDecision.ENGAGE,
            reason="",
            actor=stage.officer.actor,
            now=utc_now(),
        )
        expect(left).to_have_text(re.compile(r"^Engaged for \d+ s · seen .* ago$"))


class TestAnnounced:
    """To operators, of what the clock or a colleague did."""

    @pytest.fixture
    def page(self, sign_in, stage):
        return open_console(sign_in(stage.operator), stage)

    def test_an_expiry(self, page, stage):
        alert = stage.raise_alert()
        expect(card(page)).to_be_visible()
        stage.expire(alert)
        expect(page.locator("#announce")).to_contain_text("Alert 1: Expired: no stop.")

    def test_a_colleagues_match_and_a_contradiction(self, page, stage):
        alert = stage.raise_alert()
        expect(card(page)).to_be_visible()
        stage.decide(alert.id, MATCH, stage.person("second", Role.OPERATOR).actor)
        expect(page.locator("#announce")).to_contain_text(
            "Alert 1: Match: waiting for the engagement officer, by PC Second."
        )
        actor, now = stage.officer.actor, utc_now()
        stage.within(
            alerts.engagement_decide,
            alert_id=alert.id,
            decision=EngagementDecision.ENGAGE,
            reason="",
            actor=actor,
            now=now,
        )
        expect(page.locator("#announce")).to_contain_text("by PC Officer.")
        stage.within(alerts.identity_contradicted, alert_id=alert.id, actor=actor, now=utc_now())
        expect(page.locator("#announce")).to_contain_text("Alert 1: identity contradicted, person released.")

    def test_what_one_did_oneself_is_said_once(self, page, stage):
        stage.raise_alert()
        expect(card(page)).to_be_visible()
        page.evaluate(
            "window.said = []; new MutationObserver(() => window.said.push("
            "document.getElementById('announce').textContent))"
            ".observe(document.getElementById('announce'), {childList: true})"
        )
        page.keyboard.press("j")
        page.keyboard.press("n")
        page.keyboard.press("Enter")
        expect(page.locator("#history")).to_contain_text("Not a match")
        expect(page.locator("#announce")).to_contain_text("Alert 1: not a match recorded.")
        assert not any("no stop" in words for words in page.evaluate("window.said"))
