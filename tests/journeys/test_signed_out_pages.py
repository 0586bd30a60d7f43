"""A page that keeps itself true, once it is not for its reader any more: it says so and shows nothing old."""

import re

import pytest
from playwright.sync_api import expect

from apps.accounts.models import RoleGrant
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support.looks import check_page
from tests.support.signing_in import cookie

ASK_NOW = "() => document.dispatchEvent(new Event('visibilitychange'))"
# Of those that keep themselves true, one of each kind: figures, steps, a form with something typed in it.
PAGES = ("/board/{}/", "/deployments/{}/run/", "/deployments/{}/engagement/")


def take_role(stage, person, role):
    held = RoleGrant.objects.filter
    rows = stage.within(held, user_id=person.actor.id, role=role)
    stage.within(rows.update, revoked_at=utc_now(), revoked_by="an administrator")


def sign_out_elsewhere(page, address="/"):
    other = page.context.new_page()
    other.goto("/".join(page.url.split("/")[:3]) + address)
    other.get_by_role("button", name="Sign out").click()
    return other


def covered(page):
    return page.get_by_role("region", name="You were signed out")


@pytest.mark.parametrize("address", PAGES)
def test_signed_out_elsewhere_it_says_so_and_shows_nothing_old(sign_in, stage, address):
    address = address.format(stage.deployment_id)
    page = sign_in(stage.silver, start=address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    other = sign_out_elsewhere(page)
    page.evaluate(ASK_NOW)
    expect(covered(page)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_hidden()
    expect(page.locator("#stale")).to_have_attribute("hidden", "")
    link = covered(page).get_by_role("link", name="Leave this page and sign in here")
    link.click()
    expect(page).to_have_url(re.compile(rf"/sign-in/\?next={re.escape(address)}$"))
    other.close()


def test_signed_in_again_the_board_is_true_again(sign_in, stage, server, off_loop):
    page = sign_in(stage.silver, width=390, start=f"/board/{stage.deployment_id}/")
    waits = page.locator("#alerts dd").nth(1)
    expect(waits).to_have_text("0")
    other = sign_out_elsewhere(page)
    page.evaluate(ASK_NOW)
    expect(covered(page)).to_be_visible()
    check_page(page, "board-signed-out")
    stage.raise_alert()
    page.context.add_cookies([off_loop(cookie, stage.silver.username, server.address)])
    other.goto(f"{server.address}/account/")
    page.evaluate(ASK_NOW)
    expect(covered(page)).to_be_hidden()
    expect(waits).to_contain_text("1")


def test_somebody_else_in_the_same_browser_does_not_get_their_page_into_mine(
    sign_in, stage, server, off_loop
):
    page = sign_in(stage.silver, start=f"/board/{stage.deployment_id}/")
    expect(page.get_by_role("button", name="Suspend recognition now")).to_be_visible()
    other = stage.person("another", Role.SILVER_COMMANDER)
    page.context.add_cookies([off_loop(cookie, other.username, server.address)])
    page.evaluate(ASK_NOW)
    expect(covered(page)).to_contain_text("Somebody else has signed in")
    expect(page.get_by_role("button", name="Suspend recognition now")).to_be_hidden()


def test_without_the_last_role_it_says_why(sign_in, stage):
    page = sign_in(stage.silver, start=f"/board/{stage.deployment_id}/")
    take_role(stage, stage.silver, Role.SILVER_COMMANDER)
    page.evaluate(ASK_NOW)
    covered(page).get_by_role("link", name="Leave this page and sign in here").click()
    expect(page.get_by_role("main")).to_contain_text("You hold no role in this force any more")


def test_without_the_role_for_this_page_it_is_taken_away_and_says_whose_it_is(sign_in, stage):
    both = stage.person("both", Role.SILVER_COMMANDER, Role.PLANNER)
    page = sign_in(both, width=390, start=f"/board/{stage.deployment_id}/")
    expect(page.locator("#alerts")).to_be_visible()
    take_role(stage, both, Role.SILVER_COMMANDER)
    page.evaluate(ASK_NOW)
    expect(page.get_by_role("heading", level=1)).to_have_text("You cannot see this page")
    expect(page.get_by_role("main")).to_contain_text("This page is for:")
    expect(page.get_by_role("main")).to_be_focused()
    expect(page.locator("#alerts")).to_have_count(0)
    expect(page.get_by_role("button", name="Suspend recognition now")).to_have_count(0)
    expect(covered(page)).to_be_hidden()
    check_page(page, "board-not-mine")


def test_the_console_says_it_too_and_leads_back(sign_in, stage):
    page = sign_in(stage.operator, start=f"/console/{stage.deployment_id}/")
    stage.raise_alert()
    expect(page.get_by_role("article", name="Alert 1", exact=True)).to_be_visible()
    sign_out_elsewhere(page)
    expect(page.locator("#link-lost")).to_contain_text("SIGNED OUT.")
    expect(page.get_by_role("article")).to_have_count(0)
    expect(page.get_by_text("NOT CONNECTED")).to_have_count(0)
    page.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile(rf"/sign-in/\?next=/console/{stage.deployment_id}/$"))
