"""A decoy at the console: like any alert until it is decided, then told for what it was, and nothing more."""

import re

import pytest
from playwright.sync_api import expect

from apps.alerts import api as alerts
from apps.alerts.data import AlertState
from tests.support import decoy_days
from tests.support.console_page import card, open_console
from tests.support.looks import check_as_shown
from tests.support.secrets_in import secrets_in

pytestmark = pytest.mark.usefixtures("volunteers")

WIDTHS = pytest.mark.parametrize("width", [390, 1440])
# Everything about a card but what differs from one alert to the next: numbers, times, the camera.
OUTLINE = """
(card) => [...card.querySelectorAll('*')].map((part) => [
    part.tagName, part.className, part.hidden, part.disabled ?? null,
    part.getAttribute('aria-label'), part.getAttribute('role'),
    part.children.length ? '' : part.textContent,
].join('|').replace(/North gate|Station steps/g, 'camera').replace(/\\d+/g, '0'))
"""


@pytest.fixture
def force_settings():
    return {"decoys": True, "decoy_minutes": 10}


@pytest.fixture
def volunteers(stage, off_loop):
    """Two of the three who are listed agreed to be shown as decoys."""
    off_loop(decoy_days.agree, stage._target, *stage.subjects[:2])


def outline(page, number):
    expect(card(page, number).locator("canvas")).to_have_count(2)
    return card(page, number).evaluate(OUTLINE)


def decide(page, key):
    for pressed in ("j", key, "Enter"):
        page.keyboard.press(pressed)


def at_console(sign_in, stage, **size):
    """The operator, as one who is known to be there: nobody else is shown a decoy."""
    page = open_console(sign_in(stage.operator, **size), stage)
    expect(page.locator("#presence")).to_contain_text("(operator, you)")
    return page


def shown_as(page, number):
    return page.locator(f'#history li[data-number="{number}"]')


@WIDTHS
def test_it_looks_like_any_alert_goes_nowhere_and_is_told_afterwards(sign_in, stage, width):
    page = at_console(sign_in, stage, width=width, height=844)
    officer = open_console(sign_in(stage.officer), stage)
    stage.raise_alert(subject_id=stage.subjects[2])
    real = outline(page, 1)
    decide(page, "n")
    expect(shown_as(page, 1)).to_contain_text("Not a match: no stop")

    assert decoy_days.show(stage) == 1
    assert outline(page, 2) == real
    for each in (page, officer):
        expect(card(each, 2)).to_be_visible()
        assert secrets_in(each.content().casefold(), ("decoy", "volunteer", "test-0", "test subject ")) == []
    check_as_shown(page, "console-decoy")

    decide(page, "m")
    told = "Decoy: two different volunteers. That was not right. Nothing follows from it."
    expect(shown_as(page, 2)).to_contain_text(told)
    assert decoy_days.the_decoy(stage).state == AlertState.DECOY_ANSWERED
    check_as_shown(page, "console-decoy-told")

    # The officer was never asked, is told what it was, and not who answered what.
    expect(shown_as(officer, 2)).to_contain_text("Decoy: two different volunteers.")
    expect(shown_as(officer, 2)).not_to_contain_text("not right")
    expect(officer.locator("#waiting-count")).to_have_text("0")
    expect(officer.get_by_role("button", name="Engage", exact=False)).to_have_count(0)
    assert stage.operator.actor.label not in shown_as(officer, 2).inner_text()


def test_it_is_in_no_number_of_alerts_but_its_own(sign_in, stage):
    page = at_console(sign_in, stage)
    assert decoy_days.show(stage) == 1
    expect(card(page)).to_be_visible()
    decide(page, "n")
    expect(shown_as(page, 1)).to_contain_text(re.compile("Decoy: .* That was right"))
    board = sign_in(stage.silver, start=f"/board/{stage.deployment_id}/")
    figures = board.locator("#alerts dd").all_inner_texts()
    assert set(figures) == {"0"}, figures
    assert stage.within(alerts.summary, deployment_id=stage.deployment_id).alerts == 0
    counted = stage.within(alerts.decoy_summary, deployment_id=stage.deployment_id)
    assert (counted.shown, counted.answered, counted.right) == (1, 1, None), "one person's answer was told"


def test_a_real_alert_takes_it_away(sign_in, stage):
    page = at_console(sign_in, stage)
    assert decoy_days.show(stage) == 1
    expect(card(page, 1)).to_be_visible()
    stage.raise_alert(subject_id=stage.subjects[2])
    expect(card(page, 2)).to_be_visible()
    decoy_days.show(stage)
    expect(page.locator("#waiting .card:not([data-left='1'])")).to_have_count(1)
    expect(page.locator("#waiting-count")).to_have_text("1")
