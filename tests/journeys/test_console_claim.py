"""Two people at two consoles and one alert: who works on it shows, and nobody is held up for long."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from apps.alerts import api as alerts
from apps.alerts.data import AlertState
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support.console_page import card, let_time_pass, put_the_server_ahead
from tests.support.looks import check_as_shown
from tests.support.secrets_in import secrets_in

DECISIONS = ("match", "not_a_match", "unsure")


def console(page, stage):
    page.goto(page.url.split("/console")[0] + f"/console/{stage.deployment_id}/")
    expect(page.locator("#health-text")).to_contain_text("Connected")
    return page


def decision(page, name, number=1):
    return card(page, number).locator(f'[data-action="{name}"]')


@pytest.fixture
def two(sign_in, stage):
    second = stage.person("second", Role.OPERATOR)
    return console(sign_in(stage.operator), stage), console(sign_in(second), stage)


def test_a_claim_shows_on_both_consoles_and_holds_the_colleague_back(two, stage):
    mine, theirs = two
    alert = stage.raise_alert()
    card(mine).get_by_role("button", name="Claim").click()
    expect(card(mine)).to_contain_text("Claimed by you")
    expect(card(theirs)).to_contain_text("Claimed by PC Operator")
    for name in DECISIONS:
        expect(decision(theirs, name)).to_be_disabled()
        expect(decision(mine, name)).to_be_enabled()
    expect(theirs.locator("#announce")).to_contain_text("Claimed by PC Operator")
    card(theirs).focus()
    theirs.keyboard.press("m")
    expect(theirs.get_by_text("Alert 1: match?")).to_have_count(0)
    for page in two:
        assert secrets_in(page.content(), ("Similarity", "0.617", "0.45", "TEST-01")) == []
        check_as_shown(page, "console-claimed")

    card(mine).get_by_role("button", name="Release claim").click()
    expect(decision(theirs, "match")).to_be_enabled()
    expect(card(theirs)).not_to_contain_text("Claimed")
    assert stage.alert(alert.id).state is AlertState.RAISED


def test_pressing_a_decision_claims_and_escape_lets_go(two, stage):
    mine, theirs = two
    stage.raise_alert()
    expect(card(mine)).to_be_visible()
    mine.keyboard.press("j")
    mine.keyboard.press("n")
    expect(card(theirs)).to_contain_text("Claimed by PC Operator")
    confirm = card(mine).get_by_role("button", name="Confirm: Not a match")
    expect(card(mine)).to_contain_text("Claimed by you")
    expect(confirm).to_be_focused()
    mine.keyboard.press("Escape")
    expect(card(theirs)).not_to_contain_text("Claimed")
    expect(confirm).to_have_count(0)
    expect(decision(mine, "not_a_match")).to_be_focused()


def test_the_claim_makes_no_second_sound_and_a_freed_alert_does(two, stage):
    mine, theirs = two
    theirs.get_by_role("button", name="Sound").click()
    stage.raise_alert()
    beeps = theirs.locator("#console")
    expect(beeps).to_have_attribute("data-beeps", "1")
    card(mine).get_by_role("button", name="Claim").click()
    expect(card(theirs)).to_contain_text("Claimed by PC Operator")
    expect(beeps).to_have_attribute("data-beeps", "1")
    mine.keyboard.press("Escape")
    expect(theirs.locator("#announce")).to_contain_text("Alert 1 is free again")
    expect(beeps).to_have_attribute("data-beeps", "2")


def test_a_claim_that_nobody_renews_lapses_on_the_colleagues_console_by_itself(sign_in, stage):
    """The holder's phone died: there is no console that could release it, and no message that says so."""
    page = console(sign_in(stage.operator), stage)
    second = stage.person("second", Role.OPERATOR)
    alert = stage.raise_alert()
    claim(stage, alert, second.actor)
    expect(card(page)).to_contain_text("Claimed by PC Second")
    expect(decision(page, "match")).to_be_disabled()
    put_the_server_ahead(page, timedelta(seconds=31))
    expect(card(page)).not_to_contain_text("Claimed")
    expect(decision(page, "match")).to_be_enabled()


def test_a_claim_is_renewed_while_its_card_is_worked_on_and_not_afterwards(sign_in, stage):
    page = console(sign_in(stage.operator), stage)
    page.clock.install()
    alert = stage.raise_alert()
    card(page).get_by_role("button", name="Claim").click()
    expect(card(page)).to_contain_text("Claimed by you")
    with page.expect_response(lambda answer: answer.url.endswith(f"/alerts/{alert.id}/claim")) as renewal:
        page.clock.fast_forward(11_000)
    assert renewal.value.status == 200
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Keys").focus()
    let_time_pass(page, 11_000)
    assert [address for address in asked if address.endswith("/claim")] == []


def test_what_somebody_is_typing_survives_a_colleagues_claim(sign_in, stage):
    operator, officer = sign_in(stage.operator), console(sign_in(stage.officer), stage)
    first, second = stage.raise_alert(), stage.raise_alert(subject_id=stage.subjects[1])
    console(operator, stage)
    card(operator).locator('[data-action="match"]').click()
    card(operator).get_by_role("button", name="Confirm: Match").click()
    decision(officer, "do_not_engage").click()
    officer.get_by_label("Reason (no names)").fill("too many people")
    claim(stage, second, stage.person("second", Role.OPERATOR).actor)
    expect(card(officer, 2)).to_contain_text("Claimed by PC Second")
    expect(officer.get_by_label("Reason (no names)")).to_have_value("too many people")
    officer.keyboard.press("Enter")
    expect(officer.locator("#history")).to_contain_text("Not engaged")
    assert stage.alert(first.id).state is AlertState.NOT_ENGAGED


def claim(stage, alert, actor):
    stage.within(alerts.claim, alert_id=alert.id, actor=actor, now=utc_now())
