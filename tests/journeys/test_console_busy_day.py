"""A console late on a busy day: short, silent about what is over, and the rest one page away."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from apps.alerts import api as alerts
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision, Outcome
from apps.alerts.models import Alert
from apps.alerts.queries import EARLIER_SHOWN
from apps.core.clock import utc_now
from tests.support import earlier
from tests.support.console_page import card, open_console
from tests.support.looks import check_page

BUSY = 2 * EARLIER_SHOWN + 20


def busy_day(stage, states):
    """`stage` runs what it is asked in a thread of its own; so does all of this."""
    stage.within(earlier.busy_day, stage._target, BUSY, states)


def safeguarded_long_ago(stage):
    """Alert 1, taken through its decisions, as the one that changed longest ago."""
    first = stage.within(Alert.objects.get, deployment_id=stage.deployment_id, number=1)
    row = stage.within(Alert.objects.filter, id=first.id)
    waiting = {"state": AlertState.RAISED, "expires_at": utc_now() + timedelta(hours=1)}
    stage.within(row.update, **waiting)
    stage.decide(first.id, OperatorDecision.MATCH)
    of = {"alert_id": first.id, "actor": stage.officer.actor, "now": utc_now()}
    stage.within(alerts.engagement_decide, decision=EngagementDecision.ENGAGE, reason="", **of)
    stage.within(alerts.record_outcome, outcomes=[Outcome.SAFEGUARDED], **of)
    stage.within(row.update, revision=1)
    return first.id


def test_the_latest_stand_on_the_console_and_all_on_a_page_of_their_own(sign_in, stage):
    busy_day(stage, [AlertState.NOT_A_MATCH])
    page = open_console(sign_in(stage.operator), stage)
    rows = page.locator("#history li")
    expect(rows).to_have_count(EARLIER_SHOWN)
    expect(page.locator("#history-count")).to_have_text(str(BUSY))
    expect(rows.first).to_have_attribute("data-number", str(BUSY))
    expect(rows.last).to_have_attribute("data-number", str(BUSY - EARLIER_SHOWN + 1))
    check_page(page, "console-busy-day")

    # One more is decided: it is there, the line that changed longest ago goes, and nothing sounds.
    page.get_by_role("button", name="Sound").click()
    alert = stage.raise_alert()
    expect(card(page, BUSY + 1)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    expect(rows.first).to_have_attribute("data-number", str(BUSY + 1))
    expect(rows).to_have_count(EARLIER_SHOWN)
    expect(page.locator("#history-count")).to_have_text(str(BUSY + 1))
    assert stage.alert(alert.id).state is AlertState.NOT_A_MATCH
    assert page.locator("#console").get_attribute("data-beeps") == "1", "only what asked for a decision"

    page.get_by_role("link", name="All earlier alerts").click()
    expect(page.get_by_role("main")).to_contain_text(f"{BUSY + 1} alerts are over; page 1 of 3")
    check_page(page, "console-earlier")
    page.get_by_role("link", name="Older").click()
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("rowheader", name="1", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Older")).to_have_count(0)


def test_a_short_day_needs_no_such_page(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    stage.decide(stage.raise_alert().id, OperatorDecision.NOT_A_MATCH)
    expect(page.locator("#history li")).to_have_count(1)
    expect(page.get_by_role("link", name="All earlier alerts")).to_be_hidden()


def test_one_of_long_ago_is_opened_from_the_page_to_say_that_it_was_the_wrong_person(sign_in, stage):
    busy_day(stage, [AlertState.EXPIRED])
    for number in range(2, EARLIER_SHOWN + 3):
        stage.within(earlier.set_state, stage._target, number, AlertState.NOT_ENGAGED)
    first = safeguarded_long_ago(stage)
    page = sign_in(stage.officer, start=f"/console/{stage.deployment_id}/earlier/?page=3")
    page.get_by_role("link", name="Open alert 1 on the console").click()
    opened = page.get_by_role("region", name="Opened again").get_by_role(
        "article", name="Alert 1", exact=True
    )
    expect(opened).to_be_focused()
    expect(page).to_have_url(re.compile(rf"/console/{stage.deployment_id}/$"))
    expect(page.locator("#waiting-count")).to_have_text("0")
    opened.get_by_role("button", name="Identity contradicted: release").click()
    expect(page.locator("#history li").filter(has_text="Released, identity wrong")).to_have_count(1)
    assert stage.outcomes(first) == (Outcome.SAFEGUARDED, Outcome.RELEASED_IDENTITY_WRONG)
    page.reload()
    expect(page.locator("#history li").filter(has_text="Released, identity wrong")).to_have_count(1)
    expect(page.get_by_role("region", name="Opened again")).to_have_count(0)
