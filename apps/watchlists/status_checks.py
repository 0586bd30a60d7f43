"""What a status check says, applied to the list in force: who is not plainly wanted comes off at once.

The asking itself happens where no transaction is open (`apps/deployments/operations/status.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from apps.core.data import Actor
from apps.core.errors import InvalidTransition, NotFound, RuleViolated
from apps.watchlists import policies
from apps.watchlists.data import Category, WatchlistState
from apps.watchlists.models import StatusCheck, Subject, Watchlist
from apps.watchlists.removing import take_off
from apps.watchlists.status import Answer, Standing
from apps.watchlists.steps import locked, record

LONGEST_PROBLEM = 300
SHOWN_CHECKS = 20
# Longer than any answer is waited for: by then whoever asked is dead.
AWAITED_FOR = timedelta(minutes=5)
FILE, SERVICE, PEOPLE = "file", "service", "people"
THERE = (WatchlistState.IMPORTED.value, WatchlistState.SEALED.value)
# Whose status counts. Nobody looks for somebody of the Blue List.
ON_LIST = Q(removed_at__isnull=True) & ~Q(category=Category.BLUE_LIST.value)
# Each statement writes so many times, so that nobody who is taken off waits long for the list.
TIMES_AT_ONCE = 1_000
REASONS: Mapping[Standing, str] = {
    Standing.NOT_WANTED: "No longer wanted, by a check of the status ({source})",
    Standing.UNKNOWN: "Whether they are still wanted could not be verified ({source})",
}
TOO_OLD = "Whether they are still wanted was not checked in time"


@dataclass(frozen=True)
class StatusCheckData:
    """See the model. `off` is how many came off the list by it."""

    id: UUID
    source: str
    one_person: bool
    began_at: datetime
    finished_at: datetime | None
    asked: int
    wanted: int
    not_wanted: int
    unknown: int
    unnamed: int
    older: int
    problem: str
    by_label: str

    @property
    def off(self) -> int:
        return self.not_wanted + self.unknown

    @property
    def answered(self) -> bool:
        return self.finished_at is not None and not self.problem

    def awaited(self, now: datetime) -> bool:
        return self.finished_at is None and now < self.began_at + AWAITED_FOR


def _as_data(row: StatusCheck) -> StatusCheckData:
    return StatusCheckData(
        row.id, row.source, row.one_person, row.began_at, row.finished_at, row.asked, row.wanted,
        row.not_wanted, row.unknown, row.unnamed, row.older, row.problem, row.by_label,
    )  # fmt: skip


def _listed(watchlist_id: UUID) -> QuerySet[Subject]:
    return Subject.objects.filter(ON_LIST, watchlist_id=watchlist_id)


def status_references(*, watchlist_id: UUID, subject_id: UUID | None = None) -> list[str]:
    """Whom to ask about: everybody on the list now, or one of them."""
    listed = _listed(watchlist_id)
    if subject_id is not None:
        listed = listed.filter(id=subject_id)
    return list(listed.order_by("reference").values_list("reference", flat=True))


def overdue_status(*, watchlist_id: UUID, since: datetime) -> int:
    """Of how many people the status was last checked before `since`."""
    return _listed(watchlist_id).filter(status_checked_at__lt=since).count()


def _there(deployment_id: UUID) -> QuerySet[Subject]:
    return Subject.objects.filter(ON_LIST, watchlist__deployment_id=deployment_id, watchlist__state__in=THERE)


def oldest_status(*, deployment_id: UUID) -> datetime | None:
    """When the status of whoever was checked longest ago was checked; None where nobody's counts."""
    found: datetime | None = _there(deployment_id).aggregate(at=Min("status_checked_at"))["at"]
    return found


def old_status(*, deployment_id: UUID, since: datetime) -> tuple[int, datetime | None]:
    """Of how many people on the deployment's list the status was last checked before `since`, and when that
    of whoever was checked longest ago was. One query."""
    found = _there(deployment_id).filter(status_checked_at__lt=since)
    counted = found.aggregate(people=Count("id"), oldest=Min("status_checked_at"))
    return counted["people"], counted["oldest"]


