"""The console's socket: it says that there is news and up to which number, and nothing about an alert.

The origin check and the session come from the ASGI routing; here the person's force, roles and the deployment
are checked. What arrives from the browser is ignored: decisions are HTTP requests.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from apps.accounts import api as accounts
from apps.alerts import policies, queries
from apps.alerts.push import console_group
from apps.core.errors import DomainError, NotPermitted
from apps.core.tenancy import force_context
from apps.deployments import api as deployments

REFUSED = 4403


def _admit(scope: dict[str, Any], deployment_id: UUID) -> int:
    """The number of the last change, for somebody who may look. Raises NotPermitted or NotFound."""
    force_id = accounts.force_id_of_session(scope["session"])
    if force_id is None:
        raise NotPermitted("sign in first")
    with force_context(force_id):
        policies.check_console(accounts.actor_for_scope(scope))
        deployments.get(deployment_id=deployment_id)
        return queries.current_revision(deployment_id=deployment_id)


class ConsoleConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    deployment_id: UUID
    admitted = False

    async def connect(self) -> None:
        self.deployment_id = self.scope["url_route"]["kwargs"]["deployment_id"]
        # Accepted first: a browser is told the close code of an open socket only.
        await self.accept()
        # In the group before the number is read, or a change in between would be told to nobody.
        await self.channel_layer.group_add(console_group(self.deployment_id), self.channel_name)
        try:
            # thread_sensitive=False: one slow query must not hold up every other socket.
            number = await database_sync_to_async(_admit, thread_sensitive=False)(
                dict(self.scope), self.deployment_id
            )
        except DomainError:
            await self.close(code=REFUSED)
            return
        self.admitted = True
        await self.send_json({"type": "news", "number": number})

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(console_group(self.deployment_id), self.channel_name)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        return

    async def console_news(self, event: dict[str, Any]) -> None:
        if self.admitted:
            await self.send_json({"type": "news", "number": event["number"]})
