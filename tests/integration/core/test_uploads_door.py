"""Large bodies at the door: none of a stranger's is held, and of signed-in people's few at a time."""

import asyncio
from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.asgi import get_asgi_application
from django.test import Client

from apps.accounts.models import User
from apps.core import uploads
from apps.core.clock import utc_now
from apps.core.uploads import limit_bodies
from tests.support.asgi_posts import LIST, MB, Post, multipart
from tests.support.cast import make_cast
from tests.support.days import make_day

LARGE = multipart(b"\x00" * (4 * MB))


@pytest.fixture(autouse=True)
def limits(settings):
    settings.LFR_MAX_UPLOAD_BYTES, settings.LFR_MAX_BODY_BYTES = 8 * MB, MB


@pytest.fixture
def cast(real_db):
    return make_cast(make_day("north"))


def cookie_of(client):
    return f"csrftoken=x; sessionid={client.cookies['sessionid'].value}"


class Keeper:
    """An application that reads a whole body, and keeps it until it is told to answer."""

    def __init__(self, *, waits=False, fails=False):
        self.held, self.heard = [], []
        self.waits, self.fails = waits, fails
        self.may_answer = asyncio.Event()

    async def __call__(self, scope, receive, send):
        size, more = 0, True
        while more:
            message = await receive()
            self.heard.append(message["type"])
            if message["type"] == "http.disconnect":
                return
            size, more = size + len(message.get("body", b"")), message.get("more_body", False)
        self.held.append(size)
        if self.fails:
            raise RuntimeError("the application broke")
        if self.waits and size > MB:
            await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"read"})


def post(application, *, says_so=True, body=LARGE, **how):
    sent = Post(body, declared=len(body) if says_so else None, **how)
    asyncio.run(sent.to(application))
    return sent


def nobody(cast):
    return ""


def made_up(cast):
    return f"sessionid={'a' * 32}"


def not_a_key(cast):
    return "sessionid=../../../etc/passwd"


def signed_out(cast):
    client = cast["planner"].client()
    cookie = cookie_of(client)
    assert client.post("/sign-out/").status_code == 302
    return cookie


def expired(cast):
    client = cast["planner"].client()
    Session.objects.update(expire_date=utc_now() - timedelta(seconds=1))
    return cookie_of(client)


def deactivated(cast):
    client = cast["planner"].client()
    User.objects.filter(username=cast["planner"].username).update(is_active=False)
    return cookie_of(client)


def password_changed(cast):
    client = cast["planner"].client()
    user = User.objects.get(username=cast["planner"].username)
    user.set_password("another fourteen slow herons")
    user.save()
    return cookie_of(client)


def without_anybody(cast):
    session = SessionStore()
    session["seen"] = True
    session.save()
    return f"sessionid={session.session_key}"


def of_nobody_known(cast):
    session = SessionStore()
    session[SESSION_KEY] = "00000000-0000-4000-8000-00000000000a"
    session.save()
    return f"sessionid={session.session_key}"


STRANGERS = [
    nobody,
    made_up,
    not_a_key,
    signed_out,
    expired,
    deactivated,
    password_changed,
    without_anybody,
    of_nobody_known,
]


@pytest.mark.parametrize("says_so", [True, False], ids=["declared", "in chunks"])
@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda stranger: stranger.__name__)
def test_a_stranger_makes_the_server_hold_nothing_large(cast, stranger, says_so):
    keeper = Keeper()
    sent = post(limit_bodies(keeper), cookie=stranger(cast), says_so=says_so)
    assert sent.status == 413
    assert "Sign in to upload a list" in sent.page
    assert keeper.held == []
    # In chunks it is found out after the first: no more than the small limit was handed on.
    assert keeper.heard == ([] if says_so else ["http.request", "http.disconnect"])
    assert sent.unread == []


@pytest.mark.parametrize("says_so", [True, False], ids=["declared", "in chunks"])
def test_somebody_signed_in_may_send_a_large_one(cast, says_so):
    keeper = Keeper()
    sent = post(limit_bodies(keeper), cookie=cookie_of(cast["planner"].client()), says_so=says_so)
    assert (sent.status, keeper.held) == (200, [len(LARGE)])


@pytest.mark.parametrize("says_so", [True, False], ids=["declared", "in chunks"])
def test_somebody_signed_in_may_not_send_more_than_that(cast, says_so):
    keeper = Keeper()
    body = multipart(b"\x00" * (9 * MB))
    cookie = cookie_of(cast["planner"].client())
    sent = post(limit_bodies(keeper), cookie=cookie, says_so=says_so, body=body)
    assert (sent.status, keeper.held, sent.unread) == (413, [], [])
    assert "At most 8 MB" in sent.page


@pytest.mark.parametrize("path", ["/", f"{LIST}accept/", f"/x{LIST}", LIST.upper()])
def test_a_session_opens_no_other_address(cast, path):
    keeper = Keeper()
    sent = post(limit_bodies(keeper), cookie=cookie_of(cast["planner"].client()), path=path)
    assert (sent.status, keeper.held) == (413, [])


def test_nobody_is_looked_up_for_a_small_body(monkeypatch):
    monkeypatch.delattr(uploads, "_person_of_session")
    keeper = Keeper()
    sent = post(limit_bodies(keeper), cookie=f"sessionid={'a' * 32}", body=multipart(b"small"))
    assert sent.status == 200


def settle(tasks):
    return asyncio.wait_for(asyncio.gather(*tasks), 60)


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0)


