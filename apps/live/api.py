"""Live recognition, for other apps."""

from apps.live.cameras import last_heard, look_again, stop_silent
from apps.live.counted import Counted, counted
from apps.live.health import camera_health, health, problems, recognition_health
from apps.live.history import OpenGap, open_gaps
from apps.live.operations import acquire, release, renew
from apps.live.queries import shard_scope, shards, tallies
from apps.live.standing import Standing, standing, totals

__all__ = [
    "Counted",
    "OpenGap",
    "Standing",
    "acquire",
    "camera_health",
    "counted",
    "health",
    "last_heard",
    "look_again",
    "open_gaps",
    "problems",
    "recognition_health",
    "release",
    "renew",
    "shard_scope",
    "shards",
    "standing",
    "stop_silent",
    "tallies",
    "totals",
]
