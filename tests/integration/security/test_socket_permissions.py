"""Browser sockets after they are open: whoever may no longer look is told nothing more and is put out.

Times are set to zero or to for ever, so that no test waits for one.
"""

import pytest

from apps.accounts import api as accounts
from apps.accounts.models import User
from apps.alerts import consumers
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support.sockets import connected, off_loop, refused, socket

FOR_EVER = 1e9


@pytest.fixture
def looked_after_at_once(monkeypatch):
    """The socket asks again all the time; no push is needed for it to notice."""
    monkeypatch.setattr(consumers, "CONFIRM_EVERY_S", 0.01)


@pytest.fixture
def only_at_a_push(monkeypatch):
    """The socket asks only when there is something to say, and always then."""
    monkeypatch.setattr(consumers, "CONFIRM_EVERY_S", FOR_EVER)
    monkeypatch.setattr(consumers, "FRESH_FOR_S", -1.0)


def role_revoked(stage):
    with stage.context():
        accounts.revoke_role(
            user_id=stage.operator.actor.id, role=Role.OPERATOR, actor=stage.system, now=utc_now()
        )


def deactivated(stage):
    User.objects.filter(id=stage.operator.actor.id).update(is_active=False)


def password_changed(stage):
    user = User.objects.get(id=stage.operator.actor.id)
    user.set_password("another fourteen slow herons")
    user.save()


def every_session_deleted(stage):
    """What signing out leaves behind."""
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


ENDS = [role_revoked, deactivated, password_changed, every_session_deleted]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
async def test_the_socket_is_closed_by_itself(stage, looked_after_at_once, end):
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        await off_loop(end, stage)
        assert await channel.close_code() == consumers.REFUSED


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
async def test_nothing_is_said_even_if_news_come_first(stage, only_at_a_push, end):
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        await off_loop(end, stage)
        await off_loop(stage.raise_alert)
        assert await channel.close_code() == consumers.REFUSED


async def test_whoever_still_may_look_goes_on_hearing(stage, only_at_a_push):
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        await off_loop(stage.raise_alert)
        assert (await channel.heard())["number"] == 1


async def test_signing_out_in_another_tab_closes_it(stage, looked_after_at_once):
    client = await off_loop(lambda: stage.operator.client())
    channel = socket(stage, client)
    assert await channel.connect()
    await channel.heard()
    await off_loop(client.post, "/sign-out/")
    assert await channel.close_code() == consumers.REFUSED
    await channel.leave()


def test_the_longest_anybody_listens_on_is_two_seconds():
    assert consumers.FRESH_FOR_S <= 2.0
    assert consumers.CONFIRM_EVERY_S < consumers.FRESH_FOR_S


async def test_a_database_that_does_not_answer_says_nothing_and_ends_it(stage, only_at_a_push, monkeypatch):
    from django.db import OperationalError

    async def no_answer(*_):
        raise OperationalError("gone")

    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        monkeypatch.setattr(consumers, "_confirm_off_loop", no_answer)
        monkeypatch.setattr(consumers, "GIVE_UP_AFTER_S", -1.0)
        await off_loop(stage.raise_alert)
        assert await channel.close_code() == consumers.TRY_AGAIN


async def test_a_check_that_breaks_ends_it(stage, looked_after_at_once, monkeypatch):
    async def broken(*_):
        raise RuntimeError("planted")

    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        monkeypatch.setattr(consumers, "_confirm_off_loop", broken)
        assert await channel.close_code() == consumers.BROKEN


@pytest.mark.parametrize(
    ("content", "code"),
    [({"text": "x" * 2000}, consumers.TOO_LARGE), ({"bytes": b"x" * 2000}, consumers.TOO_LARGE)],
    ids=["text", "bytes"],
)
async def test_a_large_frame_ends_it(stage, content, code):
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        await channel.say(**content)
        assert await channel.close_code() == code


async def test_many_small_frames_end_it(stage):
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        for _ in range(consumers.MAX_FRAMES + 1):
            await channel.say(text="{}")
        assert await channel.close_code() == consumers.TOO_MUCH


ORIGINS = {
    "none": b"",
    "opaque": b"null",
    "another host": b"http://evil.example",
    "a longer host": b"http://testserver.evil.example",
    "a sub-domain": b"http://x.testserver",
    "another port": b"http://testserver:8080",
    "another scheme": b"https://testserver",
    "with a user": b"http://testserver@evil.example",
    "a file": b"file://",
    "no origin at all": b"testserver",
    "another allowed host": b"http://localhost",
}


@pytest.mark.parametrize("origin", ORIGINS.values(), ids=ORIGINS)
async def test_only_our_own_pages_open_it(stage, origin):
    """Refused before it is accepted, whatever the cookie says: no database is asked."""
    assert not await socket(stage, None, origin).connect()


async def test_two_origins_are_none(stage):
    channel = socket(stage, None)
    channel.scope["headers"].append((b"origin", b"http://testserver"))
    assert not await channel.connect()


async def test_a_host_that_is_not_ours_is_no_origin_of_ours(stage):
    channel = socket(stage, None, b"http://evil.example")
    channel.scope["headers"][0] = (b"host", b"evil.example")
    assert not await channel.connect()


async def test_behind_tls_the_page_is_https(stage, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert not await socket(stage, None, b"http://testserver").connect()
    assert await refused(socket(stage, None, b"https://testserver"))  # opened, and closed: nobody signed in
