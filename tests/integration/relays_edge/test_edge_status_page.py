"""The page at the van: to this machine only, and it gives nothing away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest

from apps.relays.edge.command import read_config
from apps.relays.edge.counters import DropReason
from apps.relays.edge.status_page import _DROPS, _STATES, PortTaken, Snapshot, StatusPage, page
from apps.relays.edge.uplink import CameraHealth
from apps.relays.edge.usage import UsageError
from apps.relays.edge.words import CaptureState, Fault

CAMERA = UUID(int=31)


def health(**changes: Any) -> CameraHealth:
    values = {
        "state": CaptureState.READING,
        "reopened": 0,
        "error": Fault.NONE,
        "quality": 80,
        "age_ms": 41,
        "sent": 1234,
        "dropped_by": {DropReason.RATE: 1100, DropReason.STALE: 0},
        "fps": 5.9,
        **changes,
    }
    return CameraHealth(**values)


def snapshot(*cameras: CameraHealth, **changes: Any) -> Snapshot:
    values: dict[str, Any] = {
        "linked": True,
        "reason": "",
        "connections": 1,
        "uptime_s": 3720,
        "offset_ms": 12,
        "rtt_ms": 30,
        "cameras": [(str(CAMERA), "rtsp://camera-7:554/…", camera) for camera in cameras or (health(),)],
        **changes,
    }
    return Snapshot(**values)


@pytest.fixture
async def served() -> AsyncIterator[StatusPage]:
    served = StatusPage(snapshot)
    await served.open(0)
    yield served
    await served.close()


@pytest.fixture
def ask(served: StatusPage) -> Callable[..., Any]:
    async def ask(text: str, host: str | None = None) -> tuple[int, str, str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        host = f"127.0.0.1:{served.port}" if host is None else host
        writer.write(f"{text} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
        return int(head.split(" ")[1]), head, body

    return ask


async def test_it_says_in_plain_words_how_it_goes(ask: Callable[..., Any]) -> None:
    status, head, body = await ask("GET /")
    assert status == 200
    assert "every camera gives pictures" in body
    assert "0.012 s behind the platform" in body
    assert "1,234" in body
    assert "1 h 2 min" in body
    assert "no-store" in head
    assert "default-src 'none'" in head
    assert "<script" not in body
    assert 'http-equiv="refresh"' in body
    _, _, told = await ask("GET /status.json")
    assert json.loads(told)["cameras"][str(CAMERA)]["sent"] == 1234


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
async def test_a_name_bound_to_this_machine_by_somebody_else_reads_nothing(
    host: str, served: StatusPage, ask: Callable[..., Any]
) -> None:
    status, _, body = await ask("GET /", host.format(port=served.port))
    assert status == 421
    assert "Relay" not in body


async def test_two_hosts_are_one_too_many(served: StatusPage, ask: Callable[..., Any]) -> None:
    good = f"localhost:{served.port}"
    assert (await ask("GET /", good))[0] == 200
    assert (await ask("GET /", f"{good}\r\nHost: evil.example"))[0] == 421


@pytest.mark.parametrize(("request_line", "status"), [("POST /", 405), ("GET /../etc/passwd", 404)])
async def test_it_does_nothing_else(request_line: str, status: int, ask: Callable[..., Any]) -> None:
    assert (await ask(request_line))[0] == status


async def test_a_flood_of_open_connections_and_a_huge_request_do_not_stop_it(
    served: StatusPage, ask: Callable[..., Any]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 4000)
    assert await reader.read() == b"", "closed without an answer"
    writer.close()
    silent = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(20)]
    for _, idle in silent:
        idle.close()
        await idle.wait_closed()
    async with asyncio.timeout(20):
        while served._serving:
            await asyncio.sleep(0.01)
    assert (await ask("GET /"))[0] == 200


async def test_it_listens_on_the_loopback_address_only(served: StatusPage) -> None:
    assert served._server is not None
    assert {name[0] for name in (socket.getsockname() for socket in served._server.sockets)} == {"127.0.0.1"}
    again = StatusPage(snapshot)
    with pytest.raises(PortTaken):
        await again.open(served.port)


@pytest.mark.parametrize("port", ["80", "0", "70000", "-1"])
def test_a_port_that_is_none_of_its_own_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LFR_RELAY_KEY", "lfr1.a.b.c")
    camera = f"{CAMERA}=rtsp://camera/"
    with pytest.raises(UsageError, match="status-port"):
        read_config(["--url", "wss://platform/", "--camera", camera, "--status-port", port])


def test_what_is_wrong_comes_first_and_is_escaped() -> None:
    shown = page(
        snapshot(
            health(state=CaptureState.WAITING, error=Fault.UNREACHABLE),
            linked=False,
            reason="refused: <b>4403</b>",
            offset_ms=-90_000,
        )
    )
    assert "No link to the platform: refused: &lt;b&gt;4403" in shown
    assert f"No picture from rtsp://camera-7:554/… (camera {str(CAMERA)[:8]})" in shown
    assert "90.000 s ahead of the platform" in shown
    assert "unreachable" in shown
    assert "every camera gives pictures" not in shown


def test_every_word_has_its_sentence() -> None:
    assert set(_DROPS) == {reason.value for reason in DropReason}
    assert set(_STATES) == set(CaptureState)
