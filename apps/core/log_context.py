"""What every line of the log says of where it comes from: which request or task, and which force.

Imports no Django: the formatter of the logs reads it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any
from uuid import UUID, uuid4

# Of the request, socket or task that is at work; "" outside of any. Made here: what somebody sends is no id.
request_id: ContextVar[str] = ContextVar("lfr_request_id", default="")
# Set by apps.core.tenancy and by nothing else.
force_id: ContextVar[UUID | None] = ContextVar("lfr_force_id", default=None)

AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]


def numbered(application: AsgiApplication) -> AsgiApplication:
    """Each request and each socket has an id of its own, which all lines about it share."""

    async def number(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            request_id.set(str(uuid4()))
        await application(scope, receive, send)

    return number
