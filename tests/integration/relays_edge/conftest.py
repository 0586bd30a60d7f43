"""The other ends of the relay: a platform that keeps what it is sent, a video file, an RTSP camera."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from apps.relays.edge import wire
from apps.relays.edge.wire import FrameHeader

FRAME_RATE = 12


@dataclass(frozen=True)
class Conduct:
    """How the platform treats one connection.

    returned: credits given back per frame. close_after: frames until it closes; 0 is at once, before any
    greeting. credit_every_s: hand back no sooner than this. reports: it reads what a relay says of itself;
    clock_ahead_s is then how far its clock is from the relay's. pace: said when the first report has come.
    """

    credits: int = 4
    returned: int = 1
    credit_every_s: float = 0.0
    close_after: int | None = None
    close: tuple[int, str] = (1011, "")
    http_status: int | None = None
    reports: bool = False
    clock_ahead_s: float = 0.0
    pace: float | None = None
    greeting_extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Received:
    at: float
    connection: int
    header: FrameHeader
    jpeg: bytes


@dataclass
class Platform:
    """A WebSocket server. Connection n is treated as conducts[n], the last one for all that follow."""

    conducts: list[Conduct]
    frames: list[Received] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    connected_at: list[float] = field(default_factory=list)
    closed_at: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    closed_with: list[int | None] = field(default_factory=list)
    health: list[wire.RelayHealth] = field(default_factory=list)
    paced_at: list[float] = field(default_factory=list)
    server: Server | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"ws://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/ws/relay/"

    def _conduct(self, number: int) -> Conduct:
        return self.conducts[min(number, len(self.conducts) - 1)]

    def answer_http(self, connection: ServerConnection, request: object) -> object:
        status = self._conduct(len(self.authorizations)).http_status
        if status is None:
            return None
        self.authorizations.append("")
        return connection.respond(status, "no\n")

    async def handle(self, link: ServerConnection) -> None:
        number = len(self.authorizations)
        conduct = self._conduct(number)
        assert link.request is not None
        self.authorizations.append(link.request.headers.get("Authorization", ""))
        self.connected_at.append(time.time())
        try:
            await self._converse(link, conduct, number)
        finally:
            self.closed_at.append(time.time())
            await link.wait_closed()
            self.closed_with.append(link.close_code)

    async def _converse(self, link: ServerConnection, conduct: Conduct, number: int) -> None:
        if conduct.close_after == 0:
            await link.close(*conduct.close)
            return
        await link.send(wire.hello(credits=conduct.credits, reports=conduct.reports))
        for text in conduct.greeting_extra:
            await link.send(text)
        taken = 0
        async for message in link:
            if isinstance(message, str) and conduct.reports:
                await self._hear(link, conduct, message)
                continue
            try:
                header, jpeg = wire.unpack(message if isinstance(message, bytes) else b"")
            except wire.WireError as error:
                self.errors.append(error.code)
                continue
            self.frames.append(Received(time.time(), number, header, jpeg))
            taken += 1
            if taken == conduct.close_after:
                await link.close(*conduct.close)
                return
            await link.send(wire.ack(sequence=header.sequence))
            await asyncio.sleep(conduct.credit_every_s)
            if conduct.returned:
                await link.send(wire.credit(n=conduct.returned))

    async def _hear(self, link: ServerConnection, conduct: Conduct, text: str) -> None:
        uplink = wire.parse_uplink(text)
        if uplink.health is None:
            now_us = int((time.time() + conduct.clock_ahead_s) * 1_000_000)
            await link.send(wire.clock_answer(sent_us=uplink.sent_us, at_us=now_us))
            return
        self.health.append(uplink.health)
        if conduct.pace is not None and not self.paced_at:
            await link.send(wire.pace(fps=conduct.pace))
            self.paced_at.append(time.time())


@pytest.fixture
def platform() -> Callable[..., contextlib.AbstractAsyncContextManager[Platform]]:
    @contextlib.asynccontextmanager
    async def start(*conducts: Conduct) -> AsyncIterator[Platform]:
        made = Platform(conducts=list(conducts) or [Conduct()])
        async with serve(
            made.handle, "127.0.0.1", 0, process_request=made.answer_http, max_size=wire.MAX_MESSAGE_BYTES
        ) as made.server:
            yield made

    return start


def picture(number: int, *, width: int = 320, height: int = 240) -> np.ndarray:
    """Frame `number` of the test video, BGR: its number is its brightness, so that a frame can be
    recognised."""
    image = np.full((height, width, 3), (number * 5) % 250, dtype=np.uint8)
    image[: height // 2, : width // 2] = 255 - image[0, 0]
    return image


@pytest.fixture
def make_video(tmp_path: Path) -> Callable[..., Path]:
    def make(*, seconds: float = 2.0, name: str = "a.mp4", rate: int = FRAME_RATE) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=rate)
            stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
            for number in range(int(seconds * rate)):
                frame = av.VideoFrame.from_ndarray(picture(number), format="bgr24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return make


class RtspCamera:
    """An RTSP camera over TCP: MPEG-4 video as RFC 3016 packets, interleaved. It can go silent and come
    back."""

    def __init__(self) -> None:
        self.clients = 0
        self.requests: list[str] = []
        self.silent_after: int | None = None  # frames on each connection; 0: it does not even answer
        self.hang_up_after: int | None = None  # frames on each connection
        self._server: asyncio.Server | None = None
        codec = av.CodecContext.create("mpeg4", "w")
        codec.width, codec.height, codec.pix_fmt = 320, 240, "yuv420p"
        codec.framerate, codec.time_base = Fraction(FRAME_RATE), Fraction(1, FRAME_RATE)
        codec.gop_size = 6
        self._units = [
            bytes(packet)
            for number in range(48)
            for packet in codec.encode(av.VideoFrame.from_ndarray(picture(number), format="bgr24"))
        ]

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._client, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.requests.append(request)
                if self.silent_after == 0:
                    continue
                method = request.split(" ")[0]
                writer.write(self._reply(method, request))
                if method == "PLAY":
                    await self._play(writer)
        writer.close()

    def _reply(self, method: str, request: str) -> bytes:
        number = next(line for line in request.split("\r\n") if line.lower().startswith("cseq:"))
        head = f"RTSP/1.0 200 OK\r\n{number}\r\nSession: 1\r\n"
        body = ""
        if method == "OPTIONS":
            head += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        if method == "SETUP":
            head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        if method == "DESCRIBE":
            body = (
                "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                "m=video 0 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\na=control:track1\r\n"
            )
            head += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        return (head + "\r\n" + body).encode()

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        sequence = 0
        for number in range(10_000):
            if number == self.silent_after:
                await asyncio.Event().wait()  # the camera hangs: connected, and never a byte more
            if number == self.hang_up_after:
                raise ConnectionResetError
            unit = self._units[number % len(self._units)]
            for start in range(0, len(unit), 1200):
                last = start + 1200 >= len(unit)
                rtp = bytes([0x80, 96 | (0x80 if last else 0)]) + sequence.to_bytes(2, "big")
                rtp += (number * 90_000 // FRAME_RATE).to_bytes(4, "big") + (7).to_bytes(4, "big")
                rtp += unit[start : start + 1200]
                writer.write(b"$\x00" + len(rtp).to_bytes(2, "big") + rtp)
                sequence = (sequence + 1) % 65_536
            await writer.drain()
            await asyncio.sleep(1 / FRAME_RATE)


@pytest.fixture
async def rtsp_camera() -> AsyncIterator[RtspCamera]:
    camera = RtspCamera()
    await camera.start()
    yield camera
    await camera.stop()


async def eventually(true: Callable[[], bool], *, within_s: float = 30.0) -> None:
    """Wait until it holds; the test fails when it does not within the time (which is not what is
    measured)."""
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.02)


@pytest.fixture(name="eventually")
def eventually_fixture() -> Callable[..., object]:
    return eventually


@pytest.fixture
def conduct() -> type[Conduct]:
    return Conduct
