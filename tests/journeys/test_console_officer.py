"""The engagement officer's card, and whose faces a console loads."""

import re

import pytest
from playwright.sync_api import expect

from apps.alerts import api as alerts
from apps.alerts.data import OperatorDecision, Outcome
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support.console_page import card, open_console
from tests.support.engaging import do, engaged
from tests.support.looks import at_widths, check_as_shown
from tests.support.secrets_in import secrets_in

MATCH = OperatorDecision.MATCH
WIDTHS = (320, 390, 1440)
SIZES = ((720, 450), (640, 400), (390, 844), (320, 640))


def looks(stage, alert):
    return stage.within(AuditEvent.objects.filter(verb="alert.face_viewed", object_id=alert.id).count)


def in_view(page, target):
    """Whole, and neither under the strip nor below the edge."""
    box, strip = target.bounding_box(), page.locator("#strip").bounding_box()
    assert box["y"] >= strip["y"] + strip["height"] - 1, (box, strip)
    assert box["y"] + box["height"] <= page.viewport_size["height"] + 1, box


def test_a_person_released_as_the_wrong_one_cannot_be_opened_to_record_an_arrest(sign_in, stage):
    page = open_console(sign_in(stage.officer), stage)
    alert = engaged(stage)
    card(page).get_by_role("button", name="Identity contradicted: release").click()
    expect(page.locator("#history")).to_contain_text("Released, identity wrong")
    expect(page.get_by_role("button", name="Open alert 1")).to_have_count(0)
    expect(page.locator("form.outcomes")).to_have_count(0)
    assert stage.outcomes(alert.id) == (Outcome.RELEASED_IDENTITY_WRONG,)


def test_a_form_that_was_ticked_before_a_colleagues_release_records_nothing(sign_in, stage):
    stage.wanted()
    page = open_console(sign_in(stage.officer), stage)
    alert = engaged(stage)
    do(stage, alerts.establish_identity, alert)
    card(page).get_by_label("Arrest", exact=True).check()
    card(page).get_by_label("I have checked that this person is still wanted").check()
    page.route("**/alerts.json?*", lambda route: None)
    do(stage, alerts.identity_contradicted, alert)
    card(page).get_by_role("button", name="Record the outcome").click()
    expect(card(page).locator(".problem")).to_contain_text("released as the wrong one")
    page.unroute("**/alerts.json?*")
    assert stage.outcomes(alert.id) == (Outcome.RELEASED_IDENTITY_WRONG,)


def test_the_score_shows_only_after_the_engagement_decision(sign_in, stage):
    page = open_console(sign_in(stage.officer), stage)
    stage.decide(stage.raise_alert().id, MATCH)
    expect(card(page).locator('[data-action="engage"]')).to_be_visible()
    assert secrets_in(page.content(), ("threshold", "Similarity", "0.617", "0.45")) == []
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    expect(card(page)).to_contain_text("0.617, threshold 0.450")


def test_a_refusal_stands_beside_the_button_and_has_the_focus(sign_in, stage):
    page = open_console(sign_in(stage.officer, width=390, height=700), stage)
    engaged(stage)
    button = card(page).get_by_role("button", name="Record the outcome")
    problem = card(page).locator(".problem")
    for _ in at_widths(page, WIDTHS):
        page.evaluate("window.scrollTo(0, 0)")
        card(page).focus()
        button.click()
        expect(problem).to_have_text("Name at least one outcome")
        expect(problem).to_be_focused()
        in_view(page, problem)
        foot = button.bounding_box()["y"] + button.bounding_box()["height"]
        assert 0 <= problem.bounding_box()["y"] - foot < 40
        # Else the strip lies over the half of a checkbox, as it does over whatever is scrolled below it.
        page.evaluate("window.scrollTo(0, 0)")
        check_as_shown(page, "console-refused")


