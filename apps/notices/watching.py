"""Looks at many public pages at once: a site that does not answer must not hold up the sweep for long."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.notices import operations, outside, queries

AT_ONCE = 8


def look_at(*, deployment_ids: Collection[UUID]) -> None:
    """Fetch each page as a stranger, several at a time, then note what was seen, one after the other."""
    addresses: dict[UUID, str] = {}
    for deployment_id in deployment_ids:
        try:
            addresses[deployment_id] = outside.address(
                queries.published_by_deployment(deployment_id=deployment_id)
            )
        except NotFound:
            continue
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(addresses, pool.map(outside.get, addresses.values()), strict=True))
    for deployment_id, answer in answers.items():
        operations.verify_public(
            deployment_id=deployment_id, now=utc_now(), fetch=partial(_as_fetched, answer)
        )


def _as_fetched(answer: tuple[int, str], url: str) -> tuple[int, str]:
    return answer
