"""Thousands of frames: memory, handles, threads and tasks at the end are those at the start."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest

from apps.relays.edge.agent import Agent
from apps.relays.edge.camera import CameraConfig
from apps.relays.edge.capture import CaptureStatus
from apps.relays.edge.config import AgentConfig
from apps.relays.edge.decode import Shot
from apps.relays.edge.sources import parse_source
from apps.relays.edge.words import CaptureState, Fault

JPEG = cv2.imencode(".jpg", np.zeros((240, 320, 3), np.uint8))[1].tobytes()
FRAMES, FIRST = 4_000, 1_000


class FastSource:
    """In place of a capture: always a newer frame, as fast as it is asked."""

    def __init__(self) -> None:
        self.number = 0
        self.finished = False

    @property
    def status(self) -> CaptureStatus:
        return CaptureStatus(
            CaptureState.READING, frames_read=self.number, reopened=0, error="", fresh=True, fault=Fault.NONE
        )

    def start(self) -> None:
        pass

    def stop(self) -> None:
        self.finished = True

    def ask(
        self, *, wait_s: float = 0.0, quality: int | None = None
    ) -> Future[tuple[CaptureStatus, Shot | None]]:
        answer: Future[tuple[CaptureStatus, Shot | None]] = Future()
        shot = None
        if quality is not None:
            self.number += 2  # one passed by meanwhile
            shot = Shot(number=self.number, captured_at=time.time(), width=320, height=240, jpeg=JPEG)
        answer.set_result((self.status, shot))
        return answer


def held() -> dict[str, int]:
    gc.collect()
    return {
        "blocks": sys.getallocatedblocks(),
        "handles": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks()),
    }


async def test_nothing_grows(platform: Any, conduct: Any, eventually: Any, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    cameras = tuple(
        CameraConfig(UUID(int=number), parse_source(str(tmp_path / "a.mp4"))) for number in (51, 52)
    )
    async with platform(conduct(reports=True, credits=8)) as server:
        server.frames = Forgetful()
        server.health = Forgetful()
        agent = Agent(
            AgentConfig(url=server.url, key="lfr1.a.b.c", cameras=cameras, fps=100_000.0, health_every_s=0.02)
        )
        for camera in agent._cameras:
            camera.capture = FastSource()  # type: ignore[assignment] # it stands in
        running = asyncio.create_task(agent.run())
        try:
            await eventually(lambda: server.frames.count >= FIRST, within_s=120)
            before = held()
            await eventually(lambda: server.frames.count >= FRAMES, within_s=120)
            after = held()
        finally:
            agent.stop()
            await running
    assert server.health.count > 10
    counted = [camera.counters for camera in agent._cameras]
    assert all(0 <= counters.dropped - counters.sent <= 4 for counters in counted), "every second one"
    grown = {name: after[name] - before[name] for name in before}
    assert grown.pop("blocks") < (FRAMES - FIRST) / 5, "not one object for every fifth frame"
    assert all(abs(number) <= 3 for number in grown.values()), grown


class Forgetful(list[Any]):
    """Counts what is appended and keeps the last only: what the test holds must not hide what leaks."""

    count = 0

    def append(self, item: Any) -> None:
        self.count += 1
        self[:] = [item]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING", "lfr")
