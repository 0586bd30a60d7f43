"""Is everybody on the list still wanted? By a file, or by the force's service, also by itself.

While the network answers no transaction is open and no row is held. What the answer says is applied in one
transaction; where there is none, nothing changes, and the page of the list says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from celery import current_app
from django.db import transaction

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.errors import DomainError, NotFound, RuleViolated
from apps.core.tenancy import current_force_id, force_context
from apps.deployments import facts, queries
from apps.deployments.data import DeploymentState
from apps.deployments.operations.removal import check_may_remove
from apps.deployments.rules.policies import STATUS_CHECKERS, check_role
from apps.deployments.rules.starting import status_since
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistData, WatchlistState
from apps.watchlists.status import HttpStatus, StatusSource, read_status_file
from apps.watchlists.status_checks import FILE, SERVICE, StatusCheckData

log = logging.getLogger(__name__)

CHECK_TASK = "deployments.check_status"
QUEUE = "system"
NO_STATUS = "On this list is nobody whose status is checked: volunteers of the Blue List have none."
EXPIRES_S = 60
# The service is asked again in good time before the last answer is too old, and soon after none came.
AGAIN_AFTER_FAILURE = timedelta(minutes=1)
# However old what it says is: a service that looks seldom is not asked all the time.
AGAIN = timedelta(minutes=10)
ASK_AT_SHARE = 0.5
WITH_A_LIST = frozenset(
    {
        DeploymentState.NOTICE_PUBLISHED,
        DeploymentState.LIST_SEALED,
        DeploymentState.READY,
        DeploymentState.LIVE,
        DeploymentState.SUSPENDED,
    }
)
NO_LIST = "There is no list: nobody's status matters."
NO_SERVICE = "Your force has no service that knows the status. An administrator enters its address."
ASKED_ALREADY = "The service is being asked already. Load the page again in a moment."


def key_name(force_id: UUID) -> str:
    """Under which the key of a force's service is kept, outside the database."""
    return f"status-service-{force_id}"


def service_of(force_id: UUID) -> StatusSource | None:
    """The force's own service, as it is set now; None without one. Reads the key, so never for a page."""
    url = forces.get_force(force_id=force_id).status_service
    return HttpStatus(url, accounts.secrets().get(key_name(force_id)) or "") if url else None


def list_of(deployment_id: UUID) -> WatchlistData:
    """Raises NotFound, and RuleViolated where there is no list with people on it."""
    found = watchlists.get_for_deployment(deployment_id=queries.get(deployment_id=deployment_id).id)
    if found is None or found.state not in (WatchlistState.IMPORTED, WatchlistState.SEALED):
        raise RuleViolated([NO_LIST], code="no_list")
    return found


def check_may_check(deployment_id: UUID, actor: Actor) -> None:
    """Raises NotPermitted."""
    check_role(actor, *STATUS_CHECKERS)
    check_may_remove(actor, queries.duties(deployment_id=deployment_id))


@transaction.atomic
def check_by_file(
    *, deployment_id: UUID, raw: bytes, whole: bool, at_most: int, actor: Actor, now: datetime
) -> StatusCheckData:
    """Apply a file of the system that knows. `whole`: whom it does not name, of them nobody knows.

    A wrong file could empty a list for good, so that whoever sends it says how many people it takes off
    `at_most`. Raises RuleViolated with everything that is wrong with the file.
    """
    check_may_check(deployment_id, actor)
    return _apply_file(deployment_id, raw, whole=whole, at_most=at_most, actor=actor, now=now)


@transaction.atomic
def check_by_command(
    *, deployment_id: UUID, raw: bytes, whole: bool, at_most: int, by: str, now: datetime
) -> StatusCheckData:
    """The same for whoever runs the platform, for instance each hour; `by` says who or what that is."""
    actor = Actor.system(force_id=current_force_id(), label=f"status file: {by}", origin="check_status")
    return _apply_file(deployment_id, raw, whole=whole, at_most=at_most, actor=actor, now=now)


def _apply_file(
    deployment_id: UUID, raw: bytes, *, whole: bool, at_most: int, actor: Actor, now: datetime
) -> StatusCheckData:
    watchlist = list_of(deployment_id)
    source = read_status_file(raw)
    references = watchlists.status_references(watchlist_id=watchlist.id)
    if not references:
        raise RuleViolated([NO_STATUS], code="status_file")
    answers = source.ask(references)
    if not answers:
        raise RuleViolated(["The file names nobody who is on this list."], code="status_file")
    off = watchlists.comes_off(watchlist_id=watchlist.id, answers=answers, references=references, whole=whole)
    if off > at_most:
        raise RuleViolated(
            [f"By this file {off:,} come off the list. If that is right, enter {off} and send it again."],
            code="too_many",
        )
    begun = watchlists.begin_status_check(
        watchlist_id=watchlist.id, source=FILE, asked=len(references), actor=actor, now=now
    )
    return watchlists.apply_status(
        check_id=begun.id,
        watchlist_id=watchlist.id,
        answers=answers,
        references=references,
        whole=whole,
        actor=actor,
        now=now,
    )


