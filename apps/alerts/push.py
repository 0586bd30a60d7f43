"""Push is a hint (invariant 7): it says that there is news, never what. Losing it costs seconds, no alert.

Who writes an alert does not wait for it: each process has one loop in a thread of its own that sends, over
connections that stay open. A loop and a connection made anew for each alert held recognition up by
milliseconds, for each of several people who come into view at once.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from functools import cache
from uuid import UUID

from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)

# A channel layer that hangs must not keep every hint there ever was.
SEND_WITHIN_S = 1.0


def console_group(deployment_id: UUID) -> str:
    return f"console.{deployment_id.hex}"


def tell_console(deployment_id: UUID, revision: int) -> None:
    """Once the transaction is committed. A dead channel layer is logged and fails nothing that is already
    stored; browsers ask every few seconds anyway."""

    # A plain function: what Django logs of a robust hook that failed is the function's name.
    def send() -> None:
        send_soon(deployment_id, revision)

    transaction.on_commit(send, robust=True)


def send_soon(deployment_id: UUID, revision: int) -> None:
    """Returns at once."""
    asyncio.run_coroutine_threadsafe(_send(deployment_id, revision), _sender(os.getpid()))


@cache
def _sender(pid: int) -> asyncio.AbstractEventLoop:
    """The loop of this process: a child that was forked has none of its parent's threads."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="console hints", daemon=True).start()
    return loop


async def _send(deployment_id: UUID, revision: int) -> None:
    message = {"type": "console.news", "number": revision}
    try:
        sending = get_channel_layer().group_send(console_group(deployment_id), message)
        await asyncio.wait_for(sending, timeout=SEND_WITHIN_S)
    except Exception:  # whatever it was: nobody waits for this, and a browser asks by itself
        log.exception("consoles could not be told of change %s", revision)
