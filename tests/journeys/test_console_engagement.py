"""An engagement from the phone: the clock, somebody who looks under 18, the stop, receipt and release; and
by radio where the phone is dead."""

from datetime import timedelta

from playwright.sync_api import expect

from apps.alerts import api as alerts
from apps.alerts import engagement_queries
from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome
from apps.alerts.models import Alert, Engagement
from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from tests.support import keyboard
from tests.support.console_page import card, open_console
from tests.support.engaging import do, engaged
from tests.support.looks import check_as_shown


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


def test_the_details_of_a_stop_by_radio_on_a_phone_with_the_keyboard_alone(sign_in, stage):
    for person, duty in ((stage.silver, Duty.SILVER), (stage.officer, Duty.ENGAGEMENT)):
        about = {"deployment_id": stage.deployment_id, "duty": duty, "actor": person.actor}
        stage.within(deployments.record_duty, **about, now=utc_now())
    page = open_console(sign_in(stage.silver, width=390, height=844), stage)
    engaged(stage)
    # Each of the steps there is a card of its own: the link is wanted on the last of them.
    expect(card(page)).to_contain_text("Engaged for")
    with page.expect_popup() as popup:
        keyboard.reach(page, card(page).get_by_role("link", name="Said by radio: enter it"))
        page.keyboard.press("Enter")
    radio = popup.value
    check_as_shown(radio, "radio-of-an-engagement")
    keyboard.press(radio, radio.get_by_role("link", name="Details of the stop"))
    expect(radio.get_by_label(stage.officer.actor.label)).to_be_checked()
    check_as_shown(radio, "radio-stop-empty")
    # Refused in words, and what was typed is still there.
    keyboard.choose(radio, radio.locator("[name=child][value=yes]"))
    keyboard.press(radio, radio.get_by_role("button", name="The stop begins now"))
    expect(radio.get_by_role("alert")).to_contain_text("by which power")
    expect(radio.locator("[name=child][value=yes]")).to_be_checked()
    check_as_shown(radio, "radio-stop-refused")
    power = radio.get_by_label("By which power were they kept?")
    keyboard.reach(radio, power)
    radio.keyboard.type("Arrest without")
    assert power.input_value() == "arrest"
    keyboard.press(radio, radio.get_by_role("button", name="The stop begins now"))
    expect(radio.get_by_role("status")).to_contain_text("stored as said by radio, with your name")
    for question in ("searched", "force_used"):
        keyboard.choose(radio, radio.locator(f"[name={question}][value=no]"))
    keyboard.press(radio, radio.get_by_role("button", name="The stop ends now"))
    both = f"{stage.officer.actor.label}, said by radio, entered by {stage.silver.actor.label}"
    expect(radio.locator("main")).to_contain_text(both)
    check_as_shown(radio, "radio-stop")
    expect(card(page).locator(".engagement__stop")).to_contain_text(
        f"said by radio, entered by {stage.silver.actor.label}"
    )
    expect(card(page).locator(".engagement__child")).to_be_visible()
    check_as_shown(page, "card-said-by-radio")
    page.goto(page.url.split("/console")[0] + f"/deployments/{stage.deployment_id}/engagements/")
    expect(page.locator("main")).to_contain_text(both)
    # Nothing that must be there is missing.
    expect(page.get_by_role("button", name="Store what you found")).to_have_count(0)


def test_an_engagement_of_which_nothing_is_recorded_is_named_to_whoever_reviews(sign_in, stage):
    engaged(stage)
    page = sign_in(stage.silver, width=390, height=844)
    page.goto(page.url.split("/console")[0] + f"/deployments/{stage.deployment_id}/engagements/")
    expect(page.locator("main")).to_contain_text("1 engagement waits for the review.")
    expect(page.locator("main")).to_contain_text("when the stop began")
    check_as_shown(page, "engagement-not-recorded")


def test_enter_in_a_field_stores_the_record_and_begins_no_stop(sign_in, stage):
    page = sign_in(stage.officer, width=390, height=844)
    alert = engaged(stage)
    page.goto(page.url.split("/console")[0] + f"/alerts/{alert.id}/stop/")
    page.get_by_label("By which power were they kept?").select_option("arrest")
    page.get_by_label("Body-worn video").fill("BWV-7715")
    page.get_by_label("Body-worn video").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is stored")
    record = stage.within(engagement_queries.engagement_of, alert_id=alert.id).record
    assert (record.body_worn, record.started_at) == ("BWV-7715", None)
    page.get_by_role("button", name="The stop begins now").click()
    expect(page.get_by_role("button", name="The stop ends now")).to_be_visible()
    page.get_by_label("Body-worn video").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is stored")
    record = stage.within(engagement_queries.engagement_of, alert_id=alert.id).record
    assert record.started_at is not None
    assert record.ended_at is None
    check_as_shown(page, "stop-with-its-time")
    page.get_by_label("No stop began: take this time away").check()
    page.get_by_role("button", name="Store the record").click()
    expect(page.get_by_role("button", name="The stop begins now")).to_be_visible()


def test_before_engaging_the_age_is_said_and_with_whom_one_is_already(sign_in, stage):
    page = open_console(sign_in(stage.officer, width=390, height=844), stage)
    engaged(stage)
    expect(card(page)).to_contain_text("Engaged for")
    second = stage.raise_alert(subject_id=stage.subjects[1], now=utc_now() - timedelta(seconds=50))
    stage.within(Alert.objects.filter(id=second.id).update, raised_at=utc_now() - timedelta(minutes=11))
    stage.decide(second.id, OperatorDecision.MATCH)
    card(page, 2).get_by_role("button", name="Engage", exact=True).click()
    words = card(page, 2).locator(".confirm__explained")
    expect(words).to_contain_text("Seen 11 min")
    expect(words).to_contain_text("You are engaged on alert 1 already.")
    check_as_shown(page, "engage-another")
    card(page, 2).get_by_role("button", name="Confirm: Engage").click()
    expect(card(page, 2)).to_contain_text("Engaged for")


def test_an_entry_by_radio_that_crosses_with_the_officers_press(sign_in, stage):
    for person, duty in ((stage.silver, Duty.SILVER), (stage.officer, Duty.ENGAGEMENT)):
        about = {"deployment_id": stage.deployment_id, "duty": duty, "actor": person.actor}
        stage.within(deployments.record_duty, **about, now=utc_now())
    alert = stage.raise_alert()
    stage.decide(alert.id, OperatorDecision.MATCH)
    page = sign_in(stage.silver, width=390, height=844)
    page.goto(page.url.split("/console")[0] + f"/alerts/{alert.id}/by-radio/")
    page.get_by_label(stage.officer.actor.label).check()
    page.get_by_role("radio", name="They do not engage").check()
    page.get_by_label("Why they do not engage").fill("Lost in the crowd")
    do(stage, alerts.engagement_decide, alert, decision=EngagementDecision.ENGAGE, reason="")
    page.get_by_role("button", name="Enter what they said").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{stage.officer.actor.label} engaged at")
    expect(page.get_by_role("alert")).to_contain_text("(“They do not engage”) is not stored.")
    expect(page.locator("[name=said]:checked")).to_have_count(0)
    check_as_shown(page, "radio-crossed")
    page.get_by_label("They established the identity").check()
    page.get_by_role("button", name="Enter what they said").click()
    expect(page.get_by_role("status")).to_contain_text("stored as said by radio")
    expect(page.get_by_label("They established the identity")).to_have_count(0)
