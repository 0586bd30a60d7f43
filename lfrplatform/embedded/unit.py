"""What the supervisor keeps alive: start, wait until it is ready, notice its end, start again a little
later."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from lfrplatform.embedded.child import Child, tail
from lfrplatform.embedded.place import EmbeddedError

HEALTHY_AFTER_S = 30.0

Say = Callable[[str, str], None]
StopPlan = Sequence[tuple[signal.Signals, float]]


class State(Enum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting to be restarted"


@dataclass(frozen=True)
class Behaviour:
    """Times in seconds. `stop_plan`: which signal, and how long it is given, before the group is killed."""

    stop_plan: StopPlan = ((signal.SIGTERM, 10.0),)
    ready_within: float = 60.0
    first_pause: float = 0.5
    longest_pause: float = 30.0


class Unit:
    """One supervised process. Subclasses say how it starts and when it is ready.

    Not safe to use from two threads at once, except `kill` and `pid`.
    """

    behaviour = Behaviour()

    def __init__(self, name: str, log: Path, say: Say) -> None:
        self.name = name
        self.log = log
        self.state = State.STOPPED
        self.restarts = 0
        self._say = say
        self._child: Child | None = None
        self._pause = 0.0
        self._next_start = 0.0

    def spawn(self) -> Child:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid if child and self.state in {State.STARTING, State.RUNNING} else None

    def begin(self) -> None:
        self._child = self.spawn()
        self.state = State.STARTING

    def tick(self) -> None:
        """One look at the process. Never waits for it, except for leftovers when it has to start anew."""
        if self.state is State.WAITING and time.monotonic() >= self._next_start:
            self.restarts += 1
            self._try_to_begin()
        elif self.state in {State.STARTING, State.RUNNING}:
            self._look()

    def _look(self) -> None:
        child = self._child
        if child is None or child.exit_status() is not None:
            self._later(child.describe_exit() if child else "was never started")
            return
        age = time.monotonic() - child.started
        if self.state is State.STARTING:
            if self.is_ready():
                self.state = State.RUNNING
                self._say(self.name, f"ready after {age:.1f} s (process {child.pid})")
            elif age > self.behaviour.ready_within:
                child.signal_group(signal.SIGKILL)
                child.wait(5)
                self._later(f"not ready within {self.behaviour.ready_within:.0f} s")
        elif age > HEALTHY_AFTER_S:
            self._pause = 0.0

    def _try_to_begin(self) -> None:
        try:
            self.begin()
        except (EmbeddedError, OSError) as error:
            self._later(str(error))

    def _later(self, why: str) -> None:
        doubled = max(self.behaviour.first_pause, self._pause * 2)
        self._pause = min(doubled, self.behaviour.longest_pause)
        self._next_start = time.monotonic() + self._pause
        self.state = State.WAITING
        self._say(self.name, f"{why}; starting it again in {self._pause:g} s")

    def explain(self) -> str:
        """Why it is not running, with the end of its log."""
        return f"{self.name} {self.state.value}; {self.log} ends with:\n{tail(self.log)}"

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to its whole group, as a fault would; the supervisor then starts it again."""
        if child := self._child:
            child.signal_group(number)

    def ask_to_stop(self) -> None:
        """The first signal of the plan, without waiting; `stop` goes on from there."""
        if self._child and self.state is not State.STOPPED:
            self._child.send(self.behaviour.stop_plan[0][0])

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """End it within the times of the plan; `hurry` cuts them short."""
        child, was = self._child, self.state
        self.state = State.STOPPED
        if child is None or was is State.STOPPED:
            return
        for number, seconds in self.behaviour.stop_plan:
            child.send(number)
            if child.wait(seconds, hurry):
                return
        self._say(self.name, "did not stop in time; killed")
        child.signal_group(signal.SIGKILL)
        child.wait(5)
