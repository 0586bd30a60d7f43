"""The console's socket: it says that there is news and up to which number, and nothing about an alert.

The origin check and the session come from the ASGI routing; here the person's force, roles and the deployment
are checked, when it opens and as long as it is open. What arrives from the browser is ignored: decisions are
HTTP requests.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import DatabaseError

from apps.alerts import confirming, queries
from apps.alerts.push import console_group
from apps.core.errors import DomainError
from apps.core.sockets import SurvivesGoneClient
from apps.core.tenancy import force_context

log = logging.getLogger(__name__)

REFUSED = 4403
TOO_MUCH = 1008
TOO_LARGE = 1009
BROKEN = 1011
TRY_AGAIN = 1013

# However many alerts come at once, a socket says the newest number only so often; of a few people who come
# into view together none waits for it.
TELL_EVERY_S = 0.1
TELL_AT_ONCE = 3
# Whoever signs out, or loses the role, is told nothing more after at most FRESH_FOR_S seconds.
CONFIRM_EVERY_S = 1.5
FRESH_FOR_S = 2.0
GIVE_UP_AFTER_S = 10.0
# The page's script sends nothing at all.
MAX_FRAME_BYTES = 1024
MAX_FRAMES = 20
FRAMES_WITHIN_S = 10.0


def _admit(session_key: str, origin: str, deployment_id: UUID) -> int:
    """The number of the last change, for somebody who may look. Raises NotPermitted or NotFound."""
    force_id = confirming.confirm_one(session_key, origin, deployment_id)
    with force_context(force_id):
        return queries.current_revision(deployment_id=deployment_id)


# thread_sensitive=False: one slow query must not hold up every other socket.
_confirm_off_loop = confirming.confirm
_admit_off_loop = database_sync_to_async(_admit, thread_sensitive=False)


class ConsoleConsumer(SurvivesGoneClient, AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    # Message types that it takes from outside (tests/access/table).
    COMMANDS: tuple[str, ...] = ()
    deployment_id: UUID
    _confirmed_at: float | None = None
    _closing = False
    # When it will have been TELL_EVERY_S for each number that was told.
    _told_until = 0.0
    _told = _untold = 0
    _telling: asyncio.Task[None] | None = None

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        # Without the base class's clean-up of database connections, for which every socket of the process
        # would wait in one thread before each word. Nothing here uses one but in threads that clean up after
        # themselves.
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            # While two releases work side by side: a kind of hint that only the later one has. It must not
            # end the socket; a page asks for what is new by itself.
            log.info("a hint of a kind that this release does not know was left alone")
            return
        await handler(message)

    async def connect(self) -> None:
        self.deployment_id = self.scope["url_route"]["kwargs"]["deployment_id"]
        self._frames: deque[float] = deque(maxlen=MAX_FRAMES)
        # Accepted first: a browser is told the close code of an open socket only.
        await self.accept()
        # In the group before the number is read, or a change in between would be told to nobody.
        await self.channel_layer.group_add(console_group(self.deployment_id), self.channel_name)
        asked_at = time.monotonic()
        try:
            number = await _admit_off_loop(*self._who())
        except DomainError:
            await self._end(REFUSED)
            return
        self._confirmed_at = asked_at
        self._ticker = asyncio.create_task(self._watch())
        await self.send_json({"type": "news", "number": number})

    def _who(self) -> tuple[str, str, UUID]:
        client = self.scope.get("client") or ("",)
        return self.scope["session"].session_key or "", str(client[0]), self.deployment_id

    async def disconnect(self, code: int) -> None:
        self._closing = True
        if self._ticker is not None:
            self._ticker.cancel()
        if self._telling is not None:
            self._telling.cancel()
        await self.channel_layer.group_discard(console_group(self.deployment_id), self.channel_name)

    async def _end(self, code: int) -> None:
        if not self._closing:
            self._closing = True
            await self.close(code=code)

    async def _watch(self) -> None:
        try:
            while not self._closing:
                # All sockets of the process at the same moments, so that one question serves them.
                await asyncio.sleep(CONFIRM_EVERY_S - time.monotonic() % CONFIRM_EVERY_S)
                await self._ask_again()
        except Exception:  # whatever it was: the socket must not outlive the check of who listens
            log.exception("the check of a console's socket failed")
            await self._end(BROKEN)

    async def _ask_again(self) -> bool:
        """Whether the person may still look. Closes when not, or when nobody could say so for too long."""
        asked_at = time.monotonic()
        try:
            await _confirm_off_loop(*self._who())
        except DomainError:
            await self._end(REFUSED)
        except DatabaseError:
            if self._age() > GIVE_UP_AFTER_S:
                await self._end(TRY_AGAIN)
        else:
            self._confirmed_at = asked_at
            return True
        return False

    def _age(self) -> float:
        """Seconds since it was known that the person may look."""
        return float("inf") if self._confirmed_at is None else time.monotonic() - self._confirmed_at

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        """Nothing is wanted; whoever sends much of it, or something large, is put out."""
        now = time.monotonic()
        if len(bytes_data or (text_data or "").encode()) > MAX_FRAME_BYTES:
            await self._end(TOO_LARGE)
        elif len(self._frames) == MAX_FRAMES and now - self._frames[0] < FRAMES_WITHIN_S:
            await self._end(TOO_MUCH)
        self._frames.append(now)

    async def console_news(self, event: dict[str, Any]) -> None:
        """Numbers only grow, and the last one says all: of many at once most are never sent."""
        if self._confirmed_at is None or self._closing or event["number"] <= self._told:
            return
        self._untold = max(self._untold, event["number"])
        if self._telling is not None and not self._telling.done():
            return
        if (wait_s := self._must_wait_s()) <= 0:
            await self._tell()
        else:
            self._telling = asyncio.create_task(self._tell_after(wait_s))

    def _must_wait_s(self) -> float:
        return self._told_until - (TELL_AT_ONCE - 1) * TELL_EVERY_S - time.monotonic()

    async def _tell(self) -> None:
        self._told_until = max(self._told_until, time.monotonic()) + TELL_EVERY_S
        if self._age() <= FRESH_FOR_S or await self._ask_again():
            self._told, self._untold = self._untold, 0
            await self.send_json({"type": "news", "number": self._told})

    async def _tell_after(self, wait_s: float) -> None:
        try:
            await asyncio.sleep(wait_s)
            await self._tell()
        except Exception:  # whatever it was: a socket that can say nothing must not stay open
            log.exception("a console's socket could not tell its news")
            await self._end(BROKEN)