def test_established_identity_is_confirmed_and_leaves_its_line(sign_in, stage):
    page = open_console(sign_in(stage.officer, width=390, height=844), stage)
    engaged(stage)
    card(page).get_by_role("button", name="Identity established by ordinary means").click()
    expect(card(page).get_by_text("Alert 1: Identity established by ordinary means?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card(page).locator(".confirm")).to_have_count(0)
    expect(card(page)).to_contain_text("shown once identity is established")
    card(page).get_by_role("button", name="Identity established by ordinary means").click()
    page.keyboard.press("Enter")
    line = re.compile(r"\d\d:\d\d:\d\d PC Officer: identity established by ordinary means")
    expect(card(page).locator(".decided")).to_contain_text(line)
    expect(card(page)).to_contain_text("an invented serious offence")
    for _ in at_widths(page, WIDTHS):
        check_as_shown(page, "console-identified")


@pytest.mark.parametrize("who", ["operator", "officer"])
def test_both_faces_and_the_question_are_in_view_while_a_decision_is_confirmed(sign_in, stage, who):
    """720 by 450 is a laptop of 1440 by 900 at 200 %."""
    page = open_console(sign_in(getattr(stage, who), width=720, height=450), stage)
    alert = stage.raise_alert()
    if who == "officer":
        stage.decide(alert.id, MATCH)
    action = {"operator": "match", "officer": "do_not_engage"}[who]
    expect(card(page).locator("canvas")).to_have_count(2)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("window.scrollTo(0, 0)")
        card(page).locator(f'[data-action="{action}"]').click()
        expect(card(page).locator(".confirm")).to_be_visible()
        page.wait_for_function("() => document.querySelector('[data-claim=mine]')")
        for image in card(page).locator("canvas").all():
            in_view(page, image)
        in_view(page, card(page).locator(".confirm"))
        faces, box = card(page).locator(".pair").bounding_box(), card(page).locator(".confirm").bounding_box()
        assert faces["y"] + faces["height"] <= box["y"] + 1, "the faces cover the question"
        sizes = {(box["width"], box["height"]) for box in map(bounding, card(page).locator("canvas").all())}
        assert len(sizes) == 1
        check_as_shown(page, f"console-confirm-{who}-{height}")
        page.keyboard.press("Escape")
        expect(card(page).locator(".confirm")).to_have_count(0)
        expect(card(page)).not_to_contain_text("Claimed by you")


def bounding(target):
    return target.bounding_box()


def test_an_earlier_alert_that_is_opened_waits_for_nobody(sign_in, stage):
    alert = engaged(stage)
    do(stage, alerts.record_outcome, alert, outcomes=[Outcome.SAFEGUARDED])
    page = open_console(sign_in(stage.officer), stage)
    page.get_by_role("button", name="Open alert 1").click()
    opened = page.get_by_role("region", name="Opened again").get_by_role("article", name="Alert 1")
    expect(opened).to_be_focused()
    expect(page.locator("#waiting-count")).to_have_text("0")
    expect(page.locator("#waits")).to_have_text("Nothing waits for you")
    expect(page).not_to_have_title(re.compile(r"^\("))
    assert looks(stage, alert) == 0, "opening it looked at the faces"
    opened.get_by_label("Voluntary").check()
    opened.get_by_role("button", name="Record the outcome").click()
    expect(page.locator("#history")).to_contain_text("Voluntary")
    expect(page.get_by_role("region", name="Opened again")).to_have_count(0)


class TestWhoseFaces:
    def test_what_a_colleague_has_claimed_is_looked_at_on_demand_only(self, sign_in, stage):
        alert = stage.raise_alert()
        holder = stage.person("second", Role.OPERATOR).actor
        stage.within(alerts.claim, alert_id=alert.id, actor=holder, now=utc_now())
        page = open_console(sign_in(stage.operator), stage)
        expect(card(page)).to_contain_text("Claimed by PC Second")
        show = card(page).get_by_role("button", name="Show pictures of alert 1")
        expect(show).to_be_visible()
        expect(card(page).get_by_role("img")).to_have_count(0)
        assert looks(stage, alert) == 0
        check_as_shown(page, "console-pictures-on-demand")
        before = card(page).bounding_box()
        show.click()
        expect(card(page).get_by_role("img")).to_have_count(2)
        expect(card(page).locator("canvas")).to_have_count(2)
        assert looks(stage, alert) == 2
        assert card(page).bounding_box()["height"] == pytest.approx(before["height"], abs=1)

    def test_they_come_by_themselves_once_it_is_free(self, sign_in, stage):
        alert = stage.raise_alert()
        holder = stage.person("second", Role.OPERATOR).actor
        stage.within(alerts.claim, alert_id=alert.id, actor=holder, now=utc_now())
        page = open_console(sign_in(stage.operator), stage)
        expect(card(page)).to_contain_text("Claimed by PC Second")
        stage.within(alerts.release_claim, alert_id=alert.id, actor=holder, now=utc_now())
        expect(card(page).get_by_role("img")).to_have_count(2)

    def test_an_alert_that_asks_nothing_of_me_is_not_looked_at(self, sign_in, stage):
        alert = stage.raise_alert()
        stage.decide(alert.id, MATCH)
        page = open_console(sign_in(stage.operator), stage)
        expect(page.locator("#others")).to_contain_text("Alert 1")
        expect(card(page).get_by_role("button", name="Show pictures of alert 1")).to_be_visible()
        assert looks(stage, alert) == 0
