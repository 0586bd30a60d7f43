"""What `bench.many` puts in place of cameras and of the engine. SIMULATED: nothing here recognises anybody.

`worker` runs the product's own recognition loops, one thread a shard, with a pipeline that looks at no
picture: it counts each frame, and now and then says that it saw somebody, whose made-up template is that of a
listed person. Leases, authority, seal, search, alerts, audit and pushes are real. `relays` sends one made-up
picture over real sockets, with real keys, as often as it is told. Both read their work as JSON on standard
input and work until that is closed.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import threading
import time
from typing import Any
from uuid import UUID, uuid4

import numpy as np

SIZE = (1280, 720)


def noise_jpeg(kib: int) -> bytes:
    """A picture of nothing, of about this size."""
    import cv2

    rng = np.random.default_rng(3)
    image = cv2.resize(rng.integers(0, 255, (90, 160, 3), np.uint8), SIZE, interpolation=cv2.INTER_CUBIC)
    image = cv2.add(image, rng.integers(0, 24, image.shape, np.uint8))
    best = b""
    for quality in range(10, 100, 5):
        best = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(best) >= kib * 1024:
            break
    return best


class SimulatedPipeline:
    """In place of ShardPipeline, in this process only."""

    templates: np.ndarray = np.empty((0, 128), np.float32)
    alert_every_s = 30.0

    def __init__(self, pack: Any, config: Any = None, zones: Any = None) -> None:
        self._next_at = time.monotonic() + random.uniform(0.5, 1.0) * self.alert_every_s
        self._face = np.zeros((160, 128, 3), np.uint8)

    def use_zones(self, zones: Any) -> frozenset[str]:
        return frozenset()

    def reset(self, camera_id: str | None = None) -> None:
        return

    def is_confirmed(self, probe: Any) -> bool:
        return True

    def settle(self, camera_id: str, track_id: str) -> None:
        return

    def process(self, frames: Any) -> Any:
        from apps.recognition.engine.data import BatchResult, CameraCount

        probes = []
        if time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + random.uniform(0.5, 1.5) * self.alert_every_s
            probes = [self._probe(frames[0])]
        counts = tuple(CameraCount(frame.camera_id, 1, 0, 0, 0, 0) for frame in frames)
        return BatchResult(probes, 0, 0, 0, counts)

    def _probe(self, frame: Any) -> Any:
        from apps.recognition.engine.data import Probe, Quality

        template = self.templates[random.randrange(len(self.templates))]
        quality = Quality.__new__(Quality)  # not looked at
        return Probe(
            frame.camera_id, uuid4().hex, frame.captured_at, template, self._face, (0, 0, 9, 9), quality
        )


def worker(job: dict[str, Any]) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    from apps.live import loop
    from apps.live.data import ShardRef
    from apps.recognition.engine.data import Frame

    settings.LFR_SUBJECT_COOL_DOWN_S = 0
    SimulatedPipeline.templates = np.array(job["templates"], np.float32)
    SimulatedPipeline.alert_every_s = job["alert_every_s"]
    blank = np.zeros((1, 1, 3), np.uint8)

    def undecoded(frame: Any) -> Frame:
        return Frame(str(frame.camera_id), frame.sequence, frame.captured_at.timestamp(), blank)

    loop.ShardPipeline = SimulatedPipeline  # type: ignore[assignment, attr-defined, misc]
    loop.decode = undecoded  # type: ignore[assignment, attr-defined]
    loop.recognition.get_pack = lambda pack_id: None  # type: ignore[assignment, attr-defined, return-value]
    stop = threading.Event()

    def one(force: str, deployment: str) -> None:
        ref = ShardRef(force_id=UUID(force), deployment_id=UUID(deployment), shard=0)
        while not stop.is_set():
            loop.ShardLoop(ref=ref, holder=f"simulated {deployment[:8]}", stop=stop).run()
            stop.wait(1.0)
        connections.close_all()

    threads = [threading.Thread(target=one, args=each) for each in job["shards"]]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join(10)


async def _relay(
    url: str, key: str, cameras: list[str], jpeg: bytes, fps: float, counts: dict[str, int]
) -> None:
    from websockets.asyncio.client import connect

    from apps.relays.edge.wire import FrameHeader, pack, parse_control

    async with connect(
        url, additional_headers={"Authorization": f"Bearer {key}"}, compression=None, ping_interval=None
    ) as link:
        credits = asyncio.Semaphore(parse_control(str(await link.recv())).credits)

        async def listen() -> None:
            async for message in link:
                if json.loads(message).get("type") == "credit":
                    for _ in range(json.loads(message)["n"]):
                        credits.release()

        listener = asyncio.create_task(listen())
        due, sequence = time.monotonic() + random.random() / fps, 0
        try:
            while True:
                await asyncio.sleep(due - time.monotonic())
                due = max(due + 1 / fps, time.monotonic())
                sequence += 1
                for camera in cameras:
                    if credits.locked():
                        counts["no_credit"] += 1
                        continue
                    await credits.acquire()
                    at = int(time.time() * 1e6)
                    header = FrameHeader(UUID(camera), sequence, at, *SIZE, len(jpeg))
                    await link.send(pack(header, jpeg))
                    counts["sent"] += 1
        finally:
            listener.cancel()


async def relays(job: dict[str, Any]) -> None:
    jpeg, counts = noise_jpeg(job["kib"]), {"sent": 0, "no_credit": 0}
    links = [
        asyncio.create_task(_relay(job["url"], key, cameras, jpeg, job["fps"], counts))
        for key, cameras in job["relays"]
    ]
    print("ready", flush=True)
    began = time.monotonic()
    await asyncio.to_thread(sys.stdin.read)
    spent = time.monotonic() - began
    failed = [str(link.exception()) for link in links if link.done() and not link.cancelled()]
    for link in links:
        link.cancel()
    await asyncio.gather(*links, return_exceptions=True)
    print(json.dumps({**counts, "bytes": len(jpeg), "seconds": spent, "failed": failed}), flush=True)


def main() -> None:
    kind, job = sys.argv[1], json.loads(sys.stdin.readline())
    if kind == "worker":
        worker(job)
    else:
        asyncio.run(relays(job))


if __name__ == "__main__":
    main()
