"""Starting the relay as it runs in the van: its own process, its key in the environment, no Django."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from lfrplatform.embedded.place import CLONE

# What the relay may inherit: it must know nothing of the database, the key store or the platform's secret.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH")


@dataclass
class Relay:
    """One running relay. `canary` goes into each frame's JPEG comment, for the trace check."""

    process: subprocess.Popen[bytes]
    stats_file: Path

    def wait(self, timeout_s: float) -> int | None:
        """Its exit status, or None when it still runs after `timeout_s`."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            if self.wait(10) is None:
                self.process.kill()
                self.process.wait()

    def stats(self) -> dict[str, Any]:
        return dict(json.loads(self.stats_file.read_text())) if self.stats_file.exists() else {}


def arguments(*, ws_url: str, sources: dict[UUID, Path], fps: float) -> list[str]:
    cameras = [word for camera, path in sources.items() for word in ("--camera", f"{camera}={path}")]
    command = [sys.executable, "-m", "apps.relays.edge", "--url", f"{ws_url}/ws/relay/"]
    return [*command, "--fps", str(fps), *cameras]


def start(
    *, ws_url: str, key: str, sources: dict[UUID, Path], fps: float, canary: str, stats_file: Path, log: Path
) -> Relay:
    """Play each file once, then exit."""
    stats_file.unlink(missing_ok=True)
    command = [*arguments(ws_url=ws_url, sources=sources, fps=fps), "--once", "--exit-when-refused"]
    command += ["--canary", canary, "--stats-file", str(stats_file)]
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            command,
            cwd=CLONE,
            env={**environment, "LFR_RELAY_KEY": key},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    return Relay(process, stats_file)
