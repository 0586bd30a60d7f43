"""Whose frame is looked at next: of the cameras of a shard, the one that was looked at longest ago.

A processor looks at one frame after the other, so in a round of four cameras each would wait for all four.
The fourth's frame would be three looks old before anybody looked, and an alert of the first would wait for
the faces of the others. An accelerator takes four in nearly the time of one; there a round is of all of them.
"""

from __future__ import annotations

from uuid import UUID

from apps.live.data import ShardScope
from apps.recognition.engine.packs import Pack
from apps.relays import api as relays
from apps.relays.data import FrameBatch

PROCESSOR = "CPUExecutionProvider"


class Turns:
    def __init__(self, pack: Pack) -> None:
        self._one_by_one = pack.provider == PROCESSOR
        self._turns = 0
        self._last: dict[UUID, int] = {}
        # Of these the last take found that no frame waited; of those whose turn had not come nobody knows.
        self.nothing: tuple[UUID, ...] = ()

    def take(self, *, deployment_id: UUID, scope: ShardScope, block_ms: int) -> FrameBatch:
        """The frames of one round, waiting at most `block_ms` for the first. Raises RedisError."""
        order = sorted(scope.cameras, key=lambda camera_id: self._last.get(camera_id, 0))
        batch = relays.take_newest(
            deployment_id=deployment_id,
            camera_ids=order,
            block_ms=block_ms,
            most=1 if self._one_by_one else None,
        )
        self._turns += 1
        taken = {frame.camera_id for frame in batch.frames}
        self._last |= dict.fromkeys(taken, self._turns)
        asked = order[: 1 + order.index(next(iter(taken)))] if taken and self._one_by_one else order
        self.nothing = tuple(camera_id for camera_id in asked if camera_id not in taken)
        return batch
