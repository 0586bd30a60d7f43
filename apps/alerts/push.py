"""Push is a hint (invariant 7): it says that there is news, never what. Losing it costs seconds, no alert."""

from __future__ import annotations

import asyncio
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

# A channel layer that hangs must not hold up recognition.
SEND_WITHIN_S = 1.0


def console_group(deployment_id: UUID) -> str:
    return f"console.{deployment_id.hex}"


def tell_console(deployment_id: UUID, revision: int) -> None:
    """Once the transaction is committed. `robust`: a dead channel layer is logged and fails nothing that is
    already stored; browsers ask every few seconds anyway."""

    # A plain function: what Django logs of a robust hook that failed is the function's name.
    def send() -> None:
        async_to_sync(_send)(deployment_id, revision)

    transaction.on_commit(send, robust=True)


async def _send(deployment_id: UUID, revision: int) -> None:
    message = {"type": "console.news", "number": revision}
    sending = get_channel_layer().group_send(console_group(deployment_id), message)
    await asyncio.wait_for(sending, timeout=SEND_WITHIN_S)
