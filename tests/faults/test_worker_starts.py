"""The real worker: in which kind of pool it does not start. What becomes of one that is killed, stopped, or
loses its broker is played on a whole platform (test_whole_stack.py)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.slow, pytest.mark.timeout(180)]
CLONE = Path(__file__).resolve().parents[2]


def test_recognition_refuses_to_run_in_processes_that_fork(valkey):
    argv = [sys.executable, "-m", "celery", "-A", "lfrplatform", "worker", "-Q", "recognise", "-P", "prefork"]
    done = subprocess.run(argv, cwd=CLONE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "threads or solo" in done.stderr + done.stdout
    assert "ready." not in done.stderr + done.stdout
