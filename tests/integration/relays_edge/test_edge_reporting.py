"""What the relay tells a platform that listens, what it does with the answers, and that an old one is left
alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from apps.relays.edge import wire
from apps.relays.edge.agent import Agent
from apps.relays.edge.camera import CameraConfig
from apps.relays.edge.config import AgentConfig
from apps.relays.edge.counters import DropReason
from apps.relays.edge.sources import parse_source
from apps.relays.edge.words import CaptureState, Fault

KEY = "lfr1.herts.k7.s3cr3t-value"
CAMERA, OTHER = UUID(int=21), UUID(int=22)


@pytest.fixture
async def running() -> AsyncIterator[Callable[..., Agent]]:
    made: list[tuple[Agent, asyncio.Task[Any]]] = []

    def start(url: str, *sources: str, **changes: Any) -> Agent:
        cameras = tuple(
            CameraConfig(camera, parse_source(text))
            for camera, text in zip((CAMERA, OTHER), sources, strict=False)
        )
        agent = Agent(AgentConfig(url=url, key=KEY, cameras=cameras, health_every_s=0.3, **changes))
        made.append((agent, asyncio.create_task(agent.run())))
        return agent

    yield start
    for agent, task in made:
        agent.stop()
        await task


async def test_health_offset_and_pace(
    platform: Any,
    conduct: Any,
    make_video: Callable[..., Path],
    running: Callable[..., Agent],
    eventually: Any,
) -> None:
    async with platform(conduct(reports=True, clock_ahead_s=90.0, pace=1.0)) as server:
        agent = running(server.url, str(make_video(seconds=30)), fps=12.0)
        await eventually(lambda: len(server.health) >= 2)
        await eventually(lambda: agent._cameras[0].counters.dropped_by[DropReason.PACE] > 12)
        sent = sum(1 for frame in server.frames if frame.at > server.paced_at[0] + 0.5)
        assert sent <= 1 + (server.frames[-1].at - server.paced_at[0]) * 1.0 + 1, "one a second, and no more"
        snapshot = agent.snapshot()
    first, last = server.health[0], server.health[-1]
    assert first.offset_ms is None, "nothing was measured when the link came up"
    assert last.offset_ms == pytest.approx(90_000, abs=(last.rtt_ms or 0) / 2 + 2)
    camera = last.cameras[CAMERA]
    assert camera.state is CaptureState.READING
    assert camera.error is Fault.NONE
    assert camera.quality == 80, "fewer frames, not worse ones"
    assert camera.sent > 0
    assert snapshot.offset_ms == pytest.approx(90_000, abs=(snapshot.rtt_ms or 0) / 2 + 2)
    assert any("behind" in trouble for trouble in snapshot.troubles())
    assert server.errors == []


async def test_a_camera_that_is_away_is_reported_by_a_closed_word(
    platform: Any,
    conduct: Any,
    rtsp_camera: Any,
    make_video: Callable[..., Path],
    running: Callable[..., Agent],
    eventually: Any,
) -> None:
    address = f"rtsp://admin:hunter2@127.0.0.1:{rtsp_camera.port}/live?password=hunter2"
    await rtsp_camera.stop()
    async with platform(conduct(reports=True)) as server:
        agent = running(server.url, str(make_video(seconds=30)), address)
        await eventually(
            lambda: server.health and server.health[-1].cameras[OTHER].error is Fault.UNREACHABLE
        )
        await eventually(lambda: server.frames)  # the other camera goes on
        told = f"{server.health} {agent.snapshot()} {agent.stats()} {agent.status_line()}"
    assert "hunter2" not in told
    assert "admin" not in told


async def test_messages_of_a_newer_platform_are_passed_over(
    platform: Any,
    conduct: Any,
    make_video: Callable[..., Path],
    running: Callable[..., Agent],
    eventually: Any,
) -> None:
    async with platform(conduct(greeting_extra=('{"type":"moon"}',))) as server:
        running(server.url, str(make_video(seconds=30)))
        await eventually(lambda: len(server.frames) >= 3)
        assert len(server.authorizations) == 1
        assert server.errors == [], "and a platform that does not listen is told nothing"
        assert server.health == []


async def test_a_pace_does_not_outlive_its_connection(
    platform: Any,
    conduct: Any,
    make_video: Callable[..., Path],
    running: Callable[..., Agent],
    eventually: Any,
) -> None:
    told = conduct(greeting_extra=(wire.pace(fps=0.1),), close_after=1)
    async with platform(told, conduct()) as server:
        running(server.url, str(make_video(seconds=60)), backoff_first_s=0.1)
        await eventually(lambda: sum(1 for frame in server.frames if frame.connection == 1) >= 4)
    assert len(server.authorizations) == 2
