"""The console as a browser test uses it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect


def open_console(page: Page, stage: Any) -> Page:
    """The stage's console, in the browser of somebody who is signed in, once it is connected."""
    page.goto(page.url.split("/console")[0] + f"/console/{stage.deployment_id}/")
    expect(page.locator("#health-text")).to_contain_text("Connected")
    return page


def card(page: Page, number: int = 1) -> Locator:
    return page.get_by_role("article", name=f"Alert {number}", exact=True)


def let_time_pass(page: Page, milliseconds: int) -> None:
    """On a page whose clock is installed. Afterwards the page has taken an answer of then, and knows the
    server's time again: it asks anew only once the answer before is taken."""
    with page.expect_request(is_news):
        page.clock.fast_forward(milliseconds)
    with page.expect_request(is_news):
        pass


def put_the_server_ahead(page: Page, by: timedelta) -> None:
    """From now on every answer says that it is so much later. The page's own clock cannot stand for this: the
    page takes the server's time from each answer, and the next one would take it back again."""

    def later(route: Route) -> None:
        answer = route.fetch()
        news = answer.json()
        news["server_time"] = (datetime.fromisoformat(news["server_time"]) + by).isoformat()
        route.fulfill(response=answer, json=news)

    page.route("**/alerts.json*", later)


def leave(context: BrowserContext) -> None:
    """Close it, whatever a route of its pages is fetching just then: that answer is for nobody any more."""
    for page in context.pages:
        page.unroute_all(behavior="ignoreErrors")
    context.close()


def is_news(request: Request) -> bool:
    return "/alerts.json" in request.url
