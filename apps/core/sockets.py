"""What every socket of the platform needs when the other side has gone without a word."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class SurvivesGoneClient:
    """For a channels consumer, before its base class.

    Since ASGI 2.4 a server raises OSError out of `send` when the client has gone. Left to itself that ends
    the consumer between two messages: `disconnect` is never called, what it counted is not written, and its
    ticker asks the database for ever on behalf of nobody. Here such a message is dropped; the server's
    `websocket.disconnect` is the next thing the consumer hears. Whatever else ends a consumer, its ticker
    ends with it.
    """

    _ticker: asyncio.Task[None] | None = None

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        async def send_unless_gone(message: Mapping[str, Any]) -> None:
            try:
                await send(message)
            except OSError:
                return

        try:
            await super().__call__(scope, receive, send_unless_gone)  # type: ignore[misc]  # the consumer's
        finally:
            if self._ticker is not None:
                self._ticker.cancel()
