"""`python -m bench.many --forces 10 --deployments 4`: many deployments of many forces, SIMULATED engine.

Nobody is recognised here (bench/simulated.py): sockets, bus, leases, authority, search, alerts, audit, pushes
and consoles are real; pictures and the engine are not. It asks what web, Valkey and PostgreSQL can carry
beside recognition. The load grows in steps; each prints the processor time of each process, what it is a
frame, and whether all that was sent was looked at. What a console's requests cost is measured first, without
frames, and taken off.

The load generator, the simulated worker and the platform share this machine's cores: what a process takes of
a core is sound, the step at which frames are lost is this machine's own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np
import requests

from apps.live.worker import MOST_SHARDS
from bench import live_stage, machine
from bench.films import ROOT

LISTED = 50
NEWS_EVERY_S, HEALTH_EVERY_S = 2.0, 3.0
LOST_FROM = 0.02
# The first requests of a process import and compile.
WARM_REQUESTS = 60
MEASURED = ("web", "valkey", "postgres")


@dataclass
class Deployed:
    """One live deployment: rows as the operations leave them, and a real list of made-up templates."""

    stage: Any
    key: str
    session: str

    @property
    def cameras(self) -> list[str]:
        return [str(camera.id) for camera in self.stage.cameras]


def deploy(force: Any, templates: np.ndarray, cameras: int) -> Deployed:
    from apps.core.clock import utc_now
    from apps.core.data import Role
    from apps.deployments.data import CameraRef
    from apps.deployments.models import Deployment
    from apps.relays import api as relays
    from tests.integration.watchlists.listed import Tenant, store_list
    from tests.support import alert_stage
    from tests.support.signing_in import session_of

    stage = alert_stage.Stage(force)
    planner = stage.person("planner", Role.PLANNER, Role.OPERATOR).actor
    engineer = stage.person("engineer", Role.SYSTEM_ENGINEER).actor
    from apps.deployments import api as deployments

    with stage.context():
        made = [
            deployments.register_camera(name=f"Camera {uuid4().hex[:8]}", actor=engineer, now=utc_now())
            for _ in range(cameras)
        ]
    stage.cameras = tuple(CameraRef(camera.id, camera.name) for camera in made)
    listed = store_list(Tenant(force.id, planner, planner, planner, engineer), templates)
    stage.deployment_id, stage.subjects = listed.deployment_id, list(listed.subject_ids)
    with stage.context():
        alert_stage._live_deployment(stage, listed.watchlist_id)
        Deployment.objects.filter(id=stage.deployment_id).update(
            watchlist_seal_hash=listed.seal_hash, accepted_seal_hash=listed.seal_hash
        )
        _, key = relays.enrol_relay(
            name="Van", deployment_id=stage.deployment_id, camera_ids=[camera.id for camera in made],
            actor=engineer, now=utc_now(),
        )  # fmt: skip
    return Deployed(stage, key, session_of(stage.operator.username))


class Child:
    """A process that works between its first line of input and the end of it."""

    def __init__(self, kind: str, job: dict[str, Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.simulated", kind], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        while self.process.stdout.readline().strip() not in ("ready", ""):
            continue

    def end(self) -> dict[str, Any]:
        said, _ = self.process.communicate(timeout=30)
        lines = [line for line in said.splitlines() if line.startswith("{")]
        return dict(json.loads(lines[-1])) if lines else {}


class Pages(threading.Thread):
    """Consoles that ask as the page does: news every two seconds, health every three."""

    def __init__(self, base_url: str, deployed: Sequence[Deployed], *, hurry: float = 1.0) -> None:
        super().__init__(daemon=True)
        self.base_url, self.deployed, self.hurry = base_url, deployed, hurry
        self.stopping = threading.Event()
        self.ms: dict[str, list[float]] = {"alerts": [], "health": []}
        self.refused = 0
        self.began = time.monotonic()
        self.ended = 0.0

    @property
    def asked(self) -> int:
        return sum(len(values) for values in self.ms.values())

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.began

    def run(self) -> None:
        self.began = time.monotonic()
        http = requests.Session()
        due = [
            (time.monotonic() + every * n / len(self.deployed), every, which, each)
            for which, every in (
                ("alerts", NEWS_EVERY_S / self.hurry),
                ("health", HEALTH_EVERY_S / self.hurry),
            )
            for n, each in enumerate(self.deployed)
        ]
        while not self.stopping.is_set():
            due.sort(key=lambda item: item[0])
            at, every, which, each = due[0]
            self.stopping.wait(max(0.0, at - time.monotonic()))
            due[0] = (max(at + every, time.monotonic()), every, which, each)
            self._ask(http, which, each)
        self.ended = time.monotonic()

    def _ask(self, http: requests.Session, which: str, each: Deployed) -> None:
        began = time.monotonic()
        answer = http.get(
            f"{self.base_url}/console/{each.stage.deployment_id}/{which}.json?after=1000000",
            cookies={"sessionid": each.session}, headers={"Accept": "application/json"}, timeout=20,
        )  # fmt: skip
        self.refused += answer.status_code != 200
        self.ms[which].append((time.monotonic() - began) * 1000)


def requests_alone(stack: Any, options: argparse.Namespace, deployed: Sequence[Deployed]) -> dict[str, float]:
    """Processor milliseconds of one request of a console, news and health as the page mixes them."""
    pids = machine.pids_of(stack.supervisor, MEASURED)
    # About twenty a second, whatever the number of consoles.
    usual = len(deployed) * (1 / NEWS_EVERY_S + 1 / HEALTH_EVERY_S)
    pages = Pages(stack.base_url, deployed, hurry=20 / usual)
    pages.start()
    while pages.asked < WARM_REQUESTS and not pages.stopping.is_set():
        live_stage.wait(0.2)
    before, first = machine.used(pids), pages.asked
    live_stage.wait(options.seconds)
    after, last = machine.used(pids), pages.asked
    pages.stopping.set()
    pages.join(20)
    return {
        name: round(1000 * (after.seconds[name] - before.seconds[name]) / max(1, last - first), 2)
        for name in MEASURED
    }


def looked_at(deployed: Sequence[Deployed]) -> tuple[int, int]:
    """(frames that recognition took, alerts)."""
    from apps.alerts.models import Alert
    from apps.live import api as live

    frames = alerts = 0
    for each in deployed:
        with each.stage.context():
            frames += sum(row.frames for row in live.tallies(deployment_id=each.stage.deployment_id))
            alerts += Alert.objects.filter(deployment_id=each.stage.deployment_id).count()
    return frames, alerts


def step(
    stack: Any,
    options: argparse.Namespace,
    deployed: Sequence[Deployed],
    templates: np.ndarray,
    request_ms: dict[str, float],
) -> dict[str, Any]:
    before_frames, before_alerts = looked_at(deployed)
    shards = [(str(each.stage.force.id), str(each.stage.deployment_id)) for each in deployed]
    job = {"templates": templates.tolist(), "alert_every_s": options.alert_every}
    workers = [
        Child("worker", {**job, "shards": shards[first : first + MOST_SHARDS]})
        for first in range(0, len(shards), MOST_SHARDS)
    ]
    live_stage.wait(3.0)  # a frame that comes before the shard is taken is overtaken, as it should be
    sending = {"relays": [(each.key, each.cameras) for each in deployed], "kib": options.kib}
    relays = Child("relays", {**sending, "url": f"{stack.ws_url}/ws/relay/", "fps": options.fps})
    pages = Pages(stack.base_url, deployed)
    pages.start()
    pids = {
        **machine.pids_of(stack.supervisor, ("postgres", "valkey", "web", "system")),
        **{f"simulated worker {n}": each.process.pid for n, each in enumerate(workers)},
        "load generator": relays.process.pid,
    }
    live_stage.wait(1.0)
    before = machine.used(pids)
    live_stage.wait(options.seconds)
    after = machine.used(pids)
    pages.stopping.set()
    pages.join(20)
    sent = relays.end()
    live_stage.wait(1.0)
    for each in workers:
        each.end()
    frames, alerts = looked_at(deployed)
    return {
        **row(options, deployed, after.shares(before), sent, pages, request_ms),
        "looked_at": round((frames - before_frames) / max(1, sent["sent"]), 3),
        "alerts": alerts - before_alerts,
    }


def row(
    options: argparse.Namespace,
    deployed: Sequence[Deployed],
    shares: dict[str, float],
    sent: dict[str, Any],
    pages: Pages,
    request_ms: dict[str, float],
) -> dict[str, Any]:
    """What one step says, but for what recognition took."""
    cpu, rate = gathered(shares), sent["sent"] / sent["seconds"]
    asked_a_second = pages.asked / pages.seconds
    return {
        "deployments": len(deployed),
        "cameras": sum(len(each.cameras) for each in deployed),
        "frames_a_second": round(rate, 1),
        "mb_a_second": round(rate * sent["bytes"] / 1e6, 1),
        "not_sent_for_want_of_credit": sent["no_credit"],
        "console_requests_a_second": round(asked_a_second, 1),
        "console_ms": {
            name: {f"p{q}": round(float(np.percentile(values, q)), 1) for q in (50, 95)}
            for name, values in pages.ms.items()
            if values
        },
        "refused": pages.refused + len(sent["failed"]),
        "cpu_percent": cpu,
        "cpu_ms_a_frame": {
            name: round((10 * cpu[name] - request_ms[name] * asked_a_second) / max(rate, 0.1), 2)
            for name in MEASURED
        },
    }


def gathered(shares: dict[str, float]) -> dict[str, float]:
    """The simulated workers as one."""
    found = {name: share for name, share in shares.items() if not name.startswith("simulated")}
    return {**found, "simulated workers": round(sum(shares.values()) - sum(found.values()), 1)}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.many", description=__doc__)
    parser.add_argument("--forces", type=int, default=10)
    parser.add_argument("--deployments", type=int, default=4, help="of each force")
    parser.add_argument("--cameras", type=int, default=1, help="of each deployment")
    parser.add_argument("--fps", type=float, default=5.0)
    parser.add_argument("--kib", type=int, default=150, help="of one picture")
    parser.add_argument("--alert-every", type=float, default=10.0, help="seconds, of each deployment")
    parser.add_argument("--seconds", type=float, default=12.0, help="of each step")
    parser.add_argument("--steps", type=float, nargs="+", default=[0.1, 0.25, 0.5, 1.0])
    parser.add_argument("--port", type=int, default=8192)
    return parser.parse_args()


def main() -> int:
    options, found = arguments(), []
    with live_stage.running(port=options.port, hold=("imports", "recognise", "beat")) as stack:
        from apps.core.clock import utc_now
        from apps.forces import api as forces
        from tests.integration.watchlists.listed import unit_templates

        templates = unit_templates(LISTED, seed=5)
        made = [
            forces.create_force(slug=f"bench-{n}", name=f"Bench {n} Police", now=utc_now())
            for n in range(options.forces)
        ]
        # One of each force first, so that few deployments are of many forces too.
        deployed = [
            deploy(force, templates, options.cameras) for _ in range(options.deployments) for force in made
        ]
        request_ms = requests_alone(stack, options, deployed)
        print(json.dumps({"cpu_ms_a_console_request": request_ms}), flush=True)
        for share in options.steps:
            some = deployed[: max(1, round(share * len(deployed)))]
            found.append(step(stack, options, some, templates, request_ms))
            print(json.dumps(found[-1]), flush=True)
    out = ROOT / "var/bench/many.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(
        json.dumps({"engine": "simulated", "cpu_ms_a_console_request": request_ms, "steps": found}, indent=2)
    )
    first = next((each for each in found if each["looked_at"] < 1 - LOST_FROM), None)
    print(f"SIMULATED ENGINE. Frames are lost from {first['deployments']} deployments on." if first else
          "SIMULATED ENGINE. Nothing was lost at any step.")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
