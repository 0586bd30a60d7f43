"""A file that stands in for a camera goes on and on, in its own time, from one process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from apps.relays.edge.capture import Capture, CaptureLimits
from apps.relays.edge.sources import parse_source


async def test_a_file_that_is_repeated_does_not_end(make_video: Callable[..., Path], eventually: Any) -> None:
    source = replace(parse_source(str(make_video(seconds=1))), repeat=True)
    capture = Capture(source, CaptureLimits(start_s=20))
    capture.start()
    try:
        await eventually(lambda: capture.status.frames_read > 30)
        assert not capture.finished
        assert capture.status.reopened == 0, "it was played again by the same process, without a pause"
    finally:
        capture.stop()
