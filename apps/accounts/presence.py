"""Who must not be signed out for sitting still: people on duty while recognition runs (docs/adr/0010).

What a duty is, `deployments` knows, which lies above: it says so once, from its AppConfig.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

OnDuty = Callable[[], frozenset[UUID]]
_on_duty: list[OnDuty] = []


def register(on_duty: OnDuty) -> None:
    """`on_duty()` is called inside the force's context: who is on duty at a running deployment there."""
    _on_duty[:] = [on_duty]


def people_on_duty() -> frozenset[UUID]:
    """Needs a force context."""
    return _on_duty[0]() if _on_duty else frozenset()
