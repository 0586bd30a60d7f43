"""People walking past a camera: frames made of real photographs, put on the bus as the socket does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
from django.db import connections

from apps.core.clock import utc_now
from apps.live.data import ShardRef, StopReason
from apps.live.loop import ShardLoop
from apps.recognition import api as recognition
from apps.relays import framebus
from tests.support.live_stage import PACK, LiveStage
from tests.support.relay_frames import bus_frame

WIDTH, HEIGHT = 960, 540
FACE_PX = 110
PATIENCE_S = 90.0


def person(path: Path) -> np.ndarray:
    """Head and shoulders of the largest face of a photograph, scaled so that the face is `FACE_PX` wide."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert image is not None
    boxes = recognition.get_pack(PACK).detect(image, max_side=960).boxes
    x1, y1, x2, y2 = max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
    side = max(x2 - x1, y2 - y1)
    left, top = max(0, int(x1 - 0.6 * side)), max(0, int(y1 - 0.5 * side))
    crop = image[top : int(y2 + 0.6 * side), left : int(x2 + 0.6 * side)]
    scale = FACE_PX / (x2 - x1)
    return cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def walk(*people: np.ndarray, steps: int = 6) -> list[np.ndarray]:
    """(540, 960, 3) BGR frames in which these people walk abreast from the left to the right."""
    frames = []
    for step in range(steps):
        frame = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
        for place, picture in enumerate(people):
            height, width = picture.shape[:2]
            x = 20 + place * (WIDTH // max(len(people), 1)) + step * 18
            height, width = min(height, HEIGHT - 60), min(width, WIDTH - x)
            frame[40 : 40 + height, x : x + width] = picture[:height, :width]
        frames.append(frame)
    return frames


def wait_for(condition: Callable[[], object], *, within_s: float = PATIENCE_S) -> None:
    """Look again and again; fails when it does not come true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"nothing happened within {within_s} s"
        time.sleep(0.02)


class Camera:
    """Puts frames on the bus as the socket does: a new one only when the one before was taken."""

    def __init__(self, stage: LiveStage, camera_id: UUID, valkey) -> None:
        self.stage, self.camera_id, self.valkey = stage, camera_id, valkey
        self.sequence = 0
        self.stream = framebus.stream_key(stage.deployment_id, camera_id)

    def show(self, frame: np.ndarray) -> None:
        self.sequence += 1
        asyncio.run(
            framebus.publish(
                deployment_id=self.stage.deployment_id,
                frame=bus_frame(self.camera_id, self.sequence, frame),
                now=utc_now(),
            )
        )

    def taken(self) -> bool:
        return not self.valkey.exists(self.stream)

    def play(self, frames: Sequence[np.ndarray]) -> None:
        for frame in frames:
            self.show(frame)
            wait_for(self.taken)


class RunningLoop:
    """A recognition loop in a thread of its own, as in the worker's pool."""

    def __init__(self, stage: LiveStage, *, shard: int = 0, holder: str = "test worker") -> None:
        self.stop = threading.Event()
        self.reason: StopReason | None = None
        self.error: BaseException | None = None
        ref = ShardRef(force_id=stage.force.id, deployment_id=stage.deployment_id, shard=shard)
        self.loop = ShardLoop(ref=ref, holder=holder, stop=self.stop)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.reason = self.loop.run()
        except Exception as error:  # noqa: BLE001 - shown to the test, which runs in another thread
            self.error = error
        finally:
            connections.close_all()

    def join(self, *, within_s: float = 10) -> StopReason:
        self.thread.join(within_s)
        assert not self.thread.is_alive(), f"the loop still runs after {within_s} s"
        if self.error is not None:
            raise self.error
        assert self.reason is not None
        return self.reason


@contextmanager
def running(stage: LiveStage, **options) -> Iterator[RunningLoop]:
    """A loop that is stopped at the end, whatever happens."""
    loop = RunningLoop(stage, **options)
    loop.thread.start()
    try:
        yield loop
    finally:
        loop.stop.set()
        loop.thread.join(15)
        assert not loop.thread.is_alive()
        if loop.error is not None:
            raise loop.error
