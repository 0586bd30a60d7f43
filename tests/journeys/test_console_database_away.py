"""The platform answers that its database is away: the page says that, and that it is over."""

import json

from playwright.sync_api import expect

from apps.core import outage


def test_the_console_says_that_the_database_is_away_and_when_it_is_back(sign_in, stage):
    page = sign_in(stage.operator, width=390, height=844)
    body = json.dumps({"error": outage.WORDS, "code": outage.CODE})
    away = {"status": 503, "content_type": "application/json", "body": body}
    page.route("**/health.json", lambda route: route.fulfill(**away))
    page.goto(page.url.split("/console")[0] + f"/console/{stage.deployment_id}/")
    expect(page.locator("#trouble")).to_contain_text("database does not answer", timeout=10_000)
    expect(page.locator("#cameras-text")).to_have_text("Cameras unknown")
    page.unroute("**/health.json")
    expect(page.locator("#trouble")).not_to_contain_text("database does not answer", timeout=10_000)
    expect(page.locator("#cameras-text")).to_contain_text("Recognition")
