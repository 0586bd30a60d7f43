"""The decoding process of one camera. It is killed from outside when a read hangs: no timeout inside can be
trusted.

It parses what a camera sends, so it is the part an attacker reaches first: it is told the source and nothing
else, it answers in bytes that the other side checks (never pickles), and it writes nothing.

One thread reads and keeps the newest frame; the other answers requests. A frame that is not asked for before
the next one arrives is overwritten, unconverted.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

import av
import cv2

from apps.relays.edge import pipe, protect
from apps.relays.edge.sources import LIVE_CODECS, Source, is_other_device
from apps.relays.edge.wire import MAX_CAPTURED_AT_US, MAX_JPEG_BYTES, MAX_SEQUENCE, MAX_SIDE_PX, printable
from apps.relays.edge.words import Fault

_PACING_STEP_S: Final = 0.5
_MAX_REQUEST_BYTES: Final = 4096
_MOST_S: Final = MAX_CAPTURED_AT_US / 1_000_000
_SEPARATOR: Final = b"\n"
_FAULTS: Final[dict[Fault, tuple[type[BaseException], ...]]] = {
    Fault.NOT_ALLOWED: (PermissionError, av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError),
    Fault.UNREACHABLE: (FileNotFoundError, ConnectionError, TimeoutError, av.error.HTTPNotFoundError),
    Fault.NO_VIDEO: (av.error.InvalidDataError, av.error.DecoderNotFoundError, av.error.DemuxerNotFoundError),
}


class DecodeState(StrEnum):
    OPENING = "opening"
    READING = "reading"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Request:
    """What the parent asks. quality None asks for a report only, after waiting up to wait_s for an unseen
    frame."""

    wait_s: float = 0.0
    quality: int | None = None

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Request:
        return cls(**json.loads(data))


@dataclass(frozen=True, slots=True)
class Report:
    """Where the process stands. frames_read counts decoded frames; idle_s is the time since the last sign of
    life; position_s is how far a file has been played; error names a failure and never quotes the source,
    fault is its closed word."""

    state: DecodeState
    frames_read: int
    idle_s: float
    position_s: float
    fresh: bool
    error: str
    fault: Fault = Fault.NONE


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame as JPEG, size in px. number counts from 1 in this process; captured_at is epoch seconds at
    decode."""

    number: int
    captured_at: float
    width: int
    height: int
    jpeg: bytes


def encode_reply(report: Report, shot: Shot | None) -> bytes:
    """Return one reply: a line of JSON, then the JPEG."""
    head: dict[str, object] = {"report": asdict(report)}
    if shot is not None:
        head["shot"] = {name: getattr(shot, name) for name in ("number", "captured_at", "width", "height")}
    return json.dumps(head).encode() + _SEPARATOR + (shot.jpeg if shot is not None else b"")


def decode_reply(data: bytes) -> tuple[Report, Shot | None]:
    """Read one reply. Raises ValueError when it is none: the process is then not to be trusted any more."""
    line, _, jpeg = data.partition(_SEPARATOR)
    try:
        head = json.loads(line)
        report = _report(**head["report"])
        return report, _shot(
            **head["shot"], jpeg=jpeg, frames_read=report.frames_read
        ) if "shot" in head else None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("reply of the decoding process cannot be read") from error


def _report(
    *, state: str, frames_read: int, idle_s: float, position_s: float, fresh: bool, error: str, fault: str
) -> Report:
    if not isinstance(error, str) or not isinstance(fresh, bool):
        raise TypeError("error must be text, fresh a truth value")
    return Report(
        state=DecodeState(state),
        frames_read=_whole(frames_read, 0, MAX_SEQUENCE),
        idle_s=_real(idle_s),
        position_s=_real(position_s),
        fresh=fresh,
        error=printable(error),
        fault=Fault(fault),
    )


def _shot(*, number: int, captured_at: float, width: int, height: int, jpeg: bytes, frames_read: int) -> Shot:
    return Shot(
        number=_whole(number, 1, frames_read),
        captured_at=_real(captured_at),
        width=_whole(width, 1, MAX_SIDE_PX),
        height=_whole(height, 1, MAX_SIDE_PX),
        jpeg=jpeg,
    )


def _whole(value: object, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"a whole number within {low} and {high}")
    return value


def _real(value: object) -> float:
    """Seconds: since an epoch, or of a film that may start before its zero."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not -_MOST_S <= value <= _MOST_S:
        raise ValueError("seconds that no clock shows")
    return float(value)


class _Newest:
    """The newest frame and the counters, shared by the two threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: av.VideoFrame | None = None
        self._captured_at = 0.0
        self._frames_read = 0
        self._state = DecodeState.OPENING
        self._error = ""
        self._fault = Fault.NONE
        self._position_s = 0.0
        self._alive_at = time.monotonic()

    def put(self, frame: av.VideoFrame, position_s: float) -> None:
        with self._changed:
            self._frame, self._captured_at = frame, time.time()
            self._frames_read += 1
            self._state = DecodeState.READING
            self._position_s = position_s
            self._alive_at = time.monotonic()
            self._changed.notify_all()

    def touch(self) -> None:
        with self._changed:
            self._alive_at = time.monotonic()

    def end(self) -> None:
        with self._changed:
            self._state = DecodeState.ENDED
            self._changed.notify_all()

    def fail(self, fault: Fault, error: str) -> None:
        with self._changed:
            self._state, self._fault, self._error = DecodeState.FAILED, fault, error
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._frame is not None or self._state in (DecodeState.ENDED, DecodeState.FAILED),
                seconds,
            )

    def take(self) -> tuple[av.VideoFrame, int, float] | None:
        with self._changed:
            frame, self._frame = self._frame, None
            return (frame, self._frames_read, self._captured_at) if frame is not None else None

    def report(self) -> Report:
        with self._changed:
            return Report(
                state=self._state,
                frames_read=self._frames_read,
                idle_s=time.monotonic() - self._alive_at,
                position_s=self._position_s,
                fresh=self._frame is not None,
                error=self._error,
                fault=self._fault,
            )


