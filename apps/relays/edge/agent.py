"""The relay: newest frame of each camera to the platform, within the credits that the platform gives.

Nothing waits here. A frame is taken from its camera only when it can be sent at once; what passes meanwhile
is counted and gone. When the link is lost, so is everything under way (domain.md §2: link lost, nothing is
buffered).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import CloseCode

from apps.relays.edge.camera import POLL_S, Camera, Credits
from apps.relays.edge.config import AgentConfig as AgentConfig
from apps.relays.edge.config import ExitCode as ExitCode
from apps.relays.edge.counters import DropReason, write_stats
from apps.relays.edge.jpeg import JpegError
from apps.relays.edge.reporting import Reporter
from apps.relays.edge.status_page import Snapshot, StatusPage
from apps.relays.edge.wire import (
    MAX_CONTROL_BYTES,
    ControlKind,
    ControlMessage,
    WireError,
    parse_control,
    printable,
)
from apps.relays.edge.words import CaptureState

logger = logging.getLogger("lfr.relay")
# websockets logs the Authorization header at DEBUG; whatever the root logger is set to, not here.
_link_logger = logging.getLogger("lfr.relay.link")
_link_logger.setLevel(logging.WARNING)

_REFUSED_CODES: Final = frozenset({4401, 4403})
_REFUSED_STATUSES: Final = frozenset({401, 403})
_STATUS_EVERY_S: Final = 5
_PACE_STEP_S: Final = 0.5  # a slower pace is slept in steps, so that a faster one is heard


class _Refused(Exception):
    """The platform does not want this relay now. The text is the reason it gave."""


class _LinkLost(Exception):
    """The connection ended for a reason worth another attempt."""


class Agent:
    """One relay. run() until every file is played (once), the platform refuses (exit_when_refused), or
    stop()."""

    def __init__(self, config: AgentConfig) -> None:
        self._config = config
        self._cameras = [Camera(camera, config.limits, fps=config.fps) for camera in config.cameras]
        self._reporter = Reporter(self._cameras, every_s=config.health_every_s)
        self._stopping = asyncio.Event()
        self._started_at = time.time()
        self._linked = False
        self._connections = 0
        self._reason = ""

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> ExitCode:
        """Work until there is nothing more to do. Captures are dead and the statistics written when it
        returns. Raises PortTaken."""
        page = StatusPage(self.snapshot)
        if self._config.status_port is not None:
            await page.open(self._config.status_port)
        work = asyncio.create_task(self._keep_linked())
        stats = asyncio.create_task(self._keep_stats())
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            return work.result() if work.done() else ExitCode.DONE
        finally:
            for task in (work, stats, stop):
                task.cancel()
            await asyncio.gather(work, stats, stop, page.close(), return_exceptions=True)
            await asyncio.gather(*(asyncio.to_thread(camera.capture.stop) for camera in self._cameras))
            self._count_lost(
                DropReason.RATE if self._connections and not self._reason else DropReason.NO_LINK
            )
            self._write_stats()

    def stats(self) -> dict[str, Any]:
        """Counters of the whole run; see CameraCounters."""
        return {
            "started_at": self._started_at,
            "linked": self._linked,
            "connections": self._connections,
            "reason": self._reason,
            "cameras": {str(camera.config.camera_id): camera.as_dict() for camera in self._cameras},
        }

    # -- the link

    async def _keep_linked(self) -> ExitCode:
        failures = 0
        while True:
            before = self._connections
            try:
                await self._one_connection()
                return self._exit_code()
            except _Refused as refusal:
                self._reason = f"refused: {refusal}"
                logger.error("the platform refuses this relay: %s", refusal)
                if self._config.exit_when_refused:
                    return ExitCode.REFUSED
                pause_s = self._config.refused_retry_s
            except _LinkLost as lost:
                self._reason = str(lost)
                failures = 1 if self._connections > before else failures + 1
                pause_s = min(
                    self._config.backoff_first_s * 2 ** min(failures - 1, 10), self._config.backoff_most_s
                )
                logger.warning("no link: %s; next attempt in %.1f s", lost, pause_s)
            self._linked = False
            if await self._pause(pause_s):
                return self._exit_code()

    async def _pause(self, seconds: float) -> bool:
        """Count what passes while there is no link; True when everything was played meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, POLL_S))
            self._count_lost(DropReason.NO_LINK)
            if self._connections and self._config.once and self._all_finished():
                return True
        return False

    async def _one_connection(self) -> None:
        """Connect and serve until all is played. Raises _Refused or _LinkLost."""
        try:
            async with connect(
                self._config.url,
                additional_headers={"Authorization": f"Bearer {self._config.key}"},
                compression=None,  # JPEGs do not get smaller
                proxy=None,
                max_size=MAX_CONTROL_BYTES,
                open_timeout=10,
                ping_interval=10,
                ping_timeout=10,
                close_timeout=0.5,
                logger=_link_logger,
            ) as link:
                await self._serve(link)
        except InvalidStatus as error:
            status = error.response.status_code
            kind = _Refused if status in _REFUSED_STATUSES else _LinkLost
            raise kind(f"HTTP status {status}") from error
        except ConnectionClosed as error:
            raise _closed(error) from error
        except (OSError, WebSocketException, TimeoutError) as error:
            raise _LinkLost(f"cannot connect ({type(error).__name__})") from error

    async def _serve(self, link: ClientConnection) -> None:
        greeting = await self._greeting(link)
        credits = Credits(greeting.credits)
        self._linked, self._reason = True, ""
        self._connections += 1
        logger.info("linked")
        self._count_lost(DropReason.NO_LINK)
        for camera in self._cameras:
            camera.pace.forget(at=asyncio.get_running_loop().time())
            camera.capture.start()  # not before the platform wants it: until then no camera is decoded at all
        reader = asyncio.create_task(self._read_control(link, credits))
        others = [asyncio.create_task(self._reporter.run(link.send))] if greeting.reports else []
        senders = [asyncio.create_task(self._send(link, camera, credits)) for camera in self._cameras]
        try:
            await self._first_failure([reader, *others], senders)
        except asyncio.CancelledError:
            await link.close(CloseCode.GOING_AWAY, "the relay was stopped")
            raise
        finally:
            for task in (reader, *others, *senders):
                task.cancel()
            await asyncio.gather(reader, *others, *senders, return_exceptions=True)
            self._linked = False

    async def _first_failure(
        self, endless: Sequence[asyncio.Task[None]], senders: Sequence[asyncio.Task[None]]
    ) -> None:
        """Wait until one of them fails, or (once) all senders are done."""
        waiting: set[asyncio.Task[None]] = {*endless, *senders}
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            if self._config.once and all(task.done() for task in senders):
                return

    async def _greeting(self, link: ClientConnection) -> ControlMessage:
        async with asyncio.timeout(self._config.hello_within_s):
            message = _parse(await link.recv())
        if message is None:
            raise _LinkLost("the platform did not greet")
        if message.kind is ControlKind.REFUSED:
            raise _Refused(message.reason)
        if message.kind is not ControlKind.HELLO:
            raise _LinkLost("the platform did not greet")
        return message

    async def _read_control(self, link: ClientConnection, credits: Credits) -> None:
        while True:
            message = _parse(await link.recv())
            if message is None:
                continue
            if message.kind is ControlKind.CREDIT:
                credits.give(message.credits)
            elif message.kind is ControlKind.CLOCK:
                self._reporter.clock_answer(message)
            elif message.kind is ControlKind.PACE:
                for camera in self._cameras:
                    camera.pace.told(message.fps, at=asyncio.get_running_loop().time())
            elif message.kind is ControlKind.REFUSED:
                raise _Refused(message.reason)

    # -- one camera

    async def _send(self, link: ClientConnection, camera: Camera, credits: Credits) -> None:
        """Send the newest frame whenever the pace and a credit allow it, until the capture is finished."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            await asyncio.sleep(due - clock())
            status = await camera.fresh()
            if not status.fresh:
                if camera.capture.finished:
                    camera.counters.drop_up_to(status.frames_read, DropReason.RATE)
                    return
                if status.state is not CaptureState.READING:
                    await asyncio.sleep(POLL_S / 5)
                continue
            waited = await credits.take()
            camera.pace.sending(short_of_credit=waited)
            began = clock()
            if not await self._send_newest(link, camera, self._passed(camera, waited=waited)):
                credits.give()
            due = await self._next_due(camera, due=due, began=began)

    async def _next_due(self, camera: Camera, *, due: float, began: float) -> float:
        """When the next frame is due, after one that was due then and sent when it could be. What comes
        sooner than in a step is not waited for."""
        clock = asyncio.get_running_loop().time
        while True:
            period = 1 / camera.pace.fps(at=clock())
            then = due + period if began < due + period else began + period
            if then - clock() <= _PACE_STEP_S:
                return then
            await asyncio.sleep(_PACE_STEP_S)

    def _passed(self, camera: Camera, *, waited: bool) -> DropReason:
        """Why the frames before the next one were not sent."""
        if waited:
            return DropReason.NO_CREDIT
        slowed = camera.pace.fps(at=asyncio.get_running_loop().time()) < self._config.fps
        return DropReason.PACE if slowed else DropReason.RATE

    async def _send_newest(self, link: ClientConnection, camera: Camera, passed: DropReason) -> bool:
        """Send what is newest now; the frames before it passed by for the reason given. False: nothing was
        sent."""
        counters = camera.counters
        status, shot = await camera.take()
        if shot is None:
            counters.drop_up_to(status.frames_read, DropReason.UNSENDABLE)
            return False
        if shot.number <= counters.settled:
            return False  # counted as lost with the link before this one; it is not sent late
        counters.drop_up_to(shot.number - 1, passed)
        age_s = time.time() - shot.captured_at
        camera.age_ms = round(age_s * 1000)
        if age_s > self._config.max_age_s:
            counters.drop_up_to(shot.number, DropReason.STALE)
            return False
        try:
            message = camera.message(shot, self._config.canary)
        except (WireError, JpegError):  # what a decoding process gave is no such picture
            counters.drop_up_to(shot.number, DropReason.UNSENDABLE)
            return False
        try:
            await link.send(message)
        except BaseException:  # cancelled, too, when the link is lost while this frame waits for it
            counters.drop_up_to(shot.number, DropReason.NO_LINK)
            raise
        counters.count_sent(shot.number, len(message))
        return True

    # -- what is told

    def snapshot(self) -> Snapshot:
        """What the status page shows."""
        return Snapshot(
            linked=self._linked,
            reason=self._reason,
            connections=self._connections,
            uptime_s=self._reporter.uptime_s,
            offset_ms=self._reporter.offset_ms,
            rtt_ms=self._reporter.rtt_ms,
            cameras=[
                (str(camera.config.camera_id), camera.config.source.label, self._reporter.health_of(camera))
                for camera in self._cameras
            ],
        )

    def _all_finished(self) -> bool:
        return all(camera.capture.finished for camera in self._cameras)

    def _exit_code(self) -> ExitCode:
        failed = any(camera.capture.status.state is CaptureState.FAILED for camera in self._cameras)
        return ExitCode.CAMERA_FAILED if failed else ExitCode.DONE

    def _count_lost(self, reason: DropReason) -> None:
        for camera in self._cameras:
            camera.counters.drop_up_to(camera.capture.status.frames_read, reason)

    async def _keep_stats(self) -> None:
        seconds = 0
        while True:
            await asyncio.sleep(1)
            seconds += 1
            self._write_stats()
            if seconds % _STATUS_EVERY_S == 0:
                self._reporter.measure()
                logger.info("%s", self.status_line())

    def _write_stats(self) -> None:
        if self._config.stats_path is not None:
            write_stats(self._config.stats_path, self.stats())

    def status_line(self) -> str:
        """One line for the terminal: link, then each camera's counters."""
        cameras = [camera.status_line() for camera in self._cameras]
        link = "linked" if self._linked else f"no link ({self._reason or 'connecting'})"
        return " · ".join([link, *cameras])


def _parse(data: str | bytes) -> ControlMessage | None:
    """None for a kind of message that only a newer relay knows."""
    if isinstance(data, bytes):
        raise _LinkLost("the platform sent bytes where text belongs")
    try:
        return parse_control(data)
    except WireError as error:
        if error.code == "type":
            return None
        raise _LinkLost(f"the platform sent what this relay does not understand ({error.code})") from error


def _closed(error: ConnectionClosed) -> _Refused | _LinkLost:
    if error.rcvd is None:
        return _LinkLost("connection broken")
    reason = printable(error.rcvd.reason)
    if error.rcvd.code in _REFUSED_CODES:
        return _Refused(f"{error.rcvd.code} {reason}".strip())
    return _LinkLost(f"closed by the platform, {error.rcvd.code} {reason}".strip())