@dataclass(frozen=True)
class Outage:
    """The service has not answered since `since`; `problem` is what came of the last try, empty where the
    asker died."""

    since: datetime
    problem: str


def service_outage(*, deployment_id: UUID, now: datetime) -> Outage | None:
    """While the service gives no answer: the last asking that is over had none. A file does not mend it."""
    rows = StatusCheck.objects.filter(deployment_id=deployment_id, source=SERVICE)
    over = rows.filter(Q(finished_at__isnull=False) | Q(began_at__lte=now - AWAITED_FOR))
    answered = over.filter(finished_at__isnull=False, problem="").order_by("began_at").last()
    failed = over if answered is None else over.filter(began_at__gt=answered.began_at)
    first, last = failed.order_by("began_at").first(), failed.order_by("began_at").last()
    return None if first is None or last is None else Outage(first.began_at, last.problem)


def last_asking(*, deployment_id: UUID) -> StatusCheckData | None:
    """When the service was last asked about everybody, however often about one person since."""
    rows = StatusCheck.objects.filter(deployment_id=deployment_id, source=SERVICE, one_person=False)
    row = rows.order_by("began_at", "id").last()
    return None if row is None else _as_data(row)


def status_checks(*, deployment_id: UUID) -> tuple[StatusCheckData, ...]:
    """The latest ones, newest first."""
    rows = StatusCheck.objects.filter(deployment_id=deployment_id).order_by("-began_at", "-id")
    return tuple(_as_data(row) for row in rows[:SHOWN_CHECKS])


def status_totals(*, deployment_id: UUID) -> tuple[int, int, int]:
    """How many checks were answered; how many people came off as no longer wanted, and as unverifiable."""
    answered = StatusCheck.objects.filter(deployment_id=deployment_id, finished_at__isnull=False, problem="")
    counts = list(answered.values_list("not_wanted", "unknown"))
    return len(counts), sum(one for one, _ in counts), sum(other for _, other in counts)


def status_totals_of(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, tuple[int, int, int]]:
    """The same of each, in one query; a deployment without a check that was answered is left out."""
    found: dict[UUID, tuple[int, int, int]] = {}
    answered = StatusCheck.objects.filter(finished_at__isnull=False, problem="")
    rows = answered.filter(deployment_id__in=deployment_ids)
    for deployment_id, not_wanted, unknown in rows.values_list("deployment_id", "not_wanted", "unknown"):
        checks, one, other = found.get(deployment_id, (0, 0, 0))
        found[deployment_id] = (checks + 1, one + not_wanted, other + unknown)
    return found


@transaction.atomic
def begin_status_check(
    *, watchlist_id: UUID, source: str, asked: int, actor: Actor, now: datetime, one_person: bool = False
) -> StatusCheckData:
    """Note that somebody is being asked, so that an answer that never comes is seen. Raises NotFound, and
    InvalidTransition where there is no list any more."""
    watchlist = _present(watchlist_id)
    row = StatusCheck.objects.create(
        deployment_id=watchlist.deployment_id,
        source=source,
        one_person=one_person,
        began_at=now,
        asked=asked,
        by_id=actor.id,
        by_label=actor.label,
    )
    return _as_data(row)


def _present(watchlist_id: UUID) -> Watchlist:
    watchlist = locked(watchlist_id)
    if watchlist.state not in THERE:
        raise InvalidTransition("There is no list any more: nobody's status matters.")
    return watchlist


@transaction.atomic
def fail_status_check(*, check_id: UUID, problem: str, actor: Actor, now: datetime) -> None:
    """Nobody answered, or nothing that can be believed: the list stays as it is, and this is shown."""
    row = StatusCheck.objects.select_for_update().filter(id=check_id).first()
    if row is None:
        raise NotFound("there is no such check")
    row.finished_at, row.problem = now, problem[:LONGEST_PROBLEM]
    row.save(update_fields=["finished_at", "problem"])
    watchlist = Watchlist.objects.filter(deployment_id=row.deployment_id).latest("imported_at")
    record(
        watchlist, actor=actor, verb="watchlist.status_not_answered", now=now, source=row.source,
        asked=row.asked, problem=row.problem,
    )  # fmt: skip


