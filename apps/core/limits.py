"""How often somebody may ask: counted in Valkey, per person and per address, in fixed windows.

Which class a route is in stands in settings.LFR_RATE_CLASSES, how much a class allows in LFR_RATE_LIMITS.
Sign-in has a lock-out of its own, and the API throttles of its own behind this.

When Valkey does not answer, a class that is `closed` refuses (an export can wait) and every other one lets
through: a console that goes dark is itself a harm. A window begins at a multiple of its length, so twice the
number can pass around its edge.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import redis as redis_library
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from apps.core.redis import key

log = logging.getLogger(__name__)

# A Valkey that hangs must not hold up every request; after one failure it is left alone for a moment.
ANSWERS_WITHIN_S = 0.25
PAUSE_AFTER_FAILURE_S = 2.0


@dataclass(frozen=True)
class Limit:
    """At most `person` requests of a person, and `address` of an address, in `seconds`. 0 is no limit."""

    person: int
    address: int
    seconds: int
    closed: bool = False


@dataclass(frozen=True)
class Refusal:
    retry_after_s: int


class Counter:
    """Counts in Valkey. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._dead_until = 0.0

    def take(self, name: str, limit: Limit, *, person: str | None, address: str) -> Refusal | None:
        """Count one request; why it is refused, or None."""
        now = self.clock()
        window, passed = divmod(now, limit.seconds)
        counted = [("p", person, limit.person)] if person else []
        counted.append(("a", address, limit.address))
        counted = [(kind, who, most) for kind, who, most in counted if most]
        keys = [key("rate", name, kind, who, int(window)) for kind, who, _ in counted]
        try:
            numbers = self._count(keys, limit.seconds)
        except redis_library.RedisError as problem:
            if time.monotonic() >= self._dead_until:
                self._dead_until = time.monotonic() + PAUSE_AFTER_FAILURE_S
                log.warning("limits are not counted now: %s", type(problem).__name__)
            return Refusal(limit.seconds) if limit.closed else None
        over = any(number > most for number, (_, _, most) in zip(numbers, counted, strict=True))
        return Refusal(max(1, int(limit.seconds - passed))) if over else None

    def _count(self, keys: list[str], seconds: int) -> list[int]:
        if time.monotonic() < self._dead_until:
            raise redis_library.ConnectionError("left alone after a failure")
        pipeline = client().pipeline(transaction=False)
        for name in keys:
            pipeline.incr(name)
            pipeline.expire(name, seconds * 2)
        return [int(number) for number in pipeline.execute()[::2]]


@lru_cache(maxsize=1)
def client() -> redis_library.Redis:
    return redis_library.Redis.from_url(
        settings.REDIS_URL, socket_timeout=ANSWERS_WITHIN_S, socket_connect_timeout=ANSWERS_WITHIN_S
    )


counter = Counter()


class RateLimitMiddleware:
    """After the session, so that it knows who asks, and before the force's transaction is opened."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = str(request.user.pk) if request.user.is_authenticated else None
        name = rate_class(request, signed_in=person is not None)
        limit = settings.LFR_RATE_LIMITS.get(name)
        if limit is None:
            return self.get_response(request)
        address = request.META.get("REMOTE_ADDR") or "unknown"
        refusal = counter.take(name, Limit(**limit), person=person, address=address)
        return self.get_response(request) if refusal is None else refused(request, refusal)


def rate_class(request: HttpRequest, *, signed_in: bool) -> str:
    """The class of a request. An address without a route counts too, or guessing at addresses was free."""
    if request.path.startswith(settings.LFR_RATE_API_PREFIX):
        return "api"
    try:
        named = settings.LFR_RATE_CLASSES.get(resolve(request.path_info).view_name)
    except Resolver404:
        named = None
    if named is not None:
        return str(named)
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        return "write" if signed_in else "stranger-write"
    return "page" if signed_in else "public"


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", "") or request.path.endswith(".json"):
        body = {"error": "too many requests: wait, then try again", "retry_after_s": refusal.retry_after_s}
        response: HttpResponse = JsonResponse(body, status=429)
    else:
        response = render(request, "429.html", {"seconds": refusal.retry_after_s}, status=429)
    response["Retry-After"] = str(refusal.retry_after_s)
    response["Cache-Control"] = "no-store"
    return response
