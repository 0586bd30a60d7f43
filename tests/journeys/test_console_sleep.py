"""A console that was asleep: everything once, in order, and the page stays usable."""

from contextlib import contextmanager

from django.db.models import F
from playwright.sync_api import expect

from apps.alerts.data import AlertState
from apps.alerts.models import Alert, Counter
from tests.support.console_page import card, open_console
from tests.support.looks import check_as_shown

MANY = 500
CARDS_AT_ONCE = 30
# Every alert that an answer called new, in order, and the longest time that the page stood still.
WATCH = """
window.asked = [];
window.longest = 0;
new PerformanceObserver((list) => list.getEntries().forEach(({duration}) => {
    window.longest = Math.max(window.longest, duration);
})).observe({type: 'longtask', buffered: true});
const plain = window.fetch;
window.fetch = async (address, options) => {
    const answer = await plain(address, options);
    if (String(address).includes('alerts.json')) {
        const news = await answer.clone().json();
        window.asked.push(...news.alerts.filter(({arrival}) => arrival === 'new').map(({number}) => number));
    }
    return answer;
};
"""


def waiting(page):
    return page.eval_on_selector_all(
        "#waiting .card:not([data-left='1'])", "(all) => all.map(({dataset}) => Number(dataset.number))"
    )


@contextmanager
def asleep(page):
    """Nothing of the page runs: no timer, no answer, no message of its socket."""
    session = page.context.new_cdp_session(page)
    session.send("Debugger.enable")
    session.send("Debugger.pause")
    yield
    session.send("Debugger.resume")
    session.send("Debugger.disable")


def expire_all(deployment_id):
    """All of them as the clock leaves them, in one go."""
    left = Alert.objects.filter(deployment_id=deployment_id, state=AlertState.RAISED)
    left.update(state=AlertState.EXPIRED, revision=F("revision") + 2 * MANY)
    Counter.objects.filter(deployment_id=deployment_id).update(last_revision=4 * MANY)


def test_500_alerts_reach_a_console_that_was_asleep_once_each_and_in_order(
    sign_in, stage, record_testsuite_property
):
    page = sign_in(stage.operator)
    page.add_init_script(WATCH)
    open_console(page, stage)
    page.get_by_role("button", name="Sound").click()
    with asleep(page):
        stage.many(MANY)
    expect(page.locator("#announce")).to_contain_text(f"{MANY} new alerts, from 1 to {MANY}.")
    assert page.evaluate("window.asked") == list(range(1, MANY + 1))
    assert page.locator("#console").get_attribute("data-beeps") == "1", "they are one call, not 500"
    expect(page.locator("#waiting-count")).to_have_text(str(MANY))
    expect(page.locator("#waits")).to_contain_text(f"{MANY} wait for you")
    assert waiting(page) == list(range(1, CARDS_AT_ONCE + 1))
    expect(page.locator("#waiting-more")).to_contain_text(f"{MANY - CARDS_AT_ONCE} more wait for you")
    record_testsuite_property("the page stood still for ms", page.evaluate("window.longest"))
    check_as_shown(page, "console-500")

    # As one is done the next one comes, and the hand finds the page as it is used to it.
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    expect(card(page, 1)).to_contain_text("Not a match: no stop")
    expect(card(page, CARDS_AT_ONCE + 1)).to_be_visible()
    expect(page.locator("#waiting-count")).to_have_text(str(MANY - 1))
    page.keyboard.press("j")
    expect(card(page, 2)).to_be_focused()
    stage.within(expire_all, stage.deployment_id)
    expect(page.locator("#waiting-count")).to_have_text("0", timeout=20_000)
    expect(page.locator("#expired-count")).to_have_text(str(MANY - 1), timeout=20_000)
    assert page.evaluate("window.asked.length") == MANY
    assert page.locator("#console").get_attribute("data-beeps") == "1", "history sounded"
    page.reload()
    expect(page.locator("#expired-count")).to_have_text(str(MANY - 1))
    assert page.evaluate("window.asked") == []
    assert page.locator("#console").get_attribute("data-beeps") is None


def test_what_was_decided_while_it_slept_is_history_and_what_is_open_asks_once(sign_in, stage):
    page = sign_in(stage.operator)
    page.add_init_script(WATCH)
    open_console(page, stage)
    page.get_by_role("button", name="Sound").click()
    with asleep(page):
        over = stage.raise_alert()
        stage.expire(over)
        stage.raise_alert(subject_id=stage.subjects[1])
    expect(card(page, 2)).to_be_visible()
    expect(page.locator("#expired-count")).to_have_text("1")
    assert page.evaluate("window.asked") == [2]
    assert page.locator("#console").get_attribute("data-beeps") == "1"
