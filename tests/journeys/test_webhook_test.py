"""An administrator tries a receiver: what became of the test appears on the page by itself."""

from unittest import mock

import pytest
from playwright.sync_api import expect

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.integration import webhooks
from apps.integration.tasks import try_webhook
from apps.integration.webhook_data import Event, WebhookWish
from tests.support import keyboard
from tests.support.looks import check_page
from tests.support.receiver import receiving

ASK_NOW = "() => document.dispatchEvent(new Event('visibilitychange'))"


@pytest.mark.parametrize(
    ("answer", "said"),
    [(204, "was acknowledged."), (503, "was not acknowledged: the receiver answered with status 503.")],
)
def test_the_result_of_a_test_appears_without_a_reload(sign_in, stage, off_loop, answer, said):
    with receiving() as receiver:
        receiver.answer = answer
        administrator = stage.person("admin", Role.FORCE_ADMIN)
        wish = WebhookWish("Command and control", receiver.url, frozenset(Event), "It shows them")
        values = {"wish": wish, "actor": administrator.actor, "now": utc_now()}
        made, _ = stage.within(webhooks.create_webhook, **values)
        page = sign_in(administrator, width=390, height=844, start=f"/force/webhooks/{made.id}/")
        with mock.patch.object(webhooks.current_app, "send_task"):
            keyboard.press(page, page.get_by_role("button", name="Send a test"))
            result = page.locator("#test")
            expect(result).to_contain_text("is on its way")
        page.evaluate("() => { window.sameDocument = true; }")
        off_loop(try_webhook, str(stage.force.id), str(made.id))
        page.evaluate(ASK_NOW)
        expect(result).to_contain_text(said)
        assert page.evaluate("() => window.sameDocument"), "no reload"
        check_page(page, f"webhook-tested-{answer}")
