"""A loop that hangs keeps its thread for ever: the process ends itself, and its supervisor starts another. So
too where Valkey is away, as here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]

HANGING = """
import threading, time
from apps.live import worker
worker.HUNG_AFTER_S, worker.WATCH_EVERY_S = 0.5, 0.1
threading.Thread(target=worker._watch, args=[1], daemon=True).start()
with worker.watched() as beat:
    beat()
    time.sleep({seconds})
print("went on")
"""


def run(seconds: float, body: str = HANGING) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", body.replace("{seconds}", str(seconds))]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "lfrplatform.settings.typing"}
    return subprocess.run(argv, cwd=CLONE, capture_output=True, text=True, timeout=60, check=False, env=env)


def test_a_process_whose_loop_hangs_ends_itself():
    done = run(30)
    assert done.returncode == 70
    assert "went on" not in done.stdout
    assert "no progress" in done.stderr


def test_a_process_whose_loop_moves_on_is_left_alone():
    moving = HANGING.replace(
        "    time.sleep({seconds})", "    [(beat(), time.sleep(0.1)) for _ in range(12)]"
    )
    done = run(0, moving)
    assert done.returncode == 0
    assert "went on" in done.stdout
