"""What is shown once: reload and Back send no form again, and end on a page of ours."""

from playwright.sync_api import expect

from apps.core.data import Role
from tests.support.looks import check_page


def test_neither_reload_nor_back_makes_a_second_code_or_an_error_page(sign_in, stage, server, off_loop):
    from apps.core.clock import utc_now
    from apps.relays.enrolment import open_codes

    def codes():
        with stage.context():
            return open_codes(deployment_ids=[stage.deployment_id], now=utc_now())

    page = sign_in(
        stage.person("engineer", Role.SYSTEM_ENGINEER),
        width=390,
        height=844,
        start=f"/equipment/{stage.deployment_id}/relays/new/",
    )
    page.get_by_label("Name of the relay").fill("Van 3")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Show the code").click()
    code = page.locator("#relay-code")
    text = code.inner_text()
    check_page(page, "code-shown")
    (given,) = off_loop(codes)
    page.reload()
    expect(page.get_by_role("status").first).to_contain_text("shown once and is not shown again")
    expect(code).to_have_count(0)
    check_page(page, "code-shown-before")
    page.goto(f"{server.address}/equipment/")
    expect(page.get_by_text("Codes that wait for their box")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Enrol a relay")
    assert text not in page.content()
    assert off_loop(codes) == (given,)


def test_the_form_of_a_webhook_says_which_hosts_may_be_told(sign_in, stage, settings):
    settings.LFR_WEBHOOK_HOSTS = []
    administrator = stage.person("admin", Role.FORCE_ADMIN)
    page = sign_in(administrator, width=390, height=844, start="/force/webhooks/new/")
    expect(page.get_by_text("No host is allowed yet.")).to_be_visible()
    page.get_by_label("Name of the webhook").fill("Control room")
    page.get_by_label("Address of the receiver").fill("https://me:pw@hooks.example/x")
    page.get_by_role("button", name="Make it and show its key").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Leave out the name and the password before the @")
    check_page(page, "webhook-wrong-address")
