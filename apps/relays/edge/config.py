"""How one relay is set up, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from apps.relays.edge.camera import CameraConfig
from apps.relays.edge.capture import CaptureLimits


class ExitCode(IntEnum):
    DONE = 0
    CAMERA_FAILED = 1
    USAGE = 2  # the command line, a file or the environment cannot be used
    REFUSED = 3
    UNREACHABLE = 4
    RESIDUE = 5  # something of an earlier use is left on this machine


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """fps is the most frames a second and camera. canary goes into every JPEG's comment (the rehearsal's
    trace check).

    status_port is where this machine shows the status page, to itself only.
    Seconds: refused_retry_s between attempts after a refusal, backoff_most_s after a lost link, max_age_s of
    a frame.
    """

    url: str
    key: str = field(repr=False)
    cameras: tuple[CameraConfig, ...]
    fps: float = 6.0
    canary: bytes | None = None
    stats_path: Path | None = None
    status_port: int | None = None
    once: bool = False
    exit_when_refused: bool = False
    refused_retry_s: float = 5.0
    backoff_first_s: float = 0.5
    backoff_most_s: float = 10.0
    max_age_s: float = 2.0
    hello_within_s: float = 10.0
    health_every_s: float = 5.0
    limits: CaptureLimits = field(default_factory=CaptureLimits)