def test_only_so_many_large_bodies_are_held_at_once(cast, settings):
    settings.LFR_MAX_LARGE_BODIES = 2
    names = ("planner", "officer", "silver")
    cookies = {name: cookie_of(cast[name].client()) for name in names}

    async def storm():
        keeper = Keeper(waits=True)
        application = limit_bodies(keeper)
        first = [
            asyncio.create_task(Post(LARGE, cookie=cookies[name], declared=len(LARGE)).to(application))
            for name in ("officer", "silver")
        ]
        await until(lambda: len(keeper.held) == 2)
        refused = [
            await Post(LARGE, cookie=cookies["planner"], declared=declared).to(application)
            for declared in (len(LARGE), None)
        ]
        small = await Post(b"x", path="/", declared=1).to(application)
        held = list(keeper.held)
        keeper.may_answer.set()
        done = await settle(first)
        again = await Post(LARGE, cookie=cookies["planner"], declared=len(LARGE)).to(application)
        return refused, small, held, done, again

    refused, small, held, done, again = asyncio.run(storm())
    for each in refused:
        assert each.status == 503
        assert int(each.header("retry-after")) > 0
        assert "Too many uploads at once" in each.page
        assert each.unread == []
    assert small.status == 200
    # Never a third large one, whatever was sent.
    assert sum(size > MB for size in held) == 2
    assert [each.status for each in (*done, again)] == [200, 200, 200]


def test_many_at_the_same_moment_do_not_slip_past_the_limit(cast, settings):
    settings.LFR_MAX_LARGE_BODIES = 2
    cookies = [cookie_of(member.client()) for member in cast.values()]

    async def storm():
        keeper = Keeper(waits=True)
        application = limit_bodies(keeper)
        posts = [Post(LARGE, cookie=cookie, declared=len(LARGE)) for cookie in cookies]
        tasks = [asyncio.create_task(each.to(application)) for each in posts]
        await until(lambda: sum(task.done() for task in tasks) == len(tasks) - 2)
        held = len(keeper.held)
        keeper.may_answer.set()
        await settle(tasks)
        return held, sorted(each.status for each in posts)

    held, statuses = asyncio.run(storm())
    assert held == 2
    assert statuses == [200, 200] + [503] * (len(cookies) - 2)


def test_one_person_takes_one_place_however_many_browsers_they_have(cast):
    mine = [cookie_of(cast["planner"].client()) for _ in range(2)]
    assert mine[0] != mine[1]
    officer = cookie_of(cast["officer"].client())

    async def two_browsers():
        keeper = Keeper(waits=True)
        application = limit_bodies(keeper)
        first = asyncio.create_task(Post(LARGE, cookie=mine[0], declared=len(LARGE)).to(application))
        await until(lambda: keeper.held)
        second = await Post(LARGE, cookie=mine[1], declared=len(LARGE)).to(application)
        colleague = asyncio.create_task(Post(LARGE, cookie=officer, declared=len(LARGE)).to(application))
        await until(lambda: len(keeper.held) == 2)
        keeper.may_answer.set()
        return second, await settle([first, colleague])

    second, others = asyncio.run(two_browsers())
    assert second.status == 503
    assert [each.status for each in others] == [200, 200]


def test_a_place_is_free_again_when_the_application_breaks(cast, settings):
    settings.LFR_MAX_LARGE_BODIES = 1
    cookie = cookie_of(cast["planner"].client())

    async def twice():
        keeper = Keeper(fails=True)
        application = limit_bodies(keeper)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="broke"):
                await Post(LARGE, cookie=cookie, declared=len(LARGE)).to(application)
        return len(keeper.held)

    assert asyncio.run(twice()) == 2


@pytest.mark.parametrize("setting", ["LFR_LARGE_BODY_PAUSE_SECONDS", "LFR_LARGE_BODY_SECONDS"])
def test_whoever_stops_sending_loses_the_place(cast, settings, setting):
    settings.LFR_MAX_LARGE_BODIES = 1
    setattr(settings, setting, 0.01)
    cookie = cookie_of(cast["planner"].client())

    async def stop_then_send():
        keeper = Keeper()
        application = limit_bodies(keeper)
        stopped = await asyncio.wait_for(
            Post(LARGE, cookie=cookie, declared=len(LARGE), stops=True).to(application), 60
        )
        setattr(settings, setting, 600)
        again = await Post(LARGE, cookie=cookie, declared=len(LARGE)).to(application)
        return stopped, again, keeper.held

    stopped, again, held = asyncio.run(stop_then_send())
    assert stopped.status == 408
    assert "The upload stopped on its way" in stopped.page
    assert (again.status, held) == (200, [len(LARGE)])


def test_waiting_for_an_answer_is_not_a_pause(cast, settings):
    """After the body Django listens for the client to go; that lasts as long as the work does."""
    settings.LFR_LARGE_BODY_PAUSE_SECONDS = 0
    cookie = cookie_of(cast["planner"].client())

    async def slow(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        listening = asyncio.create_task(receive())
        for _ in range(10):  # a clock that is out would ring in the next round of the loop
            await asyncio.sleep(0)
        status = 500 if listening.done() else 200
        listening.cancel()
        await send({"type": "http.response.start", "status": status, "headers": []})

    assert post(limit_bodies(slow), cookie=cookie).status == 200


def test_the_whole_of_django_says_the_same(cast):
    """Nothing of the stranger's upload reaches a view; the planner's gets as far as the form's token."""
    application = limit_bodies(get_asgi_application())
    assert post(application).status == 413
    assert post(application, cookie=cookie_of(cast["planner"].client())).status == 403
    assert Client().get("/notices/").status_code == 200
