"""`python -m bench.consoles --open 1000`: many open consoles on one web process.

Each is a socket of its own with a session of its own, of twenty people of one force at one deployment.
Printed: what opening them took, memory and processor time of the web process with none and with all of them
open and at rest (each is asked again whether its person may look, every second and a half), and how long one
alert's push takes to reach the first, the median and the last of them, and how many messages a socket gets of
a burst.

Client and server share this machine's cores: the delays contain the client's own work, which is printed
beside them. `--forces` spreads the same number over several forces.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import time
from typing import Any

import numpy as np

from bench import live_stage, machine
from bench.films import ROOT

PEOPLE = 20
OPENING_AT_ONCE = 25
PUSHES = 5
BURST = 50
HEARD_WITHIN_S = 20.0


def sessions(stage: Any, number: int) -> list[str]:
    """Keys of so many sessions, of twenty operators in turn: copies of those that a test makes."""
    from django.contrib.sessions.backends.db import SessionStore

    from apps.core.data import Role
    from tests.support.signing_in import session_of
    from tests.support.trained import make_accounts

    labels = [f"watcher{n}" for n in range(min(PEOPLE, number))]
    people = make_accounts(
        stage.force.id, {label: (Role.OPERATOR,) for label in labels}, password="not a password that is used"
    )
    model, keys = SessionStore.get_model_class(), []
    first = [model.objects.get(session_key=session_of(username)) for username, _ in people.values()]
    for n in range(number):
        row = first[n % len(first)]
        row.session_key = SessionStore()._get_new_session_key()
        row.save(force_insert=True)
        keys.append(row.session_key)
    return keys


class Consoles:
    """Open sockets, and when each heard which number."""

    def __init__(self, stack: Any) -> None:
        self.stack = stack
        self.sockets: list[Any] = []
        self.heard: dict[int, dict[int, float]] = {}
        self.messages = 0
        self.closed = 0

    async def open(self, wanted: list[tuple[str, Any]]) -> None:
        gate = asyncio.Semaphore(OPENING_AT_ONCE)
        await asyncio.gather(*(self._open(gate, *each) for each in wanted))

    async def _open(self, gate: asyncio.Semaphore, key: str, deployment_id: Any) -> None:
        from websockets.asyncio.client import connect
        from websockets.typing import Origin

        async with gate:
            socket = await connect(
                f"{self.stack.ws_url}/ws/console/{deployment_id}/",
                origin=Origin(self.stack.base_url),
                additional_headers={"Cookie": f"sessionid={key}"},
                ping_interval=None,
                compression=None,
                open_timeout=60,
            )
            await socket.recv()
        number = len(self.sockets)
        self.sockets.append(socket)
        self._listener = asyncio.create_task(self._listen(number, socket))
        self.tasks = [*getattr(self, "tasks", ()), self._listener]

    async def _listen(self, number: int, socket: Any) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            async for message in socket:
                self.messages += 1
                self.heard.setdefault(json.loads(message)["number"], {})[number] = time.monotonic()
        except ConnectionClosed:
            pass
        self.closed += 1

    async def all_heard(self, number: int) -> dict[int, float]:
        until = time.monotonic() + HEARD_WITHIN_S
        while time.monotonic() < until:
            if len(self.heard.get(number, {})) >= len(self.sockets):
                break
            await asyncio.sleep(0.01)
        return self.heard.get(number, {})

    async def close(self) -> None:
        await asyncio.gather(*(socket.close() for socket in self.sockets), return_exceptions=True)


def raise_one(stage: Any) -> tuple[int, float]:
    """The number of its change, and when it was stored."""
    with stage.context():
        alert = stage.raise_alert()
    return alert.revision, time.monotonic()


async def at_rest(pids: dict[str, int], seconds: float) -> dict[str, float]:
    before = machine.used(pids)
    await asyncio.sleep(seconds)
    return machine.used(pids).shares(before)


async def pushes(consoles: Consoles, stages: list[Any]) -> list[dict[str, float]]:
    from tests.support.sockets import off_loop

    found = []
    for _ in range(PUSHES):
        own = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        number, at = await off_loop(raise_one, stages[0])
        heard = await consoles.all_heard(number)
        delays = (np.array(sorted(heard.values())) - at) * 1000
        found.append(
            {
                "reached": len(delays),
                "first_ms": round(float(delays[0]), 1),
                "p50_ms": round(float(np.percentile(delays, 50)), 1),
                "last_ms": round(float(delays[-1]), 1),
                "client_cpu_ms": round((sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) - own) * 1000),
            }
        )
        await asyncio.sleep(0.5)
    return found


async def burst(consoles: Consoles, stages: list[Any], pids: dict[str, int]) -> dict[str, float]:
    """So many alerts one after the other, as fast as they can be raised."""
    from tests.support.sockets import off_loop

    before, messages, began = machine.used(pids), consoles.messages, time.monotonic()
    for _ in range(BURST):
        number, _ = await off_loop(raise_one, stages[0])
    raised_s = time.monotonic() - began
    heard = await consoles.all_heard(number)
    used = machine.used(pids).seconds["web"] - before.seconds["web"]
    return {
        "alerts": BURST,
        "raised_in_s": round(raised_s, 2),
        "reached_by_the_last": len(heard),
        "messages_a_socket": round((consoles.messages - messages) / max(1, len(consoles.sockets)), 1),
        "web_cpu_s": round(used, 2),
    }


async def measure(
    stack: Any, options: argparse.Namespace, stages: list[Any], keys: list[list[str]]
) -> dict[str, Any]:
    pids = machine.pids_of(stack.supervisor, ("web", "postgres", "valkey"))
    consoles = Consoles(stack)
    found: dict[str, Any] = {"open": options.open, "forces": len(stages)}
    found["none_open"] = {
        "cpu": await at_rest(pids, options.seconds / 2),
        "web_mib": machine.mib(pids["web"]),
    }
    wanted = [(key, stage.deployment_id) for stage, some in zip(stages, keys, strict=True) for key in some]
    before, began = machine.used(pids), time.monotonic()
    await consoles.open(wanted)
    opened = machine.used(pids)
    found["opening"] = {
        "seconds": round(time.monotonic() - began, 1),
        "cpu_ms_a_socket": {
            name: round(1000 * (opened.seconds[name] - before.seconds[name]) / options.open, 2)
            for name in pids
        },
    }
    await asyncio.sleep(2)
    found["at_rest"] = {"cpu": await at_rest(pids, options.seconds), "web_mib": machine.mib(pids["web"])}
    found["closed_by_themselves"] = consoles.closed
    if len(stages) == 1:
        found["push"] = await pushes(consoles, stages)
        found["burst"] = await burst(consoles, stages, pids)
    await consoles.close()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.consoles", description=__doc__)
    parser.add_argument("--open", type=int, default=1000)
    parser.add_argument("--forces", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=15.0, help="at rest")
    parser.add_argument("--port", type=int, default=8191)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * options.open + 1000)), hard))
    with live_stage.running(port=options.port, hold=("imports", "recognise", "system", "beat")) as stack:
        from django.conf import settings

        from tests.support.alert_stage import make_stage

        settings.LFR_SUBJECT_COOL_DOWN_S = 0
        stages = [make_stage(f"bench{n}") for n in range(options.forces)]
        share = -(-options.open // options.forces)
        keys = [sessions(stage, share) for stage in stages]
        found = asyncio.run(measure(stack, options, stages, keys))
    print(json.dumps(found, indent=2))
    out = ROOT / f"var/bench/consoles-{options.open}-{options.forces}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2))
    return 0 if not found["closed_by_themselves"] else 1


if __name__ == "__main__":
    sys.exit(main())
