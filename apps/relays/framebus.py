"""The frame bus: one Redis Stream per camera. Memory only, at most 8 frames, gone 10 s after the last one.

A reader takes the newest frame and deletes the stream in the same step, so a frame that was read is nowhere
but with its reader. Every frame has an ordinal, so that a frame overtaken unread is counted whoever
overtook it: the length cap, the expiry or the reader. The two scripts make each step atomic; frames travel
as arguments, never in a script's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from apps.core import redis as bus
from apps.relays.data import BusFrame, FrameBatch

STREAM_CAP = 8
STREAM_EXPIRE_S = 10
COUNTS_EXPIRE_S = 3600

# KEYS: stream, counts. ARGV: cap, stream expiry s, counts expiry s, sequence, captured µs, received µs,
# width, height, held µs (how long the server had it before), JPEG. Returns the stream's length.
_PUBLISH = """
local n = redis.call('HINCRBY', KEYS[2], 'n', 1)
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[1], '*', 'n', n, 'sequence', ARGV[4], 'captured_us', ARGV[5],
           'received_us', ARGV[6], 'width', ARGV[7], 'height', ARGV[8], 'held_us', ARGV[9],
           'jpeg', ARGV[10])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('XLEN', KEYS[1])
"""

# KEYS: stream, counts, stream, counts, … ARGV: how many to take at most. Returns {position of the camera,
# overtaken, fields, ms waited} for the first of them that had one. The time it waited is by this server's
# clock alone: those of the web server and of the worker, which are other machines, do not make an old frame
# new. Negative after that clock was set back.
_TAKE = """
local out = {}
local clock = redis.call('TIME')
local now_ms = clock[1] * 1000 + math.floor(clock[2] / 1000)
for i = 1, #KEYS, 2 do
  if #out >= tonumber(ARGV[1]) then break end
  local newest = redis.call('XREVRANGE', KEYS[i], '+', '-', 'COUNT', 1)
  if #newest > 0 then
    local fields = newest[1][2]
    local n = tonumber(fields[2])
    local taken = tonumber(redis.call('HGET', KEYS[i + 1], 'taken') or '0')
    redis.call('HSET', KEYS[i + 1], 'taken', n)
    redis.call('UNLINK', KEYS[i])
    local put_ms = tonumber(string.match(newest[1][1], '^%d+'))
    out[#out + 1] = {(i - 1) / 2, n - taken - 1, fields, now_ms - put_ms}
  end
end
return out
"""


def stream_key(deployment_id: UUID, camera_id: UUID) -> str:
    return bus.key("frames", str(deployment_id), str(camera_id))


def counts_key(deployment_id: UUID, camera_id: UUID) -> str:
    return bus.key("framecounts", str(deployment_id), str(camera_id))


def to_us(moment: datetime) -> int:
    """Whole microseconds since the epoch."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def from_us(value: int) -> datetime:
    """Inverse of `to_us`, exact. Raises OverflowError beyond year 9999."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)


async def publish(*, deployment_id: UUID, frame: BusFrame, now: datetime) -> int:
    """Put a frame on its camera's stream; `now` by the clock that said when it was received. Returns how many
    frames now wait there, at most `STREAM_CAP`."""
    script = bus.aclient().register_script(_PUBLISH)
    return int(
        await script(
            keys=[stream_key(deployment_id, frame.camera_id), counts_key(deployment_id, frame.camera_id)],
            args=[
                STREAM_CAP,
                STREAM_EXPIRE_S,
                COUNTS_EXPIRE_S,
                frame.sequence,
                to_us(frame.captured_at),
                to_us(frame.received_at),
                frame.width_px,
                frame.height_px,
                max(to_us(now) - to_us(frame.received_at), 0),
                frame.jpeg,
            ],
        )
    )


async def waiting(*, deployment_id: UUID, camera_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many frames wait on each camera's stream."""
    async with bus.aclient().pipeline(transaction=False) as pipe:
        for camera_id in camera_ids:
            pipe.xlen(stream_key(deployment_id, camera_id))
        lengths = await pipe.execute()
    return dict(zip(camera_ids, lengths, strict=True))


async def forget(*, deployment_id: UUID, camera_ids: Sequence[UUID]) -> None:
    """Delete what waits on these cameras' streams: the authority is gone, nobody may read it any more."""
    if camera_ids:
        await bus.aclient().unlink(*(stream_key(deployment_id, camera_id) for camera_id in camera_ids))


def take_newest(
    *, deployment_id: UUID, camera_ids: Sequence[UUID], block_ms: int, most: int | None = None
) -> FrameBatch:
    """Take the newest frame of each camera, waiting at most `block_ms` for the first; of no more than `most`
    of them, in the order of `camera_ids`, where that is given. Raises RedisError."""
    if not camera_ids:
        return FrameBatch(frames=(), dropped={})
    most = len(camera_ids) if most is None else most
    batch = _take(deployment_id, camera_ids, most)
    if batch.frames or block_ms <= 0:
        return batch
    # A taken stream is deleted, so whatever is there is unread: reading from the start needs no cursor.
    streams: dict[Any, Any] = {stream_key(deployment_id, camera_id): "0-0" for camera_id in camera_ids}
    if not bus.client().xread(streams, count=1, block=block_ms):
        return batch
    return _take(deployment_id, camera_ids, most)


def _take(deployment_id: UUID, camera_ids: Sequence[UUID], most: int) -> FrameBatch:
    keys: list[str] = []
    for camera_id in camera_ids:
        keys += [stream_key(deployment_id, camera_id), counts_key(deployment_id, camera_id)]
    found = bus.client().register_script(_TAKE)(keys=keys, args=[most])
    frames = tuple(_frame(camera_ids[position], fields, waited) for position, _, fields, waited in found)
    return FrameBatch(
        frames=frames, dropped={camera_ids[position]: int(over) for position, over, *_ in found if over > 0}
    )


def _frame(camera_id: UUID, fields: list[bytes], waited_ms: int) -> BusFrame:
    values = dict(zip(fields[::2], fields[1::2], strict=True))
    return BusFrame(
        camera_id=camera_id,
        sequence=int(values[b"sequence"]),
        captured_at=from_us(int(values[b"captured_us"])),
        received_at=from_us(int(values[b"received_us"])),
        width_px=int(values[b"width"]),
        height_px=int(values[b"height"]),
        jpeg=values[b"jpeg"],
        waited_ms=waited_ms + int(values[b"held_us"]) // 1000,
    )
