from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def signed_in(request: HttpRequest) -> dict[str, Any]:
    """`actor` and `force` for templates; both None for a stranger.

    Read from the request and not from the database: under ASGI an error page is rendered in another thread,
    whose connection nobody would give back.
    """
    return {"actor": getattr(request, "actor", None), "force": getattr(request, "force", None)}
