"""The console without a mouse, on a phone and on a desk: decide, and know what the cameras do."""

import pytest
from playwright.sync_api import expect

from apps.alerts.data import AlertState, Outcome
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments.data import DeploymentState
from apps.deployments.models import Deployment
from tests.support.console_page import card, open_console
from tests.support.looks import at_widths, check_as_shown, check_page

WIDTHS = pytest.mark.parametrize("width", [390, 1440])


def tab_to(page, target):
    """As somebody with a keyboard gets there; fails when it cannot be reached."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{target} cannot be reached with the Tab key")


def focus_is_visible(page):
    return page.evaluate(
        "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
        " || getComputedStyle(document.activeElement).boxShadow !== 'none'"
    )


@WIDTHS
def test_an_alert_is_decided_by_keyboard_alone(sign_in, stage, width):
    operator = open_console(sign_in(stage.operator, width=width, height=844), stage)
    officer = open_console(sign_in(stage.officer, width=width, height=844), stage)
    check_as_shown(operator, "console-empty")
    alert = stage.raise_alert()
    expect(card(operator)).to_be_visible()
    expect(operator.locator("#announce")).to_contain_text("Alert 1, North gate: Waiting for an operator.")
    operator.keyboard.press("j")
    expect(card(operator)).to_be_focused()
    tab_to(operator, card(operator).locator('[data-action="match"]'))
    assert focus_is_visible(operator)
    check_as_shown(operator, "console-waiting")
    operator.keyboard.press("Enter")
    expect(card(operator).get_by_role("button", name="Confirm: Match")).to_be_focused()
    assert focus_is_visible(operator)
    check_as_shown(operator, "console-confirm")
    operator.keyboard.press("Enter")
    expect(card(operator)).to_contain_text("0.617, threshold 0.450")
    expect(operator.locator("#announce")).to_contain_text("Alert 1: match recorded.")
    expect(card(operator)).to_be_focused()

    expect(card(officer).locator('[data-action="engage"]')).to_be_visible()
    officer.keyboard.press("j")
    officer.keyboard.press("e")
    officer.keyboard.press("Enter")
    expect(card(officer)).to_contain_text("Engaged: outcome wanted")
    check_as_shown(officer, "console-engaged")
    tab_to(officer, card(officer).get_by_label("Safeguarded"))
    officer.keyboard.press("Space")
    tab_to(officer, card(officer).get_by_role("button", name="Record the outcome"))
    officer.keyboard.press("Enter")
    expect(officer.locator("#history")).to_contain_text("Safeguarded")
    assert stage.outcomes(alert.id) == (Outcome.SAFEGUARDED,)
    check_as_shown(officer, "console-history")


def test_the_decision_is_at_the_bottom_of_the_card_and_big_enough_for_a_thumb(sign_in, stage):
    page = open_console(sign_in(stage.operator, width=390, height=844), stage)
    stage.raise_alert()
    pair, buttons = card(page).locator(".pair"), card(page).locator(".choices--decide button")
    expect(buttons).to_have_count(3)
    for _ in at_widths(page):
        foot = card(page).bounding_box()
        for button in buttons.all():
            box = button.bounding_box()
            assert box["height"] >= 44
            assert box["y"] >= pair.bounding_box()["y"] + pair.bounding_box()["height"]
            assert foot["y"] + foot["height"] - (box["y"] + box["height"]) < 32


def test_nothing_is_cut_off_on_the_narrowest_phone(sign_in, stage):
    page = open_console(sign_in(stage.operator, width=320, height=640), stage)
    stage.raise_alert()
    expect(card(page)).to_be_visible()
    page.locator("#cameras summary").click()
    page.keyboard.press("j")
    page.keyboard.press("u")
    expect(card(page).get_by_role("button", name="Confirm: Unsure")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_focus_stays_after_a_decision_and_the_next_alert_is_one_key_away(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    first, second = stage.raise_alert(), stage.raise_alert(subject_id=stage.subjects[1])
    expect(card(page, 2)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    expect(page.locator("#history")).to_contain_text("Not a match: no stop")
    expect(card(page, 1)).to_be_focused()
    page.keyboard.press("m")
    expect(page.get_by_text("Alert 2: match?")).to_have_count(0)
    page.keyboard.press("j")
    expect(card(page, 2)).to_be_focused()
    assert stage.alert(first.id).state is AlertState.NOT_A_MATCH
    assert stage.alert(second.id).state is AlertState.RAISED


def test_help_opens_with_a_key_and_keys_can_stay_off(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    page.keyboard.press("?")
    expect(page.get_by_text("previous alert", exact=True)).to_be_visible()
    page.get_by_role("button", name="Keys").click()
    page.reload()
    expect(page.get_by_role("button", name="Keys off")).to_have_attribute("aria-pressed", "false")
    stage.raise_alert()
    expect(card(page)).to_be_visible()
    card(page).focus()
    page.keyboard.press("m")
    expect(page.get_by_text("Alert 1: match?")).to_have_count(0)


def test_sound_is_remembered_on_the_device_and_nothing_of_an_alert_is(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    page.get_by_role("button", name="Sound").click()
    stage.raise_alert()
    expect(page.locator("#console")).to_have_attribute("data-beeps", "1")
    page.reload()
    expect(page.get_by_role("button", name="Sound on")).to_have_attribute("aria-pressed", "true")
    expect(card(page)).to_be_visible()
    assert page.locator("#console").get_attribute("data-beeps") is None, "history sounded after a reload"
    # When somebody last sent something, for the warning of the idle time-out, is an instant and no more.
    page.evaluate("localStorage.removeItem('lfr-last-sent')")
    kept = page.evaluate("[Object.entries(localStorage), Object.entries(sessionStorage)]")
    assert kept == [[["lfr.console.sound", "on"]], []]
    assert page.evaluate("caches.keys()") == []


def test_a_silent_camera_is_said_in_words_and_only_once(sign_in, stage):
    stage.within(one_camera_sees_and_one_is_silent, stage.deployment_id, stage.cameras)
    page = open_console(sign_in(stage.operator), stage)
    trouble = page.locator("#trouble")
    expect(trouble).to_contain_text("Station steps has sent nothing for 1")
    expect(page.locator("#cameras-text")).to_have_text(
        "Recognition running · 1 of 2 cameras seeing (not Station steps)"
    )
    expect(page.locator("#announce")).to_contain_text("Station steps has sent nothing")
    page.evaluate("document.getElementById('announce').textContent = ''")
    before = trouble.inner_text()
    expect(trouble).not_to_have_text(before)
    # Something else may have happened meanwhile, and is said.
    spoken = page.locator("#announce").inner_text()
    assert "Station steps" not in spoken, "the seconds that go on were spoken again"
    page.locator("#cameras summary").click()
    expect(page.locator("#camera-list")).to_contain_text("North gate: seeing")
    expect(page.locator("#camera-list")).to_contain_text("Station steps: silent")
    check_as_shown(page, "console-silent-camera")


def one_camera_sees_and_one_is_silent(deployment_id, cameras):
    from datetime import timedelta

    from apps.live.models import ShardLease
    from apps.relays.models import IngestTally, Relay

    now = utc_now()
    later = now + timedelta(minutes=10)
    Relay.objects.create(
        name="Van 1",
        key_id="test-key",
        key_sha256=b"0" * 32,
        deployment_id=deployment_id,
        camera_ids=[str(camera.id) for camera in cameras],
        enrolled_at=now,
        last_seen_at=later,
    )
    ShardLease.objects.create(
        deployment_id=deployment_id, shard=0, token=1, holder="w", heartbeat_at=now, expires_at=later
    )
    for camera, at in zip(cameras, (later, now - timedelta(seconds=12)), strict=True):
        IngestTally.objects.create(deployment_id=deployment_id, camera_id=camera.id, last_received_at=at)


@pytest.mark.parametrize(
    ("state", "words", "tag"),
    [
        (DeploymentState.SUSPENDED, "This deployment is suspended: recognition is off", "Suspended"),
        (DeploymentState.ENDED, "This deployment is over: no new alert comes", "Ended"),
    ],
)
def test_a_console_whose_deployment_stops_says_so_without_a_reload(sign_in, stage, state, words, tag):
    page = open_console(sign_in(stage.operator), stage)
    expect(page.locator("#state-banner")).to_be_hidden()
    run = page.get_by_role("link", name="Suspend")
    expect(run).to_have_attribute("href", f"/deployments/{stage.deployment_id}/run/")
    stage.within(Deployment.objects.filter(id=stage.deployment_id).update, state=state)
    expect(page.locator("#state-banner")).to_contain_text(words)
    expect(page.locator("#deployment-state")).to_have_text(tag)
    expect(page.locator("#announce")).to_contain_text(words)
    expect(page.locator("#cameras-text")).to_have_text("Recognition off")
    expect(run).to_be_hidden()
    # Who can neither resume nor end it is not led to where nothing can be pressed.
    expect(page.locator("#resume")).to_be_hidden()
    check_as_shown(page, f"console-{state}")


def test_the_silver_commander_reads_along_without_a_face_and_finds_the_board(sign_in, stage):
    page = open_console(sign_in(stage.silver, width=390, height=844), stage)
    stage.raise_alert()
    expect(card(page)).to_contain_text("Waiting for an operator")
    expect(card(page).get_by_role("img")).to_have_count(0)
    expect(card(page).get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("heading", name="Waiting for you")).to_have_count(0)
    board = page.get_by_role("link", name="your board")
    expect(board).to_have_attribute("href", f"/board/{stage.deployment_id}/")
    check_page(page, "console-silver")


def test_the_list_of_consoles_leads_there_and_back(sign_in, stage):
    page = sign_in(stage.operator, width=390, height=844)
    page.goto(page.url.split("/console")[0] + "/console/")
    check_page(page, "consoles")
    page.get_by_role("link", name="LFR-").click()
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Consoles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Consoles")
    stage.within(Deployment.objects.filter(id=stage.deployment_id).update, state=DeploymentState.CANCELLED)
    page.reload()
    expect(page.get_by_text("A console opens when the silver commander starts a deployment")).to_be_visible()
    check_page(page, "consoles-none")


def test_without_javascript_the_console_says_what_to_do(sign_in, stage, browser, server):
    signed_in = sign_in(stage.person("second", Role.OPERATOR))
    context = browser.new_context(java_script_enabled=False, storage_state=signed_in.context.storage_state())
    page = context.new_page()
    page.goto(f"{server.address}/console/{stage.deployment_id}/")
    expect(page.get_by_text("It needs JavaScript")).to_be_visible()
    expect(page.get_by_text("no decision means no stop")).to_be_visible()
    expect(page.get_by_text("Connecting")).to_be_hidden()
    context.close()


def test_who_asked_for_less_motion_gets_none(sign_in, stage):
    page = open_console(sign_in(stage.operator), stage)
    page.emulate_media(reduced_motion="reduce")
    stage.raise_alert()
    expect(card(page)).to_be_visible()
    assert card(page).evaluate("element => getComputedStyle(element).animationName") == "none"


def test_the_commanders_console_leads_to_where_it_can_be_resumed(sign_in, stage):
    page = sign_in(stage.silver, start=f"/console/{stage.deployment_id}/")
    link = page.locator("#resume")
    expect(page.locator("#deployment-state")).to_have_text("Live")
    expect(link).to_be_hidden()
    stage.within(Deployment.objects.filter(id=stage.deployment_id).update, state=DeploymentState.SUSPENDED)
    expect(link).to_have_text("Resume or end")
    expect(link).to_have_attribute("href", f"/deployments/{stage.deployment_id}/run/")
    expect(page.locator("#state-banner")).to_contain_text("The silver commander resumes or ends it.")