def serve(link: socket.socket, source: Source, resume_at_s: float) -> None:
    """Entry point of the process: from the first request on decode `source`, answer requests until the parent
    hangs up or kills.

    A file is played at its own frame rate from resume_at_s, once, or again and again where its source says.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent decides
    protect.protect(writes_files=False)
    protect.die_with_parent()
    av.logging.set_level(None)  # FFmpeg's messages quote the address with its password
    protect.silence()
    try:
        _serve(link, source, resume_at_s)
    except (EOFError, OSError):
        os._exit(0)  # the parent is gone; the reading thread may hang, so nothing is waited for


def _serve(link: socket.socket, source: Source, resume_at_s: float) -> None:
    """Raises EOFError or OSError when the parent is gone."""
    newest: _Newest | None = None
    while (asked := pipe.receive(link, most_bytes=_MAX_REQUEST_BYTES)) is not None:
        request = Request.from_bytes(asked)
        if newest is None:
            newest = _Newest()
            threading.Thread(target=_read, args=(newest, source, resume_at_s), daemon=True).start()
        newest.wait(request.wait_s)
        taken = newest.take() if request.quality is not None else None
        shot = _encode(*taken, quality=request.quality) if taken and request.quality is not None else None
        pipe.send(link, encode_reply(newest.report(), shot))


def _encode(frame: av.VideoFrame, number: int, captured_at: float, *, quality: int) -> Shot | None:
    """JPEG of a frame, or None where it cannot become one that the wire takes."""
    scale = min(1.0, MAX_SIDE_PX / max(frame.width, frame.height))
    width, height = max(1, int(frame.width * scale)), max(1, int(frame.height * scale))
    image = frame.to_ndarray(format="bgr24", width=width, height=height)
    done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done or jpeg.size > MAX_JPEG_BYTES:
        return None
    return Shot(number=number, captured_at=captured_at, width=width, height=height, jpeg=jpeg.tobytes())


def _read(newest: _Newest, source: Source, resume_at_s: float) -> None:
    try:
        if source.device and is_other_device(source.address):  # plugged in since the address was read
            newest.fail(Fault.NOT_ALLOWED, "not a video device")
            return
        again = True
        while again:
            with av.open(source.address, format=source.container, options=source.options) as container:
                if not _has_video(container, source):
                    newest.fail(Fault.NO_VIDEO, "no video in it that this relay takes")
                    return
                played = _play(newest, container, source, resume_at_s)
            # A file without a single frame would be opened for ever.
            again = source.repeat and not source.live and (played > 0 or resume_at_s > 0)
            resume_at_s = 0.0
        # A camera has no end: when its stream stops, that is a failure and it is opened again.
        if source.live:
            newest.fail(Fault.STREAM_ENDED, "stream ended")
        else:
            newest.end()
    except av.FFmpegError as error:
        newest.fail(fault_of(error), f"{type(error).__name__}: {error.strerror}")
    except Exception as error:  # noqa: BLE001 - whatever it is, its text may quote the address: only its kind goes on
        newest.fail(Fault.OTHER, type(error).__name__)


def fault_of(error: av.FFmpegError) -> Fault:
    """The closed word for what FFmpeg says."""
    for fault, kinds in _FAULTS.items():
        if isinstance(error, kinds):
            return fault
    return Fault.OTHER


def _has_video(container: av.container.InputContainer, source: Source) -> bool:
    if not container.streams.video:
        return False
    return not source.live or container.streams.video[0].codec_context.codec.canonical_name in LIVE_CODECS


def _play(newest: _Newest, container: av.container.InputContainer, source: Source, resume_at_s: float) -> int:
    """Returns how many frames there were."""
    played = 0
    stream = container.streams.video[0]
    stream.thread_type = "SLICE"  # frame threads would hold frames back
    if not source.live and resume_at_s > 0:
        container.seek(int(resume_at_s * av.time_base))
    frame_s = 1 / float(stream.average_rate or 25)
    position_s = -frame_s
    first_s: float | None = None
    started = 0.0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue  # one damaged packet; if it goes on, no frame comes and the parent sees that
        for frame in frames:
            position_s = frame.time if frame.time is not None else position_s + frame_s
            if not source.live:
                if position_s < resume_at_s:
                    continue
                if first_s is None:
                    first_s, started = position_s, time.monotonic()
                _pace(newest, started + position_s - first_s)
            newest.put(frame, position_s)
            played += 1
    return played


def _pace(newest: _Newest, due: float) -> None:
    """Sleep until a file's frame is due, giving signs of life."""
    while (left := due - time.monotonic()) > 0:
        newest.touch()
        time.sleep(min(left, _PACING_STEP_S))
