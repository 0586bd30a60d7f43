"""Five hundred alerts within one second, and a console that slept through them."""

from copy import copy
from datetime import timedelta
from uuid import uuid4

import pytest
from channels.layers import get_channel_layer

from apps.alerts import consumers
from apps.alerts.data import AlertState, OperatorDecision
from apps.alerts.models import Alert, Counter
from apps.alerts.push import console_group
from apps.core.clock import utc_now
from tests.support.sockets import connected, off_loop

ALERTS = 500


@pytest.fixture
def everybody_again(settings):
    settings.LFR_SUBJECT_COOL_DOWN_S = 0


def raise_many(stage, number):
    """All within one second: the first by the operation, the others as the rows that it leaves, at once."""
    at = utc_now() - timedelta(seconds=1)
    first = stage.raise_alert(now=at)
    with stage.context():
        alert = Alert.objects.get(id=first.id)
        more = [copied(alert, n, at + timedelta(milliseconds=n * 1000 / number)) for n in range(1, number)]
        Alert.objects.bulk_create(more)
        last = more[-1]
        Counter.objects.filter(deployment_id=stage.deployment_id).update(
            last_number=last.number, last_revision=last.revision
        )
    return [first.id, *(alert.id for alert in more)]


def copied(alert, n, at):
    other = copy(alert)
    other.track_id, other.raised_at = uuid4().hex, at
    for name in ("id", "key_id", "probe_blob_id", "template_blob_id"):
        setattr(other, name, uuid4())
    for name in ("number", "revision", "raised_revision", "asked_revision"):
        setattr(other, name, getattr(alert, name) + n)
    return other


def wake(client, stage, after):
    """What the page does when it is looked at again: ask for what came after its last number, to the end."""
    pages, more = [], True
    while more:
        news = client.get(f"/console/{stage.deployment_id}/alerts.json?after={after}").json()
        pages.append(news["alerts"])
        assert not news["alerts"] or news["revision"] > after
        after, more = news["revision"], news["more"]
    return pages, after


def test_each_reaches_a_console_that_was_asleep_once_and_in_order(stage, everybody_again):
    client = stage.operator.client()
    before = stage.raise_alert(now=utc_now() - timedelta(seconds=5))
    (first,), seen = wake(client, stage, 0)
    assert [alert["id"] for alert in first] == [str(before.id)]

    raised = raise_many(stage, ALERTS)
    pages, last = wake(client, stage, seen)
    arrived = [alert for page in pages for alert in page]
    assert [alert["id"] for alert in arrived] == [str(alert_id) for alert_id in raised]
    assert [alert["number"] for alert in arrived] == list(range(2, ALERTS + 2))
    assert max(len(page) for page in pages) <= 200

    # Asking again brings nothing a second time; what changed meanwhile comes once, and nothing else does.
    assert wake(client, stage, last) == ([[]], last)
    stage.decide(raised[7], OperatorDecision.NOT_A_MATCH)
    ((changed,),), _ = wake(client, stage, last)
    assert changed["id"] == str(raised[7])
    assert changed["state"] == AlertState.NOT_A_MATCH


def test_what_changes_while_it_is_fetched_is_neither_lost_nor_kept_old(stage, everybody_again):
    client = stage.operator.client()
    raised = raise_many(stage, 3)
    news = client.get(f"/console/{stage.deployment_id}/alerts.json?after=0").json()
    stage.decide(raised[0], OperatorDecision.NOT_A_MATCH)
    raised.append(stage.raise_alert().id)
    pages, _ = wake(client, stage, news["revision"])
    assert [alert["id"] for page in pages for alert in page] == [str(raised[0]), str(raised[3])]


async def test_a_burst_is_said_in_few_words_and_its_last_number_always(stage, everybody_again, monkeypatch):
    monkeypatch.setattr(consumers, "TELL_EVERY_S", 0.05)
    async with connected(stage, lambda: stage.operator) as channel:
        assert (await channel.heard())["number"] == 0
        layer = get_channel_layer()
        for number in range(1, ALERTS + 1):
            await layer.group_send(
                console_group(stage.deployment_id), {"type": "console.news", "number": number}
            )
        heard = [(await channel.heard())["number"]]
        while heard[-1] < ALERTS:
            heard.append((await channel.heard())["number"])
        assert heard == sorted(set(heard))
        assert len(heard) < ALERTS / 2
        # It goes on: a hint after the burst is said like any other.
        await off_loop(stage.raise_alert)
        await layer.group_send(
            console_group(stage.deployment_id), {"type": "console.news", "number": ALERTS + 1}
        )
        while heard[-1] != ALERTS + 1:
            heard.append((await channel.heard())["number"])


async def test_a_late_word_is_never_an_older_number(stage, monkeypatch):
    monkeypatch.setattr(consumers, "TELL_EVERY_S", 0.05)
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        layer = get_channel_layer()
        for number in (5, 9, 7):
            await layer.group_send(
                console_group(stage.deployment_id), {"type": "console.news", "number": number}
            )
        heard = [(await channel.heard())["number"]]
        while heard[-1] < 9:
            heard.append((await channel.heard())["number"])
        assert await channel.receive_nothing(0.2)
        assert heard in ([5, 9], [9])


async def test_of_a_few_people_who_come_into_view_together_none_waits_to_be_told(stage, monkeypatch):
    monkeypatch.setattr(consumers, "TELL_EVERY_S", 60)
    async with connected(stage, lambda: stage.operator) as channel:
        await channel.heard()
        layer = get_channel_layer()
        for number in (1, 2, 3, 4):
            await layer.group_send(
                console_group(stage.deployment_id), {"type": "console.news", "number": number}
            )
        assert [(await channel.heard())["number"] for _ in range(3)] == [1, 2, 3]
        assert await channel.receive_nothing(0.2), "a burst is told in many words"
