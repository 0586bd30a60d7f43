"""A receipt's address as somebody types it from paper on a phone, and what the officer's form offers."""

import re
from urllib.parse import urljoin

from playwright.sync_api import expect

from apps.alerts import api as alerts
from tests.support.console_page import card, open_console
from tests.support.engaging import do, engaged
from tests.support.looks import check_as_shown


def test_it_is_given_on_a_phone_and_typed_from_paper(sign_in, stage):
    alert = engaged(stage)
    page = sign_in(stage.officer, width=390, height=844, start=f"/alerts/{alert.id}/receipt/")
    page.get_by_role("button", name="Make the receipt").click()
    expect(page.locator("main")).to_contain_text("on a phone, “Print”")
    check_as_shown(page, "receipt-short")
    address = page.locator(".hash").inner_text()
    token = re.search(r"/receipt/(.+)/$", address)[1]
    page.goto(urljoin(page.url, f"/receipt/{token.upper()}"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")
    check_as_shown(page, "receipt-of-a-stranger")
    page.get_by_role("link", name="Cymraeg").click()
    expect(page.locator("html")).to_have_attribute("lang", "cy")
    expect(page.locator('main span[lang="en-GB"]').first).to_have_text("Market Square")


def test_the_form_offers_a_volunteer_what_fits_and_nobody_found_what_hides_them(sign_in, stage):
    page = open_console(sign_in(stage.officer, width=390, height=844), stage)
    alert = engaged(stage)
    offered = card(page).locator(".outcomes")
    expect(offered.get_by_label("Test subject, correctly recognised")).to_be_visible()
    expect(offered.get_by_label("Arrest", exact=True)).to_be_hidden()
    offered.get_by_label("Not located").check()
    do(stage, alerts.establish_identity, alert)
    expect(offered.get_by_label("Not located")).to_be_hidden()
    expect(offered.get_by_label("Not located")).not_to_be_checked()
    offered.get_by_label("Test subject, correctly recognised").check()
    card(page).get_by_role("button", name="Record the outcome").click()
    expect(page.locator("#history")).to_contain_text("Test subject, correctly recognised")
