"""Whether people may go on listening: asked of the database for all sockets of a process together.

A console's socket asks every second and a half (apps/alerts/consumers.py). A thousand that each ask for
themselves are some four thousand statements a second for nothing but the same answer; asked together they are
two, and four a force. Whoever cannot be said yes to at once is asked about alone, by the rules of a page, and
is told why not: an answer of the many is only ever yes.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.db import DatabaseError

from apps.accounts import api as accounts
from apps.alerts import policies
from apps.core.errors import DomainError
from apps.core.tenancy import force_context
from apps.deployments import api as deployments

# Who asks at about the same time is asked about together. Part of the two seconds in consumers.py.
GATHER_S = 0.02
MOST_AT_ONCE = 500


class Listener(NamedTuple):
    """One socket: whose session it came by, from where, at which deployment."""

    session_key: str
    origin: str
    deployment_id: UUID


# What to raise for a listener; None where they may go on.
Answer = Exception | None


def confirm_one(session_key: str, origin: str, deployment_id: UUID) -> UUID:
    """The force of the person behind the session, who may look right now. Raises NotPermitted when they may
    not, NotFound for another force's deployment."""
    person, force_id = accounts.person_of_session(session_key)
    with force_context(force_id):
        actor = accounts.actor_for(user_id=person, force_id=force_id, origin=origin)
        policies.check_console(actor)
        deployments.get(deployment_id=deployment_id)
    return force_id


def confirm_many(listeners: Collection[Listener]) -> Mapping[Listener, Answer]:
    """An answer for each. Raises DatabaseError when nobody can say."""
    allowed = frozenset(_allowed(listeners))
    return {listener: None if listener in allowed else _alone(listener) for listener in listeners}


def _allowed(listeners: Collection[Listener]) -> Iterator[Listener]:
    """Those who certainly may go on."""
    by_session: defaultdict[str, list[Listener]] = defaultdict(list)
    for listener in listeners:
        by_session[listener.session_key].append(listener)
    for force_id, holders in accounts.holders_of_sessions(by_session.keys() - {""}).items():
        theirs = [listener for holder in holders for listener in by_session[holder.key]]
        try:
            with force_context(force_id):
                actors = accounts.actors_of(holders)
                there = deployments.which_exist(deployment_ids={each.deployment_id for each in theirs})
        except DomainError:  # a force that is gone: each of them is told so
            continue
        may = {key for key, actor in actors.items() if policies.can_console(actor)}
        yield from (each for each in theirs if each.session_key in may and each.deployment_id in there)


def _alone(listener: Listener) -> Answer:
    try:
        confirm_one(*listener)
    except DatabaseError:
        raise
    except DomainError as refused:
        return refused
    except Exception as broken:  # noqa: BLE001 - one socket's: it ends that one, and the others go on
        return broken
    return None


_confirm_many_off_loop = database_sync_to_async(confirm_many, thread_sensitive=False)


class Together:
    """The askers of one event loop. `confirm` returns or raises for its own listener only."""

    def __init__(self) -> None:
        self._waiting: dict[Listener, list[asyncio.Future[None]]] = {}
        self._runner: asyncio.Task[None] | None = None

    async def confirm(self, listener: Listener) -> None:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(listener, []).append(answer)
        if self._runner is None or self._runner.done():
            # In a context of its own: what is bound to the first asker's is not the others'.
            self._runner = asyncio.create_task(self._run(), context=contextvars.Context())
        await answer

    async def _run(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            asked = dict(list(self._waiting.items())[:MOST_AT_ONCE])
            for listener in asked:
                del self._waiting[listener]
            answers: Mapping[Listener, Answer]
            try:
                answers = await _confirm_many_off_loop(tuple(asked))
            except Exception as problem:  # noqa: BLE001 - every asker is told: none may be left waiting
                answers = dict.fromkeys(asked, problem)
            for listener, futures in asked.items():
                _tell(futures, answers[listener])


def _tell(futures: Collection[asyncio.Future[None]], answer: Answer) -> None:
    for future in futures:
        if future.done():  # the socket left meanwhile
            continue
        if answer is None:
            future.set_result(None)
        else:
            future.set_exception(answer)


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Together] = WeakKeyDictionary()


async def confirm(session_key: str, origin: str, deployment_id: UUID) -> None:
    """As `confirm_one`, together with whoever else asks now."""
    together = _of_loop.setdefault(asyncio.get_running_loop(), Together())
    await together.confirm(Listener(session_key, origin, deployment_id))
