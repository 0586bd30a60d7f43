"""What is new after the day, at both widths: the console's link to the evidence, "no copy is needed", the
alarm of a deletion on home, the casework of a deployment, and the word of whoever ends a complaint."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.support import engaging, handing
from tests.support.console_page import open_console
from tests.support.looks import check_page


@pytest.fixture
def ready(stage):
    """What is made before the browser starts: its event loop lives in the thread of the test."""
    from apps.casework import operations
    from apps.core.clock import utc_now
    from apps.core.data import Role
    from apps.retention import api as retention
    from apps.retention.data import WouldFail
    from tests.support.casework import WORDS, complaint, do

    handing.recorded(stage)
    stage.wanted()
    assert stage.silver
    assert stage.officer
    due = utc_now() + timedelta(hours=3)
    found = WouldFail("alert_biometrics", "Pictures and measurements of alerts", 2, due, "FileNotFoundError")
    retention.note_alarms(force_id=stage.force.id, failing=[found], now=utc_now())
    case_id = complaint(stage, deployment_id=None)
    do(stage, operations.step_complaint, case_id=case_id, step="begin_review", words=WORDS)
    person = stage.person(f"works {Role.FORCE_ADMIN}", Role.FORCE_ADMIN)
    return person, case_id


def test_from_the_stored_arrest_to_no_copy_needed(stage, ready, sign_in):
    from apps.alerts import api as alerts
    from apps.alerts.data import Outcome

    page = open_console(sign_in(stage.officer), stage)
    alert = engaging.engaged(stage)
    engaging.do(stage, alerts.establish_identity, alert)
    about = {"outcomes": [Outcome.ARREST], "status_confirmed": True}
    engaging.do(stage, alerts.record_outcome, alert, **about)
    row = page.locator("#history")
    link = row.get_by_role("link", name="Evidence: hand over within the hour (not asked for yet)")
    expect(link).to_be_visible()
    assert "Test" not in link.get_attribute("href")
    check_page(page, "console-after-an-arrest")
    with page.expect_popup() as popup:
        link.click()
    form = popup.value
    check_page(form, "hand-over-no-copy")
    form.get_by_role("button", name="Record that no copy is needed").click()
    check_page(form, "hand-over-no-copy-refused")
    form.get_by_label("Arrested on a warrant").check()
    form.get_by_role("button", name="Record that no copy is needed").click()
    check_page(form, "hand-over-no-copy-said")
    expect(row).to_contain_text("Evidence: no copy is needed")
    silver = sign_in(stage.silver, start=f"/deployments/{stage.deployment_id}/engagements/")
    expect(silver.locator("main")).to_contain_text("No copy is needed: Arrested on a warrant")
    check_page(silver, "engagements-no-copy")


def test_the_alarm_of_a_deletion_on_home(stage, ready, sign_in):
    page = sign_in(stage.silver, start="/")
    expect(page.get_by_role("heading", name="Deletion alarm")).to_be_visible()
    check_page(page, "home-deletion-alarm")


def test_casework_from_the_deployment_and_a_complaint_about_none(stage, ready, sign_in):
    person, case_id = ready
    page = sign_in(person, start=f"/deployments/{stage.deployment_id}/")
    check_page(page, "deployment-casework")
    page.get_by_role("link", name="Hours and cost").click()
    expect(page).to_have_url(re.compile("/casework/deployments/.*#hours"))
    page.goto(re.sub(r"(//[^/]+)/.*", rf"\1/casework/complaints/{case_id}/", page.url))
    check_page(page, "complaint-no-part")
    page.get_by_label("Upheld", exact=True).check()
    page.get_by_label("In words").fill("The file was read and the officers were asked.")
    page.get_by_role("button", name="Record it").click()
    check_page(page, "complaint-no-part-refused")
    page.get_by_label("I had no part").check()
    page.get_by_role("button", name="Record it").click()
    expect(page.locator("main")).to_contain_text("Confirmed that they had no part in it.")
    check_page(page, "complaint-no-part-said")
