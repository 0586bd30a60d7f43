"""Verifying a force's chain, streaming, whatever its length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from apps.audit.data import GENESIS, VerifyReport, link_hash
from apps.audit.models import AuditEvent, AuditLink
from apps.audit.operations import digest_of
from apps.core.tenancy import force_context

# Stated in docs/explanation/architecture.md: for this long a committed event may stand outside the chain.
UNLINKED_GRACE = timedelta(seconds=60)
CHUNK = 2_000
MAX_PROBLEMS = 50


def verify(*, force_id: UUID, now: datetime, progress: Callable[[int], None] | None = None) -> VerifyReport:
    """Recompute every digest and link of one force. Finds a changed, removed, inserted or unlinked event."""
    problems: list[str] = []
    links = 0
    previous = GENESIS
    with force_context(force_id):
        for chunk in _chunks(AuditLink.objects.order_by("position").iterator(chunk_size=CHUNK)):
            events = {e.id: e for e in AuditEvent.objects.filter(id__in=[link.event_id for link in chunk])}
            for link in chunk:
                links += 1
                problems += _check_link(link, links, previous, events.get(link.event_id))
                previous = bytes(link.link_hash)
            if progress is not None:
                progress(links)
        problems += _unlinked(now)
        total = AuditEvent.objects.count()
    return VerifyReport(force_id=force_id, events=total, links=links, problems=tuple(problems[:MAX_PROBLEMS]))


def _chunks(rows: Iterator[AuditLink]) -> Iterator[list[AuditLink]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _check_link(link: AuditLink, expected: int, previous: bytes, event: AuditEvent | None) -> list[str]:
    if link.position != expected:
        return [f"link {expected} is missing: the chain goes on at {link.position}"]
    if event is None:
        return [f"link {link.position}: its event {link.event_id} is gone"]
    problems = []
    digest = digest_of(event)
    if digest != bytes(event.digest):
        problems.append(f"link {link.position}: event {event.id} was changed after it was recorded")
    if bytes(link.previous_hash) != previous:
        problems.append(f"link {link.position}: does not follow the link before it")
    right = link_hash(
        force_id=link.force_id, position=link.position, previous=previous, event_id=event.id, digest=digest
    )
    if bytes(link.link_hash) != right:
        problems.append(f"link {link.position}: its hash is not that of its event")
    return problems


def _unlinked(now: datetime) -> list[str]:
    linked = AuditLink.objects.values("event_id")
    late = AuditEvent.objects.filter(recorded_at__lt=now - UNLINKED_GRACE).exclude(id__in=linked)
    return [
        f"event {event_id} was never linked" for event_id in late.values_list("id", flat=True)[:MAX_PROBLEMS]
    ]


def events_about(*, object_id: UUID) -> list[AuditEvent]:
    """The record of one thing, oldest first. Needs a force context."""
    return list(AuditEvent.objects.filter(object_id=object_id).order_by("ordinal"))


def unlinked_count() -> int:
    """How many committed events wait for the chainer. Needs a force context."""
    return AuditEvent.objects.exclude(id__in=AuditLink.objects.values("event_id")).count()
