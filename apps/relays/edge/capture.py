"""One camera: a decoding process that is started, watched, killed when it hangs, and started again."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import queue
import socket
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from multiprocessing.context import SpawnProcess
from typing import Final

from apps.relays.edge import pipe
from apps.relays.edge.decode import DecodeState, Report, Request, Shot, decode_reply, serve
from apps.relays.edge.sources import Source
from apps.relays.edge.wire import MAX_JPEG_BYTES
from apps.relays.edge.words import CaptureState, Fault

logger = logging.getLogger("lfr.relay.capture")

_WATCH_EVERY_S: Final = 0.2
_FILE_ATTEMPTS: Final = 3
_LAST_FRAME_S: Final = 2.0
_BURIAL_S: Final = 2.0
_MAX_REPLY_BYTES: Final = MAX_JPEG_BYTES + 64 * 1024


@dataclass(frozen=True, slots=True)
class CaptureLimits:
    """Seconds. start_s covers a new process loading its libraries; reply_s is the longest that a loaded one
    may take to answer; hang_s is the longest read without a frame.

    Reopened within 10 s (docs/pitfalls.md): after a frozen decoder, reply_s and the first pause leave five
    seconds to load a new one and to open the camera. A camera that comes back right after it was tried has
    waited hang_s and the longest pause, in which the next process loads: three seconds are left to open it.
    """

    start_s: float = 10.0
    reply_s: float = 3.0
    hang_s: float = 3.0
    backoff_first_s: float = 0.5
    backoff_most_s: float = 3.0


@dataclass(frozen=True, slots=True)
class CaptureStatus:
    """frames_read counts every frame decoded since start(), over all processes; reopened counts processes
    after the first; error is the last failure, without the address, and fault its closed word."""

    state: CaptureState
    frames_read: int
    reopened: int
    error: str
    fresh: bool = False
    fault: Fault = Fault.NONE


@dataclass(slots=True)
class _Asked:
    request: Request
    answer: Future[tuple[CaptureStatus, Shot | None]]


class Capture:
    """Newest frame of one camera. start() and stop() from one thread; ask() from any."""

    def __init__(self, source: Source, limits: CaptureLimits | None = None) -> None:
        self._source = source
        self._limits = limits or CaptureLimits()
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._asking: _Asked | None = None  # put to the process, not yet answered
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._status = CaptureStatus(CaptureState.WAITING, frames_read=0, reopened=0, error="")
        self._read_before = 0  # frames of the processes before this one
        self._resume_at_s = 0.0

    @property
    def status(self) -> CaptureStatus:
        return self._status

    @property
    def finished(self) -> bool:
        return self._status.state in (CaptureState.ENDED, CaptureState.FAILED)

    def start(self) -> None:
        """Start decoding; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._supervise, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Kill the process and wait for it. Takes well under a second."""
        self._stopping.set()
        self._asked.put(None)
        if self._thread is not None:
            self._thread.join()
        else:
            self._finish(CaptureState.ENDED)

    def ask(
        self, *, wait_s: float = 0.0, quality: int | None = None
    ) -> Future[tuple[CaptureStatus, Shot | None]]:
        """Ask for the newest frame that was not yet taken, as JPEG of that quality, and the status.

        Without quality no frame is taken: the status says whether there is a `fresh` one, after waiting for
        it up to wait_s seconds. The answer holds no frame when there is none, or no process that could give
        one.
        """
        asked = _Asked(Request(wait_s=wait_s, quality=quality), Future())
        self._asked.put(asked)
        if self.finished:
            self._answer_all()
        return asked.answer

    # -- everything below runs in the supervising thread

    def _supervise(self) -> None:
        failures, pause_s = 0, 0.0
        while not self._stopping.is_set():
            before = self._status.frames_read
            self._run_process(after_s=pause_s)
            if self.finished:
                break
            failures = 1 if self._status.frames_read > before else failures + 1
            if not self._source.live and failures >= _FILE_ATTEMPTS:
                self._finish(CaptureState.FAILED)
                break
            self._set(state=CaptureState.WAITING, reopened=self._status.reopened + 1)
            pause_s = min(
                self._limits.backoff_first_s * 2 ** min(failures - 1, 10), self._limits.backoff_most_s
            )
        self._finish(self._status.state if self.finished else CaptureState.ENDED)

    def _run_process(self, *, after_s: float) -> None:
        """Start one process and, when it had after_s to load, stay with it until it ends, fails or hangs; it
        is dead afterwards."""
        try:
            ours, process = self._start_process()
        except OSError as error:  # no memory, no process, no handle left: perhaps in a moment
            self._fail(Fault.DECODER_LOST, f"no decoding process can be started ({type(error).__name__})")
            self._wait(after_s)
            return
        try:
            self._wait(after_s)
            self._set(state=CaptureState.OPENING)
            self._watch(ours)
        except (EOFError, OSError, ValueError) as error:
            self._fail(Fault.DECODER_LOST, f"decoding process lost ({type(error).__name__})")
        finally:
            process.kill()
            process.join(_BURIAL_S)  # not for ever: a process stuck in the kernel dies when it leaves it
            ours.close()
            self._answer(self._asking, None)
            self._asking = None
            self._read_before = self._status.frames_read

    def _start_process(self) -> tuple[socket.socket, SpawnProcess]:
        """Raises OSError."""
        context = multiprocessing.get_context("spawn")  # fork copies locks that FFmpeg's threads hold
        ours, theirs = socket.socketpair()
        ours.settimeout(_WATCH_EVERY_S)
        process = context.Process(target=serve, args=(theirs, self._source, self._resume_at_s), daemon=True)
        try:
            process.start()
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours, process

    def _watch(self, link: socket.socket) -> None:
        patience_s = self._limits.start_s
        while not self._stopping.is_set():
            self._asking = asked = self._next()
            if asked is None and self._stopping.is_set():
                return
            request = asked.request if asked else Request()
            pipe.send(link, request.to_bytes())
            reply = self._reply_within(link, patience_s + request.wait_s)
            if reply is None:
                self._fail(Fault.DECODER_SILENT, "no answer from the decoding process")
                return
            report, shot = decode_reply(reply)
            self._take(report)
            self._answer(asked, shot and replace(shot, number=shot.number + self._read_before))
            self._asking = None
            if self._is_over(report):
                return
            patience_s = self._limits.reply_s

    def _is_over(self, report: Report) -> bool:
        if report.state is DecodeState.FAILED:
            self._fail(report.fault, report.error)
            return True
        if report.state is DecodeState.ENDED:
            # The last frame of a file may still be wanted, for a moment.
            if not report.fresh or report.idle_s > _LAST_FRAME_S:
                self._finish(CaptureState.ENDED)
            return self.finished
        if report.idle_s > self._limits.hang_s:
            self._fail(Fault.SILENT, f"no frame for {report.idle_s:.0f} s")
            return True
        return False

    def _next(self) -> _Asked | None:
        try:
            return self._asked.get(timeout=_WATCH_EVERY_S)
        except queue.Empty:
            return None

    def _reply_within(self, link: socket.socket, seconds: float) -> bytes | None:
        """A whole reply, waited for in slices, so that stop() is heard; None when there was none."""
        until = time.monotonic() + seconds
        return pipe.receive(
            link,
            most_bytes=_MAX_REPLY_BYTES,
            go_on=lambda: not self._stopping.is_set() and time.monotonic() < until,
        )

    def _wait(self, seconds: float) -> None:
        """Wait between two attempts, answering that there is no frame."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set() and time.monotonic() < until:
            asked = self._next()
            self._answer(asked, None)

    def _take(self, report: Report) -> None:
        frames_read = self._read_before + report.frames_read
        if report.state is DecodeState.READING:
            self._set(
                state=CaptureState.READING,
                frames_read=frames_read,
                fresh=report.fresh,
                error="",
                fault=Fault.NONE,
            )
        else:
            self._set(frames_read=frames_read, fresh=report.fresh)
        if report.frames_read:
            self._resume_at_s = report.position_s

    def _fail(self, fault: Fault, error: str) -> None:
        if not self._stopping.is_set():
            logger.warning("camera source %s: %s", self._source.label, error)
            self._set(error=error, fault=fault, fresh=False)

    def _finish(self, state: CaptureState) -> None:
        self._set(state=state, fresh=False)
        self._answer_all()

    def _answer_all(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._answer(self._asked.get_nowait(), None)

    def _answer(self, asked: _Asked | None, shot: Shot | None) -> None:
        if asked is not None and asked.answer.set_running_or_notify_cancel():
            asked.answer.set_result((self._status, shot))

    def _set(self, **changes: object) -> None:
        self._status = replace(self._status, **changes)  # type: ignore[arg-type]  # names are this class's own