def comes_off(
    *, watchlist_id: UUID, answers: Mapping[str, Answer], references: Sequence[str], whole: bool
) -> int:
    """How many people these answers would take off the list now."""
    subjects = _listed(watchlist_id).filter(reference__in=references)
    return sum(_verdict(subject, answers, whole) in REASONS for subject in subjects)


def _verdict(subject: Subject, answers: Mapping[str, Answer], whole: bool) -> Standing | str:
    """What follows for one person; "unnamed" and "older" where nothing does. The newest word counts."""
    answer = answers.get(subject.reference)
    if answer is None:
        return Standing.UNKNOWN if whole else "unnamed"
    if subject.status_checked_at is not None and answer.checked_at < subject.status_checked_at:
        return "older"
    return answer.standing


def _finish(row: StatusCheck, counts: Mapping[str, int], now: datetime) -> None:
    row.finished_at = now
    for name in (*Standing, "unnamed", "older"):
        setattr(row, str(name), counts.get(name, 0))
    row.save()


@transaction.atomic
def apply_status(
    *,
    check_id: UUID,
    watchlist_id: UUID,
    answers: Mapping[str, Answer],
    references: Sequence[str],
    whole: bool,
    actor: Actor,
    now: datetime,
) -> StatusCheckData:
    """Whoever is wanted is so from the moment the source looked; whoever is not, or of whom nobody can say,
    is off the list when this commits, with picture and template.

    `references` were asked about: nobody else is touched. `whole`: who is not in the answers is unknown.
    Raises RuleViolated for a time in the future, and then nothing of it counts.
    """
    row = StatusCheck.objects.select_for_update().get(id=check_id)
    watchlist = _present(watchlist_id)
    if any(answer.checked_at > now + policies.CLOCK_TOLERANCE for answer in answers.values()):
        raise RuleViolated(["The answer says that a status was checked in the future."], code="status_future")
    counts: dict[str, int] = {}
    stay: list[Subject] = []
    for subject in _listed(watchlist.id).filter(reference__in=references).select_for_update():
        verdict = _verdict(subject, answers, whole)
        counts[verdict] = counts.get(verdict, 0) + 1
        if verdict is Standing.WANTED:
            subject.status_checked_at = min(answers[subject.reference].checked_at, now)
            stay.append(subject)
        elif isinstance(verdict, Standing):
            reason = REASONS[verdict].format(source=row.source)
            take_off(watchlist, subject, reason=reason, actor=actor, now=now)
    Subject.objects.bulk_update(stay, ["status_checked_at"], batch_size=TIMES_AT_ONCE)
    _finish(row, counts, now)
    found: dict[str, Any] = {str(name): number for name, number in sorted(counts.items())}
    record(
        watchlist, actor=actor, verb="watchlist.status_checked", now=now, source=row.source, asked=row.asked,
        **found,
    )  # fmt: skip
    return _as_data(row)


@transaction.atomic
def take_off_overdue(*, watchlist_id: UUID, since: datetime, actor: Actor, now: datetime) -> int:
    """Leave out everybody whose status was last checked before `since`. Returns how many."""
    policies.check_remove(actor)
    watchlist = _present(watchlist_id)
    overdue = list(_listed(watchlist.id).filter(status_checked_at__lt=since).select_for_update())
    if not overdue:
        raise RuleViolated(
            ["Everybody's status was checked in time: nobody is left out."], code="none_overdue"
        )
    for subject in overdue:
        take_off(watchlist, subject, reason=TOO_OLD, actor=actor, now=now)
    StatusCheck.objects.create(
        deployment_id=watchlist.deployment_id, source=PEOPLE, began_at=now, finished_at=now,
        asked=len(overdue), unknown=len(overdue), by_id=actor.id, by_label=actor.label,
    )  # fmt: skip
    record(watchlist, actor=actor, verb="watchlist.overdue_left_out", now=now, unknown=len(overdue))
    return len(overdue)
