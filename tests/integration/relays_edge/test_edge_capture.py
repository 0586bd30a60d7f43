"""A camera that hangs, ends, lies or asks for a password: the decoding process is killed and nothing
leaks."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from apps.relays.edge.capture import Capture, CaptureLimits, CaptureState, CaptureStatus
from apps.relays.edge.decode import Shot
from apps.relays.edge.sources import parse_source
from tests.support.children import children_of

SECRET = "hunter2"
# A camera that is silent for a second counts as hung here. Files are given longer: on a busy machine their
# decoder may well get no turn for a second.
HASTY = CaptureLimits(start_s=20, reply_s=1.0, hang_s=1.0, backoff_first_s=0.1, backoff_most_s=0.3)
PATIENT = CaptureLimits(start_s=20, backoff_first_s=0.1)


@pytest.fixture
def capture_of() -> Iterator[Callable[[str], Capture]]:
    made: list[Capture] = []

    def make(text: str) -> Capture:
        source = parse_source(text)
        made.append(Capture(source, HASTY if source.live else PATIENT))
        made[-1].start()
        return made[-1]

    yield make
    for capture in made:
        capture.stop()


async def take(
    capture: Capture, *, wait_s: float = 0.0, quality: int | None = 80
) -> tuple[CaptureStatus, Shot | None]:
    return await asyncio.wrap_future(capture.ask(wait_s=wait_s, quality=quality))


async def play_out(capture: Capture) -> list[Shot]:
    shots = []
    async with asyncio.timeout(60):
        while not capture.finished:
            status, _ = await take(capture, wait_s=0.2, quality=None)
            _, shot = await take(capture) if status.fresh else (status, None)
            if shot is not None:
                shots.append(shot)
    return shots


def brightness(shot: Shot) -> int:
    image = cv2.imdecode(np.frombuffer(shot.jpeg, np.uint8), cv2.IMREAD_COLOR)
    return int(image[200, 300].mean())


async def test_a_file_is_played_once_in_its_own_time(
    make_video: Callable[..., Path], capture_of: Callable[[str], Capture]
) -> None:
    capture = capture_of(str(make_video(seconds=3)))
    shots = await play_out(capture)
    assert capture.status.state is CaptureState.ENDED
    assert capture.status.frames_read == 36
    assert capture.status.reopened == 0
    numbers = [shot.number for shot in shots]
    assert numbers == sorted(set(numbers))
    assert shots[-1].captured_at - shots[0].captured_at == pytest.approx(
        (numbers[-1] - numbers[0]) / 12, abs=0.25
    )
    for shot in (shots[0], shots[-1]):
        assert (shot.width, shot.height) == (320, 240)
        assert brightness(shot) == pytest.approx((shot.number - 1) * 5 % 250, abs=12)


async def test_only_the_newest_frame_is_kept(
    make_video: Callable[..., Path], capture_of: Callable[[str], Capture], eventually: Any
) -> None:
    capture = capture_of(str(make_video(seconds=6)))
    await eventually(lambda: capture.status.frames_read >= 24)
    first = (await take(capture))[1]
    assert first is not None
    assert first.number >= 24, "the frames before were not asked for and are gone"
    assert time.time() - first.captured_at < 1.0
    second = (await take(capture, wait_s=0.5))[1]
    assert second is not None
    assert second.number > first.number


async def test_a_frame_is_given_once(
    make_video: Callable[..., Path], capture_of: Callable[[str], Capture]
) -> None:
    capture = capture_of(str(make_video(seconds=0.5, rate=2)))
    shots = await play_out(capture)
    assert len(shots) == 1
    assert await take(capture) == (capture.status, None)


async def test_a_camera_is_read_over_rtsp(
    rtsp_camera: Any, capture_of: Callable[[str], Capture], eventually: Any
) -> None:
    capture = capture_of(f"rtsp://127.0.0.1:{rtsp_camera.port}/stream")
    await eventually(lambda: capture.status.frames_read >= 10)
    shot = (await take(capture, wait_s=1.0))[1]
    assert shot is not None
    assert (shot.width, shot.height) == (320, 240)
    assert time.time() - shot.captured_at < 1.0


async def test_a_read_that_hangs_is_killed_and_the_camera_opened_again(
    rtsp_camera: Any, capture_of: Callable[[str], Capture], eventually: Any, caplog: pytest.LogCaptureFixture
) -> None:
    rtsp_camera.silent_after = 40
    capture = capture_of(f"rtsp://127.0.0.1:{rtsp_camera.port}/stream")
    await eventually(lambda: capture.status.frames_read >= 20)
    (first,) = children_named("spawn_main")
    await eventually(lambda: capture.status.reopened >= 1)
    before = capture.status.frames_read
    rtsp_camera.silent_after = None
    await eventually(lambda: capture.status.frames_read > before)
    assert rtsp_camera.clients >= 2
    assert not Path(f"/proc/{first}").exists(), "the hung process is gone"
    assert "no frame for" in caplog.text


async def test_a_camera_that_never_answers_does_not_block_anything(
    rtsp_camera: Any, capture_of: Callable[[str], Capture], eventually: Any
) -> None:
    rtsp_camera.silent_after = 0
    capture = capture_of(f"rtsp://admin:{SECRET}@127.0.0.1:{rtsp_camera.port}/stream")
    await eventually(lambda: capture.status.reopened >= 2)
    async with asyncio.timeout(25):
        shot = (await take(capture))[1]
    assert shot is None
    assert not capture.finished, "a camera is never given up"
    started = time.monotonic()
    await asyncio.to_thread(capture.stop)
    assert time.monotonic() - started < 1.0
    assert not children_named("spawn_main")


def children_named(word: str) -> list[int]:
    found = []
    for pid in children_of():
        try:
            if word in Path(f"/proc/{pid}/cmdline").read_text():
                found.append(pid)
        except OSError:
            continue
    return found


async def test_a_password_is_in_no_error_no_log_and_no_process_list(
    rtsp_camera: Any,
    capture_of: Callable[[str], Capture],
    eventually: Any,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    closed_port = rtsp_camera.port
    await rtsp_camera.stop()
    capture = capture_of(f"rtsp://admin:{SECRET}@127.0.0.1:{closed_port}/live?password={SECRET}")
    await eventually(lambda: capture.status.reopened >= 1)
    told = capfd.readouterr()
    everything = f"{capture.status} {capture.ask().result(20)} {caplog.text} {told.out} {told.err}"
    assert "Connection refused" in everything
    for pid in children_of():
        everything += Path(f"/proc/{pid}/cmdline").read_text() if Path(f"/proc/{pid}").exists() else ""
    assert SECRET not in everything
    assert "admin" not in everything


async def test_what_is_no_video_is_given_up_after_three_attempts(
    tmp_path: Path, capture_of: Callable[[str], Capture], eventually: Any
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(os.urandom(50_000))
    capture = capture_of(str(path))
    await eventually(lambda: capture.finished, within_s=60)
    assert capture.status.state is CaptureState.FAILED
    assert capture.status.error
    assert str(tmp_path) not in capture.status.error


async def test_a_playlist_cannot_make_it_open_something_else(
    tmp_path: Path, capture_of: Callable[[str], Capture], eventually: Any, make_video: Callable[..., Path]
) -> None:
    """FFmpeg's concat list would read any file, and its HLS playlist any address."""
    name_of_video = make_video().name
    playlist = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n"
    for name, text in (
        ("list.ffconcat", f"ffconcat version 1.0\nfile {name_of_video}\n"),
        ("play.m3u8", playlist.format(name_of_video)),
    ):
        (tmp_path / name).write_text(text)
        capture = capture_of(str(tmp_path / name))
        await eventually(lambda capture=capture: capture.finished, within_s=60)
        assert capture.status.frames_read == 0


async def test_a_file_whose_process_dies_goes_on_where_it_was(
    make_video: Callable[..., Path], capture_of: Callable[[str], Capture], eventually: Any
) -> None:
    capture = capture_of(str(make_video(seconds=5)))
    await eventually(lambda: capture.status.frames_read >= 24)
    (process,) = children_named("spawn_main")
    os.kill(process, 9)
    await play_out(capture)
    assert capture.status.state is CaptureState.ENDED
    assert capture.status.reopened == 1
    assert 55 <= capture.status.frames_read <= 66, "played on, not from the start"
