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
from tests.support.faultlab.faults import FAULTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
MINE = ("DATABASE_", "REDIS_", "LFR_VAR", "LFR_KEYSTORE", "LFR_REDIS", "LFR_TEST", "DJANGO_")


def test_every_fault_is_seen_counted_and_survived(photos, tmp_path, subtests):
    outcomes = played(photos, tmp_path / "outcomes.json")
    assert len(outcomes) >= 19, [found["name"] for found in outcomes]
    # A machine that stood still for seconds is a fault of its own: what failed is played alone, once.
    # What was left of somebody, and the audit, are never asked twice.
    again = [
        found["name"] for found in outcomes if found["problems"] and found["name"] in {f.name for f in FAULTS}
    ]
    if again:
        alone = {found["name"]: found for found in played(photos, tmp_path / "again.json", "--only", *again)}
        outcomes = [alone[found["name"]] if found["name"] in again else found for found in outcomes]
    for found in outcomes:
        with subtests.test(found["name"]):
            assert not found["problems"], found


def played(photos, path, *arguments):
    env = {name: value for name, value in os.environ.items() if not name.startswith(MINE)}
    argv = [sys.executable, "-m", "tests.faults", "--json", str(path), *arguments]
    env["LFR_PHOTOS_DIR"] = str(photos)
    done = subprocess.run(argv, cwd=CLONE, env=env, capture_output=True, text=True)
    assert path.exists(), done.stdout[-6000:] + done.stderr[-2000:]
    return json.loads(path.read_text())
