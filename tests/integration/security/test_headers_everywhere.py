"""Headers, cookies and CSRF on every address there is: a new route is in these tests by being one."""

import asyncio

import pytest
from django.conf import settings
from django.test import Client

from apps.core.data import Role
from tests.support.alert_stage import PASSWORD
from tests.support.asgi_posts import LIST, Post
from tests.support.web_routes import every_route

WANTED = {
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
}
# Nobody's browser sends these without a page of ours having asked: a token is the whole of who asks.
# A relay has no session; whoever is signed in is refused there.
WITHOUT_COOKIES = ("/api/", "/relay/enrol/")
# The description of the API, the same for everybody; cookies are dropped before it is given.
FOR_EVERYBODY = {"/api/v1/schema/"}


def lacking(headers):
    """What is missing from an answer, or is weaker than it should be."""
    found = {name.lower(): value for name, value in headers}
    problems = sorted(WANTED - set(found))
    policy = found.get("content-security-policy", "")
    problems += [word for word in ("unsafe-inline", "unsafe-eval", "data:", "*") if word in policy]
    problems += [word for word in ("default-src 'none'", "frame-ancestors 'none'") if word not in policy]
    for feature in ("camera", "microphone", "geolocation"):
        if f"{feature}=()" not in found.get("permissions-policy", ""):
            problems.append(feature)
    problems += [name for name in ("server", "x-powered-by") if name in found]
    return problems


def everybody(stage):
    """Somebody with every role but those that see no face, so that most pages answer; and a stranger."""
    roles = (Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.PLANNER, Role.SILVER_COMMANDER)
    return stage.person("everything", *roles).client(raise_request_exception=False)


def test_every_answer_has_them_and_a_signed_in_persons_is_stored_nowhere(stage):
    signed_in, stranger = everybody(stage), Client(raise_request_exception=False)
    problems = {}
    for path, _ in every_route():
        for who, client in (("signed in", signed_in), ("stranger", stranger)):
            answer = client.get(path)
            found = lacking(answer.headers.items())
            kept = path not in FOR_EVERYBODY and "no-store" not in answer.headers.get("Cache-Control", "")
            if who == "signed in" and kept:
                found.append("no-store")
            if not answer.headers.get("Cache-Control"):
                found.append("cache-control")
            if answer.status_code >= 500 and answer.status_code != 503:
                found.append(f"status {answer.status_code}")
            if found:
                problems[f"{who} {path}"] = found
    assert problems == {}


def test_no_post_is_taken_without_the_token_of_a_page_of_ours(stage):
    client = everybody(stage)
    client.handler.enforce_csrf_checks = True
    taken = {}
    for path, _ in every_route():
        for method in ("post", "delete"):
            answer = getattr(client, method)(path)
            # Pages of signing in are shown again in place of an error; nothing that was sent is looked at.
            shown_again = answer.get("Location", "").startswith(f"{path}?stale=1")
            if answer.status_code != 403 and not shown_again and not path.startswith(WITHOUT_COOKIES):
                taken[f"{method} {path}"] = answer.status_code
    assert taken == {}


def test_a_session_alone_opens_no_address_that_asks_for_no_token(stage):
    """What CSRF does not guard must not listen to the cookie at all."""
    client = everybody(stage)
    client.handler.enforce_csrf_checks = True
    listened = {
        path: answer.status_code
        for path, _ in every_route()
        if path.startswith(WITHOUT_COOKIES) and (answer := client.post(path)).status_code < 400
    }
    assert listened == {}


def asgi(scope_changes, *, body=b""):
    from lfrplatform.asgi import application

    sent = Post(body or b" ", path="/nowhere/", declared=len(body))
    sent.unread = [body]
    answers = sent.answers

    async def send(message):
        answers.append(message)

    asyncio.run(application({**sent.scope, **scope_changes}, sent.receive, send))
    start = answers[0]
    return start["status"], [(name.decode().lower(), value.decode()) for name, value in start["headers"]]


HOST = [(b"host", b"testserver")]
BEFORE_DJANGO = {
    "headers too large": ({"headers": [*HOST, (b"x", b"y" * 40_000)]}, 431),
    "too many headers": ({"headers": [*HOST, *((b"x%d" % n, b"y") for n in range(120))]}, 431),
    "another host": ({"method": "GET", "path": "/", "headers": [(b"host", b"evil.example")]}, 400),
    "no such page": ({"method": "GET", "headers": HOST}, 404),
    "no such static file": ({"method": "GET", "path": "/static/x.css", "headers": HOST}, 404),
    "a stranger's upload": (
        {"path": LIST, "headers": [*HOST, (b"content-length", b"50000000")]},
        413,
    ),
    "nested JSON": (
        {"path": "/sign-in/", "headers": [*HOST, (b"content-type", b"application/json")]},
        400,
    ),
}


@pytest.mark.parametrize(("changes", "status"), BEFORE_DJANGO.values(), ids=BEFORE_DJANGO)
def test_answers_given_before_any_view_have_them_too(real_db, changes, status):
    body = b"[" * 100 + b"]" * 100 if b"application/json" in dict(changes["headers"]).values() else b""
    found, headers = asgi(changes, body=body)
    assert found == status
    assert lacking(headers) == []
    assert "no-store" in dict(headers)["cache-control"]


def test_hsts_is_promised_where_it_is_configured(real_db, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    _, headers = asgi(BEFORE_DJANGO["headers too large"][0])
    assert dict(headers)["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    answer = Client().get("/notices/")
    assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_cookies_are_for_this_site_and_not_for_scripts(stage):
    client = Client()
    client.get("/sign-in/")
    client.post("/sign-in/", {"username": stage.operator.username, "password": PASSWORD})
    assert {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["httponly"], cookie.key
        assert cookie["samesite"] in {"Lax", "Strict"}, cookie.key
        assert not cookie["domain"], cookie.key
