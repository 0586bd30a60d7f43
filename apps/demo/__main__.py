"""`python -m apps.demo`: the platform with two forces, their past and a live rehearsal, until Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from types import FrameType

from apps.demo import stack
from lfrplatform.embedded import EmbeddedError, locate

INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m apps.demo", description=__doc__)
    parser.add_argument("--no-history", action="store_true", help="leave out the year before today")
    parser.add_argument("--seconds", type=float, default=90.0, help="length of the film, which repeats")
    parser.add_argument("--seed", type=int, default=1, help="who walks where and when")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--instance", default="demo", help="for a second demo beside the first")
    options = parser.parse_args()
    began = time.time()
    logging.basicConfig(level=logging.WARNING)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return run(options, began)
    except KeyboardInterrupt:
        print("demo: stopped", flush=True)
        return INTERRUPTED
    except EmbeddedError as error:
        print(f"demo: {error}", file=sys.stderr, flush=True)
        return 1


def run(options: argparse.Namespace, began: float) -> int:
    try:
        return play(options, began)
    finally:
        # Its faces are real ones. The next start begins anew in any case, so nothing is kept for it.
        stack.forget(locate(options.instance))


def play(options: argparse.Namespace, began: float) -> int:
    # Recognition starts with beat, and so do the sweeps, which would end and purge a past that is still being
    # told: beat waits for the end of the seeding.
    with stack.running(
        options.instance,
        port=options.port,
        fresh=True,
        settings={"LFR_DEMO": "true", "LFR_DEMO_STORY": str(locate(options.instance).home / "story.json")},
        hold=("beat",),
    ) as platform:
        # Needs Django, which the stack has set up by now.
        from apps.demo.live import show

        return show(
            platform,
            random_seed=options.seed,
            seconds=options.seconds,
            history=not options.no_history,
            began=began,
        )


def _interrupt(number: int, frame: FrameType | None) -> None:
    """The same end for Ctrl-C, a closed terminal and `kill`: unwind, roll back, stop what was started."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
