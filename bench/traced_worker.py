"""`python -m bench.traced_worker SPANS CELERY-ARGUMENTS…`: the recognition worker, timed from outside.

The product's code runs as it is; what is timed is wrapped here, in this process only, so that it costs
nothing where nobody measures. Kept are times, numbers of frames and of faces: nothing of a picture, a face or
a template. They stay in memory until the worker stops, and then go to SPANS as one JSON document.

One thing is set differently: the same person may be alerted again at once, or a short film would give a
handful of alerts only.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

MOST_ROUNDS = 200_000
here = threading.local()
rounds: list[dict[str, Any]] = []


def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Wall and processor milliseconds added up in the round of this thread."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            return function(*args, **kwargs)
        finally:
            note(name, (time.perf_counter() - wall) * 1000, (time.thread_time() - cpu) * 1000)

    return wrapper


def note(name: str, wall_ms: float, cpu_ms: float) -> None:
    current = getattr(here, "round", None)
    if current is None:
        return
    current["wall"][name] = current["wall"].get(name, 0.0) + wall_ms
    camera = getattr(here, "camera", None)
    if name == "detect" and camera in current["frames"]:
        current["frames"][camera]["detect_cpu"] += cpu_ms
    if name == "embed":
        total = sum(here.chosen.values()) or 1
        for camera_id, number in here.chosen.items():
            current["frames"][camera_id]["embed_cpu"] += cpu_ms * number / total
            current["frames"][camera_id]["embedded"] += number


def begin(frames: Any, taken_at: float) -> None:
    here.round = {
        "taken_at": taken_at,
        "wall": {},
        "raised": [],
        "frames": {
            str(frame.camera_id): {
                "captured_at": frame.captured_at.timestamp(),
                "received_at": frame.received_at.timestamp(),
                "bytes": len(frame.jpeg),
                "detect_cpu": 0.0,
                "embed_cpu": 0.0,
                "embedded": 0,
            }
            for frame in frames
        },
    }


def wrap() -> None:
    """Put the timers around the loop's parts. Django is set up."""
    from django.conf import settings

    from apps.live import loop
    from apps.recognition.engine import pipeline

    settings.LFR_SUBJECT_COOL_DOWN_S = 0
    recognise, find, embed = loop.ShardLoop._recognise, pipeline._Camera.find, pipeline.ShardPipeline._embed

    def whole(self: Any, frames: Any) -> Any:
        if not frames:
            return recognise(self, frames)
        begin(frames, time.time())
        try:
            return recognise(self, frames)
        finally:
            here.round["done_at"] = time.time()
            if len(rounds) < MOST_ROUNDS:
                rounds.append(here.round)
            here.round = None

    def find_of(self: Any, pack: Any, frame: Any, side: int) -> Any:
        here.camera = frame.camera_id
        return find(self, pack, frame, side)

    def embed_of(self: Any, chosen: Any) -> Any:
        here.chosen = {}
        for _, camera_id, _ in chosen:
            here.chosen[camera_id] = here.chosen.get(camera_id, 0) + 1
        return embed(self, chosen)

    loop.ShardLoop._recognise = whole  # type: ignore[method-assign]
    pipeline._Camera.find = find_of  # type: ignore[method-assign]
    pipeline.ShardPipeline._embed = embed_of  # type: ignore[method-assign]
    wrap_calls()


def wrap_calls() -> None:
    from apps.live import loop
    from apps.recognition.engine.opencv_zoo import OpenCVZooPack

    raise_alerts = loop.operations.raise_alerts  # type: ignore[attr-defined]

    def raise_of(*, sightings: Any, **values: Any) -> Any:
        answers = raise_alerts(sightings=sightings, **values)
        at = time.time()
        for seen, answer in zip(sightings, answers, strict=True):
            if answer.alert is not None:
                here.round["raised"].append(
                    {"alert": str(answer.alert.id), "camera": str(seen.camera_id), "at": at}
                )
        return answers

    OpenCVZooPack.detect = timed("detect", OpenCVZooPack.detect)  # type: ignore[method-assign]
    OpenCVZooPack.embed = timed("embed", OpenCVZooPack.embed)  # type: ignore[method-assign]
    loop.decode = timed("decode", loop.decode)  # type: ignore[attr-defined]
    loop.queries.search = timed("search", loop.queries.search)  # type: ignore[attr-defined]
    loop.ShardPipeline.process = timed("process", loop.ShardPipeline.process)  # type: ignore[attr-defined, method-assign]
    loop.operations.raise_alerts = timed("raise", raise_of)  # type: ignore[attr-defined]


def main() -> None:
    import django
    from celery.signals import worker_shutdown

    spans, arguments = Path(sys.argv[1]), sys.argv[2:]
    django.setup()
    wrap()
    from lfrplatform.celery import app

    def keep(**_: Any) -> None:
        spans.write_text(json.dumps(rounds), encoding="utf-8")

    worker_shutdown.connect(keep, weak=False)
    app.worker_main(arguments)


if __name__ == "__main__":
    main()
