"""One connection of a relay: which of its frames may go on the bus, and what it counted.

No socket and no database here, so that every refusal can be tested by itself.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from apps.core import redis as bus
from apps.relays.data import (
    BusFrame,
    IngestCounts,
    Refusal,
    RelayAuthority,
    RelayData,
    TallyDelta,
)
from apps.relays.edge.wire import HEADER_BYTES, FrameHeader, WireError, unpack
from apps.relays.framebus import from_us

MAX_JPEG_BYTES = 2 * 1024 * 1024
CLOCK_TOLERANCE = timedelta(seconds=10)
# The authority is asked again every second; an answer older than this authorises nothing any more.
CONFIRMED_FOR_S = 2.0
OWNER_EXPIRE_S = 60
# A good frame of a camera that may send: taken, or not because the camera is stopped. Either way it is not
# taken, and is no sign of life, a second time.
HEARD = frozenset({None, Refusal.CAMERA_STOPPED})


class IngestSession:
    """Judges and counts the frames of one connection. `at` is monotonic seconds, `now` is UTC."""

    def __init__(self, *, relay: RelayData, authority: RelayAuthority, at: float) -> None:
        self.id = uuid4()
        self.relay = relay
        self.malformed = 0
        self._authority = authority
        self._confirmed_at = at
        self._sequences: dict[UUID, int] = {}
        self._cameras: dict[UUID, TallyDelta] = {}
        self._refusals: Counter[Refusal] = Counter()

    def confirm(self, *, authority: RelayAuthority, at: float) -> None:
        """Note a fresh answer. `at` is when the question was asked, so that a slow answer is not a fresh
        one."""
        self._authority = authority
        self._confirmed_at = at

    def unconfirmed_for_s(self, *, at: float) -> float:
        return at - self._confirmed_at

    def judge(self, message: bytes, *, now: datetime, at: float) -> BusFrame | None:
        """The frame, if it may go on the bus; None when it was refused, which is then counted."""
        if len(message) > HEADER_BYTES + MAX_JPEG_BYTES:
            self._refuse(Refusal.TOO_LARGE)
            return None
        try:
            header, jpeg = unpack(message)
        except WireError:
            self.malformed += 1
            self._refuse(Refusal.MALFORMED)
            return None
        captured_at = from_us(header.captured_at_us)
        refusal = self._refusal(header, captured_at, now, at)
        if header.camera_id in self.relay.camera_ids:
            self._delta(header.camera_id).clock_offset_ms = (now - captured_at) // timedelta(milliseconds=1)
        if refusal in HEARD:
            self._delta(header.camera_id).heard_at = now
            self._sequences[header.camera_id] = header.sequence
        if refusal is not None:
            self._refuse(refusal, header.camera_id)
            return None
        return BusFrame(
            camera_id=header.camera_id,
            sequence=header.sequence,
            captured_at=captured_at,
            received_at=now,
            width_px=header.width,
            height_px=header.height,
            jpeg=jpeg,
        )

    def _refusal(
        self, header: FrameHeader, captured_at: datetime, now: datetime, at: float
    ) -> Refusal | None:
        if header.camera_id not in self.relay.camera_ids:
            return Refusal.CAMERA_NOT_ON_RELAY
        if header.camera_id not in self._authority.camera_ids | self._authority.stopped_ids:
            return Refusal.CAMERA_NOT_AUTHORISED
        if self.unconfirmed_for_s(at=at) > CONFIRMED_FOR_S:
            return Refusal.UNCONFIRMED
        if abs(now - captured_at) > CLOCK_TOLERANCE:
            return Refusal.CLOCK
        if header.sequence <= self._sequences.get(header.camera_id, -1):
            return Refusal.REPLAYED
        if header.camera_id in self._authority.stopped_ids:
            return Refusal.CAMERA_STOPPED
        return None

    def accepted(self, frame: BusFrame) -> None:
        """Count a frame that is on the bus."""
        delta = self._delta(frame.camera_id)
        delta.received += 1
        delta.last_received_at = frame.received_at

    def lost(self, frame: BusFrame) -> None:
        """Count a frame that the bus did not take."""
        self._refuse(Refusal.BUS, frame.camera_id)

    def malformed_text(self) -> None:
        """Count a text message: a relay has nothing to say in words."""
        self.malformed += 1
        self._refuse(Refusal.MALFORMED)

    def take_counts(self) -> IngestCounts:
        """What was counted since the last call; the counters start again."""
        counts = IngestCounts(cameras=self._cameras, refusals=self._refusals)
        self._cameras, self._refusals = {}, Counter()
        return counts

    def put_back(self, counts: IngestCounts) -> None:
        """Undo `take_counts` after a failed write."""
        for camera_id, delta in counts.cameras.items():
            self._delta(camera_id).add(delta)
        self._refusals.update(counts.refusals)

    def _delta(self, camera_id: UUID) -> TallyDelta:
        return self._cameras.setdefault(camera_id, TallyDelta())

    def _refuse(self, refusal: Refusal, camera_id: UUID | None = None) -> None:
        # Only cameras of this relay get a row: a stolen key must not fill the table with invented ones.
        self._refusals[refusal] += 1
        if camera_id in self.relay.camera_ids and camera_id is not None:
            self._delta(camera_id).refused += 1


def _owner_key(relay_id: UUID) -> str:
    return bus.key("relaysession", str(relay_id))


async def claim(*, session: IngestSession) -> None:
    """Make this connection the relay's only one. The newest wins: after a lost link the old one is half
    open."""
    await bus.aclient().set(_owner_key(session.relay.id), session.id.hex, ex=OWNER_EXPIRE_S)


async def still_owner(*, session: IngestSession) -> bool:
    """Whether no newer connection claimed this relay."""
    name = _owner_key(session.relay.id)
    owner = await bus.aclient().get(name)
    if owner is None:
        # The key expired or the bus restarted; whoever is first owns the relay, another finds out next time.
        await bus.aclient().set(name, session.id.hex, ex=OWNER_EXPIRE_S, nx=True)
        return True
    if owner not in (session.id.hex, session.id.hex.encode()):
        return False
    await bus.aclient().expire(name, OWNER_EXPIRE_S)
    return True
