from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from apps.forces.api import get_force


def signed_in(request: HttpRequest) -> dict[str, Any]:
    """`actor` and `force` for templates; both None for a stranger."""
    actor = getattr(request, "actor", None)
    return {"actor": actor, "force": get_force(force_id=actor.force_id) if actor else None}
