"""The console's socket through the real routing: origin check, session, force."""

import asyncio
import threading

import pytest

from apps.alerts import api as alerts
from apps.alerts.data import OperatorDecision
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support.sockets import connected, off_loop, refused, socket


async def test_it_says_the_last_number_at_once_and_every_later_one(stage):
    first = await off_loop(stage.raise_alert)
    async with connected(stage, lambda: stage.operator) as channel:
        assert await channel.heard() == {"type": "news", "number": 1}
        await off_loop(stage.raise_alert, subject_id=stage.subjects[1])
        assert await channel.heard() == {"type": "news", "number": 2}

        def decide():
            with stage.context():
                alerts.operator_decide(
                    alert_id=first.id,
                    decision=OperatorDecision.MATCH,
                    actor=stage.operator.actor,
                    now=utc_now(),
                )

        await off_loop(decide)
        assert await channel.heard() == {"type": "news", "number": 3}


async def test_it_says_nothing_about_a_raise_that_was_rolled_back(stage):
    def killed():
        with stage.context():
            stage.raise_alert()
            raise KeyboardInterrupt

    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        with pytest.raises(KeyboardInterrupt):
            try:
                await off_loop(killed)
            except BaseException as problem:
                raise KeyboardInterrupt from problem
        assert await channel.receive_nothing(0.3)


async def test_a_socket_of_one_force_never_hears_of_another(stage, other_stage):
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        await off_loop(other_stage.raise_alert)
        assert await channel.receive_nothing(0.3)


async def test_somebody_of_another_force_is_refused(stage, other_stage):
    client = await off_loop(lambda: other_stage.operator.client())
    assert await refused(socket(stage, client))


@pytest.mark.parametrize("role", [Role.PLANNER, Role.OVERSIGHT, Role.SYSTEM_ENGINEER])
async def test_another_role_is_refused(stage, role):
    client = await off_loop(lambda: stage.person("other", role).client())
    assert await refused(socket(stage, client))


async def test_a_stranger_is_refused(stage):
    assert await refused(socket(stage))


@pytest.mark.parametrize("origin", [b"http://evil.example", b"null"])
async def test_another_site_cannot_open_it_with_the_officers_session(stage, origin):
    client = await off_loop(lambda: stage.operator.client())
    assert not await socket(stage, client, origin).connect()


async def test_what_the_browser_sends_is_ignored(stage):
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        await channel.say(text="{not json")
        await channel.say(bytes=b"\0")
        await off_loop(stage.raise_alert)
        assert await channel.heard() == {"type": "news", "number": 1}


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_dead_channel_layer_costs_no_alert(stage, monkeypatch, hangs):
    tried = threading.Event()

    class Dead:
        async def group_send(self, group, message):
            tried.set()
            if hangs:
                await asyncio.Event().wait()
            raise ConnectionError("the channel layer is gone")

    monkeypatch.setattr("apps.alerts.push.get_channel_layer", Dead)
    alert = await off_loop(stage.raise_alert)
    assert await off_loop(lambda: tried.wait(20))
    monkeypatch.undo()
    assert (await off_loop(stage.alert, alert.id)).number == 1
