"""One connection of a relay: which of its frames may go on the bus, and what it counted.

No socket and no database here, so that every refusal can be tested by itself.
"""

from __future__ import annotations

from collections import Counter, deque
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
from apps.relays.pacing import Pacer
from apps.relays.uplinks import Uplinks

MAX_JPEG_BYTES = 2 * 1024 * 1024
CLOCK_TOLERANCE = timedelta(seconds=10)
# The authority is asked again every second; an answer older than this authorises nothing any more.
CONFIRMED_FOR_S = 2.0
OWNER_EXPIRE_S = 60
# The frames that a relay may have under way, all cameras together.
CREDITS = 8
# How many sequence numbers of a camera are remembered, to tell a frame sent twice from one out of order.
REMEMBERED = 64
# A good frame of a camera that may send: taken, or not because the camera is stopped. Either way it is not
# taken, and is no sign of life, a second time.
HEARD = frozenset({None, Refusal.CAMERA_STOPPED})


class IngestSession:
    """Judges and counts the frames of one connection. `at` is monotonic seconds, `now` is UTC."""

    def __init__(self, *, relay: RelayData, authority: RelayAuthority, at: float) -> None:
        self.id = uuid4()
        self.relay = relay
        self.malformed = 0
        self.pacer = Pacer(at=at)
        self.uplinks = Uplinks(relay=relay, at=at)
        self._credits = CREDITS
        self._authority = authority
        self._confirmed_at = at
        self._sequences: dict[UUID, deque[int]] = {}
        self._cameras: dict[UUID, TallyDelta] = {}
        self._refusals: Counter[Refusal] = Counter()

    def confirm(self, *, authority: RelayAuthority, at: float) -> frozenset[UUID]:
        """Note a fresh answer; the cameras of which nothing may be read any more. `at` is when the question
        was asked, so that a slow answer is not a fresh one."""
        gone = self._authority.camera_ids - authority.camera_ids
        self._authority = authority
        self._confirmed_at = at
        return gone

    def unconfirmed_for_s(self, *, at: float) -> float:
        return at - self._confirmed_at

    def credit(self, n: int) -> None:
        """Note credits that are handed to the relay."""
        self._credits += n

    def spend(self) -> bool:
        """Take the credit of a frame that came. False when the relay had none: such a frame is counted, not
        read, and gives no credit back, or a relay could have any number under way."""
        if self._credits > 0:
            self._credits -= 1
            return True
        self.malformed += 1
        self._refuse(Refusal.NO_CREDIT)
        return False

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
            seen = self._sequences.setdefault(header.camera_id, deque(maxlen=REMEMBERED))
            seen.append(header.sequence)
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
        if (seen := self._sequences.get(header.camera_id)) and header.sequence <= seen[-1]:
            return Refusal.REPLAYED if header.sequence in seen else Refusal.OUT_OF_ORDER
        if header.camera_id in self._authority.stopped_ids:
            return Refusal.CAMERA_STOPPED
        return None

    def accepted(self, frame: BusFrame, *, waiting: int = 1) -> None:
        """Count a frame that is on the bus, where so many wait, itself included."""
        self.pacer.offered(frame.camera_id, waiting=waiting)
        delta = self._delta(frame.camera_id)
        delta.received += 1
        delta.last_received_at = frame.received_at

    def lost(self, frame: BusFrame) -> None:
        """Count a frame that the bus did not take."""
        self._refuse(Refusal.BUS, frame.camera_id)

    def hear(self, text: str, *, now: datetime, at: float) -> str | None:
        """Read a text message; the answer, if it wants one. What is no message is counted."""
        try:
            return self.uplinks.read(text, now=now, at=at)
        except WireError:
            self.malformed += 1
            self._refuse(Refusal.MALFORMED)
            return None

    def cut_off(self) -> None:
        """Count a message so large that the server itself closed the connection."""
        self._refuse(Refusal.TOO_LARGE)

    def take_counts(self) -> IngestCounts:
        """What was counted since the last call; the counters start again."""
        report = self.uplinks.take(pace_fps=self.pacer.limit_fps)
        counts = IngestCounts(cameras=self._cameras, refusals=self._refusals, report=report)
        self._cameras, self._refusals = {}, Counter()
        return counts

    def put_back(self, counts: IngestCounts) -> None:
        """Undo `take_counts` after a failed write."""
        for camera_id, delta in counts.cameras.items():
            self._delta(camera_id).add(delta)
        self._refusals.update(counts.refusals)
        if counts.report is not None:
            self.uplinks.put_back()

    def _delta(self, camera_id: UUID) -> TallyDelta:
        return self._cameras.setdefault(camera_id, TallyDelta())

    def _refuse(self, refusal: Refusal, camera_id: UUID | None = None) -> None:
        # Only cameras of this relay get a row: a stolen key must not fill the table with invented ones.
        self._refusals[refusal] += 1
        if camera_id in self.relay.camera_ids and camera_id is not None:
            delta = self._delta(camera_id)
            delta.refused += 1
            delta.refusals[refusal.value] += 1


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
