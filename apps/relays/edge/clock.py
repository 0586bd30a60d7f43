"""How far the relay's clock is from the platform's, from questions and answers on the link.

Each answer holds the platform's time when it answered. Half of the time that passed between question and
answer is taken for the way back; the shortest of the last exchanges errs least. Times are kept against the
monotonic clock, so that a step of the relay's own clock is seen at once and spoils no exchange.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

_KEPT: Final = 8
_GOOD_FOR_S: Final = 60.0
_MOST_ASKED: Final = 16


@dataclass(frozen=True, slots=True)
class Exchange:
    """platform_less_own_s: the platform's epoch time less this machine's monotonic time."""

    at: float
    rtt_s: float
    platform_less_own_s: float


class ClockOffset:
    """Offset of one link. `at` is monotonic seconds, `now` epoch seconds by the relay's clock."""

    def __init__(self) -> None:
        self._asked: dict[int, float] = {}
        self._exchanges: deque[Exchange] = deque(maxlen=_KEPT)
        self._number = 0

    def ask(self, *, at: float) -> int:
        """Return the number of a question asked now; questions never answered are forgotten."""
        self._number += 1
        self._asked[self._number] = at
        while len(self._asked) > _MOST_ASKED:
            del self._asked[min(self._asked)]
        return self._number

    def answered(self, *, number: int, platform_s: float, at: float) -> None:
        """Note an answer; one that nobody asked for is ignored."""
        asked_at = self._asked.pop(number, None)
        if asked_at is None:
            return
        rtt_s = at - asked_at
        self._exchanges.append(Exchange(at, rtt_s, platform_s + rtt_s / 2 - at))

    def _best(self, at: float) -> Exchange | None:
        good = [exchange for exchange in self._exchanges if at - exchange.at <= _GOOD_FOR_S]
        return min(good, key=lambda exchange: exchange.rtt_s, default=None)

    def offset_ms(self, *, at: float, now: float) -> int | None:
        """What must be added to the relay's clock to get the platform's; None when not known."""
        best = self._best(at)
        return None if best is None else math.floor((best.platform_less_own_s + at - now) * 1000 + 0.5)

    def rtt_ms(self, *, at: float) -> int | None:
        """There and back, of the exchange that the offset comes from, rounded up; None when not known."""
        best = self._best(at)
        return None if best is None else math.ceil(best.rtt_s * 1000)
