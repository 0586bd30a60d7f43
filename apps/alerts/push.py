"""Push is a hint (invariant 7): it says that there is news, never what. Losing it costs seconds, not an alert."""

from __future__ import annotations

from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction


def console_group(deployment_id: UUID) -> str:
    return f"console.{deployment_id.hex}"


def tell_console(deployment_id: UUID, revision: int) -> None:
    """Once the transaction is committed. `robust`: a dead channel layer is logged and fails nothing that is
    already stored; browsers ask every few seconds anyway."""

    def send() -> None:
        layer = get_channel_layer()
        async_to_sync(layer.group_send)(
            console_group(deployment_id), {"type": "console.news", "number": revision}
        )

    transaction.on_commit(send, robust=True)
