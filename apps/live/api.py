"""Live recognition, for other apps."""

from apps.live.queries import shards, tallies

__all__ = ["shards", "tallies"]
