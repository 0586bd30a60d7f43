"""Running the retention rules (domain.md §6): delete, look again, certify.

The deletion and the beginnings of its certificate commit together; the second look is another transaction,
so that it sees what is really gone. A process killed anywhere in between is caught up by the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.audit import api as audit
from apps.core import events
from apps.core import retention as registry
from apps.core.clock import is_simulated, utc_now
from apps.core.data import Actor
from apps.core.errors import SimulatedClockRefused
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import force_context
from apps.retention.data import CertificateData, PurgeRun, WouldPurge
from apps.retention.models import DeletionCertificate
from apps.retention.queries import as_data, content_sha256
from apps.vault import api as vault

log = logging.getLogger(__name__)

SHOWN_PROBLEMS = 20


def run_due(*, force_id: UUID, now: datetime) -> PurgeRun:
    """Run every registered rule for one force. Repeating it does nothing more; a missed run is caught up.

    One rule that fails does not stop the others. Raises SimulatedClockRefused in production when `now` is not
    the real time: nothing is deleted then.
    """
    if is_simulated(now) and not settings.LFR_ALLOW_SIMULATED_CLOCK:
        raise SimulatedClockRefused("a purge by a moved clock is refused in this profile: leave out the time")
    moment = _running_clock(now)
    problems = _attempt("keys", partial(_finish_keys, force_id, now))
    done: list[CertificateData] = []
    for rule in registry.rules():
        problems += _attempt(rule.data_class, partial(_purge, rule, force_id, now, moment))
        problems += _attempt(rule.data_class, partial(_prove, rule, force_id, now, moment, done))
    return PurgeRun(force_id=force_id, certificates=tuple(done), problems=tuple(problems))


def _running_clock(now: datetime) -> Callable[[], datetime]:
    """A clock that reads `now` at this moment and goes on from there."""
    begun = utc_now()
    return lambda: now + (utc_now() - begun)


def _attempt(what: str, step: Callable[[], list[str]]) -> list[str]:
    try:
        return step()
    except Exception as problem:  # one rule must not stop the others; the caller raises the alarm
        log.exception("the purge of %s failed; the next run tries again", what)
        return [f"{what}: {type(problem).__name__}"]


def _finish_keys(force_id: UUID, now: datetime) -> list[str]:
    """Key files that a killed process left behind although their destruction had committed."""
    with force_context(force_id):
        finished = vault.finish_destruction(now=now)
    if finished:
        log.warning("destroyed %s keys that an interrupted purge had left", finished)
    return []


def _purge(rule: RetentionRule, force_id: UUID, now: datetime, moment: Callable[[], datetime]) -> list[str]:
    """Delete what is due and begin its certificates, in one transaction; of a batched rule, in one a part."""
    while True:
        with force_context(force_id):
            if rule.due_count(now) == 0:
                return []
            started_at = moment()
            done = rule.purge(now)
            for result in done:
                _begin_certificate(rule, result, started_at, simulated=is_simulated(now))
        if not (rule.batched and done):
            return []


def _begin_certificate(
    rule: RetentionRule, result: PurgeResult, started_at: datetime, *, simulated: bool
) -> None:
    row, created = DeletionCertificate.objects.select_for_update().get_or_create(
        data_class=result.data_class,
        subject_id=result.subject_id,
        due_at=result.due_at,
        finished_at=None,
        defaults={
            "title": rule.title,
            "counts": result.counts,
            "started_at": started_at,
            "verified_how": rule.verified_how or rule.title,
            "simulated": simulated,
        },
    )
    if not created:
        # A purge that needs several runs counts what each still found: the largest number is the truth.
        kinds = {*row.counts, *result.counts}
        row.counts = {kind: max(row.counts.get(kind, 0), result.counts.get(kind, 0)) for kind in kinds}
        row.simulated = row.simulated or simulated
        row.save(update_fields=["counts", "simulated"])


def _prove(
    rule: RetentionRule,
    force_id: UUID,
    now: datetime,
    moment: Callable[[], datetime],
    done: list[CertificateData],
) -> list[str]:
    """Look again and certify. What is not gone keeps its certificate unfinished, and is reported."""
    with force_context(force_id):
        waiting = list(
            DeletionCertificate.objects.select_for_update().filter(
                data_class=rule.data_class, finished_at__isnull=True
            )
        )
        found = rule.verify(now)
        proven = [] if found else [_finish(row, moment()) for row in waiting]
        if found:
            _note_problems(waiting, found, now)
    done += proven
    return [f"{rule.data_class}: {problem}" for problem in found]


def _finish(row: DeletionCertificate, finished_at: datetime) -> CertificateData:
    row.finished_at, row.problems = finished_at, []
    row.sha256 = content_sha256(row, finished_at)
    row.save(update_fields=["finished_at", "problems", "sha256"])
    certificate = as_data(row)
    _record(
        certificate.subject_id,
        "retention.certified",
        {
            "certificate_id": str(certificate.id),
            "data_class": certificate.data_class,
            "title": certificate.title,
            "counts": dict(certificate.counts),
            "due_at": certificate.due_at.isoformat(),
            "started_at": certificate.started_at.isoformat(),
            "finished_at": finished_at.isoformat(),
            "verified_how": certificate.verified_how,
            "simulated": certificate.simulated,
            "sha256": certificate.sha256,
        },
        finished_at,
        row.force_id,
    )
    # Ids only: whoever shows what was deleted reads the certificates.
    events.emit(
        kind="retention.certified",
        subject_id=certificate.subject_id,
        payload={"certificate_id": str(certificate.id), "data_class": certificate.data_class},
        now=finished_at,
    )
    return certificate


def _note_problems(waiting: list[DeletionCertificate], found: list[str], now: datetime) -> None:
    """On record once, and again only when the problems change: the sweep comes back every minute."""
    for row in waiting:
        if row.problems != found[:SHOWN_PROBLEMS]:
            row.problems = found[:SHOWN_PROBLEMS]
            row.save(update_fields=["problems"])
            payload = {"data_class": row.data_class, "problems": len(found)}
            _record(row.subject_id, "retention.not_verified", payload, now, row.force_id)


def _record(subject_id: UUID, verb: str, payload: dict[str, object], now: datetime, force_id: UUID) -> None:
    audit.record(
        actor=Actor.system(force_id=force_id, label="retention", origin="retention.sweep"),
        verb=verb,
        object_type="deployment",
        object_id=subject_id,
        payload=payload,
        now=now,
    )


def simulate_due(*, force_id: UUID, now: datetime) -> tuple[WouldPurge, ...]:
    """What `run_due` would delete, by deleting it and rolling back: keys and partitions only go on a
    commit.
    """
    found: list[PurgeResult] = []
    with force_context(force_id):
        for rule in registry.rules():
            found += rule.purge_all(now)
        transaction.set_rollback(True)
    return tuple(WouldPurge(r.data_class, r.subject_id, dict(r.counts), r.due_at) for r in found)
