"""What a review has to say something of before it is published: upper apps know it, and say so once, from
their AppConfig (as in accounts.presence). `alerts` names each engagement on a false alert.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from apps.core.errors import RuleViolated

# In the context of the force: sentences about what is open, empty when nothing is.
OpenItems = Callable[[UUID], tuple[str, ...]]
_providers: dict[str, OpenItems] = {}


def register(name: str, open_items: OpenItems) -> None:
    """`name` identifies the provider: the same one again replaces it."""
    _providers[name] = open_items


def open_items(deployment_id: UUID) -> tuple[str, ...]:
    return tuple(words for provider in _providers.values() for words in provider(deployment_id))


def check_nothing_open(deployment_id: UUID) -> None:
    """Raises RuleViolated with each thing that the review has not answered for."""
    if reasons := open_items(deployment_id):
        raise RuleViolated(list(reasons), code="review_items")
