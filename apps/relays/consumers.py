"""The socket of a relay, `/ws/relay/`: who may send, which frames go on the bus, and nothing of a frame
anywhere else.

The connection is accepted before its key is checked, because a refused handshake carries no close code and
the relay must be able to tell a bad key from a deployment that is not live yet.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from redis.exceptions import RedisError

from apps.core.database_clock import DatabaseClock
from apps.core.errors import NotPermitted
from apps.core.outage import DATABASE_GONE
from apps.core.sockets import Receive, Send, SurvivesGoneClient
from apps.deployments.data import NotLive
from apps.relays import connections, framebus, operations, queries, sessions
from apps.relays.credentials import parse_authorization
from apps.relays.data import CloseCode, RelayAuthority, RelayData
from apps.relays.edge import wire
from apps.relays.sessions import IngestSession

log = logging.getLogger(__name__)

CREDITS = sessions.CREDITS
TICK_S = 0.25
CONFIRM_EVERY_S = 1.0
FLUSH_EVERY_S = 2.0
GIVE_UP_AFTER_S = 5.0
DATABASE_PATIENCE_S = 4.0
MALFORMED_LIMIT = 10
REASON_BYTES = 120  # a close frame holds 123
MESSAGE_TOO_BIG = 1009  # RFC 6455: the server itself closed, before this consumer saw the message
ABNORMAL = connections.ABNORMAL

T = TypeVar("T")
DatabaseGone = (*DATABASE_GONE, TimeoutError)
# Shared by every relay socket of the process, so that many relays cannot take all connections of the pool.
_database_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="relay-db")


async def in_database(function: Callable[[], T]) -> T:
    """Run a short database call in a thread. Raises one of `DatabaseGone` when the database does not
    answer."""
    call = database_sync_to_async(function, thread_sensitive=False, executor=_database_threads)
    async with asyncio.timeout(DATABASE_PATIENCE_S):
        answer: T = await call()
    return answer


class FrameConsumer(SurvivesGoneClient, AsyncWebsocketConsumer):  # type: ignore[misc] # channels ships no types
    """One relay's connection."""

    # Message types that it takes from outside (tests/access/table).
    COMMANDS = ("frame",)
    # No layer: nothing is pushed to a relay but what its own connection decides.
    channel_layer_alias = "none"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._session: IngestSession | None = None
        # What is counted and noted here is judged by other machines: all of it in the database's time.
        self._clock = DatabaseClock()
        # The connection whose beginning may be in the audit, until its end is.
        self._begun: IngestSession | None = None
        self._held_credits = 0
        self._closing: tuple[int, str] | None = None

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Whatever ended it, an error of its own or the server's shutting down: its end is written.
            await self._finish(ABNORMAL, "the connection was ended by an error of the platform")

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        # Without the base class's clean-up of database connections, which would wait for the one shared
        # thread of every consumer before each frame. Connections are only used, and closed, in
        # `in_database`.
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        await self.accept()
        try:
            await self._open()
        except NotPermitted as error:
            await self._refuse(CloseCode.BAD_KEY, error.message)
        except NotLive as error:
            await self._refuse(CloseCode.NOT_AUTHORISED, error.reason)
        except (*DatabaseGone, RedisError):
            await self._refuse(CloseCode.TRY_AGAIN, "the platform cannot confirm the authority now")

    async def _open(self) -> None:
        key = parse_authorization(_header(self.scope, b"authorization"))
        if key is None:
            raise NotPermitted("the key is not accepted", code="bad_key")
        relay = await in_database(partial(queries.authenticate, key=key))
        asked_at = time.monotonic()
        authority = await self._ask(relay)
        session = IngestSession(relay=relay, authority=authority, at=asked_at)
        await sessions.claim(session=session)
        self._begun = session
        await in_database(
            partial(
                connections.record_connected,
                relay=relay,
                session_id=session.id,
                origin=_peer(self.scope),
                now=self._clock(),
            )
        )
        self._session = session
        self._ticker = asyncio.create_task(self._tick(session))
        await self.send(text_data=wire.hello(credits=CREDITS, reports=True))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        session = self._session
        if session is None or self._closing is not None:
            return
        if bytes_data is None:
            answer = session.hear(text_data or "", now=self._clock(), at=time.monotonic())
            if answer is not None:
                await self.send(text_data=answer)
        elif session.spend():
            await self._take(session, bytes_data)
        if session.malformed >= MALFORMED_LIMIT:
            await self._refuse(CloseCode.MALFORMED, "too many messages that are no frames")

    async def _take(self, session: IngestSession, message: bytes) -> None:
        frame = session.judge(message, now=self._clock(), at=time.monotonic())
        if frame is None:
            await self._credit(1)
            return
        try:
            waiting = await framebus.publish(
                deployment_id=session.relay.deployment_id, frame=frame, now=self._clock()
            )
        except RedisError:
            session.lost(frame)
            self._held_credits += 1
            return
        session.accepted(frame, waiting=waiting)
        # With a full stream nobody reads fast enough: the credit comes a tick later, which slows the relay
        # down without stopping it, so that a reader that comes back finds a fresh frame.
        if waiting >= framebus.STREAM_CAP:
            self._held_credits += 1
        else:
            await self._credit(1)

    async def _tick(self, session: IngestSession) -> None:
        try:
            await self._tick_until_closed(session)
        except Exception:  # whatever it was: the socket must not outlive the check of its authority
            log.exception("the check of relay %s failed", session.relay.id)
            await self._refuse(CloseCode.TRY_AGAIN, "internal error")

    async def _tick_until_closed(self, session: IngestSession) -> None:
        confirm_at = time.monotonic() + CONFIRM_EVERY_S
        flush_at = time.monotonic() + FLUSH_EVERY_S
        while self._closing is None:
            await asyncio.sleep(TICK_S)
            held, self._held_credits = self._held_credits, 0
            await self._credit(held)
            await self._pace(session)
            if time.monotonic() >= confirm_at:
                confirm_at = time.monotonic() + CONFIRM_EVERY_S
                await self._confirm(session)
            if time.monotonic() >= flush_at:
                flush_at = time.monotonic() + FLUSH_EVERY_S
                await self._flush(session)

    async def _confirm(self, session: IngestSession) -> None:
        """Ask again whether this relay may send; close when not, or when nobody has answered for too long."""
        asked_at = time.monotonic()
        try:
            if not await sessions.still_owner(session=session):
                await self._refuse(CloseCode.REPLACED, "this relay connected again elsewhere")
                return
            authority = await self._ask(session.relay)
            gone = session.confirm(authority=authority, at=asked_at)
            if gone:
                await self._forget(session, gone)
            if authority.session_id != session.id:
                # Two began at one moment, or the sweep missed its signs of life: nothing is taken over a
                # connection that has ended by the audit.
                await self._refuse(CloseCode.REPLACED, "the end of this connection is written already")
        except (NotPermitted, NotLive) as error:
            code = CloseCode.BAD_KEY if isinstance(error, NotPermitted) else CloseCode.NOT_AUTHORISED
            await self._forget(session, session.relay.camera_ids)
            await self._refuse(code, error.message)
        except (*DatabaseGone, RedisError):
            log.warning("the authority of relay %s could not be confirmed", session.relay.id)
            if session.unconfirmed_for_s(at=time.monotonic()) > GIVE_UP_AFTER_S:
                await self._refuse(CloseCode.TRY_AGAIN, "the platform cannot confirm the authority now")

    async def _ask(self, relay: RelayData) -> RelayAuthority:
        return await in_database(partial(self._authorised, relay))

    def _authorised(self, relay: RelayData) -> RelayAuthority:
        self._clock.sync()
        return queries.authorise(force_id=relay.force_id, relay_id=relay.id, now=self._clock())

    async def _pace(self, session: IngestSession) -> None:
        """Tell a relay that can be told when the bus is emptied more slowly, or faster, than before."""
        if session.pacer.step(at=time.monotonic()) and session.uplinks.talks:
            await self.send(text_data=wire.pace(fps=session.pacer.limit_fps or wire.MAX_FPS))

    async def _forget(self, session: IngestSession, camera_ids: frozenset[UUID]) -> None:
        """What waits on the bus was sent under an authority that has gone."""
        try:
            await framebus.forget(
                deployment_id=session.relay.deployment_id,
                camera_ids=sorted(camera_ids, key=str),
            )
        except RedisError:
            log.warning("frames of relay %s are left to expire by themselves", session.relay.id)

    async def _flush(self, session: IngestSession) -> None:
        counts = session.take_counts()
        try:
            await in_database(
                partial(operations.record_ingest, relay=session.relay, counts=counts, now=self._clock())
            )
        except DatabaseGone:
            session.put_back(counts)

    async def _credit(self, n: int) -> None:
        if n > 0 and self._closing is None and self._session is not None:
            self._session.credit(n)
            await self.send(text_data=wire.credit(n=n))

    async def _refuse(self, code: CloseCode, reason: str) -> None:
        if self._closing is not None:
            return
        self._closing = (int(code), reason)
        log.warning("closing the relay connection from %s with %d: %s", _peer(self.scope), code, reason)
        # "Refused" tells a relay to wait for people; after any other close it tries again by itself.
        if code is not CloseCode.TRY_AGAIN:
            await self.send(text_data=wire.refused(reason=reason))
        await self.close(code=int(code), reason=reason.encode()[:REASON_BYTES].decode(errors="ignore"))

    async def disconnect(self, code: int) -> None:
        if code == MESSAGE_TOO_BIG and self._session is not None:
            self._session.cut_off()
        await self._finish(*(self._closing or (code or ABNORMAL, "closed by the relay")))

    async def _finish(self, code: int, reason: str) -> None:
        """Write what was counted and the end of the connection, once. Where the database does not answer,
        the sweep writes the end (connections.close_lost)."""
        counting, self._session = self._session, None
        begun, self._begun = self._begun, None
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
        try:
            if counting is not None:
                await self._flush(counting)
        finally:
            if begun is not None:
                await self._note_end(begun, code, reason)

    async def _note_end(self, session: IngestSession, code: int, reason: str) -> None:
        try:
            await in_database(
                partial(
                    connections.record_disconnected,
                    relay=session.relay,
                    session_id=session.id,
                    code=code,
                    reason=reason,
                    origin=_peer(self.scope),
                    now=self._clock(),
                )
            )
        except DatabaseGone:
            log.warning("the end of relay %s's connection could not be written", session.relay.id)


def _header(scope: Mapping[str, Any], name: bytes) -> bytes:
    """The header's value; empty when it is missing or given more than once."""
    values = [value for header, value in scope["headers"] if header.lower() == name]
    return values[0] if len(values) == 1 else b""


def _peer(scope: Mapping[str, Any]) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
