"""The relay as a process: how it ends, what others on the machine can see of it, what it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.support.children import children_of

KEY = "lfr1.herts.k7.s3cr3t-value"
CAMERA = UUID(int=10)
ROOT = Path(__file__).resolve().parents[3]

Start = Callable[..., Any]


@pytest.fixture
async def start_relay(tmp_path: Path) -> AsyncIterator[Start]:
    started: list[asyncio.subprocess.Process] = []
    away = tmp_path / "home"
    away.mkdir()

    async def start(url: str, video: Path, *more: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "apps.relays.edge", "--url", url, "--camera", f"{CAMERA}={video}", *more),
            cwd=away,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"LFR_RELAY_KEY": KEY, "PYTHONPATH": str(ROOT), "HOME": str(away), "TMPDIR": str(away)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_plays_a_file_and_exits(
    tmp_path: Path, platform: Any, make_video: Callable[..., Path], start_relay: Start
) -> None:
    async with platform() as server:
        process = await start_relay(
            server.url, make_video(seconds=2), "--once", "--canary", "canary-1", "--fps", "12"
        )
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, output.decode()
    assert len(server.frames) > 12
    assert b"sent" in output
    assert KEY.encode() not in output
    assert list((tmp_path / "home").rglob("*")) == [], "nothing is written, to no temporary file either"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_within_a_second_and_no_process_stays(
    number: signal.Signals,
    platform: Any,
    make_video: Callable[..., Path],
    start_relay: Start,
    eventually: Any,
) -> None:
    async with platform() as server:
        process = await start_relay(server.url, make_video(seconds=30))
        await eventually(lambda: len(server.frames) >= 3)
        decoders = children_of(process.pid)
        assert decoders
        asked = time.monotonic()
        process.send_signal(number)
        await asyncio.wait_for(process.wait(), 10)
        assert time.monotonic() - asked < 1.0
        await eventually(lambda: server.closed_with == [1001])  # it says that it goes
    assert process.returncode == 0
    await eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in decoders))


async def test_killed_outright_it_takes_its_decoder_with_it(
    platform: Any, make_video: Callable[..., Path], start_relay: Start, eventually: Any
) -> None:
    async with platform() as server:
        process = await start_relay(server.url, make_video(seconds=30))
        await eventually(lambda: len(server.frames) >= 1)
        decoders = children_of(process.pid)
        process.kill()
        await eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in decoders), within_s=10)


async def test_the_key_is_in_no_process_list_and_no_decoder(
    platform: Any, make_video: Callable[..., Path], start_relay: Start, eventually: Any
) -> None:
    async with platform() as server:
        process = await start_relay(server.url, make_video(seconds=30))
        await eventually(lambda: len(server.frames) >= 1)
        seen = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        for child in children_of(process.pid):
            seen += Path(f"/proc/{child}/cmdline").read_bytes()
            with contextlib.suppress(PermissionError):  # only root may look, and even root finds nothing
                seen += Path(f"/proc/{child}/environ").read_bytes()
    assert b"s3cr3t" not in seen


async def test_a_refusal_is_an_exit_code_when_asked_for(
    platform: Any, conduct: Any, make_video: Callable[..., Path], start_relay: Start
) -> None:
    async with platform(conduct(close_after=0, close=(4403, "deployment is not live"))) as server:
        process = await start_relay(server.url, make_video(), "--exit-when-refused")
        output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 3
    assert b"4403 deployment is not live" in output


async def test_without_a_key_it_does_not_start(make_video: Callable[..., Path]) -> None:
    camera = f"{CAMERA}={make_video()}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "apps.relays.edge", "--url", "ws://127.0.0.1:9/", "--camera", camera),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    assert b"no key" in output
    assert b"Traceback" not in output
