"""A wall clock that is wrong, for every Python process that is started with this folder on PYTHONPATH.

The file that LFR_FAULT_CLOCK names holds the seconds by which the clock is ahead; it is read again a few
times a second, so that the clock steps while a process runs. The kernel's clock belongs to the whole machine
and stays. Stepped are `time.time` and `apps.core.clock.utc_now`: where the relay and the platform read it.
"""

import os
import time
from datetime import timedelta
from pathlib import Path

READ_EVERY_S = 0.2
_FILE = Path(os.environ["LFR_FAULT_CLOCK"])
_real_time = time.time
_known = {"seconds": 0.0, "at": 0.0}


def _ahead() -> float:
    if time.monotonic() - _known["at"] > READ_EVERY_S:
        _known.update(at=time.monotonic(), seconds=float(_FILE.read_text() or 0))
    return _known["seconds"]


time.time = lambda: _real_time() + _ahead()

if os.environ.get("LFR_FAULT_CLOCK_OF") == "platform":  # the relay stands alone: it knows nothing of core
    from apps.core import clock

    _real_now = clock.utc_now
    clock.utc_now = lambda: _real_now() + timedelta(seconds=_ahead())
