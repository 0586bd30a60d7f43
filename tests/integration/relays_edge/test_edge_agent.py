"""The relay against a real WebSocket server: what it sends, what it drops, and what it never does."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import numpy as np
import pytest

from apps.relays.edge.agent import Agent, AgentConfig, ExitCode
from apps.relays.edge.camera import CameraConfig
from apps.relays.edge.jpeg import comments
from apps.relays.edge.sources import parse_source

KEY = "lfr1.herts.k7.s3cr3t-value"
CAMERA = UUID("00000000-0000-4000-8000-00000000000a")
OTHER = UUID("00000000-0000-4000-8000-00000000000b")


@pytest.fixture
def agent_for(tmp_path: Path) -> Callable[..., Agent]:
    def make(url: str, *videos: Path, **changes: Any) -> Agent:
        cameras = tuple(
            CameraConfig(camera, parse_source(str(video)))
            for camera, video in zip((CAMERA, OTHER), videos, strict=False)
        )
        values = {
            "once": True,
            "backoff_first_s": 0.1,
            "refused_retry_s": 0.2,
            "backoff_most_s": 0.5,
            **changes,
        }
        return Agent(AgentConfig(url=url, key=KEY, cameras=cameras, **values))

    return make


def counters(agent: Agent, camera: UUID = CAMERA) -> dict[str, Any]:
    found = agent.stats()["cameras"][str(camera)]
    assert found["read"] == found["sent"] + found["dropped"], "each frame is sent or dropped"
    assert found["dropped"] == sum(found["dropped_by"].values())
    return dict(found)


async def test_it_sends_the_newest_frames_at_no_more_than_the_rate(
    platform: Any, make_video: Callable[..., Path], agent_for: Callable[..., Agent]
) -> None:
    async with platform() as server:
        agent = agent_for(server.url, make_video(seconds=4), fps=6.0)
        assert await agent.run() is ExitCode.DONE
    assert server.authorizations == [f"Bearer {KEY}"]
    assert server.errors == []
    found = counters(agent)
    assert found["read"] == 48
    assert found["sent"] == len(server.frames)
    assert 15 <= found["sent"] <= 26, "half of the 12 a second"
    headers = [frame.header for frame in server.frames]
    assert all(header.camera_id == CAMERA for header in headers)
    assert [h.sequence for h in headers] == sorted({h.sequence for h in headers})
    assert all(0 <= frame.at - frame.header.captured_at < 1.0 for frame in server.frames)
    gaps = np.diff([header.captured_at for header in headers])
    assert np.median(gaps) == pytest.approx(1 / 6, abs=0.05)
    last = cv2.imdecode(np.frombuffer(server.frames[-1].jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert last.shape == (240, 320, 3)


async def test_without_credit_nothing_more_is_sent(
    platform: Any, conduct: Any, make_video: Callable[..., Path], agent_for: Callable[..., Agent]
) -> None:
    async with platform(conduct(credits=3, returned=0)) as server:
        agent = agent_for(
            server.url, make_video(seconds=3), make_video(seconds=3, name="b.mp4"), stats_path=None
        )
        running = asyncio.create_task(agent.run())
        async with asyncio.timeout(30):
            while not all(camera.capture.finished for camera in agent._cameras):
                await asyncio.sleep(0.05)
        agent.stop()
        await running
    assert len(server.frames) == 3
    both = [counters(agent), counters(agent, OTHER)]
    assert sum(found["sent"] for found in both) == 3
    assert sum(found["read"] for found in both) == 72


async def test_a_slow_platform_gets_new_frames_not_old_ones(
    platform: Any, conduct: Any, make_video: Callable[..., Path], agent_for: Callable[..., Agent]
) -> None:
    async with platform(conduct(credits=1, credit_every_s=0.5)) as server:
        agent = agent_for(server.url, make_video(seconds=5), fps=12.0)
        await agent.run()
    found = counters(agent)
    assert 5 <= len(server.frames) <= 12
    assert found["dropped_by"]["no_credit"] > 30
    assert max(frame.at - frame.header.captured_at for frame in server.frames) < 0.5, "the age does not grow"
    assert found["quality"] == 60, "credits ran short all the time"


async def test_credits_are_shared_fairly_between_cameras(
    platform: Any, conduct: Any, make_video: Callable[..., Path], agent_for: Callable[..., Agent]
) -> None:
    async with platform(conduct(credits=1, credit_every_s=0.1)) as server:
        agent = agent_for(server.url, make_video(seconds=4), make_video(seconds=4, name="b.mp4"), fps=12.0)
        await agent.run()
    sent = [counters(agent)["sent"], counters(agent, OTHER)["sent"]]
    assert min(sent) > 0.6 * max(sent)
    assert len(server.frames) == sum(sent)


async def test_a_lost_link_loses_what_was_seen_meanwhile(
    platform: Any, conduct: Any, make_video: Callable[..., Path], agent_for: Callable[..., Agent]
) -> None:
    """domain.md §2: nothing is buffered; recognition of the past would be outside the authority."""
    async with platform(conduct(close_after=5), conduct()) as server:
        agent = agent_for(server.url, make_video(seconds=6), backoff_first_s=1.5, backoff_most_s=1.5)
        assert await agent.run() is ExitCode.DONE
    assert len(server.authorizations) == 2
    lost, back = server.closed_at[0], server.connected_at[1]
    assert back - lost > 1.0
    captured = [frame.header.captured_at for frame in server.frames if frame.connection == 1]
    assert captured
    assert min(captured) > back - 0.4, "only the newest frame at most; none of the time without a link"
    assert counters(agent)["dropped_by"]["no_link"] >= 10
    sequences = [frame.header.sequence for frame in server.frames]
    assert sequences == sorted(set(sequences))


async def test_no_camera_is_decoded_before_the_platform_greets(
    platform: Any, conduct: Any, make_video: Callable[..., Path], agent_for: Callable[..., Agent]
) -> None:
    async with platform(conduct(close_after=0, close=(4403, "not live"))) as server:
        agent = agent_for(server.url, make_video(), exit_when_refused=True)
        assert await agent.run() is ExitCode.REFUSED
    assert counters(agent)["read"] == 0
    assert server.frames == []


@pytest.mark.parametrize(
    "refusal", [{"close_after": 0, "close": (4401, "unknown key")}, {"http_status": 403}]
)
async def test_a_refused_relay_says_why_and_tries_again_until_it_may(
    refusal: dict[str, Any],
    platform: Any,
    conduct: Any,
    make_video: Callable[..., Path],
    agent_for: Callable[..., Agent],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with platform(conduct(**refusal), conduct(**refusal), conduct()) as server:
        agent = agent_for(server.url, make_video(seconds=1))
        assert await agent.run() is ExitCode.DONE
    assert len(server.authorizations) == 3
    assert server.frames
    assert "unknown key" in caplog.text or "HTTP status 403" in caplog.text
    assert KEY not in caplog.text


async def test_a_suspension_in_the_middle_stops_it_at_once(
    platform: Any, conduct: Any, make_video: Callable[..., Path], agent_for: Callable[..., Agent]
) -> None:
    async with platform(conduct(close_after=4, close=(4403, "suspended"))) as server:
        agent = agent_for(server.url, make_video(seconds=4), exit_when_refused=True)
        assert await agent.run() is ExitCode.REFUSED
    assert len(server.frames) == 4
    assert agent.stats()["reason"] == "refused: 4403 suspended"


async def test_each_frame_carries_the_canary(
    platform: Any, make_video: Callable[..., Path], agent_for: Callable[..., Agent]
) -> None:
    async with platform() as server:
        await agent_for(server.url, make_video(seconds=1), canary=b"canary-5f1e").run()
    assert server.frames
    assert all(comments(frame.jpeg) == [b"canary-5f1e"] for frame in server.frames)


async def test_a_platform_that_is_away_is_waited_for(
    platform: Any, make_video: Callable[..., Path], agent_for: Callable[..., Agent]
) -> None:
    async with platform() as server:
        url = server.url
    agent = agent_for(url, make_video(seconds=1))
    running = asyncio.create_task(agent.run())
    async with asyncio.timeout(20):
        while "cannot connect" not in agent.stats()["reason"]:
            await asyncio.sleep(0.02)
    agent.stop()
    assert await running is ExitCode.DONE
    assert counters(agent)["read"] == 0


async def test_one_broken_camera_does_not_silence_the_other(
    tmp_path: Path, platform: Any, make_video: Callable[..., Path], agent_for: Callable[..., Agent]
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video" * 1000)
    async with platform() as server:
        agent = agent_for(server.url, make_video(seconds=2), broken)
        assert await agent.run() is ExitCode.CAMERA_FAILED
    assert {frame.header.camera_id for frame in server.frames} == {CAMERA}
    assert counters(agent, OTHER)["state"] == "failed"
    assert counters(agent, OTHER)["error"]


async def test_statistics_are_written_and_nothing_else(
    tmp_path: Path,
    platform: Any,
    make_video: Callable[..., Path],
    agent_for: Callable[..., Agent],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    video = make_video(seconds=2)
    async with platform() as server:
        agent = agent_for(server.url, video, stats_path=tmp_path / "stats.json")
        await agent.run()
    assert {path.name for path in tmp_path.iterdir()} == {video.name, "stats.json"}
    written = json.loads((tmp_path / "stats.json").read_text())
    assert written["cameras"][str(CAMERA)]["sent"] == len(server.frames)
    assert written["cameras"][str(CAMERA)]["state"] == "ended"
    assert KEY not in (tmp_path / "stats.json").read_text()
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("lfr", "websockets.client"))
    ]
    assert any("linked" in message for message in ours)
    assert not any("s3cr3t" in message for message in ours), (
        "not even at DEBUG, where websockets tells headers"
    )
