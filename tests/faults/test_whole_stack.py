"""Every fault on a whole platform of its own: real servers, workers, relay and a watching console.

What each fault does stands in tests/support/faultlab/faults.py, what has to hold afterwards in judge.py.
They run one after the other in one process, as `python -m tests.faults` does, because the platform takes as
long to start as several faults take to play.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from lfrplatform.embedded.place import CLONE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
MINE = ("DATABASE_", "REDIS_", "LFR_VAR", "LFR_KEYSTORE", "LFR_REDIS", "LFR_TEST", "DJANGO_")


def test_every_fault_is_seen_counted_and_survived(photos, tmp_path, subtests):
    path = tmp_path / "outcomes.json"
    env = {name: value for name, value in os.environ.items() if not name.startswith(MINE)}
    argv = [sys.executable, "-m", "tests.faults", "--json", str(path)]
    env["LFR_PHOTOS_DIR"] = str(photos)
    done = subprocess.run(argv, cwd=CLONE, env=env, capture_output=True, text=True)
    assert path.exists(), done.stdout[-6000:] + done.stderr[-2000:]
    outcomes = json.loads(path.read_text())
    assert len(outcomes) >= 19, [found["name"] for found in outcomes]
    for found in outcomes:
        with subtests.test(found["name"]):
            assert not found["problems"], found
