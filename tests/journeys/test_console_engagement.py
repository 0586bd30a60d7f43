"""An engagement from the phone: the clock, somebody who looks under 18, the stop, receipt and release."""

from datetime import timedelta

from playwright.sync_api import expect

from apps.alerts import api as alerts
from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome
from apps.alerts.models import Engagement
from apps.core.clock import utc_now
from tests.support.console_page import card, open_console
from tests.support.looks import check_as_shown


def do(stage, operation, alert, **more):
    return stage.within(operation, alert_id=alert.id, actor=stage.officer.actor, now=utc_now(), **more)


def engaged(stage):
    alert = stage.raise_alert()
    stage.decide(alert.id, OperatorDecision.MATCH)
    do(stage, alerts.engagement_decide, alert, decision=EngagementDecision.ENGAGE, reason="")
    return alert


def test_an_engagement_on_a_phone_from_engaging_to_the_receipt(sign_in, stage):
    page = open_console(sign_in(stage.officer, width=390, height=844), stage)
    alert = engaged(stage)
    expect(card(page)).to_contain_text("This alert alone gives no power to stop")
    expect(card(page).locator(".engagement__overdue")).to_be_hidden()
    card(page).get_by_role("button", name="Looks under 18").press("Enter")
    expect(card(page).locator(".engagement__child")).to_contain_text("seek an appropriate adult now")
    expect(card(page)).to_be_focused()
    with page.expect_popup() as popup:
        card(page).get_by_role("link", name="Record of the stop").click()
    form = popup.value
    form.get_by_label("By which power were they kept?").select_option("arrest")
    form.get_by_role("button", name="The stop begins now").click()
    expect(form.get_by_role("button", name="The stop ends now")).to_be_visible()
    check_as_shown(form, "stop")
    expect(card(page).locator(".engagement__stop")).to_contain_text("stop began")
    check_as_shown(page, "engaged")
    # The overdue line and each word of it are said once, not with every minute that goes on.
    expect(card(page).locator(".engagement [role=alert]")).to_have_count(0)
    # A colleague's release is said although this officer was the last to change something.
    do(stage, alerts.identity_contradicted, alert)
    expect(page.locator("#announce")).to_contain_text("Alert 1: identity contradicted, person released.")
    expect(page.locator("#history")).to_contain_text("Released, identity wrong")
    assert stage.outcomes(alert.id) == (Outcome.RELEASED_IDENTITY_WRONG,)
    with page.expect_popup() as popup:
        page.locator("#history").get_by_role("link", name="Receipt for the person").click()
    receipt = popup.value
    receipt.get_by_role("button", name="Make the receipt").click()
    expect(receipt.get_by_role("img", name="QR code")).to_be_visible()
    expect(receipt.locator("main")).to_contain_text("You are not the person who was looked for")
    check_as_shown(receipt, "receipt-given")


def test_a_long_engagement_is_said_to_the_officer_and_to_a_colleague(sign_in, stage):
    officer = open_console(sign_in(stage.officer), stage)
    colleague = open_console(sign_in(stage.operator), stage)
    engaged(stage)
    expect(card(officer)).to_contain_text("Engaged for")
    stage.within(Engagement.objects.update, escalates_at=utc_now() - timedelta(seconds=1))
    assert stage.within(alerts.escalate_engagements, now=utc_now()) == 1
    expect(card(officer).locator(".engagement__overdue")).to_contain_text("The commander and your colleagues")
    expect(card(colleague).locator(".engagement__overdue")).to_contain_text("Ask the officer by radio")
    expect(card(colleague).get_by_role("link")).to_have_count(0)
