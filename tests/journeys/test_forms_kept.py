"""What somebody presses on the day while the link is down: the page stays, says that it did NOT happen, keeps
what was typed, and sends nothing a second time by itself."""

import pytest
from playwright.sync_api import expect

from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState, Duty
from tests.support import keyboard
from tests.support.looks import check_as_shown

REASON = "A child has climbed the barrier"
SUSPEND = "Suspend recognition now"


@pytest.fixture
def posts():
    """posts(page) is the list of everything that the page sends from then on."""

    def watch(page):
        sent = []
        page.on("request", lambda asked: sent.append(asked.post_data) if asked.method == "POST" else None)
        return sent

    return watch


def on_duty(stage):
    stage.within(
        deployments.record_duty,
        deployment_id=stage.deployment_id,
        duty=Duty.SILVER,
        actor=stage.silver.actor,
        now=utc_now(),
    )


def state(stage):
    return stage.within(deployments.get, deployment_id=stage.deployment_id).state


def open_board(sign_in, stage, width=1440):
    on_duty(stage)
    return sign_in(stage.silver, width=width, height=844, start=f"/board/{stage.deployment_id}/")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_suspension_without_a_link_leaves_the_board_and_says_that_it_did_not_happen(
    sign_in, stage, posts, width
):
    page = open_board(sign_in, stage, width)
    board, unsent = page.url, page.locator(".unsent")
    sent = posts(page)
    page.get_by_label("Why (change it").fill(REASON)
    page.context.set_offline(True)
    page.get_by_role("button", name=SUSPEND, exact=True).click()
    expect(unsent.get_by_role("alert")).to_contain_text(
        "Recognition is NOT suspended: no link to the server. Use the radio."
    )
    expect(unsent).to_be_in_viewport()
    assert page.url == board
    expect(page.get_by_label("Why (change it")).to_have_value(REASON)
    check_as_shown(page, "board-not-suspended")

    # The link is back: still said, nothing went by itself, and one press of a person sends what was typed.
    page.context.set_offline(False)
    expect(page.locator("#stale")).to_be_hidden()
    expect(unsent).to_be_visible()
    assert state(stage) is DeploymentState.LIVE
    assert len(sent) == 1
    keyboard.press(page, page.get_by_role("button", name=f"Send again: {SUSPEND}"))
    expect(page.locator("main")).to_contain_text("is suspended. Recognition stopped.")
    expect(page.locator("main")).to_contain_text(REASON)
    assert state(stage) is DeploymentState.SUSPENDED
    assert len(sent) == 2


def test_where_no_answer_comes_or_the_server_cannot_nothing_is_taken_for_done(sign_in, stage, posts):
    page = open_board(sign_in, stage)
    unsent, sent = page.locator(".unsent"), posts(page)
    page.route("**/run/", lambda route: route.abort())
    page.get_by_role("button", name=SUSPEND, exact=True).click()
    expect(unsent).to_contain_text("Recognition is NOT suspended, as far as this page knows: no answer came")
    statuses = iter((503, 500, 429))
    page.unroute("**/run/")
    page.route("**/run/", lambda route: route.fulfill(status=next(statuses), body="<p>No</p>"))
    for status in (503, 500, 429):
        page.get_by_role("button", name=f"Send again: {SUSPEND}").click()
        expect(unsent).to_contain_text(
            f"Recognition is NOT suspended: the server could not do it (error {status})."
        )
    expect(page.get_by_role("button", name=SUSPEND, exact=True)).to_be_visible()
    assert len(sent) == 4


def test_once_a_colleague_has_suspended_it_nobody_is_told_that_it_is_not(sign_in, stage):
    page = open_board(sign_in, stage)
    page.context.set_offline(True)
    page.get_by_role("button", name=SUSPEND, exact=True).click()
    expect(page.locator(".unsent")).to_be_visible()
    stage.within(
        deployments.suspend,
        deployment_id=stage.deployment_id,
        reason="A sign has fallen",
        actor=stage.silver.actor,
        now=utc_now(),
    )
    page.context.set_offline(False)
    expect(page.locator("#state")).to_contain_text("A sign has fallen")
    expect(page.locator(".unsent")).to_be_hidden()


def test_what_the_server_refuses_it_says_on_the_page_and_that_page_stays_true(sign_in, stage):
    page = open_board(sign_in, stage)
    page.get_by_label("Why (change it").fill("          ")
    page.get_by_role("button", name=SUSPEND, exact=True).click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run the deployment")
    assert page.url.endswith(f"/deployments/{stage.deployment_id}/run/")
    assert state(stage) is DeploymentState.LIVE
    page.context.set_offline(True)
    expect(page.locator("#stale")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#stale")).to_be_hidden()
    page.get_by_label("Why you suspend it").fill(REASON)
    page.get_by_role("button", name="Suspend now").click()
    expect(page.locator("main")).to_contain_text("is suspended. Recognition stopped.")


def test_the_other_presses_of_the_day_are_kept_as_well(sign_in, stage):
    """Suspending and ending on Run, and a failed item of the checklist, which would have suspended it."""
    page = open_board(sign_in, stage)
    day = page.url.replace("/board/", "/deployments/")
    for address, typed, pressed, words in (
        ("run/", {"Why you suspend it": REASON}, "Suspend now", "Recognition is NOT suspended"),
        (
            "run/?confirm=end",
            {"Why it ends now": REASON},
            "End the deployment now",
            "The deployment is NOT ended",
        ),
        (
            "checklist/?item=blue_list_pass",
            {"Note": REASON},
            "Record the result",
            "The result is NOT",
        ),
    ):
        page.goto(day + address)
        if "item=" in address:
            page.get_by_label("Failed").check()
        for label, value in typed.items():
            page.get_by_label(label).first.fill(value)
        page.context.set_offline(True)
        page.get_by_role("button", name=pressed, exact=True).click()
        expect(page.locator(".unsent")).to_contain_text(words)
        assert page.url == day + address
        for label, value in typed.items():
            expect(page.get_by_label(label).first).to_have_value(value)
        page.context.set_offline(False)
    assert state(stage) is DeploymentState.LIVE
