"""Frames as a relay sends them, and a socket to send them through."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import cv2
import numpy as np
from asgiref.testing import ApplicationCommunicator

from apps.core.clock import utc_now
from apps.relays.consumers import FrameConsumer
from apps.relays.data import BusFrame
from apps.relays.edge.wire import FrameHeader, pack
from apps.relays.framebus import to_us


def encode(image: np.ndarray) -> bytes:
    """JPEG of an (H, W, 3) uint8 BGR picture."""
    ok, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert ok
    return encoded.tobytes()


def grey(width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), 90, np.uint8)


def message(
    camera_id: UUID, sequence: int, *, image: np.ndarray | None = None, captured_at: datetime | None = None
) -> bytes:
    """One frame on the wire."""
    image = grey() if image is None else image
    jpeg = encode(image)
    height, width = image.shape[:2]
    header = FrameHeader(camera_id, sequence, to_us(captured_at or utc_now()), width, height, len(jpeg))
    return pack(header, jpeg)


def bus_frame(camera_id: UUID, sequence: int, image: np.ndarray, *, now: datetime | None = None) -> BusFrame:
    """One frame as it lies on the bus."""
    now = now or utc_now()
    height, width = image.shape[:2]
    return BusFrame(camera_id, sequence, now, now, width, height, encode(image))


class RelaySocket:
    """A relay's end of `/ws/relay/`, without a network.

    Not channels.testing, whose package wants a server of its own to be installed.
    """

    def __init__(self, key: str | None) -> None:
        headers = [] if key is None else [(b"authorization", f"Bearer {key}".encode())]
        scope = {"type": "websocket", "path": "/ws/relay/", "headers": headers, "client": ("192.0.2.1", 5)}
        self.socket = ApplicationCommunicator(FrameConsumer.as_asgi(), scope)

    async def open(self) -> dict[str, Any]:
        """Connect; the first message, or the close with its code and reason."""
        await self.socket.send_input({"type": "websocket.connect"})
        accepted = await self.socket.receive_output(timeout=5)
        assert accepted["type"] == "websocket.accept", "a close code needs an open socket"
        return await self.next()

    async def next(self, *, within_s: float = 5) -> dict[str, Any]:
        """The next message from the platform, as a dict; a close as {"type": "close", "code": …}."""
        output = await self.socket.receive_output(timeout=within_s)
        if output["type"] == "websocket.close":
            return {"type": "close", "code": output.get("code"), "reason": output.get("reason")}
        return dict(json.loads(output["text"]))

    async def until_closed(self, *, within_s: float = 5) -> dict[str, Any]:
        """Read on until the platform closes."""
        while (said := await self.next(within_s=within_s))["type"] != "close":
            pass
        return said

    async def push(self, *, data: bytes | None = None, text: str | None = None) -> None:
        await self.socket.send_input({"type": "websocket.receive", "bytes": data, "text": text})

    async def send(self, data: bytes) -> dict[str, Any]:
        await self.push(data=data)
        return await self.next()

    async def hears_nothing(self, *, for_s: float) -> bool:
        return bool(await self.socket.receive_nothing(timeout=for_s))

    async def close(self, code: int = 1000) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": code})
        await self.socket.wait(timeout=5)
