"""Limits on how often somebody may ask, counted in the real Valkey by a clock that only moves when told."""

import pytest
import redis as redis_library
from django.test import Client, RequestFactory

from apps.core import limits
from apps.core.limits import Counter, Limit, rate_class
from tests.support.web_routes import every_route

SMALL = {
    "page": {"person": 3, "address": 100, "seconds": 60},
    "console": {"person": 6, "address": 0, "seconds": 60},
    "media": {"person": 2, "address": 0, "seconds": 60},
    "write": {"person": 2, "address": 100, "seconds": 60},
    "public": {"person": 0, "address": 3, "seconds": 60},
    "stranger-write": {"person": 0, "address": 3, "seconds": 60},
    "export": {"person": 1, "address": 100, "seconds": 600, "closed": True},
}


class Clock:
    now = 6_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(valkey, monkeypatch):
    clock, client = Clock(), limits.client
    client.cache_clear()
    monkeypatch.setattr(limits, "counter", Counter(clock))
    yield clock
    client.cache_clear()


@pytest.fixture
def small(settings, clock):
    settings.LFR_RATE_LIMITS = SMALL
    return clock


def statuses(client, path, times, **extra):
    return [client.get(path, **extra).status_code for _ in range(times)]


def test_a_person_who_asks_too_often_waits_and_is_told_how_long(stage, small):
    client = stage.operator.client()
    small.now += 600  # signing in counts too
    small.now += 15
    assert statuses(client, "/deployments/", 4) == [200, 200, 200, 429]
    answer = client.get("/deployments/")
    assert answer["Retry-After"] == "45"
    assert "Wait 45 seconds" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    small.now += 45
    assert statuses(client, "/deployments/", 1) == [200]


def test_one_person_takes_nothing_from_another(stage, small):
    first, second = stage.operator.client(), stage.officer.client()
    small.now += 600
    assert statuses(first, "/deployments/", 4)[-1] == 429
    assert statuses(second, "/deployments/", 3) == [200, 200, 200]


def test_the_console_goes_on_when_pages_are_used_up(stage, small):
    client = stage.operator.client()
    small.now += 600
    assert statuses(client, "/deployments/", 4)[-1] == 429
    news = f"/console/{stage.deployment_id}/alerts.json"
    assert statuses(client, news, 6) == [200] * 6
    refused = client.get(news, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["retry_after_s"]) == (429, 60)


def test_a_stranger_is_counted_by_address_and_cannot_choose_it(real_db, small):
    client = Client()
    assert statuses(client, "/notices/", 3) == [200] * 3
    for header in ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP"):
        assert client.get("/notices/", **{header: "203.0.113.77"}).status_code == 429
    assert client.get("/notices/", REMOTE_ADDR="203.0.113.77").status_code == 200


def test_guessing_at_addresses_that_are_not_there_counts(real_db, small):
    assert statuses(Client(), "/notices/no-such-force/", 3) == [404] * 3
    assert Client().get("/backup.zip").status_code == 429


LIMIT = Limit(person=1, address=0, seconds=60)
CLOSED = Limit(person=1, address=0, seconds=60, closed=True)


def test_without_valkey_the_console_stays_and_exports_wait(clock, monkeypatch):
    counter = Counter(clock)

    def gone(*_):
        raise redis_library.ConnectionError("gone")

    monkeypatch.setattr(counter, "_count", gone)
    assert counter.take("console", LIMIT, person="p", address="a") is None
    assert counter.take("export", CLOSED, person="p", address="a").retry_after_s == 60


def test_a_valkey_that_hangs_is_not_asked_again_at_once(clock, monkeypatch):
    asked = []

    class Hangs:
        def pipeline(self, **_):
            asked.append(1)
            raise redis_library.TimeoutError("too slow")

    monkeypatch.setattr(limits, "client", Hangs)
    counter = Counter(clock)
    for _ in range(5):
        assert counter.take("page", LIMIT, person="p", address="a") is None
    assert len(asked) == 1


def test_two_processes_share_the_count(clock):
    first, second = Counter(clock), Counter(clock)
    assert first.take("write", LIMIT, person="p", address="a") is None
    assert second.take("write", LIMIT, person="p", address="a") is not None


def test_counts_are_forgotten(clock, valkey, services):
    Counter(clock).take("page", LIMIT, person="p", address="a")
    keys = list(valkey.scan_iter(f"{services.prefix}rate:*"))
    assert keys
    assert all(0 < valkey.ttl(key) <= 120 for key in keys)


EXPORTS = ("export", "download", ".csv", ".zip", ".pdf")
# Public calendars and feeds are pages of the public, to be fetched again and again.
NOT_EXPORTS = ("notices:", "demo:")


def test_every_export_and_picture_is_in_its_class(real_db):
    wrong = []
    for path, name in every_route():
        request = RequestFactory().get(path)
        found = rate_class(request, signed_in=True)
        if path.endswith((".jpg", ".png")) and found != "media":
            wrong.append((name, found))
        looks_like_one = any(word in f"{path} {name}" for word in EXPORTS)
        if looks_like_one and not name.startswith(NOT_EXPORTS) and found not in {"export", "api"}:
            wrong.append((name, found))
    assert wrong == []


def test_the_classes_name_routes_that_exist(real_db, settings):
    names = {name for _, name in every_route()}
    unknown = {name for name in settings.LFR_RATE_CLASSES if name not in names}
    assert unknown == set()


def test_every_class_that_a_request_can_be_in_is_limited(settings):
    from lfrplatform.settings import base

    for name in {*base.LFR_RATE_CLASSES.values(), "page", "write", "public", "stranger-write", "api"}:
        limit = Limit(**base.LFR_RATE_LIMITS[name])
        assert limit.person or limit.address
    assert Limit(**base.LFR_RATE_LIMITS["export"]).closed
    assert not Limit(**base.LFR_RATE_LIMITS["console"]).closed
