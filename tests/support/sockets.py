"""A browser's end of the console's socket, through the real routing."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

from asgiref.testing import ApplicationCommunicator

ORIGIN = b"http://testserver"


class Socket(ApplicationCommunicator):
    """A browser's end of a socket. (channels.testing wants a server that is not installed.)"""

    async def connect(self):
        await self.send_input({"type": "websocket.connect"})
        return (await self.receive_output(5))["type"] == "websocket.accept"

    async def heard(self):
        message = await self.receive_output(5)
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def close_code(self):
        message = await self.receive_output(5)
        assert message["type"] == "websocket.close", message
        return message["code"]

    async def say(self, **content):
        await self.send_input({"type": "websocket.receive", **content})

    async def leave(self):
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(5)


def socket(stage, client=None, origin=ORIGIN):
    from lfrplatform.routing import websocket

    headers = [(b"host", b"testserver")]
    if origin:
        headers.append((b"origin", origin))
    if client:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        headers.append((b"cookie", cookie.encode()))
    scope = {
        "type": "websocket",
        "path": f"/ws/console/{stage.deployment_id}/",
        "query_string": b"",
        "headers": headers,
        "subprotocols": [],
        "client": ["127.0.0.1", 1],
    }
    return Socket(websocket, scope)


@asynccontextmanager
async def connected(stage, person):
    client = await off_loop(lambda: person().client())
    channel = socket(stage, client)
    assert await channel.connect()
    try:
        yield channel
    finally:
        await channel.leave()


def off_loop(function, *args, **kwargs):
    """Like the recognition worker: another thread, which sends to the channel layer by a loop of its own."""
    return asyncio.get_running_loop().run_in_executor(None, lambda: closing(function, *args, **kwargs))


def closing(function, *args, **kwargs):
    from django.db import connection

    try:
        return function(*args, **kwargs)
    finally:
        connection.close()


async def refused(channel):
    """Opened and closed at once with the code that the script on the page understands, and nothing said."""
    return await channel.connect() and await channel.close_code() == 4403