@transaction.atomic
def ask_service(*, deployment_id: UUID, actor: Actor, now: datetime) -> None:
    """Have the service asked now, by a worker. Raises RuleViolated where there is none, or it is asked."""
    check_may_check(deployment_id, actor)
    list_of(deployment_id)
    if not forces.get_force(force_id=current_force_id()).status_service:
        raise RuleViolated([NO_SERVICE], code="no_service")
    last = watchlists.last_asking(deployment_id=deployment_id)
    if last is not None and last.awaited(now):
        raise RuleViolated([ASKED_ALREADY], code="asked_already")
    send(deployment_id)


@transaction.atomic
def leave_out_overdue(*, deployment_id: UUID, actor: Actor, now: datetime) -> int:
    """Off the list with everybody whose status was not checked in time: excluded, and counted."""
    check_may_check(deployment_id, actor)
    watchlist = list_of(deployment_id)
    force = facts.rules_of(queries.get(deployment_id=deployment_id))
    since = status_since(force, now)
    return watchlists.take_off_overdue(watchlist_id=watchlist.id, since=since, actor=actor, now=now)


def send(deployment_id: UUID, subject_id: UUID | None = None) -> None:
    """Have a worker ask once this transaction has committed; should that fail, the sweep does it."""
    args = [str(current_force_id()), str(deployment_id), None if subject_id is None else str(subject_id)]

    def message() -> None:
        current_app.send_task(CHECK_TASK, args=args, queue=QUEUE, expires=EXPIRES_S, retry=False)

    transaction.on_commit(message, robust=True)


def send_again(force_id: str, deployment_id: str, subject_id: str, *, after_s: int) -> None:
    """No sweep asks again about one person."""
    current_app.send_task(
        CHECK_TASK,
        args=[force_id, deployment_id, subject_id],
        queue=QUEUE,
        countdown=after_s,
        expires=after_s + EXPIRES_S,
        retry=False,
    )


def send_for_alert(*, force: ForceData, deployment_id: UUID, subject_id: UUID) -> None:
    """Somebody may be standing before an officer: is this person still wanted? Nothing where the `force`, by
    its settings of now, has no service."""
    if force.status_service:
        send(deployment_id, subject_id)


@dataclass(frozen=True)
class _Asking:
    watchlist_id: UUID
    check_id: UUID
    references: list[str]
    source: StatusSource


def run(
    *,
    force_id: UUID,
    deployment_id: UUID,
    subject_id: UUID | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> str:
    """Ask the force's service about a list, or about one person of it; a word for the log. Opens its own
    contexts, and none is open while the service answers."""
    actor = Actor.system(force_id=force_id, label="status service", origin=CHECK_TASK)
    with force_context(force_id):
        asking = _begin(force_id, deployment_id, subject_id, actor, clock())
    if asking is None:
        return "nothing to ask"
    try:
        answers = asking.source.ask(asking.references)
        with force_context(force_id):
            watchlists.apply_status(
                check_id=asking.check_id,
                watchlist_id=asking.watchlist_id,
                answers=answers,
                references=asking.references,
                whole=True,
                actor=actor,
                now=clock(),
            )
    except DomainError as problem:
        with force_context(force_id):
            watchlists.fail_status_check(
                check_id=asking.check_id, problem=problem.message, actor=actor, now=clock()
            )
        return "no answer"
    return "checked"


def _begin(
    force_id: UUID, deployment_id: UUID, subject_id: UUID | None, actor: Actor, now: datetime
) -> _Asking | None:
    source = service_of(force_id)
    if source is None or queries.get(deployment_id=deployment_id).state not in WITH_A_LIST:
        return None
    try:
        watchlist = list_of(deployment_id)
    except RuleViolated:
        return None
    # One person is asked about whoever else is being asked: an officer stands before them.
    last = watchlists.last_asking(deployment_id=deployment_id)
    if subject_id is None and last is not None and last.awaited(now):
        return None
    references = watchlists.status_references(watchlist_id=watchlist.id, subject_id=subject_id)
    if not references:
        return None
    begun = watchlists.begin_status_check(
        watchlist_id=watchlist.id,
        source=SERVICE,
        asked=len(references),
        actor=actor,
        now=now,
        one_person=subject_id is not None,
    )
    return _Asking(watchlist.id, begun.id, references, source)


def sweep_status(*, now: datetime) -> int:
    """Send out what is due for the open force: lists never asked about, soon too old, or not answered for.
    Returns how many."""
    force = forces.get_force(force_id=current_force_id())
    if not force.status_service:
        return 0
    sent = 0
    for deployment_id in list(
        queries.rows().filter(state__in=sorted(WITH_A_LIST)).values_list("id", flat=True)
    ):
        try:
            if _is_due(deployment_id, now):
                send(deployment_id)
                sent += 1
        except (DomainError, NotFound):
            log.info("the status of %s is not asked for", deployment_id)
    return sent


def _is_due(deployment_id: UUID, now: datetime) -> bool:
    watchlist = watchlists.get_for_deployment(deployment_id=deployment_id)
    if watchlist is None or watchlist.purged_at is not None or watchlist.status_oldest_at is None:
        return False
    last = watchlists.last_asking(deployment_id=deployment_id)
    if last is None:
        return True
    if last.awaited(now) or now < last.began_at + (AGAIN if last.answered else AGAIN_AFTER_FAILURE):
        return False
    if not last.answered:
        return True
    hours = facts.rules_of(queries.get(deployment_id=deployment_id)).status_valid_hours
    return watchlist.status_oldest_at < now - timedelta(hours=hours) * ASK_AT_SHARE
