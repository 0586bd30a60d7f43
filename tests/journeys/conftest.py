"""The real application behind a real server, and a real browser. In CI a missing browser is a failure.

What touches Django is imported inside the fixtures: pytest reads this file before Django is set up.
"""

import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.console_page import leave

LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def browser(server):
    """One for each test, started after the database and stopped before it: while it runs, this thread has an
    event loop, which neither Django nor other tests would accept."""
    from playwright.sync_api import sync_playwright

    # The one without a window of its own starts in a quarter of the processor time, with the same engine.
    found = (shutil.which(name) for name in ("chromium-headless-shell", "chromium"))
    path = os.environ.get("LFR_CHROMIUM") or next(filter(None, found), None)
    if path is None:
        message = "no Chromium: install chromium-headless-shell or chromium, or name it in LFR_CHROMIUM"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=LAUNCH, headless=True)
        yield chromium
        chromium.close()


class Server:
    """The ASGI application under uvicorn in a thread. It can be stopped and started again on its port."""

    def __init__(self):
        self.port = 0
        self.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        import uvicorn

        config = uvicorn.Config(
            application(), host="127.0.0.1", port=self.port, lifespan="off", log_level="warning"
        )
        config.timeout_graceful_shutdown = 1
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        deadline = time.monotonic() + 10
        while not self.server.started:
            assert self.thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in time"
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def stop(self):
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()


def application():
    """As lfrplatform.asgi, with static files straight from the source folders."""
    from channels.routing import ProtocolTypeRouter
    from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
    from django.core.asgi import get_asgi_application

    from apps.core.uploads import limit_bodies
    from lfrplatform.routing import websocket

    http = limit_bodies(ASGIStaticFilesHandler(get_asgi_application()))
    return ProtocolTypeRouter({"http": http, "websocket": websocket})


@pytest.fixture
def server(real_db):
    running = Server()
    yield running
    running.stop()


class OffLoop:
    """Everything asked of `target` happens in one other thread, as in the services of a real day."""

    def __init__(self, target, pool):
        self._target, self._pool = target, pool

    def __getattr__(self, name):
        value = self._pool.submit(getattr, self._target, name).result(30)
        if not callable(value):
            return value
        return lambda *args, **kwargs: self._pool.submit(value, *args, **kwargs).result(30)


@pytest.fixture
def force_settings():
    """Of the stage's force, where they matter to a test."""
    return {}


@pytest.fixture
def stage(real_db, force_settings):
    from django.db import connections

    from tests.support.alert_stage import make_stage

    with ThreadPoolExecutor(1) as pool:
        yield OffLoop(pool.submit(make_stage, "north", **force_settings).result(30), pool)
        pool.submit(connections.close_all).result(30)


@pytest.fixture
def off_loop(real_db):
    """off_loop(function, …) calls it in one other thread: this one has the browser's event loop, which Django
    refuses."""
    from django.db import connections

    with ThreadPoolExecutor(1) as pool:
        yield lambda function, *args, **kwargs: pool.submit(function, *args, **kwargs).result(120)
        pool.submit(connections.close_all).result(30)


@pytest.fixture
def open_as(browser, server, off_loop):
    """open_as(member or None, address, width=…) is a page, signed in, in a browser of its own."""
    contexts, problems = [], []

    def open_page(member, address="/", width=1440, height=1000):
        from tests.support.signing_in import cookie

        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        if member is None:
            page.goto(f"{server.address}{address}")
            return page
        context.add_cookies([off_loop(cookie, member.username, server.address)])
        page.goto(f"{server.address}{address}")
        return page

    yield open_page
    for context in contexts:
        leave(context)
    assert problems == [], "scripts on the page failed"


@pytest.fixture
def sign_in(browser, server, off_loop):
    """sign_in(person, width=…) is a page on which that person has signed in; script errors fail the test."""
    contexts, problems = [], []

    def open_page(person, width=1440, height=1000, start="/console/"):
        from tests.support.signing_in import cookie

        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        context.add_cookies([off_loop(cookie, person.username, server.address)])
        page.goto(f"{server.address}{start}")
        return page

    yield open_page
    for context in contexts:
        leave(context)
    assert problems == [], "scripts on the page failed"
