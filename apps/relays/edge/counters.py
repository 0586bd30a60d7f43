"""What happened to each frame of a camera: read == sent + dropped, always."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class DropReason(StrEnum):
    RATE = "rate"  # between two frames of the wanted rate, overtaken by a newer one, or left over at the end
    PACE = "pace"  # the platform asked for fewer than the wanted rate
    NO_CREDIT = "no_credit"  # the platform had not yet dealt with the frames under way
    NO_LINK = "no_link"  # no connection, or the platform refused this relay
    STALE = "stale"  # too old when its turn came
    UNSENDABLE = "unsendable"  # larger than the wire allows


@dataclass(slots=True)
class CameraCounters:
    """Frames by number, as the capture numbers them from 1. Mutable on purpose: it is an accumulator.

    `settled` is the number up to which every frame was either sent or dropped.
    """

    settled: int = 0
    sent: int = 0
    bytes_sent: int = 0
    dropped_by: dict[DropReason, int] = field(default_factory=lambda: dict.fromkeys(DropReason, 0))

    @property
    def dropped(self) -> int:
        return sum(self.dropped_by.values())

    def drop_up_to(self, number: int, reason: DropReason) -> None:
        """Count every frame not yet settled, up to and with this one, as dropped."""
        self.dropped_by[reason] += max(0, number - self.settled)
        self.settled = max(self.settled, number)

    def count_sent(self, number: int, size_bytes: int) -> None:
        """Count this frame as sent; all before it must be settled."""
        if number != self.settled + 1:
            raise ValueError(f"frame {number} sent while frames up to {self.settled} are settled")
        self.settled = number
        self.sent += 1
        self.bytes_sent += size_bytes

    def as_dict(self) -> dict[str, Any]:
        return {
            "read": self.settled,
            "sent": self.sent,
            "dropped": self.dropped,
            "dropped_by": {reason.value: count for reason, count in self.dropped_by.items()},
            "bytes_sent": self.bytes_sent,
        }


def write_stats(path: Path, stats: dict[str, Any]) -> None:
    """Replace the file at once, so that a reader never sees half of it. Numbers and labels only, never a
    picture."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps({**stats, "written_at": time.time()}, indent=1) + "\n")
    part.replace(path)
