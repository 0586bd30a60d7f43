"""The platform's addresses, and /leak/…, which fails with values that must not be logged."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.urls import include, path, reverse
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.models import User
from apps.core.clock import utc_now
from tests.support.leaky_words import PASSWORD, PLANTED


def fail(request: Any, kind: str) -> Any:
    listed_name = PLANTED
    if kind == "value":
        raise ValueError(f"entry {listed_name} with {PASSWORD}")
    if kind == "database":
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", [PLANTED])
    if kind == "unique":
        for _ in range(2):
            User.objects.create(username=f"{PLANTED}@x.example", display_name=PLANTED, created_at=utc_now())
    if kind == "reverse":
        reverse("scrutiny:record", kwargs={"reference": f"{PLANTED}/{PASSWORD}"})
    if kind == "picture":
        raise RuntimeError(request.body)
    raise AssertionError("no such leak")


urlpatterns = [path("leak/<slug:kind>/", csrf_exempt(fail)), path("", include("lfrplatform.urls"))]
