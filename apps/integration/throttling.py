from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.core.limits import Limit, Refusal, counter

MINUTE_S = 60


class TokenThrottle(BaseThrottle):
    """So many requests a minute with a token, whatever they are for (apps/core/limits.py counts)."""

    refusal: Refusal | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        limit = Limit(person=settings.LFR_API_REQUESTS_A_MINUTE, address=0, seconds=MINUTE_S)
        self.refusal = counter.take("api-token", limit, person=str(view.caller.token.id), address="")
        return self.refusal is None

    def wait(self) -> int | None:
        return None if self.refusal is None else self.refusal.retry_after_s
